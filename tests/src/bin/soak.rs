//! Mixed work on one VE process for a while: three threads call kernels, pass data on the VE stack, and transfer memory, on
//! contexts of their own. Every result is compared with what it must be; the first that differs ends the program with an error.
//!
//! ```sh
//! cargo run --release -p veo-tests --bin soak             # 60 seconds
//! cargo run --release -p veo-tests --bin soak -- 10 7     # 10 seconds, with the random numbers of seed 7
//! VEO_ENGINE=/path/libveo.so.1 cargo run --release -p veo-tests --bin soak
//! ```

use std::error::Error;
use std::mem::MaybeUninit;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use std::{env, process, thread};

use veo::{Context, Engine, Proc, VeBuffer};
use veo_tests::kernels::{
    Particle, count_up, echo_f32, echo_f64, echo_i8, echo_u64, fill, invert_bytes, particle_move, push, sum_bytes,
    total,
};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

const THREADS: u64 = 3;

/// The largest transfer; some operations are as large. Above libveo's limits for one fragment and for one payload.
const LARGEST: u64 = 24 << 20;

fn main() {
    let numbers: Vec<Option<u64>> = env::args().skip(1).map(|word| word.parse().ok()).collect();
    let (seconds, seed) = match numbers.as_slice() {
        [] => (60, 1),
        [Some(seconds)] => (*seconds, 1),
        [Some(seconds), Some(seed)] => (*seconds, *seed),
        _ => {
            eprintln!("expected at most two numbers: how many seconds, and a seed");
            process::exit(2);
        }
    };
    if let Err(error) = soak(Duration::from_secs(seconds), seed) {
        eprintln!("seed {seed}: {error}");
        process::exit(1);
    }
}

fn soak(time: Duration, seed: u64) -> Outcome {
    println!("engine {}, {} s, seed {seed}", Engine::choose()?, time.as_secs());
    let proc = Proc::create(0)?;
    let contexts = (0..THREADS).map(|_| proc.open_context()).collect::<veo::Result<Vec<_>>>()?;
    let (end, failed) = (Instant::now() + time, AtomicBool::new(false));
    let counts = thread::scope(|scope| {
        let threads: Vec<_> = (seed * THREADS..)
            .zip(&contexts)
            .map(|(seed, ctx)| {
                let (proc, failed) = (&proc, &failed);
                scope.spawn(move || {
                    let result = work(proc, ctx, seed, || Instant::now() < end && !failed.load(Relaxed));
                    failed.fetch_or(result.is_err(), Relaxed);
                    result
                })
            })
            .collect();
        let join = |thread: thread::ScopedJoinHandle<'_, Result<u64, _>>| {
            thread.join().unwrap_or_else(|_| Err("a thread panicked".into()))
        };
        threads.into_iter().map(join).collect::<Result<Vec<u64>, Box<dyn Error + Send + Sync>>>()
    })?;
    contexts.iter().try_for_each(Context::sync)?;
    drop(contexts);
    proc.destroy()?;
    println!("{} operations, each with the right result: {counts:?} of the threads", counts.iter().sum::<u64>());
    Ok(())
}

/// One thread: operations chosen at random, for as long as it goes on. Says how many.
fn work(
    proc: &Proc,
    ctx: &Context,
    seed: u64,
    goes_on: impl Fn() -> bool,
) -> Result<u64, Box<dyn Error + Send + Sync>> {
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut counted = 0;
    while goes_on() {
        let operation = OPERATIONS[random.below(OPERATIONS.len() as u64) as usize];
        operation(proc, ctx, &mut random).map_err(|error| format!("operation {counted} of a thread: {error}"))?;
        counted += 1;
    }
    Ok(counted)
}

type Operation = fn(&Proc, &Context, &mut Random) -> Outcome;

const OPERATIONS: [Operation; 7] =
    [single, pipelined, on_the_stack, large_on_the_stack, in_order, transferred, queued_transfers];

/// Scalars of all kinds.
fn single(_proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let value = random.next();
    equal("echo_u64", echo_u64(ctx, value).wait()?, value)?;
    equal("echo_i8", echo_i8(ctx, value as i8).wait()?, value as i8)?;
    let float = value as i32;
    equal("echo_f64", echo_f64(ctx, f64::from(float) / 8.0).wait()?, f64::from(float) / 8.0)?;
    let float = (value as i16) as f32 / 4.0;
    equal("echo_f32", echo_f32(ctx, float).wait()?, float)
}

/// More calls under way than a queue has places for, some of which nobody waits for.
fn pipelined(_proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let values: Vec<u64> = (0..random.below(600)).map(|_| random.next()).collect();
    let mut requests = Vec::new();
    for &value in &values {
        requests.push(echo_u64(ctx, value));
        if value % 5 == 0 {
            drop(echo_u64(ctx, !value));
        }
    }
    for (request, value) in requests.into_iter().zip(values) {
        equal("a pipelined call", request.wait()?, value)?;
    }
    Ok(())
}

/// Structs, in both directions, and memory that is only written.
fn on_the_stack(_proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let by = random.below(1000) as f64;
    let before = Particle { position: [1.0, by, 3.0], charge: random.next() as i32, mass: 7 };
    let mut particle = before;
    particle_move(ctx, &mut particle, by).wait()?;
    equal("the charge of a particle", particle.charge, before.charge)?;
    let expected = before.position.map(|x| x + by);
    equal("a particle that was moved", particle.position, expected)?;
    let mut numbers = vec![MaybeUninit::<u32>::uninit(); random.below(500) as usize + 1];
    count_up(ctx, numbers.len(), numbers.as_mut_slice()).wait()?;
    // SAFETY: the call has succeeded, so libveo has copied all of it.
    let numbers: Vec<u32> = numbers.into_iter().map(|number| unsafe { number.assume_init() }).collect();
    let expected: Vec<u32> = (0..numbers.len() as u32).collect();
    equal("numbers that count up", numbers, expected)
}

/// Images of stacks, up to some that do not fit into one payload.
fn large_on_the_stack(_proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let mut bytes = random.bytes(LARGEST);
    let sum = bytes.iter().map(|&byte| u64::from(byte)).sum::<u64>();
    equal("the sum of bytes on the stack", sum_bytes(ctx, bytes.len(), &bytes).wait()?, sum)?;
    let expected: Vec<u8> = bytes.iter().map(|byte| !byte).collect();
    invert_bytes(ctx, bytes.len(), &mut bytes).wait()?;
    equal("inverted bytes on the stack", bytes, expected)
}

/// Kernels that work on each other's results, on a buffer that is freed behind them.
fn in_order(proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let n = random.below(100_000) as usize + 1;
    let (value, add) = (random.next() as i16, random.next() as i16);
    let mut x: VeBuffer<i32> = proc.alloc(n)?;
    fill(ctx, n, i32::from(value), &mut x);
    push(ctx, n, i32::from(add), &mut x);
    let expected = 2 * i64::from(value) + i64::from(add);
    let sum = total(ctx, n, &x);
    let unused: VeBuffer<i32> = proc.alloc(random.below(1 << 20) as usize)?;
    drop((x, unused));
    equal("the total of a buffer", sum.wait()?, expected * n as i64)
}

/// Blocking transfers of parts of a buffer.
fn transferred(proc: &Proc, _ctx: &Context, random: &mut Random) -> Outcome {
    let data = random.bytes(LARGEST);
    let mut buffer = proc.upload(&data)?;
    let start = random.below(data.len() as u64) as usize;
    let part = random.bytes((data.len() - start) as u64);
    buffer.slice_mut(start..start + part.len()).write(&part)?;
    let mut expected = data;
    expected[start..start + part.len()].copy_from_slice(&part);
    let from = random.below(start as u64 + 1) as usize;
    equal("part of a buffer", buffer.slice(from..).to_vec()?, expected.split_off(from))
}

/// Transfers in the queue, around a kernel.
fn queued_transfers(proc: &Proc, ctx: &Context, random: &mut Random) -> Outcome {
    let data: Vec<i32> = (0..random.below(300_000) + 1).map(|_| random.next() as i16 as i32).collect();
    let n = data.len();
    let mut buffer = proc.alloc::<i32>(n)?;
    let expected: Vec<i32> = data.iter().map(|x| 2 * x + 1).collect();
    let written = ctx.write(&mut buffer, data);
    push(ctx, n, 1, &mut buffer);
    let read = ctx.read(&buffer, vec![0; n]);
    let told = ctx.host_fn(move || n);
    equal("a host function", told.wait()?, n)?;
    drop(written);
    equal("what was written, changed and read", read.wait()?, expected)
}

fn equal<T: PartialEq>(what: &str, got: T, expected: T) -> Outcome {
    if got == expected { Ok(()) } else { Err(format!("{what} is wrong").into()) }
}

/// Random numbers: xorshift, since nothing depends on their quality.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Below `limit`, and often far below.
    fn below(&mut self, limit: u64) -> u64 {
        let limit = (limit >> (self.next() % 20)).max(1);
        self.next() % limit
    }

    /// 1 to `most` bytes.
    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let start = self.next();
        (0..=self.below(most)).map(|index| (start.wrapping_add(index).wrapping_mul(0x9e37_79b9) >> 16) as u8).collect()
    }
}
