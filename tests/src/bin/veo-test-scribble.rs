//! Processes whose kernels write at random over everything that they share with this program, while it uses them in every
//! way. Nothing may hang, and no other process may notice.
//!
//! ```sh
//! cargo run -p veo-tests --bin veo-test-scribble -- [SEED] [PROCESSES] [SCRIBBLES]
//! ```
//!
//! It goes on until so many processes were used up and so many scribbles were made, counted by the kernels in a file.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileExt;
use std::os::unix::process::CommandExt;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use std::{env, io, process, thread};

use veo::{Context, Proc, Request, Result, VeBuffer, ve_offload};
use veo_tests::kernels::{echo_i32, invert_bytes, push};
use veo_tests::system::Holdings;

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    fn scribble(seed: u64, count: i32, pause_us: i32, targets: i32, counter: i32);
}

/// Memory of a VE process: a kernel with a wild length walks through all of it.
const MEMORY: (&str, &str) = ("VEO_HOST_MEMORY", "64M");

/// Hosts at a time: most of them wait for the second that passes until a ring is checked.
const HOSTS: u64 = 12;

/// How long a process is used, and how often it is scribbled over meanwhile.
const USE: Duration = Duration::from_millis(600);
const SCRIBBLES: i32 = 400;
const PAUSE_US: i32 = 500;

/// By when a request must have ended, and everything else, on a machine however busy.
const NEVER: Duration = Duration::from_secs(60);

/// What all threads count.
#[derive(Default)]
struct Tally {
    processes: AtomicU64,
    results: AtomicU64,
    errors: AtomicU64,
    overwritten: AtomicU64,
}

fn main() -> io::Result<()> {
    if env::var_os(MEMORY.0).is_none() {
        return Err(process::Command::new(env::current_exe()?)
            .args(env::args_os().skip(1))
            .env(MEMORY.0, MEMORY.1)
            .exec());
    }
    let numbers: Vec<u64> = env::args().skip(1).map(|text| text.parse().expect("arguments are numbers")).collect();
    let clock = || Instant::now().duration_since(Instant::now() - Duration::from_nanos(1)).as_nanos() as u64;
    let seed = numbers.first().copied().unwrap_or_else(|| u64::from(process::id()) ^ clock());
    let processes = numbers.get(1).copied().unwrap_or(100);
    let scribbles = numbers.get(2).copied().unwrap_or(10_000);
    println!("seed {seed}");
    let counter = counter()?;
    one_round(seed, &counter, &Tally::default());
    let before = Holdings::settled();
    counter.write_at(&[0; 8], 0)?;

    let tally = Tally::default();
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let bystander = scope.spawn(|| bystander(&over));
        let hosts: Vec<_> = (0..HOSTS)
            .map(|_| {
                scope.spawn(|| {
                    loop {
                        let number = tally.processes.fetch_add(1, Relaxed);
                        if number >= processes && scribbles_in(&counter) >= scribbles {
                            tally.processes.fetch_sub(1, Relaxed);
                            return;
                        }
                        one_round(seed.wrapping_add(number), &counter, &tally);
                    }
                })
            })
            .collect();
        hosts.into_iter().for_each(|host| host.join().unwrap_or_else(|_| process::exit(1)));
        over.store(true, Relaxed);
        match bystander.join() {
            Ok(Ok(calls)) => println!("{calls} calls in a process that nobody scribbled over"),
            _ => process::exit(1),
        }
    });
    println!(
        "{} processes, {} scribbles, {} requests with a result, {} with an error; {} processes ended as overwritten",
        tally.processes.load(Relaxed),
        scribbles_in(&counter),
        tally.results.load(Relaxed),
        tally.errors.load(Relaxed),
        tally.overwritten.load(Relaxed),
    );
    let after = before.await_again();
    assert_eq!(after, before, "something is left");
    println!("nothing is left");
    Ok(())
}

/// A file in which kernels count.
fn counter() -> io::Result<File> {
    let path = env::temp_dir().join(format!("veo-test-scribble-{}", process::id()));
    let file = File::options().read(true).write(true).create_new(true).open(&path)?;
    std::fs::remove_file(path)?;
    file.set_len(4096)?;
    Ok(file)
}

fn scribbles_in(counter: &File) -> u64 {
    let mut count = [0; 8];
    counter.read_exact_at(&mut count, 0).map_or(0, |()| u64::from_le_bytes(count))
}

/// Calls that nothing of all this may touch, with results that must be right.
fn bystander(over: &AtomicBool) -> Result<u64> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    let mut buffer = proc.upload(&[0_i32; 1000])?;
    let mut calls = 0;
    while !over.load(Relaxed) {
        assert_eq!(echo_i32(&ctx, calls as i32).wait()?, calls as i32);
        ctx.write(&mut buffer, vec![calls as i32; 1000]).wait()?;
        push(&ctx, 1000, 1, &mut buffer).wait()?;
        assert!(buffer.to_vec()?.iter().all(|&x| x == 2 * calls as i32 + 1));
        calls += 2;
        thread::sleep(Duration::from_millis(1));
    }
    Ok(calls)
}

/// The life of one process. Ends this program, with a message, if it does not come to its end.
fn one_round(seed: u64, counter: &File, tally: &Tally) {
    thread::scope(|scope| {
        let (sender, ended) = mpsc::channel::<()>();
        scope.spawn(move || {
            let _sender = sender;
            if let Err(error) = use_up(seed, counter, tally) {
                tally.overwritten.fetch_add(u64::from(error.to_string().contains("overwrote")), Relaxed);
            }
        });
        if ended.recv_timeout(4 * NEVER) == Err(mpsc::RecvTimeoutError::Timeout) {
            fail(seed, "the process could not be let go");
        }
    });
}

fn fail(seed: u64, what: &str) -> ! {
    println!("seed {seed}: {what}");
    process::exit(1);
}

/// Uses a process while it is scribbled over. The error is the last one that was seen.
fn use_up(seed: u64, counter: &File, tally: &Tally) -> Result<()> {
    let proc = Proc::create(0)?;
    let contexts = [proc.open_context()?, proc.open_context()?, proc.open_context()?];
    let targets = (seed % 3) as i32;
    // Few scribbles are worse than many: what one leaves undecided, the next one decides.
    let count = if (seed / 3).is_multiple_of(2) { SCRIBBLES } else { 1 + (seed / 6 % 8) as i32 };
    scribble(&contexts[0], seed, count, PAUSE_US, targets, counter.as_raw_fd()).wait()?;
    thread::scope(|scope| {
        let users: Vec<_> = contexts
            .iter()
            .zip(1..)
            .map(|(context, number)| scope.spawn(move || User::new(seed, number, context, tally)?.go_on()))
            .collect();
        users.into_iter().try_for_each(|user| user.join().unwrap_or_else(|_| fail(seed, "a wrong result")))
    })
}

/// One thread with one context.
struct User<'a> {
    seed: u64,
    dice: u64,
    context: &'a Context,
    buffer: VeBuffer<i32>,
    tally: &'a Tally,
    last: Result<()>,
}

impl<'a> User<'a> {
    fn new(seed: u64, number: u64, context: &'a Context, tally: &'a Tally) -> Result<Self> {
        let buffer = context.proc().upload(&[1; 5000])?;
        Ok(Self { seed, dice: (seed ^ number << 32) * 2 + 1, context, buffer, tally, last: Ok(()) })
    }

    fn draw(&mut self, below: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % below
    }

    fn go_on(mut self) -> Result<()> {
        let start = Instant::now();
        // A process that has ended refuses everything; that, too, is to be tried a few times.
        let mut refusals = 0;
        while start.elapsed() < USE && refusals < 10 {
            self.step();
            refusals += u32::from(self.last.is_err());
        }
        self.last
    }

    fn step(&mut self) {
        match self.draw(9) {
            0 => self.calls(20),
            // More than the ring holds.
            1 => self.calls(600),
            2 => self.polled_call(),
            3 => {
                let mut bytes = vec![1_u8; if self.draw(2) == 0 { 1000 } else { 100_000 }];
                let request = invert_bytes(self.context, bytes.len(), &mut bytes);
                self.ends(request);
            }
            4 => {
                let request = self.context.read(&self.buffer, vec![0; 5000]);
                self.ends(request);
            }
            5 => {
                let request = self.context.write(&mut self.buffer, vec![2; 5000]);
                self.ends(request);
            }
            6 => {
                let request = self.context.host_fn(|| 0x5eed);
                if self.ends(request).is_some_and(|value| value != 0x5eed) {
                    fail(self.seed, "a host function has a wrong result");
                }
            }
            7 => self.last = self.synchronous(),
            _ => self.last = self.another_context(),
        }
    }

    /// Waits until a request has ended, however it did.
    fn ends<T>(&mut self, mut request: Request<'_, T>) -> Option<T> {
        let outcome = if self.draw(4) == 0 { request.wait().map(Some) } else { request.wait_timeout(NEVER) };
        self.count(outcome)
    }

    fn count<T>(&mut self, outcome: Result<Option<T>>) -> Option<T> {
        match outcome {
            Ok(None) => fail(self.seed, "a request did not end"),
            Ok(value) => {
                self.tally.results.fetch_add(1, Relaxed);
                value
            }
            Err(error) => {
                self.tally.errors.fetch_add(1, Relaxed);
                self.last = Err(error);
                None
            }
        }
    }

    fn calls(&mut self, count: i32) {
        let requests: Vec<_> = (0..count).map(|i| echo_i32(self.context, i)).collect();
        for request in requests {
            self.ends(request);
        }
    }

    fn polled_call(&mut self) {
        let start = Instant::now();
        let mut request = echo_i32(self.context, 1);
        loop {
            match request.peek() {
                Ok(None) if start.elapsed() < NEVER => thread::yield_now(),
                outcome => {
                    self.count(outcome);
                    return;
                }
            }
        }
    }

    fn synchronous(&mut self) -> Result<()> {
        self.context.sync()?;
        let buffer = self.context.proc().upload(&[3_i32; 5000])?;
        buffer.to_vec()?;
        self.buffer.to_vec().map(drop)
    }

    fn another_context(&mut self) -> Result<()> {
        let context = self.context.proc().open_context()?;
        let request = echo_i32(&context, 2);
        self.ends(request);
        context.close()
    }
}
