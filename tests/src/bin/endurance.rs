//! What the engine must bear for long, with figures. It ends with an error if anything is wrong, lost, left over or slow.
//!
//! ```sh
//! cargo run --release -p veo-tests --bin endurance             # a few minutes on two cores
//! cargo run --release -p veo-tests --bin endurance -- --full   # ten times as long
//! cargo run --release -p veo-tests --bin endurance -- crashes  # one part: calls, crashes, allocations, submitters, throughput
//! ```

use std::error::Error;
use std::io::{self, Write};
use std::sync::Barrier;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use std::{env, process, thread};

use veo::{Context, Proc, VeBuffer};
use veo_tests::kernels::{call_abort, call_exit, echo_u64, fill, raise_signal, read_null, resident_pages, total};
use veo_tests::system::{self, Holdings};

type Outcome = Result<(), Box<dyn Error + Send + Sync>>;

/// One part: its name, and what it does, so many times as long as usual.
type Part = (&'static str, fn(u64) -> Outcome);

const PARTS: [Part; 5] = [
    ("calls", calls),
    ("crashes", crashes),
    ("allocations", allocations),
    ("submitters", submitters),
    ("throughput", throughput),
];

/// Requests that a thread has under way at a time.
const BATCH: u64 = 100;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let factor = if arguments.iter().any(|word| word == "--full") { 10 } else { 1 };
    let names: Vec<_> = arguments.iter().filter(|word| *word != "--full").collect();
    if let Some(name) = names.iter().find(|name| PARTS.iter().all(|(part, _)| part != *name)) {
        eprintln!("there is no part {name}; there are {:?}, and the option --full", PARTS.map(|(part, _)| part));
        process::exit(2);
    }
    let mut failed = 0;
    for (name, part) in PARTS.iter().filter(|(part, _)| names.is_empty() || names.iter().any(|name| name == part)) {
        let start = Instant::now();
        let outcome = part(factor);
        println!(
            "{name}: {} after {:.1} s",
            if outcome.is_ok() { "ok" } else { "FAILED" },
            start.elapsed().as_secs_f64()
        );
        if let Err(error) = outcome {
            println!("{name}: {error}");
            failed += 1;
        }
    }
    process::exit(i32::from(failed != 0));
}

fn ensure(condition: bool, what: impl FnOnce() -> String) -> Outcome {
    if condition { Ok(()) } else { Err(what().into()) }
}

/// Shows how far a part has come, ten times.
struct Progress {
    what: &'static str,
    done: AtomicU64,
    all: u64,
}

impl Progress {
    const fn new(what: &'static str, all: u64) -> Self {
        Self { what, done: AtomicU64::new(0), all }
    }

    fn add(&self, count: u64) {
        let before = self.done.fetch_add(count, Relaxed);
        let tenth = |done| done * 10 / self.all;
        if tenth(before) != tenth(before + count) {
            println!("  {} of {} {}", before + count, self.all, self.what);
            let _ = io::stdout().flush();
        }
    }
}

/// Calls in batches, every result of which must be the right one.
fn call(context: &Context, from: u64, count: u64) -> Outcome {
    let mut requests = Vec::with_capacity(BATCH as usize);
    for start in (from..from + count).step_by(BATCH as usize) {
        let values = start..(start + BATCH).min(from + count);
        requests.extend(values.clone().map(|value| echo_u64(context, value)));
        for (value, request) in values.zip(requests.drain(..)) {
            let result = request.wait()?;
            ensure(result == value, || format!("a call with {value} gave {result}"))?;
        }
    }
    Ok(())
}

/// Runs code for each of the contexts on a thread of its own.
fn on_threads(contexts: &[Context], code: impl Fn(usize, &Context) -> Outcome + Sync) -> Outcome {
    thread::scope(|scope| {
        let code = &code;
        let threads: Vec<_> =
            contexts.iter().enumerate().map(|(index, context)| scope.spawn(move || code(index, context))).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))
    })
}

/// 64 contexts in 8 processes, each with a thread, and a million calls in all.
fn calls(factor: u64) -> Outcome {
    const CONTEXTS: u64 = 64;
    let each = 1_000_000 * factor / CONTEXTS;
    let mut contexts = Vec::new();
    for _ in 0..8 {
        let proc = Proc::create(0)?;
        contexts.extend((0..8).map(|_| proc.open_context()).collect::<veo::Result<Vec<_>>>()?);
    }
    let progress = Progress::new("calls", each * CONTEXTS);
    let start = Instant::now();
    on_threads(&contexts, |index, context| {
        let first = index as u64 * each;
        for part in (first..first + each).step_by(1000) {
            let count = 1000.min(first + each - part);
            call(context, part, count)?;
            progress.add(count);
        }
        Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "  {} contexts in 8 processes: {} calls in {seconds:.1} s, {:.0} a second",
        contexts.len(),
        each * CONTEXTS,
        (each * CONTEXTS) as f64 / seconds
    );
    Ok(())
}

/// A thousand processes that crash, and are made anew.
fn crashes(factor: u64) -> Outcome {
    /// Bytes of this process's memory that a round may cost: handles are never freed, since C may use them after their end.
    const MAY_STAY: u64 = 2048;
    let rounds = 1000 * factor;
    // What the first ones leave is the loader's, the allocator's and the threads'.
    (0..100).try_for_each(crash)?;
    let before = Holdings::settled();
    let (files, resident) = (system::memory_files(), system::resident_kib());
    let progress = Progress::new("crashes", rounds);
    let start = Instant::now();
    for round in 0..rounds {
        crash(round)?;
        progress.add(1);
    }
    let seconds = start.elapsed().as_secs_f64();
    let after = before.await_again();
    let (files_after, resident_after) = (system::memory_files(), system::resident_kib());
    println!("  {rounds} crashes in {seconds:.1} s; before: {before:?}, {files} memory files, {resident} KiB resident");
    println!("  after: {after:?}, {files_after} memory files, {resident_after} KiB resident");
    ensure(after == before && files_after == files, || "something is left of processes that crashed".into())?;
    let grown = resident_after.saturating_sub(resident) * 1024;
    ensure(grown < rounds * MAY_STAY + (1 << 20), || format!("{grown} bytes more are resident"))
}

/// The life of a process that crashes with requests under way.
fn crash(round: u64) -> Outcome {
    let proc = Proc::create(0)?;
    let (context, further) = (proc.open_context()?, proc.open_context()?);
    let mut buffer = proc.zeroed::<i32>(1000)?;
    fill(&further, 1000, 1, &mut buffer).wait()?;
    let crashed = match round % 4 {
        0 => read_null(&context).wait().err(),
        1 => call_abort(&context).wait().err(),
        2 => call_exit(&context, 3).wait().err(),
        _ => raise_signal(&context, 9).wait().err(),
    };
    ensure(crashed.is_some(), || format!("the kernel of round {round} did not crash"))?;
    let late = echo_u64(&further, 1).wait();
    ensure(late.is_err(), || "a process that crashed went on".into())
}

/// A hundred thousand allocations of mixed sizes, of which some hundred live at a time.
fn allocations(factor: u64) -> Outcome {
    /// Pages that may stay: smaller blocks keep theirs, for those who come after them.
    const MAY_STAY: i64 = 2 << 10;
    let count = 100_000 * factor;
    let proc = Proc::create(0)?;
    let context = proc.open_context()?;
    let pages = || resident_pages(&context).wait();
    let (before, host_before) = (pages()?, system::resident_kib());
    let (mut most, mut dice) = (before, 88_172_645_463_325_252_u64);
    let progress = Progress::new("allocations", count);
    let mut live: Vec<(VeBuffer<i32>, i32)> = Vec::new();
    let start = Instant::now();
    for number in 0..count {
        let mut draw = |below: u64| {
            dice ^= dice << 13;
            dice ^= dice >> 7;
            dice ^= dice << 17;
            dice % below
        };
        // As many of each order of magnitude, up to 4 MiB.
        let magnitude = 1 << draw(21);
        let length = draw(magnitude) as usize;
        let place = draw(300) as usize;
        let value = number as i32;
        let mut buffer = proc.alloc(length)?;
        if number % 8 == 0 {
            fill(&context, length, value, &mut buffer).wait()?;
            let sum = total(&context, length, &buffer).wait()?;
            ensure(sum == length as i64 * i64::from(value), || format!("{length} numbers {value} have the sum {sum}"))?;
        }
        match live.get_mut(place) {
            Some(old) => *old = (buffer, value),
            None => live.push((buffer, value)),
        }
        if number % 5000 == 0 {
            most = most.max(pages()?);
        }
        progress.add(1);
    }
    drop(live);
    context.sync()?;
    let seconds = start.elapsed().as_secs_f64();
    let (after, host_after) = (pages()?, system::resident_kib());
    println!(
        "  {count} allocations in {seconds:.1} s; pages of VE memory: {before} before, {most} at most, {after} after; \
         host: {host_before} KiB before, {host_after} KiB after"
    );
    ensure(before >= 0 && after - before <= MAY_STAY, || format!("{} pages more are in use", after - before))?;
    // All of it is one piece again.
    let all = proc.alloc::<u8>(4 << 30).map(drop);
    ensure(all.is_ok(), || "the memory did not come back in one piece".into())
}

/// Four threads that submit to one context.
fn submitters(factor: u64) -> Outcome {
    const THREADS: u64 = 4;
    let each = 100_000 * factor;
    let context = Proc::create(0)?.open_context()?;
    let progress = Progress::new("calls", each * THREADS);
    let start = Instant::now();
    on_threads(&[(); THREADS as usize].map(|()| context.clone()), |index, context| {
        for part in (0..each).step_by(1000) {
            call(context, (index as u64) << 32 | part, 1000)?;
            progress.add(1000);
        }
        Ok(())
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let calls = each * THREADS;
    println!(
        "  {THREADS} threads, one context: {calls} calls in {seconds:.1} s, {:.0} a second",
        calls as f64 / seconds
    );
    Ok(())
}

/// Eight contexts on two cores do at least half of what one does. Both in turn, so that both have the same machine.
fn throughput(factor: u64) -> Outcome {
    const CALLS: u64 = 160_000;
    const AT_MOST: f64 = 2.0;
    let rounds = 9 * factor;
    let proc = Proc::create(0)?;
    let contexts = (0..8).map(|_| proc.open_context()).collect::<veo::Result<Vec<_>>>()?;
    let (mut alone, mut together) = (Vec::new(), Vec::new());
    let progress = Progress::new("rounds", rounds);
    for _ in 0..rounds {
        alone.push(rate(&contexts[..1], CALLS)?);
        together.push(rate(&contexts, CALLS)?);
        progress.add(1);
    }
    let (alone, together) = (median(alone), median(together));
    let ratio = alone / together;
    println!("  one context: {alone:.0} calls a second; eight contexts: {together:.0}; ratio {ratio:.2}");
    ensure(ratio <= AT_MOST, || {
        format!("eight contexts are {ratio:.2} times slower than one, expected at most {AT_MOST}")
    })
}

/// Calls a second, if these contexts share so many.
fn rate(contexts: &[Context], calls: u64) -> Result<f64, Box<dyn Error + Send + Sync>> {
    let gate = Barrier::new(contexts.len() + 1);
    let each = calls / contexts.len() as u64;
    let start = thread::scope(|scope| {
        let threads: Vec<_> = contexts
            .iter()
            .map(|context| {
                scope.spawn(|| {
                    gate.wait();
                    call(context, 0, each)
                })
            })
            .collect();
        gate.wait();
        let start = Instant::now();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a thread panicked".into())))?;
        Ok::<Duration, Box<dyn Error + Send + Sync>>(start.elapsed())
    })?;
    Ok(calls as f64 / start.as_secs_f64())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
