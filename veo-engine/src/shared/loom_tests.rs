//! The ring under `loom`: every order in which two or three threads can run and see each other's writes.
//!
//! ```sh
//! RUSTFLAGS="--cfg loom" cargo test -p veo-engine --lib --release loom_
//! ```
//!
//! `model.rs` is the memory and the futex. A ring has two slots here, so that the third request uses one again, and a side
//! that waits looks once and sleeps. Sleeping has no time-out: a wake-up that is lost is a deadlock, and loom says so.
//!
//! What is not modelled:
//!
//! - `Barrier::Membarrier`. loom knows no barrier that one thread executes for all others. What makes the pair (a fence
//!   for the compiler at the publisher, `membarrier` at the sleeper) as good as the two fences that are checked here:
//!   while the sleeper's system call lasts, every thread of the two programs that is running executes a full barrier,
//!   and one that is not running does so when it is switched to. That barrier lies somewhere in the publisher's program
//!   order. If it lies after "publish", the sleeper's last look, which comes after the call, sees what was published.
//!   If it lies before, then so does everything that the sleeper did before the call, and the publisher's look, which
//!   comes after "publish", sees the announcement. The fence for the compiler keeps these two in the order that they
//!   are written in. With two full fences the same holds by their total order; in both cases one of the two looks sees
//!   the other side's write, and no third case exists.
//! - Wake-ups without a reason. Every wait is a loop around a look, which they only run once more.
//! - Kernels that scribble over the ring. `ring.rs` and `tests/tests/it/hostile.rs` test those.
//! - The kernel's own queue of sleepers, which is a mutex here. A wake-up therefore orders a little more than it promises
//!   to; the ring never relies on that, since it takes everything from an Acquire load of a state.

use loom::sync::Arc;
use loom::thread;

use super::layout::{CANCELLED, Command, OK, Op, SLOTS};
use super::model::Ring;
use super::ring::{HostRing, WorkerRing};
use super::wait::Barrier;

/// Checks every execution in which a thread is interrupted at most three times, which loom's authors found to show almost
/// every fault; `LOOM_MAX_PREEMPTIONS` overrides it.
fn check(run: impl Fn(Arc<HostRing>, WorkerRing) + Send + Sync + 'static) {
    check_up_to(Some(3), run);
}

fn check_up_to(interruptions: Option<usize>, run: impl Fn(Arc<HostRing>, WorkerRing) + Send + Sync + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = model.preemption_bound.or(interruptions);
    model.check(move || {
        let ring = Ring::new();
        let host = HostRing::new(ring.clone(), Barrier::Fence);
        run(Arc::new(host), WorkerRing::new(ring, Barrier::Fence));
    });
}

fn publish(host: &HostRing, seq: u64) {
    host.set_arg(seq, 1, 300 + seq);
    host.publish(
        seq,
        Command { op: Op::Call, count: 2, setters: seq as u32, target: 100 + seq, block: 200 + seq, ..Command::NOP },
    );
}

/// Waits for a request and takes its result.
fn result(host: &HostRing, seq: u64) -> Option<(u8, u64)> {
    host.wait_for(seq, None);
    host.completion(seq)
}

/// The worker: takes as many requests, and completes each with a value of its own.
fn work(worker: &WorkerRing, requests: u64) {
    for seq in 0..requests {
        let command = worker.next(seq).unwrap();
        assert_eq!((command.op, command.count, command.setters), (Op::Call, 2, seq as u32));
        assert_eq!((command.target, command.block, worker.arg(seq, 1)), (100 + seq, 200 + seq, 300 + seq));
        worker.complete(seq, OK, 400 + seq);
    }
}

/// The smallest case, without a bound.
#[test]
fn loom_one_round_trip() {
    check_up_to(None, |host, worker| {
        let worker = thread::spawn(move || work(&worker, 1));
        publish(&host, 0);
        assert_eq!(result(&host, 0), Some((OK, 400)));
        worker.join().unwrap();
    });
}

/// The host submits as long as there is room, and waits for the oldest request when there is none.
#[test]
fn loom_requests_and_results_arrive_once_and_in_order() {
    const REQUESTS: u64 = 4;
    check(|host, worker| {
        let worker = thread::spawn(move || work(&worker, REQUESTS));
        for seq in 0..REQUESTS {
            if let Some(oldest) = seq.checked_sub(SLOTS) {
                assert_eq!(result(&host, oldest), Some((OK, 400 + oldest)));
                host.set_floor(oldest + 1);
            }
            publish(&host, seq);
        }
        for seq in REQUESTS - SLOTS..REQUESTS {
            assert_eq!(result(&host, seq), Some((OK, 400 + seq)));
        }
        worker.join().unwrap();
    });
}

/// The host waits for each result before the next request, so that both sides sleep as often as they can.
#[test]
fn loom_both_sides_are_woken_at_every_round_trip() {
    check(|host, worker| {
        let worker = thread::spawn(move || work(&worker, 3));
        for seq in 0..3 {
            publish(&host, seq);
            assert_eq!(result(&host, seq), Some((OK, 400 + seq)));
            host.set_floor(seq + 1);
        }
        worker.join().unwrap();
    });
}

/// The thread that sleeps for the later request must not hide the other one's announcement: they share one word.
#[test]
fn loom_a_waiter_for_a_later_request_does_not_keep_an_earlier_one_asleep() {
    check(|host, worker| {
        let other = Arc::clone(&host);
        publish(&host, 0);
        let waiter = thread::spawn(move || assert_eq!(result(&other, 1), Some((OK, 401))));
        let worker = thread::spawn(move || work(&worker, 2));
        assert_eq!(result(&host, 0), Some((OK, 400)));
        publish(&host, 1);
        waiter.join().unwrap();
        worker.join().unwrap();
    });
}

/// Two threads sleep for requests that both are under way.
#[test]
fn loom_two_waiters_are_both_woken() {
    for (first, second) in [(0, 1), (1, 0)] {
        check(move |host, worker| {
            let other = Arc::clone(&host);
            publish(&host, 0);
            let waiter = thread::spawn(move || assert_eq!(result(&other, second), Some((OK, 400 + second))));
            let worker = thread::spawn(move || work(&worker, 2));
            publish(&host, 1);
            assert_eq!(result(&host, first), Some((OK, 400 + first)));
            waiter.join().unwrap();
            worker.join().unwrap();
        });
    }
}

/// A thread waits for a request that another one takes out of the ring, whose slot is then used again.
#[test]
fn loom_a_waiter_sees_that_its_request_has_left_the_ring() {
    check(|host, worker| {
        let other = Arc::clone(&host);
        publish(&host, 0);
        let waiter = thread::spawn(move || {
            other.wait_for(0, None);
            assert!(other.is_settled(0));
            assert!(!other.has_ended());
        });
        let worker = thread::spawn(move || work(&worker, 3));
        publish(&host, 1);
        assert_eq!(result(&host, 0), Some((OK, 400)));
        host.set_floor(1);
        publish(&host, 2);
        assert_eq!(result(&host, 2), Some((OK, 402)));
        waiter.join().unwrap();
        worker.join().unwrap();
    });
}

/// Host work holds a place back, which is published later than the one behind it.
#[test]
fn loom_a_place_that_was_held_back_does_not_lose_what_is_behind_it() {
    check(|host, worker| {
        let other = Arc::clone(&host);
        publish(&host, 1);
        let waiter = thread::spawn(move || assert_eq!(result(&other, 1), Some((OK, 401))));
        let worker = thread::spawn(move || work(&worker, 2));
        publish(&host, 0);
        assert_eq!(result(&host, 0), Some((OK, 400)));
        waiter.join().unwrap();
        worker.join().unwrap();
    });
}

/// The host and the worker agree on which calls were cancelled: those from a certain one on never run, and of the others the
/// worker says which did.
#[test]
fn loom_a_call_is_cancelled_or_run() {
    check(|host, worker| {
        let worker = thread::spawn(move || {
            [0, 1].map(|seq| {
                worker.next(seq).unwrap();
                let runs = worker.begin(seq);
                worker.complete(seq, if runs { OK } else { CANCELLED }, 400);
                runs
            })
        });
        publish(&host, 0);
        publish(&host, 1);
        let first = host.cancel(2);
        let ran = worker.join().unwrap();
        for seq in 0..2 {
            let status = result(&host, seq).map(|(status, _)| status);
            assert_eq!(status, Some(if ran[seq as usize] { OK } else { CANCELLED }));
            assert!(seq < first || !ran[seq as usize], "request {seq} ran, and the host was told that it would not");
        }
        assert!(!ran[1] || ran[0], "what comes first is cancelled last");
    });
}

/// What is submitted later is not cancelled, though the worker has not begun what was.
#[test]
fn loom_what_comes_after_a_cancellation_runs() {
    check(|host, worker| {
        let worker = thread::spawn(move || {
            [0, 1].map(|seq| {
                worker.next(seq).unwrap();
                let runs = worker.begin(seq);
                worker.complete(seq, if runs { OK } else { CANCELLED }, 400);
                runs
            })
        });
        publish(&host, 0);
        host.cancel(1);
        publish(&host, 1);
        assert_eq!(result(&host, 1), Some((OK, 400)));
        assert!(worker.join().unwrap()[1]);
    });
}

/// Who sleeps for a request of which only the host knows that it is final is woken.
#[test]
fn loom_a_cancellation_wakes_whoever_sleeps() {
    check(|host, worker| {
        let other = Arc::clone(&host);
        publish(&host, 0);
        let stirs = host.stirs();
        let waiter = thread::spawn(move || other.wait_for_result(1, stirs));
        let worker = thread::spawn(move || work(&worker, 1));
        host.stir();
        waiter.join().unwrap();
        assert_eq!(result(&host, 0), Some((OK, 400)));
        worker.join().unwrap();
    });
}

/// Whether the worker completes the request or the end comes first: nobody sleeps on.
#[test]
fn loom_the_end_lets_every_waiter_go() {
    check(|host, worker| {
        let waiters = [0, 1].map(|seq| {
            let host = Arc::clone(&host);
            thread::spawn(move || {
                host.wait_for(seq, None);
                assert!(host.is_settled(seq));
                assert!(seq == 0 || host.has_ended());
            })
        });
        publish(&host, 0);
        worker.next(0).unwrap();
        worker.complete(0, OK, 400);
        host.end();
        waiters.into_iter().for_each(|waiter| waiter.join().unwrap());
    });
}
