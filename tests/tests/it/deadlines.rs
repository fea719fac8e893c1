//! `ProcBuilder::deadline` and other limits: nothing hangs, and what hangs the kernel is said.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::task::{Context as Task, Poll, Wake, Waker};
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use futures::future::join_all;
use veo::{Context, Error, Proc, Result};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{NEVER, PROMPTLY, assert_says, eventually, failure, within};

const LIMIT: Duration = Duration::from_millis(150);

#[veo::ve_offload(lib = "libtestkernels.so", lazy)]
fn declared_lazily_for_deadlines();

/// A process with a deadline, its main context, and a further one.
fn limited() -> (Proc, Context, Context) {
    let proc = Proc::builder().deadline(LIMIT).create().unwrap();
    let (main, further) = (proc.open_context().unwrap(), proc.open_context().unwrap());
    (proc, main, further)
}

/// Something that must end by the deadline, not earlier, and not much later.
#[track_caller]
fn too_late<T>(words: &[&str], blocks: impl FnOnce() -> Result<T>) -> Error {
    let start = Instant::now();
    let error = blocks().err().expect("it cannot have finished");
    let elapsed = start.elapsed();
    assert!(matches!(error, Error::Deadline { limit: LIMIT, .. }), "{error}");
    assert_says(&error, words);
    assert_says(&error, &["150ms", "still runs", "Proc::kill", "Proc::restart"]);
    assert!(elapsed >= LIMIT && elapsed < LIMIT + PROMPTLY, "{elapsed:?}: {error}");
    error
}

#[test]
fn waiting_ends() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        too_late(&["`never_return` of libtestkernels.so"], || never_return(&ctx).wait());
        too_late(&["`echo_i32`"], || echo_i32(&ctx, 1).wait());
        too_late(&["a host function"], || ctx.host_fn(|| 1).wait());
        too_late(&["`echo_i32`"], || block_on(echo_i32(&ctx, 2)));
        too_late(&["Context::sync"], || ctx.sync());
        too_late(&["Context::sync"], || ctx.close());
        proc.kill().unwrap();
    });
}

#[test]
fn what_finishes_in_time_is_not_touched() {
    within(NEVER, || {
        let proc = Proc::builder().deadline(Duration::from_secs(10)).create().unwrap();
        let (ctx, other) = (proc.open_context().unwrap(), proc.open_context().unwrap());
        let mut buffer = proc.zeroed::<i32>(1000).unwrap();
        let mut host = [0; 1000];
        for round in 0..200 {
            slow_fill(&ctx, 100, 1000, round, &mut buffer);
            assert_eq!(total(&other, 1000, &buffer).wait().unwrap(), 1000 * i64::from(round));
            assert_eq!(block_on(echo_i32(&other, round)).unwrap(), round);
            buffer.read(&mut host).unwrap();
            assert_eq!(host, [round; 1000]);
            ctx.scope(|s| drop(s.read(&buffer, &mut host)));
            assert_eq!(other.host_fn(move || round).wait().unwrap(), round);
            ctx.sync().unwrap();
        }
        proc.destroy().unwrap();
    });
}

/// The longest limit is none, and no overflow.
#[test]
fn an_endless_deadline() {
    within(NEVER, || {
        let proc = Proc::builder().deadline(Duration::MAX).create().unwrap();
        let ctx = proc.open_context().unwrap();
        nap_us(&ctx, 5_000);
        assert_eq!(block_on(echo_i32(&ctx, 1)).unwrap(), 1);
        assert_eq!(proc.upload(&[1, 2]).unwrap().to_vec().unwrap(), [1, 2]);
        nap_us(&ctx, 5_000).wait().unwrap();
        assert!(ctx.sync_timeout(Duration::MAX).unwrap());
        ctx.scope(|_| ());
        ctx.sync().unwrap();
        proc.destroy().unwrap();
    });
}

#[test]
fn a_deadline_of_nothing_fails_at_once_and_hangs_nobody() {
    within(NEVER, || {
        let proc = Proc::builder().deadline(Duration::ZERO).create().unwrap();
        let ctx = proc.main_context();
        let request = never_return(&ctx);
        assert!(matches!(request.wait(), Err(Error::Deadline { .. })));
        assert!(matches!(block_on(echo_i32(&ctx, 1)), Err(Error::Deadline { .. })));
        assert!(matches!(proc.alloc::<u8>(1), Err(Error::Deadline { .. })));
        assert!(matches!(ctx.sync(), Err(Error::Deadline { .. })));
        proc.kill().unwrap();
    });
}

#[test]
fn what_is_done_on_the_process_itself_ends() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        let mut buffer = proc.upload(&[1, 2, 3]).unwrap();
        let pointer = proc.alloc_bytes(8).unwrap();
        let library = proc.load_library("libm.so.6").unwrap();
        drop(never_return(&ctx));
        too_late(&["reading 12 bytes"], || buffer.to_vec());
        too_late(&["writing 12 bytes"], || buffer.write(&[4, 5, 6]));
        too_late(&["writing 12 bytes"], || buffer.fill(7));
        too_late(&["allocating 100 bytes"], || proc.alloc::<u8>(100));
        too_late(&["allocating 12 bytes"], || proc.upload(&[1, 2, 3]));
        too_late(&["reading 8 bytes"], || proc.read_mem(&mut [0_u8; 8], pointer));
        too_late(&["freeing"], || proc.free_mem(pointer));
        too_late(&["loading libm.so.6"], || proc.load_library("libm.so.6"));
        too_late(&["looking up `cos`"], || library.get_symbol::<u8>("cos"));
        too_late(&["looking up `declared_lazily_for_deadlines`"], || declared_lazily_for_deadlines(&ctx).wait());
        too_late(&["opening a context"], || proc.open_context());
        too_late(&["unloading", "libm.so.6"], || library.unload());
        proc.kill().unwrap();
    });
}

/// The stub that would wait for another context gives a request with the error.
#[test]
fn waiting_for_another_context_ends() {
    within(NEVER, || {
        let (proc, ctx, further) = limited();
        let mut buffers = [0, 1].map(|_| proc.zeroed::<i32>(10).unwrap());
        // Two endless uses, but one limit for the call.
        let third = proc.open_context().unwrap();
        fill_for_ever(&further, &mut buffers[0]);
        fill_for_ever(&third, &mut buffers[1]);
        let [first, second] = &mut buffers;
        too_late(&["`compare`"], || compare(&ctx, &*first, &*second, 10).wait());
        too_late(&["reading 40 bytes"], || ctx.read(&*first, vec![0; 10]).wait());
        too_late(&["VeBuffer::read"], || first.to_vec());
        too_late(&["copying"], || ctx.copy(&*first, &mut *second).wait());
        assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1, "the context itself is free");
        proc.kill().unwrap();
    });
}

fn fill_for_ever(ctx: &Context, buffer: &mut veo::VeBuffer<i32>) {
    drop(never_return(ctx));
    drop(fill(ctx, 10, 1, buffer));
}

#[test]
fn a_batch_of_another_thread_is_not_waited_for_longer() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        let other = ctx.clone();
        ctx.batch(|b| {
            thread::spawn(move || {
                too_late(&["`echo_i32`"], || echo_i32(&other, 1).wait());
                too_late(&["a host function"], || other.host_fn(|| 1).wait());
                too_late(&["Context::batch"], || other.batch(|_| ()));
                too_late(&["allocating"], || other.proc().alloc::<u8>(1));
            })
            .join()
            .unwrap();
            assert_eq!(echo_i32(b, 2).wait().unwrap(), 2);
        })
        .unwrap();
        proc.destroy().unwrap();
    });
}

/// What was given up goes on, its memory is kept, and its error is not told a second time.
#[test]
fn the_request_goes_on_without_being_waited_for() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        let mut inout = [1_u8; 100];
        nap_us(&ctx, 400_000);
        let counted = count_call(&ctx);
        assert!(matches!(counted.wait(), Err(Error::Deadline { .. })));
        assert!(matches!(invert_bytes(&ctx, 100, &mut inout).wait(), Err(Error::Deadline { .. })));
        let mut awaited = pin!(count_call(&ctx));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        let mut poll = || awaited.as_mut().poll(&mut Task::from_waker(&waker));
        while poll().is_pending() {
            thread::sleep(Duration::from_millis(5));
        }
        assert_says(poll_again(&mut poll), &["count_call", "given before"]);
        while !ctx.sync_timeout(NEVER).unwrap() {}
        assert_eq!((calls_so_far(&ctx).wait().unwrap(), inout), (2, [1; 100]));
        drop(divide_late(&ctx));
        eventually("the crash", NEVER, || proc.alloc::<u8>(1).is_err());
        ctx.sync().unwrap();
    });
}

fn poll_again<T>(poll: &mut impl FnMut() -> Poll<Result<T>>) -> Error {
    match poll() {
        Poll::Ready(Err(error)) => error,
        _ => panic!("it gave its error before"),
    }
}

/// A crash that comes after its request was given up.
fn divide_late(ctx: &Context) -> Error {
    nap_us(ctx, 300_000);
    divide(ctx, 1, 0).wait().unwrap_err()
}

#[derive(Default)]
struct Woken(AtomicU32);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// The first poll starts the clock, and exactly one wake-up ends it.
#[test]
fn futures_are_woken_once_by_their_deadline() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        let mut request = pin!(never_return(&ctx));
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(Arc::clone(&woken));
        thread::sleep(LIMIT + LIMIT / 2);
        let start = Instant::now();
        assert!(request.as_mut().poll(&mut Task::from_waker(&waker)).is_pending());
        eventually("the wake-up", NEVER, || woken.0.load(SeqCst) > 0);
        assert!(start.elapsed() >= LIMIT);
        match request.as_mut().poll(&mut Task::from_waker(&waker)) {
            Poll::Ready(Err(Error::Deadline { .. })) => {}
            other => panic!("{other:?}"),
        }
        thread::sleep(LIMIT);
        assert_eq!(woken.0.load(SeqCst), 1);
        proc.kill().unwrap();
    });
}

#[test]
fn a_thousand_deadlines_take_one_thread() {
    within(NEVER, || {
        let (proc, ctx, _) = limited();
        drop(never_return(&ctx));
        // The context's thread, and that of the timer.
        let _ = block_on(echo_i32(&ctx, 0));
        let before = system::threads();
        let start = Instant::now();
        let results = block_on(join_all((0..1000).map(|i| echo_i32(&ctx, i))));
        assert!(results.into_iter().all(|result| matches!(result, Err(Error::Deadline { .. }))));
        assert!(start.elapsed() < LIMIT + 3 * PROMPTLY, "{:?}", start.elapsed());
        assert!(system::threads() < before + 100, "other tests have threads, too, but not so many");
        proc.kill().unwrap();
    });
}

/// It cannot return before its transfers have finished: so the process is killed, and the memory is the caller's again.
#[test]
fn a_scope_ends_with_its_process() {
    within(NEVER, || {
        for panics in [false, true] {
            let (proc, _, ctx) = limited();
            let buffer = proc.zeroed::<i32>(1000).unwrap();
            let mut host = vec![7; 1000];
            drop(never_return(&ctx));
            let start = Instant::now();
            let scope = AssertUnwindSafe(|| {
                ctx.scope(|s| {
                    std::mem::forget(s.read(&buffer, &mut host));
                    assert!(!panics, "on purpose");
                });
            });
            assert_eq!(catch_unwind(scope).is_err(), panics);
            assert!(start.elapsed() >= LIMIT && start.elapsed() < LIMIT + PROMPTLY, "{:?}", start.elapsed());
            assert_eq!(host, [7; 1000]);
            assert_says(echo_i32(&ctx, 1).wait().unwrap_err(), &["this program killed"]);
        }
    });
}

#[test]
fn destroying_kills_what_takes_longer() {
    within(NEVER, || {
        let (proc, ctx, further) = limited();
        let pid = process_id(&ctx).wait().unwrap();
        let requests = [never_return(&ctx), never_return(&further)];
        let start = Instant::now();
        proc.destroy().unwrap();
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        for request in requests {
            assert_says(failure(request), &["never_return", "this program killed"]);
        }
        eventually("the end of the process", PROMPTLY, || system::is_gone(pid));
    });
}

/// Whatever is queued before it on its own context is complete when a host function runs.
#[test]
fn host_functions_do_not_wait_for_themselves() {
    within(NEVER, || {
        let (proc, _main, ctx) = limited();
        let (inside, same) = (proc.clone(), ctx.clone());
        let sum = ctx.host_fn(move || {
            let buffer = inside.upload(&[1, 2, 3])?;
            same.sync()?;
            assert!(same.sync_timeout(Duration::ZERO)?);
            Ok::<_, Error>(buffer.to_vec()?.into_iter().sum::<i32>())
        });
        assert_eq!(sum.wait().unwrap().unwrap(), 6);
        proc.destroy().unwrap();
    });
}

#[test]
fn sync_timeout_says_whether_everything_has_finished() {
    within(NEVER, || {
        let proc = Proc::create(0).unwrap();
        let ctx = proc.open_context().unwrap();
        assert!(ctx.sync_timeout(NEVER).unwrap(), "nothing was there");
        nap_us(&ctx, 300_000);
        drop(divide(&ctx, 1, 0));
        let start = Instant::now();
        assert!(!ctx.sync_timeout(Duration::from_millis(20)).unwrap());
        assert!(start.elapsed() < Duration::from_millis(20) + PROMPTLY, "{:?}", start.elapsed());
        assert_says(ctx.sync_timeout(NEVER).unwrap_err(), &["divide", "SIGFPE"]);
        assert!(ctx.sync_timeout(NEVER).unwrap());
    });
}
