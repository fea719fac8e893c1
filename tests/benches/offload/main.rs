//! What offloading costs, beside what the machine allows.
//!
//! `cargo bench --bench offload` prints a table and writes `target/bench/offload.json`; words after `--` select
//! measurements whose names contain one of them. Every figure is the median over
//! rounds in which limit and subject alternate, because the round trip between two cores of a virtual machine changes by
//! a factor of five within minutes; the ratio is the median of each round's ratio.
//!
//! | limit | what it is |
//! | --- | --- |
//! | ping | the round trip of one cache line between two processes that do nothing else |
//! | memcpy | a copy of the same size into a mapping that another process shares |
//! | spawn | starting `/bin/true` and waiting for its end |
//!
//! With NEC's libveo, whose path is in `VEO_NEC_LIBVEO` (`ci/nec-libveo.sh` gets it), everything is measured on it, too, in
//! rows that begin with `libveo_`; and with our own libveo.so, `VEO_OWN_LIBVEO` (`cargo build --release -p veo-host` makes
//! `libveo_host.so`), in rows that begin with `shared_`.

mod limits;
mod report;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use limits::{Ping, SharedMemory};
use report::{Report, Row};
use veo::{Context, Engine, Proc, ve_offload};

mod kernels {
    #[veo::ve_kernel]
    pub(crate) extern "C" fn bench_empty() {}

    #[veo::ve_kernel]
    pub(crate) extern "C" fn bench_axpy_like(_n: usize, _a: f64, _x: *const f64, _y: *mut f64) {}
}

#[ve_offload(lib = static)]
extern "C" {
    fn bench_empty();
    fn bench_axpy_like(n: usize, a: f64, x: *const f64, y: *mut f64);
}

/// Rounds of limit and subject.
const ROUNDS: usize = 21;

/// Calls in one round of a latency measurement.
const CALLS: u32 = 5_000;

/// Libraries that are measured besides: the variable with the path, the first word of the rows, and what it is.
const LIBRARIES: [(&str, &str, &str); 2] = [
    ("VEO_NEC_LIBVEO", "libveo_", "NEC's libveo (ci/nec-libveo.sh prints its path)"),
    ("VEO_OWN_LIBVEO", "shared_", "our own libveo.so (cargo build --release -p veo-host)"),
];

fn main() {
    // Child processes first, while this one is small and has one thread.
    let ping = Ping::start().expect("a second process for the ping");
    let mut engines = vec![("", Engine::choose().expect("an engine"))];
    for (variable, prefix, what) in LIBRARIES {
        match std::env::var_os(variable) {
            Some(path) => engines.push((prefix, Engine::Path(path.into()))),
            None => println!("not measured, as {variable} is not set: {what}"),
        }
    }
    let mut report = Report::new(ROUNDS);
    for (prefix, engine) in engines {
        Subject::new(prefix, engine).measure(&mut report, &ping);
    }
    report.finish();
}

/// An engine, with one process of it.
struct Subject {
    /// Of the names of its rows.
    prefix: &'static str,
    engine: Engine,
    proc: Proc,
    ctx: Context,
}

impl Subject {
    fn new(prefix: &'static str, engine: Engine) -> Self {
        let proc = Proc::builder().engine(engine.clone()).create().expect("a VE process");
        let ctx = proc.open_context().expect("a context");
        Self { prefix, engine, proc, ctx }
    }

    fn measure(&self, report: &mut Report, ping: &Ping) {
        let Self { proc, ctx, .. } = self;
        self.latency(report, ping, "submit_wait_empty", "typed stub, submit + wait, no arguments", || {
            bench_empty(ctx).wait().expect("the empty kernel");
        });
        let x = proc.zeroed::<f64>(8).expect("memory");
        let mut y = proc.zeroed::<f64>(8).expect("memory");
        self.latency(report, ping, "submit_wait_4_args", "typed stub, submit + wait, 4 arguments", || {
            bench_axpy_like(ctx, 8, 2.0, &x, &mut y).wait().expect("the empty kernel");
        });
        self.pipelined(report, ping);
        for (size, name) in [(4 << 10, "4_kib"), (1 << 20, "1_mib"), (64 << 20, "64_mib")] {
            self.transfers(report, size, name);
        }
        self.creation(report);
    }

    fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    fn latency(&self, report: &mut Report, ping: &Ping, name: &str, text: &str, mut call: impl FnMut()) {
        let name = &self.name(name);
        if !report.wants(name) {
            return;
        }
        let mut row = Row::new(name, text, "ping");
        each(CALLS, &mut call);
        for _ in 0..ROUNDS {
            // The worker's thread gives up spinning before the ping begins.
            std::thread::sleep(Duration::from_millis(1));
            row.add(ping.round_trips(CALLS), each(CALLS, &mut call));
        }
        report.add(row);
    }

    /// Calls that are queued one after the other, and waited for at the end.
    fn pipelined(&self, report: &mut Report, ping: &Ping) {
        const IN_FLIGHT: usize = 100_000;
        let ctx = &self.ctx;
        let (queued, dropped) = (self.name("pipelined_call"), self.name("pipelined_dropped"));
        if !report.wants(&queued) && !report.wants(&dropped) {
            return;
        }
        let mut row = Row::new(&queued, "typed stub, queued, per call (the rest of the time is waiting)", "ping");
        let mut dropped = Row::new(&dropped, "the same, each request dropped at once, one sync", "ping");
        for _ in 0..ROUNDS {
            std::thread::sleep(Duration::from_millis(1));
            let limit = ping.round_trips(CALLS);
            let mut requests = Vec::with_capacity(IN_FLIGHT);
            let start = Instant::now();
            requests.extend((0..IN_FLIGHT).map(|_| bench_empty(ctx)));
            for request in requests {
                request.wait().expect("the empty kernel");
            }
            row.add(limit, start.elapsed().as_secs_f64() * 1e9 / IN_FLIGHT as f64);
            let start = Instant::now();
            for _ in 0..IN_FLIGHT {
                drop(bench_empty(ctx));
            }
            ctx.sync().expect("no errors");
            dropped.add(limit, start.elapsed().as_secs_f64() * 1e9 / IN_FLIGHT as f64);
        }
        report.add(row);
        report.add(dropped);
    }

    fn transfers(&self, report: &mut Report, size: usize, name: &str) {
        let (write, read) = (self.name(&format!("write_{name}")), self.name(&format!("read_{name}")));
        if !report.wants(&write) && !report.wants(&read) {
            return;
        }
        let shared = SharedMemory::new(size).expect("a shared mapping");
        let mut host = vec![1_u8; size];
        let mut buffer = self.proc.upload(&host).expect("memory");
        let count = u32::try_from((16 << 20) / size).expect("a count").clamp(1, 20_000);
        let mut write = Row::new(&write, "blocking write", "memcpy");
        let mut read = Row::new(&read, "blocking read", "memcpy");
        shared.copy_in(&host);
        for _ in 0..ROUNDS {
            let limit = each(count, || shared.copy_in(black_box(&host)));
            write.add(limit, each(count, || buffer.write(black_box(&host)).expect("a write")));
            let limit = each(count, || shared.copy_out(black_box(&mut host)));
            read.add(limit, each(count, || buffer.read(black_box(&mut host)).expect("a read")));
        }
        write.bytes = Some(size);
        read.bytes = Some(size);
        report.add(write);
        report.add(read);
    }

    fn creation(&self, report: &mut Report) {
        let name = &self.name("create_process");
        if !report.wants(name) {
            return;
        }
        let mut row = Row::new(name, "a new VE process with its declarations (its end not counted)", "spawn");
        for _ in 0..ROUNDS {
            let spawn = each(1, || {
                let status = Command::new("/bin/true").status().expect("a program to start");
                assert!(status.success());
            });
            let mut proc = None;
            let builder = Proc::builder().engine(self.engine.clone());
            let create = each(1, || proc = Some(builder.clone().create().expect("a VE process")));
            row.add(spawn, create);
        }
        report.add(row);
    }
}

/// Time of one of `count` calls of `f`.
fn each(count: u32, mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        f();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}
