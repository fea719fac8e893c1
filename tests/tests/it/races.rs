//! Everything at once: requests complete, expire, are cancelled, crash, are killed and dropped while others wait for them. Each
//! ends exactly once, with its value or one error; nothing hangs; everything is given back.
//!
//! The dice are thrown by a seed, which a failure prints. `VEO_SEED` chooses it.

use std::mem::forget;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, SystemTime};

use futures::executor::block_on;
use veo::{Context, Error, OnStack, Proc, Request};
use veo_tests::kernels::*;

use crate::support::{NEVER, differs, eventually, within};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }

    fn chance(&mut self, one_in: u64) -> bool {
        self.roll(one_in) == 0
    }
}

/// A host function, and what became of it.
struct Traced {
    calls: Arc<AtomicU32>,
    outcome: Option<veo::Result<u32>>,
    /// Nobody took its result.
    left: bool,
}

/// What a round has counted.
#[derive(Default)]
struct Tally {
    /// Objects that host functions own, and those of them that are gone.
    owned: AtomicU32,
    dropped: Arc<AtomicU32>,
    traced: Mutex<Vec<Traced>>,
    kinds: Mutex<[u32; 6]>,
    /// The process ends by a crash, so an error may be anything that says so.
    cancelled: AtomicU32,
    told_cancelled: AtomicU32,
    unknown: AtomicU32,
}

struct Owned(Arc<AtomicU32>);

impl Drop for Owned {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// What becomes of a request, if somebody learns it.
enum End<T> {
    Told(veo::Result<T>),
    Left,
    Forgotten,
}

/// Ends a request in one of many ways.
fn end<T>(mut request: Request<'_, T>, dice: &mut Dice) -> End<T> {
    let mut task = std::task::Context::from_waker(Waker::noop());
    for _ in 0..dice.roll(3) {
        match dice.roll(4) {
            0 => drop(request.is_done()),
            1 => match request.peek() {
                Ok(None) => {}
                other => return End::Told(other.map(|value| value.expect("it is not `None`"))),
            },
            2 => match request.wait_timeout(Duration::from_micros(dice.roll(500))) {
                Ok(None) => {}
                other => return End::Told(other.map(|value| value.expect("it is not `None`"))),
            },
            _ => {
                if let Poll::Ready(result) = Future::poll(Pin::new(&mut request), &mut task) {
                    return End::Told(result);
                }
            }
        }
    }
    match dice.roll(8) {
        0..3 => End::Told(request.wait()),
        3..5 => End::Told(block_on(request)),
        5 => loop {
            match request.wait_timeout(Duration::from_millis(1)) {
                Ok(None) => {}
                other => return End::Told(other.map(|value| value.expect("it is not `None`"))),
            }
        },
        6 => {
            drop(request);
            End::Left
        }
        _ => {
            forget(request);
            End::Forgotten
        }
    }
}

impl Tally {
    /// Notes an end, of which the value must be right.
    fn note<T>(&self, end: &End<T>, is_right: impl FnOnce(&T) -> bool) {
        let kind = match end {
            End::Told(Ok(value)) => {
                assert!(is_right(value), "a wrong value");
                0
            }
            End::Told(Err(Error::Cancelled { .. })) => {
                self.told_cancelled.fetch_add(1, SeqCst);
                1
            }
            End::Told(Err(Error::Deadline { .. })) => {
                self.unknown.fetch_add(1, SeqCst);
                2
            }
            End::Told(Err(Error::Ended { .. } | Error::Exception { .. } | Error::Transfer { .. })) => 3,
            End::Told(Err(Error::Refused { reason, .. })) if reason.contains("ended") => 3,
            End::Told(Err(error)) => panic!("an unexpected error: {error:?}"),
            End::Left | End::Forgotten => {
                self.unknown.fetch_add(1, SeqCst);
                4
            }
        };
        self.kinds.lock().unwrap()[kind] += 1;
    }

    fn step(&self, ctx: &Context, buffer: &mut veo::VeBuffer<i32>, dice: &mut Dice) {
        let number = dice.roll(1000) as i32;
        match dice.roll(9) {
            0..2 => self.note(&end(echo_i32(ctx, number), dice), |value| *value == number),
            2 => self.note(&end(nap_us(ctx, dice.roll(300)), dice), |()| true),
            3 => {
                let mut bytes = vec![number as u8; 1 + dice.roll(3000) as usize];
                let ended = end(invert_bytes(ctx, bytes.len(), &mut bytes), dice);
                self.note(&ended, |()| true);
                let expected = if matches!(ended, End::Told(Ok(()))) { !(number as u8) } else { number as u8 };
                assert!(bytes.iter().all(|&byte| byte == expected), "memory was written that nobody waited for");
            }
            4 => {
                let mut pointer = [number; 4];
                let ended = end(push(ctx, 4, 1, OnStack::inout_slice(&mut pointer)), dice);
                self.note(&ended, |()| true);
            }
            5 => self.note(&end(ctx.read(&*buffer, vec![-1; 256]), dice), |read| read.iter().all(|x| *x == read[0])),
            6 => self.note(&end(ctx.write(&mut *buffer, vec![number; 256]), dice), |written| *written == [number; 256]),
            7 => {
                let mut host = vec![number; 256];
                ctx.scope(|s| self.note(&end(s.read(&*buffer, &mut host), dice), |()| true));
                assert!(host.iter().all(|x| *x == host[0]), "half of a read");
            }
            _ => self.host_function(ctx, dice),
        }
    }

    fn host_function(&self, ctx: &Context, dice: &mut Dice) {
        let calls = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&calls);
        self.owned.fetch_add(1, SeqCst);
        let owned = Owned(Arc::clone(&self.dropped));
        let number = dice.roll(1000) as u32;
        let ended = end(
            ctx.host_fn(move || {
                counted.fetch_add(1, SeqCst);
                drop(owned);
                number
            }),
            dice,
        );
        self.note(&ended, |value| *value == number);
        if let End::Forgotten = ended {
            // What its function owns may be leaked, with the request.
            self.owned.fetch_sub(1, SeqCst);
        }
        let left = !matches!(ended, End::Told(_));
        let outcome = if let End::Told(result) = ended { Some(result) } else { None };
        self.traced.lock().unwrap().push(Traced { calls, outcome, left });
    }

    /// When everything is over: each host function was called once, or never.
    fn check(&self) {
        for Traced { calls, outcome, left } in self.traced.lock().unwrap().iter() {
            let calls = calls.load(SeqCst);
            match outcome {
                Some(Ok(_)) => assert_eq!(calls, 1),
                Some(Err(Error::Cancelled { .. })) => assert_eq!(calls, 0, "it was cancelled, and called"),
                _ => assert!(calls <= 1, "called {calls} times, left: {left}"),
            }
        }
    }
}

/// How a round ends.
#[derive(Clone, Copy, Debug)]
enum Finale {
    Sync,
    Kill,
    Crash,
    Exit,
    Destroy,
    Drop,
}

const FINALES: [Finale; 6] = [Finale::Sync, Finale::Kill, Finale::Crash, Finale::Exit, Finale::Destroy, Finale::Drop];

fn round(seed: u64, finale: Finale, cancels: bool) {
    let mut dice = Dice(seed);
    let deadline = dice.chance(3).then(|| Duration::from_millis(1 + dice.roll(30)));
    let builder = deadline.into_iter().fold(Proc::builder(), veo::ProcBuilder::deadline);
    // A deadline that is over at once is none to make a process with.
    let Ok(proc) = builder.create() else { return };
    let contexts: Vec<_> = (0..2).filter_map(|_| proc.open_context().ok()).collect();
    let tally = Arc::new(Tally::default());
    thread::scope(|s| {
        for index in 0..4 {
            let mut dice = Dice(seed ^ (index + 1) << 32 | 1);
            let (tally, proc, contexts) = (&tally, &proc, &contexts);
            s.spawn(move || {
                let Ok(mut buffer) = proc.upload(&[0; 256]) else { return };
                for _ in 0..60 {
                    let Some(ctx) = contexts.get(dice.roll(2) as usize) else { return };
                    if dice.chance(10) {
                        let _ = ctx.batch(|b| tally.step(b, &mut buffer, &mut dice));
                    } else {
                        tally.step(ctx, &mut buffer, &mut dice);
                    }
                    if cancels && dice.chance(12) {
                        let count = ctx.cancel_queued().unwrap();
                        tally.cancelled.fetch_add(u32::try_from(count).unwrap(), SeqCst);
                    }
                    if dice.chance(20) {
                        let _ = ctx.sync_timeout(Duration::from_micros(dice.roll(300)));
                    }
                }
            });
        }
        let pause = Duration::from_micros(dice.roll(30_000));
        match finale {
            Finale::Kill => {
                thread::sleep(pause);
                proc.kill().unwrap();
            }
            Finale::Crash | Finale::Exit => {
                thread::sleep(pause);
                let side = proc.main_context();
                // It may be cancelled, or too late: then it does not crash.
                match finale {
                    Finale::Crash => drop(divide(&side, 1, 0)),
                    _ => drop(call_exit(&side, 3)),
                }
            }
            Finale::Destroy => {
                thread::sleep(pause);
                drop(proc.clone().destroy());
            }
            Finale::Sync | Finale::Drop => {}
        }
    });
    if matches!(finale, Finale::Sync) {
        while contexts.iter().any(|ctx| !ctx.sync_timeout(Duration::from_secs(1)).unwrap_or(false)) {}
    }
    let told = tally.told_cancelled.load(SeqCst);
    let cancelled = tally.cancelled.load(SeqCst);
    let unknown = tally.unknown.load(SeqCst);
    assert!(told <= cancelled, "{told} requests say that they were cancelled, and {cancelled} were");
    assert!(
        cancelled <= told + unknown,
        "{cancelled} were cancelled, of which {told} say so, and {unknown} were not asked"
    );
    drop((contexts, proc));
    let all_dropped = || tally.dropped.load(SeqCst) >= tally.owned.load(SeqCst);
    eventually("what host functions own is dropped", NEVER, all_dropped);
    tally.check();
}

#[test]
fn every_request_ends_once_however_it_ends() {
    let cancels = !differs("`Context::cancel_queued` is refused");
    let killed =
        differs("a VE process that is killed in the middle of a transfer may end the program, or leave it waiting");
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    let seed = std::env::var("VEO_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(now);
    println!("VEO_SEED={seed}");
    let mut dice = Dice(seed | 1);
    for _ in 0..4 {
        for finale in FINALES {
            if killed && matches!(finale, Finale::Kill | Finale::Crash | Finale::Exit | Finale::Destroy) {
                continue;
            }
            let seed = dice.roll(u64::MAX) | 1;
            println!("{finale:?} with {seed}");
            within(3 * NEVER, move || round(seed, finale, cancels));
        }
    }
}
