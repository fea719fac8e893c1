//! Requests as futures, under executors that know nothing of VEs.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures::executor::block_on;
use futures::future::{join, join_all, select};
use veo::Request;
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, PROMPTLY, assert_says, process, within};

/// A whole executor.
fn run<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn twenty_lines_are_executor_enough() {
    within(NEVER, || {
        let (_proc, ctx) = process();
        run(async {
            assert_eq!(echo_i32(&ctx, 1).await?, 1);
            nap_us(&ctx, 5_000).await?;
            let (first, second) = (echo_i32(&ctx, 2), echo_i32(&ctx, 3));
            assert_eq!((second.await?, first.await?), (3, 2));
            Ok::<_, veo::Error>(())
        })
        .unwrap();
    });
}

#[test]
fn joined_futures_of_two_contexts() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let (slow, fast) =
            block_on(join(async { nap_us(&ctx, 10_000).await.and(echo_i32(&ctx, 1).await) }, echo_i32(&other, 2)));
        assert_eq!((slow.unwrap(), fast.unwrap()), (1, 2));
        let all = block_on(join_all((0..500).map(|i| echo_u32(if i % 2 == 0 { &ctx } else { &other }, i))));
        assert!(all.into_iter().zip(0..).all(|(result, i)| result.unwrap() == i));
    });
}

#[test]
fn tasks_of_tokio() {
    within(NEVER, || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_time().build().unwrap();
        let (_proc, ctx) = process();
        runtime.block_on(async {
            let tasks: Vec<_> = (0..50_i64)
                .map(|i| {
                    let ctx = ctx.clone();
                    tokio::spawn(async move {
                        let mut number = 0;
                        push(&ctx, 1, 5, veo::OnStack::inout(&mut number)).await?;
                        nap_us(&ctx, 100).await?;
                        Ok::<_, veo::Error>(echo_i64(&ctx, i).await? + i64::from(number))
                    })
                })
                .collect();
            for (task, i) in tasks.into_iter().zip(0..) {
                assert_eq!(task.await.unwrap().unwrap(), i + 5);
            }
        });
    });
}

#[test]
fn a_time_out_around_a_future_drops_it_and_nothing_else() {
    within(NEVER, || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let mut numbers = [1_u8; 64];
        runtime.block_on(async {
            gate.close(&ctx);
            let request = invert_bytes(&ctx, 64, &mut numbers);
            assert!(tokio::time::timeout(Duration::from_millis(20), request).await.is_err());
        });
        numbers.fill(7);
        gate.open();
        ctx.sync().unwrap();
        assert_eq!(numbers, [7; 64], "the request was dropped, so nothing may be written");
        assert_eq!(runtime.block_on(echo_i32(&ctx, 3)).unwrap(), 3);
    });
}

#[test]
fn a_future_can_move_to_another_waker() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let mut request = echo_i32(&ctx, 9);
        let mut ignored = Context::from_waker(Waker::noop());
        assert!(pin!(&mut request).poll(&mut ignored).is_pending());
        let waits = thread::spawn(move || run(request));
        gate.open();
        assert_eq!(waits.join().unwrap().unwrap(), 9);
    });
}

#[test]
fn a_panic_of_a_waker_stays_where_it_is() {
    struct Bad;
    impl Wake for Bad {
        fn wake(self: Arc<Self>) {
            panic!("a waker that panics");
        }
    }
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let mut request = echo_i32(&ctx, 4);
        let waker = Waker::from(Arc::new(Bad));
        assert!(pin!(&mut request).poll(&mut Context::from_waker(&waker)).is_pending());
        gate.open();
        assert_eq!(request.wait().unwrap(), 4);
        assert_eq!(run(echo_i32(&ctx, 5)).unwrap(), 5);
    });
}

#[test]
fn a_crash_wakes_every_future() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        gate.close(&other);
        gate.close(&ctx);
        let crash = read_null(&ctx);
        let behind = echo_i32(&ctx, 1);
        let elsewhere = echo_i32(&other, 2);
        gate.open();
        let start = std::time::Instant::now();
        let (crash, rest) = run(join(crash, join_all([behind, elsewhere])));
        assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
        assert_says(crash.unwrap_err(), &["read_null", "SIGSEGV"]);
        assert_says(rest[0].clone().unwrap_err(), &["echo_i32", "read_null", "SIGSEGV"]);
    });
}

#[test]
fn the_faster_of_two() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let (held, free): (Request<'_, i32>, _) = (echo_i32(&ctx, 1), echo_i32(&other, 2));
        match run(select(held, free)) {
            futures::future::Either::Right((value, held)) => {
                assert_eq!(value.unwrap(), 2);
                gate.open();
                assert_eq!(run(held).unwrap(), 1);
            }
            futures::future::Either::Left(_) => panic!("the gate was closed"),
        }
    });
}
