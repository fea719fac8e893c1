//! `Context::cancel_queued`: what has not begun ends at once, what runs goes on, and nobody waits for ever.

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context as Task, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use veo::{Context, Copy2d, Error, OnStack, Request};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{Gate, NEVER, PROMPTLY, assert_says, differs, eventually, process, within};

const ROW: &str = "`Context::cancel_queued` is refused";

/// Runs a test where requests can be cancelled. Elsewhere that is an error that says what to do.
fn cancels(test: fn()) {
    if differs(ROW) {
        let (_proc, ctx) = process();
        assert_says(ctx.cancel_queued().unwrap_err(), &["cancel_queued", "libveo", "Proc::kill"]);
        return;
    }
    within(NEVER, test);
}

/// Submits until it is certain that the request runs: what is behind it was cancelled, and it was not.
fn begun<T>(ctx: &Context, submit: impl Fn() -> Request<'static, T>) -> Request<'static, T> {
    loop {
        let (request, _behind) = (submit(), echo_i32(ctx, 0));
        thread::sleep(Duration::from_millis(1));
        if ctx.cancel_queued().unwrap() == 1 {
            // That nobody has waited for.
            drop(_behind.wait());
            return request;
        }
        drop((request.wait(), _behind.wait()));
    }
}

/// Holds a context back with a kernel that runs.
fn hold(gate: &Gate, ctx: &Context) {
    drop(begun(ctx, || gate.close_again(ctx)));
}

#[track_caller]
fn is_cancelled<T>(request: Request<'_, T>, name: &str) {
    match request.wait() {
        Err(error @ Error::Cancelled { .. }) => assert_says(error, &[name, "cancel_queued", "before it had begun"]),
        Err(error) => panic!("another error: {error}"),
        Ok(_) => panic!("a result"),
    }
}

#[test]
fn what_has_not_begun_ends_at_once_and_what_runs_goes_on() {
    cancels(|| {
        let (_proc, ctx) = process();
        let mut running = begun(&ctx, || never_return(&ctx));
        let queued: Vec<_> = (0..5).map(|i| echo_i32(&ctx, i)).collect();
        let start = Instant::now();
        assert_eq!(ctx.cancel_queued().unwrap(), 5);
        queued.into_iter().for_each(|request| is_cancelled(request, "`echo_i32` of libtestkernels.so"));
        assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
        assert_eq!(ctx.cancel_queued().unwrap(), 0, "once is enough");
        assert!(running.wait_timeout(Duration::ZERO).unwrap().is_none());
    });
}

#[test]
fn what_is_submitted_afterwards_runs_in_its_turn() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let mut buffer = proc.zeroed::<i32>(4).unwrap();
        hold(&gate, &ctx);
        for round in 0..10 {
            let before = (echo_i32(&ctx, 1), ctx.host_fn(|| 2), ctx.read(&buffer, vec![0; 4]));
            assert_eq!(ctx.cancel_queued().unwrap(), 3, "round {round}");
            is_cancelled(before.0, "echo_i32");
            is_cancelled(before.1, "a host function");
            is_cancelled(before.2, "reading 16 bytes");
        }
        push(&ctx, 4, 3, &mut buffer);
        let after = (echo_i32(&ctx, 1), ctx.host_fn(|| 2), ctx.read(&buffer, vec![0; 4]));
        gate.open();
        assert_eq!((after.0.wait().unwrap(), after.1.wait().unwrap(), after.2.wait().unwrap()), (1, 2, vec![3; 4]));
    });
}

/// The ring has 256 places; the rest stands behind it.
#[test]
fn thousands_end_at_once() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        hold(&gate, &ctx);
        let count = AtomicU32::new(0);
        let calls: Vec<_> = (0..3000).map(|_| count_call(&ctx)).collect();
        assert_eq!(ctx.cancel_queued().unwrap(), 3000);
        thread::scope(|s| {
            for mut request in calls {
                if request.is_done() {
                    count.fetch_add(1, SeqCst);
                }
                s.spawn(|| is_cancelled(request, "count_call"));
            }
        });
        assert_eq!(count.load(SeqCst), 3000);
        let last = calls_so_far(&ctx);
        gate.open();
        assert_eq!(last.wait().unwrap(), 0, "none of them ran");
    });
}

/// Every way of waiting, begun before the cancellation.
#[test]
fn whoever_waits_is_woken() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let buffer = proc.zeroed::<i32>(4).unwrap();
        hold(&gate, &ctx);
        let (waits, limited) = (echo_i32(&ctx, 1), echo_i32(&ctx, 2));
        let (awaits, transfer, function) = (echo_i32(&ctx, 3), ctx.read(&buffer, vec![0; 4]), ctx.host_fn(|| 4));
        thread::scope(|s| {
            s.spawn(|| is_cancelled(waits, "echo_i32"));
            let mut limited = limited;
            s.spawn(move || assert!(matches!(limited.wait_timeout(NEVER), Err(Error::Cancelled { .. }))));
            s.spawn(|| assert!(matches!(block_on(awaits), Err(Error::Cancelled { .. }))));
            s.spawn(|| is_cancelled(transfer, "reading"));
            s.spawn(|| is_cancelled(function, "host function"));
            thread::sleep(Duration::from_millis(100));
            assert_eq!(ctx.cancel_queued().unwrap(), 5);
        });
    });
}

/// The notification of a request that runs is behind it, among what is cancelled.
#[test]
fn a_future_of_what_runs_is_woken_by_its_end_all_the_same() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let woken = Arc::new(Woken(AtomicU32::new(0)));
        let waker = Waker::from(Arc::clone(&woken));
        let mut running = pin!(begun(&ctx, || gate.close_again(&ctx)));
        assert!(running.as_mut().poll(&mut Task::from_waker(&waker)).is_pending());
        ctx.cancel_queued().unwrap();
        assert!(running.as_mut().poll(&mut Task::from_waker(&waker)).is_pending());
        let before = woken.0.load(SeqCst);
        gate.open();
        eventually("the wake-up", NEVER, || woken.0.load(SeqCst) > before);
        assert!(running.as_mut().poll(&mut Task::from_waker(&waker)).is_ready());
    });
}

struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

#[test]
fn a_host_function_that_is_cancelled_is_dropped_and_never_called() {
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        hold(&gate, &ctx);
        let (calls, drops) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let requests: Vec<_> = (0..20)
            .map(|_| {
                let (calls, counted) = (Arc::clone(&calls), Counted(Arc::clone(&drops)));
                ctx.host_fn(move || {
                    calls.fetch_add(1, SeqCst);
                    drop(counted);
                })
            })
            .collect();
        let (mut kept, dropped): (Vec<_>, Vec<_>) = requests.into_iter().zip(0..).partition(|(_, i)| i % 2 == 0);
        drop(dropped);
        std::mem::forget(kept.pop());
        assert_eq!(ctx.cancel_queued().unwrap(), 20);
        assert_eq!(drops.load(SeqCst), 20, "what they own is gone, though nobody has asked");
        kept.into_iter().for_each(|(request, _)| is_cancelled(request, "host function"));
        gate.open();
        assert_says(ctx.sync().unwrap_err(), &["host function", "cancelled"]);
        assert_eq!((calls.load(SeqCst), drops.load(SeqCst)), (0, 20));
    });
}

#[test]
fn host_memory_is_left_alone() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let (mut inout, mut pointer) = (vec![7_u8; 100_000], [1, 2, 3]);
        let mut buffer = proc.upload(&[5; 1000]).unwrap();
        hold(&gate, &ctx);
        let (mut borrowed, source) = (vec![9; 1000], vec![6; 1000]);
        let (first, second) =
            (invert_bytes(&ctx, 100_000, &mut inout), push(&ctx, 3, 1, OnStack::inout_slice(&mut pointer)));
        ctx.scope(|s| {
            let read = s.read(&buffer, &mut borrowed);
            let write = s.write(&mut buffer, &source);
            assert_eq!(ctx.cancel_queued().unwrap(), 4);
            is_cancelled(read, "reading");
            is_cancelled(write, "writing");
            gate.open();
        });
        is_cancelled(first, "invert_bytes");
        is_cancelled(second, "push");
        ctx.sync().unwrap();
        assert!(inout.iter().all(|&byte| byte == 7) && pointer == [1, 2, 3] && borrowed == vec![9; 1000]);
        assert_eq!(buffer.to_vec().unwrap(), vec![5; 1000]);
    });
}

/// What was cancelled says nothing of what is before it: a buffer is still in use there.
#[test]
fn buffers_stay_in_order() {
    cancels(|| {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let buffer = RefCell::new(proc.zeroed::<i32>(1000).unwrap());
        for value in 1..4 {
            let filling = begun(&ctx, || slow_fill(&ctx, 50_000, 1000, value, &mut *buffer.borrow_mut()));
            let behind = slow_fill(&ctx, 0, 1000, -1, &mut *buffer.borrow_mut());
            assert_eq!(ctx.cancel_queued().unwrap(), 1);
            is_cancelled(behind, "slow_fill");
            let filled = match value {
                1 => buffer.borrow().to_vec().unwrap(),
                2 => other.read(&*buffer.borrow(), vec![0; 1000]).wait().unwrap(),
                _ => vec![(total(&other, 1000, &*buffer.borrow()).wait().unwrap() / 1000) as i32; 1000],
            };
            assert_eq!(filled, vec![value; 1000]);
            filling.wait().unwrap();
        }
    });
}

/// Frees are done, whatever is cancelled around them. All in all this is more than a node has.
#[test]
fn memory_comes_back() {
    cancels(|| {
        let (proc, ctx) = process();
        for _ in 0..20 {
            let gate = Gate::new(&proc);
            hold(&gate, &ctx);
            let mut buffer = proc.alloc::<u8>(4 << 30).unwrap();
            let call = fill(&ctx, 1, 1, buffer.as_ptr().cast());
            let write = ctx.write(buffer.slice_mut(..10), vec![0; 10]);
            drop(buffer);
            assert!(ctx.cancel_queued().unwrap() >= 2);
            is_cancelled(call, "fill");
            is_cancelled(write, "writing");
            gate.open();
            ctx.sync().unwrap();
        }
    });
}

#[test]
fn what_is_dropped_is_cancelled_too_and_comes_out_of_sync() {
    cancels(|| {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let mut buffer = proc.zeroed::<i32>(10).unwrap();
        hold(&gate, &ctx);
        drop(count_call(&ctx));
        std::mem::forget(count_call(&ctx));
        drop(ctx.write(&mut buffer, vec![1; 10]));
        assert_eq!(ctx.cancel_queued().unwrap(), 3);
        gate.open();
        assert_says(ctx.sync().unwrap_err(), &["count_call", "cancelled"]);
        ctx.sync().unwrap();
        assert_eq!(calls_so_far(&ctx).wait().unwrap(), 0);
        assert_eq!(buffer.to_vec().unwrap(), [0; 10]);
    });
}

/// A rectangle is many transfers. Those before the cancellation may be done, and use the memory until then.
#[test]
fn a_transfer_in_pieces_is_cancelled_as_a_whole() {
    cancels(|| {
        let (proc, ctx) = process();
        let shape = Copy2d::new(200, 512).from_pitch(1024).to_pitch(1024);
        let mut buffer = proc.upload(&vec![1_u32; 200 * 1024]).unwrap();
        for round in 0..50 {
            let read = ctx.read_2d(&buffer, vec![0_u32; 200 * 1024], shape);
            let write = ctx.write_2d(&mut buffer, vec![1_u32; 200 * 1024], shape);
            thread::sleep(Duration::from_micros(round * 10));
            let cancelled = ctx.cancel_queued().unwrap();
            match read.wait() {
                Ok(read) => assert!(read.chunks(1024).all(|row| row[..512] == [1; 512])),
                Err(error) => assert_says(error, &["reading 409600 bytes", "cancelled"]),
            }
            match write.wait() {
                Ok(_) => assert_eq!(cancelled, 0),
                Err(error) => assert_says(error, &["writing 409600 bytes", "cancelled"]),
            }
        }
        ctx.sync().unwrap();
    });
}

#[test]
fn other_contexts_and_the_process_itself_are_not_touched() {
    cancels(|| {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        hold(&gate, &ctx);
        hold(&gate, &other);
        let elsewhere = echo_i32(&other, 3);
        thread::scope(|s| {
            // It is queued on the main context, and waited for in the engine.
            let loads = s.spawn(|| proc.load_library("libm.so.6").and_then(|library| library.get_symbol::<f64>("cos")));
            thread::sleep(Duration::from_millis(50));
            assert_eq!(ctx.cancel_queued().unwrap(), 0);
            gate.open();
            loads.join().unwrap().unwrap();
        });
        assert_eq!(elsewhere.wait().unwrap(), 3);
    });
}

#[test]
fn a_process_that_has_ended_has_nothing_to_cancel() {
    cancels(|| {
        let (proc, ctx) = process();
        let request = never_return(&ctx);
        let queued = echo_i32(&ctx, 1);
        proc.kill().unwrap();
        assert_eq!(ctx.cancel_queued().unwrap(), 0);
        assert_says(request.wait().unwrap_err(), &["this program killed"]);
        assert_says(queued.wait().unwrap_err(), &["this program killed"]);
        proc.destroy().unwrap();
        assert_eq!(ctx.cancel_queued().unwrap(), 0);
    });
}

/// Each request has one end, and cancellations and results add up, however the two race.
#[test]
fn cancellations_are_counted_once() {
    cancels(|| {
        let (proc, ctx) = process();
        let stop = AtomicU32::new(0);
        let cancelled = AtomicU32::new(0);
        let (mut ran, mut lost) = (0, 0);
        thread::scope(|s| {
            s.spawn(|| {
                while stop.load(SeqCst) == 0 {
                    cancelled.fetch_add(u32::try_from(ctx.cancel_queued().unwrap()).unwrap(), SeqCst);
                    thread::sleep(Duration::from_micros(50));
                }
            });
            for round in 0..300 {
                let requests: Vec<_> = (0..if round % 10 == 0 { 600 } else { 20 }).map(|_| count_call(&ctx)).collect();
                for request in requests {
                    match request.wait() {
                        Ok(()) => ran += 1,
                        Err(Error::Cancelled { .. }) => lost += 1,
                        Err(error) => panic!("{error}"),
                    }
                }
            }
            stop.store(1, SeqCst);
        });
        assert_eq!(cancelled.load(SeqCst), lost);
        assert_eq!(calls_so_far(&ctx).wait().unwrap(), ran);
        assert!(ran > 0, "all of {lost} were cancelled");
        ctx.sync().unwrap();
        drop((ctx, proc));
        assert!(system::descriptors() < 1000);
    });
}
