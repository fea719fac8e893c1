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

mod limits;
mod report;

use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use limits::{Ping, SharedMemory};
use report::{Report, Row};
use veo::{Context, Proc, ve_offload};

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

fn main() {
    // Child processes first, while this one is small and has one thread.
    let ping = Ping::start().expect("a second process for the ping");
    let proc = Proc::create(0).expect("a VE process");
    let ctx = proc.open_context().expect("a context");
    let mut report = Report::new(ROUNDS);

    latency(&mut report, &ping, "submit_wait_empty", "typed stub, submit + wait, no arguments", || {
        bench_empty(&ctx).wait().expect("the empty kernel");
    });
    let x = proc.zeroed::<f64>(8).expect("memory");
    let mut y = proc.zeroed::<f64>(8).expect("memory");
    latency(&mut report, &ping, "submit_wait_4_args", "typed stub, submit + wait, 4 arguments", || {
        bench_axpy_like(&ctx, 8, 2.0, &x, &mut y).wait().expect("the empty kernel");
    });
    pipelined(&mut report, &ping, &ctx);
    for (size, name) in [(4 << 10, "4_kib"), (1 << 20, "1_mib"), (64 << 20, "64_mib")] {
        if report.wants(&format!("write_{name}")) || report.wants(&format!("read_{name}")) {
            transfers(&mut report, &proc, size, name);
        }
    }
    creation(&mut report);
    report.finish();
}

/// Time of one of `count` calls of `f`.
fn each(count: u32, mut f: impl FnMut()) -> f64 {
    let start = Instant::now();
    for _ in 0..count {
        f();
    }
    start.elapsed().as_secs_f64() * 1e9 / f64::from(count)
}

fn latency(report: &mut Report, ping: &Ping, name: &str, text: &str, mut call: impl FnMut()) {
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
fn pipelined(report: &mut Report, ping: &Ping, ctx: &Context) {
    const IN_FLIGHT: usize = 100_000;
    if !report.wants("pipelined_call") && !report.wants("pipelined_dropped") {
        return;
    }
    let mut row = Row::new("pipelined_call", "typed stub, queued, per call (the rest of the time is waiting)", "ping");
    let mut dropped = Row::new("pipelined_dropped", "the same, each request dropped at once, one sync", "ping");
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

fn transfers(report: &mut Report, proc: &Proc, size: usize, name: &str) {
    let shared = SharedMemory::new(size).expect("a shared mapping");
    let mut host = vec![1_u8; size];
    let mut buffer = proc.upload(&host).expect("memory");
    let count = u32::try_from((16 << 20) / size).expect("a count").clamp(1, 20_000);
    let mut write = Row::new(&format!("write_{name}"), "blocking write", "memcpy");
    let mut read = Row::new(&format!("read_{name}"), "blocking read", "memcpy");
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

fn creation(report: &mut Report) {
    if !report.wants("create_process") {
        return;
    }
    let mut row = Row::new("create_process", "a new VE process with its declarations (its end not counted)", "spawn");
    for _ in 0..ROUNDS {
        let spawn = each(1, || {
            let status = Command::new("/bin/true").status().expect("a program to start");
            assert!(status.success());
        });
        let mut proc = None;
        let create = each(1, || proc = Some(Proc::create(0).expect("a VE process")));
        row.add(spawn, create);
    }
    report.add(row);
}
