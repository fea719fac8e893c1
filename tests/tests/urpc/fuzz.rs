//! Random commands. Each is answered, or ends the worker; nothing hangs, and nothing is left.

use std::env;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant, SystemTime};

use crate::channel::{DEPTH, NEVER};
use crate::host::{Host, USUAL_STACK};
use crate::segment::{Queue, Segment};
use crate::wire::{Payload, Word, command};

const WORKERS: usize = 120;
const COMMANDS_EACH: usize = 40;

struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit
    }

    fn pick<T: Copy>(&mut self, list: &[T]) -> T {
        list[self.below(list.len())]
    }
}

/// Words that mean something to the worker. Nothing that it runs: what a wild jump would do, nobody knows.
struct Known {
    harmless: Vec<u64>,
    functions: Vec<u64>,
}

impl Known {
    fn of(host: &mut Host) -> Self {
        let library = host.load("untyped");
        let functions = ["answer", "weigh_eight", "sum", "previous"].map(|name| host.main.symbol(library, name));
        let sp = host.main.sp;
        let memory = host.main.alloc(4096);
        let harmless = [0, 1, 7, 8, 16, 255, 4096, 1 << 20, 1 << 32, 1 << 47, 1 << 63, u64::MAX, u64::MAX - 7];
        let places = [sp, sp - (512 << 10) - 224, sp - (512 << 10) - (1 << 20), memory, memory + 13];
        Self { harmless: [&harmless[..], &places].concat(), functions: functions.to_vec() }
    }

    fn word(&self, dice: &mut Dice) -> u64 {
        // Small numbers are counts that fit.
        if dice.below(3) == 0 { dice.next() % 64 } else { dice.pick(&self.harmless) }
    }

    /// A function first, where there is to be one.
    fn payload(&self, number: u8, dice: &mut Dice) -> Payload {
        let first = match number {
            command::CALL..=command::CALL_IN_OUT => dice.pick(&self.functions),
            // Small numbers may be segments of other tests.
            command::NEW_PEER => u64::MAX,
            _ => self.word(dice),
        };
        let mut payload = Payload::new();
        if number == command::NEW_PEER || dice.below(20) != 0 {
            payload = payload.u64(first);
        }
        for _ in 0..dice.below(8) {
            payload = match dice.below(4) {
                0 => {
                    let count = dice.below(9);
                    payload.words(&vec![self.word(dice); count])
                }
                1 => payload.text("libc.so.6"),
                2 => payload.u32(dice.next() as u32),
                _ => payload.u64(self.word(dice)),
            };
        }
        payload
    }
}

/// One random command: mostly one that there is, with its payload mostly where it is said to be.
fn send(host: &mut Host, known: &Known, dice: &mut Dice) {
    let number = if dice.below(16) == 0 { dice.next() as u8 | 1 } else { 1 + dice.below(21) as u8 };
    let payload = known.payload(number, dice);
    let needs_care = matches!(number, command::CALL..=command::CALL_IN_OUT | command::NEW_PEER);
    if dice.below(10) == 0 && !needs_care {
        let (offset, length) = (dice.next() as usize & 0x1fff_ffff, dice.next() as usize & 0x7ff_ffff);
        let (offset, length) = if dice.below(2) == 0 { (offset, length) } else { (offset & 0xffff, length & 0xffff) };
        host.main.put(Word { command: number, offset, length }.pack());
    } else {
        let id = host.main.send(number, payload);
        if dice.below(3) == 0 && number != command::NEW_PEER {
            scribble(&host.main.segment, id, known, dice);
        }
    }
}

/// Changes a payload while the worker reads it.
fn scribble(segment: &Segment, id: i64, known: &Known, dice: &mut Dice) {
    let Word { offset, length, .. } = Word::unpack(segment.slot(Queue::Commands, id).load(Relaxed));
    for _ in 0..if length == 0 { 0 } else { 200 } {
        segment.write_payload(offset + 8 * dice.below(length / 8), &known.word(dice).to_le_bytes());
    }
}

#[test]
fn random_commands_are_answered_or_end_the_worker() {
    let seed = env::var("VEO_TEST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        now.as_nanos() as u64 | 1
    });
    println!("VEO_TEST_SEED={seed}");
    let mut dice = Dice(seed);
    let (mut answered, mut ended) = (0, 0);
    for _ in 0..WORKERS {
        let mut host = Host::start();
        let known = Known::of(&mut host);
        let further = (dice.below(4) == 0).then(|| host.open(1, USUAL_STACK));
        if until_it_ends(&mut host, &known, &mut dice, &mut answered) {
            ended += 1;
        } else {
            host.main.exit();
            host.ends_within(NEVER);
        }
        let segments: Vec<&Segment> =
            further.iter().map(|channel| &channel.segment).chain([&host.main.segment]).collect();
        assert!(segments.iter().all(|segment| segment.attached() == 1));
    }
    println!("{answered} answers, {ended} of {WORKERS} workers ended");
    assert!(answered > WORKERS && ended > 0);
}

/// Sends random commands, some at once. Whether the worker has ended.
fn until_it_ends(host: &mut Host, known: &Known, dice: &mut Dice, answered: &mut usize) -> bool {
    for _ in 0..COMMANDS_EACH {
        let count = if dice.below(5) == 0 { 1 + dice.below(DEPTH / 8) } else { 1 };
        for _ in 0..count {
            send(host, known, dice);
        }
        for _ in 0..count {
            let start = Instant::now();
            while host.main.receive_within(Duration::from_millis(20)).is_none() {
                if host.has_ended() {
                    return true;
                }
                assert!(start.elapsed() < NEVER, "neither a reply nor an end");
            }
            *answered += 1;
        }
    }
    false
}
