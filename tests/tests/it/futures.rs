//! Requests as futures, under executors that know nothing of VEs.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use futures::executor::block_on;
use futures::future::{FutureExt, join, join_all, select};
use futures::stream::{FuturesUnordered, StreamExt};
use veo::Request;
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, PROMPTLY, assert_says, child, differs, eventually, output_of, process, within};

/// A whole executor.
fn run<F: Future>(future: F) -> F::Output {
    struct Task(Thread, AtomicBool);
    impl Wake for Task {
        fn wake(self: Arc<Self>) {
            self.1.store(true, SeqCst);
            self.0.unpark();
        }
    }
    let task = Arc::new(Task(thread::current(), AtomicBool::new(false)));
    let waker = Waker::from(Arc::clone(&task));
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return output;
        }
        while !task.1.swap(false, SeqCst) {
            thread::park();
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

/// Counts how often a future is polled, and how often it is woken.
struct Counting<F> {
    future: F,
    polls: u32,
    wakes: Arc<Wakes>,
}

/// A waker that counts, and passes on.
#[derive(Default)]
struct Wakes {
    count: AtomicU32,
    inner: Mutex<Option<Waker>>,
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.count.fetch_add(1, SeqCst);
        let inner = self.inner.lock().unwrap().take();
        inner.into_iter().for_each(Waker::wake);
    }
}

impl<F> Counting<F> {
    fn new(future: F) -> Self {
        Self { future, polls: 0, wakes: Arc::default() }
    }
}

impl<F: Future + Unpin> Future for Counting<F> {
    /// What the future gives, the polls that it took, and the wake-ups.
    type Output = (F::Output, u32, u32);

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        self.polls += 1;
        *self.wakes.inner.lock().unwrap() = Some(task.waker().clone());
        let waker = Waker::from(Arc::clone(&self.wakes));
        let output = std::task::ready!(Pin::new(&mut self.future).poll(&mut Context::from_waker(&waker)));
        Poll::Ready((output, self.polls, self.wakes.count.load(SeqCst)))
    }
}

/// What it takes to await a request, under any executor: one poll if it is final, else one more, after one wake-up.
#[track_caller]
fn assert_not_polled<T>((result, polls, wakes): (veo::Result<T>, u32, u32)) -> T {
    // An engine that opens a context may not want to be asked for a moment.
    assert!(polls <= 2 && wakes < 2 && wakes <= polls, "{polls} polls, {wakes} wake-ups");
    result.unwrap()
}

#[test]
fn nobody_polls() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let held: Vec<_> = (0..50).map(|i| Counting::new(echo_i32(&ctx, i))).collect();
        let opening = thread::spawn(move || {
            thread::sleep(Duration::from_millis(300));
            gate.open();
        });
        let results = run(join_all(held));
        opening.join().unwrap();
        for (result, i) in results.into_iter().zip(0..) {
            assert_eq!((result.1, result.2), (2, 1), "it was pending, was woken once, and was polled once more");
            assert_eq!(assert_not_polled(result), i);
        }
        for i in 0..500 {
            assert_eq!(assert_not_polled(run(Counting::new(echo_i32(&ctx, i)))), i);
        }
        // Those that are final when they are polled first.
        let done: Vec<_> = (0..10).map(|i| echo_i32(&ctx, i)).collect();
        ctx.sync().unwrap();
        for request in done {
            let (_, polls, wakes) = run(Counting::new(request));
            assert_eq!((polls, wakes), (1, 0));
        }
    });
}

#[test]
fn nobody_polls_under_tokio() {
    for threads in [0, 1, 4] {
        within(NEVER, move || {
            let runtime = match threads {
                0 => tokio::runtime::Builder::new_current_thread().build(),
                _ => tokio::runtime::Builder::new_multi_thread().worker_threads(threads).build(),
            };
            let (_proc, ctx) = process();
            runtime.unwrap().block_on(async {
                // One request a task: the wake-up for one that was final before may come while the next is awaited.
                let tasks: Vec<_> = (0..100)
                    .map(|i| {
                        let ctx = ctx.clone();
                        let nap = Counting::new(nap_us(&ctx, 500));
                        tokio::spawn(async move { assert_not_polled(nap.await) });
                        tokio::spawn(async move { assert_not_polled(Counting::new(echo_i32(&ctx, i)).await) })
                    })
                    .collect();
                for (task, i) in tasks.into_iter().zip(0..) {
                    assert_eq!(task.await.unwrap(), i);
                }
            });
        });
    }
}

/// In a program of its own, since the tests beside this one have work to do.
#[test]
fn awaiting_takes_no_processor() {
    let output = output_of(child(&["await-idly"]));
    if differs("waiting takes a processor: libveo has a thread for each context that looks for answers in a loop") {
        return;
    }
    for line in output.lines() {
        let milliseconds: u64 = line.parse().unwrap();
        assert!(milliseconds < 100, "{milliseconds} ms of processor time for half a second of waiting");
    }
}

#[test]
fn the_losers_of_a_race_are_dropped_and_wake_nobody() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let task = Arc::new(Wakes::default());
        let waker = Waker::from(Arc::clone(&task));
        let mut bytes = [1_u8; 100];
        run(async {
            futures::select_biased! {
                _ = echo_i32(&ctx, 1).fuse() => panic!("the gate was closed"),
                _ = invert_bytes(&ctx, 100, &mut bytes).fuse() => panic!("the gate was closed"),
                value = echo_i32(&other, 2).fuse() => assert_eq!(value.unwrap(), 2),
            }
        });
        let mut loser = echo_i32(&ctx, 3);
        assert!(pin!(&mut loser).poll(&mut Context::from_waker(&waker)).is_pending());
        assert!(Arc::strong_count(&task) > 2);
        drop(loser);
        assert_eq!(Arc::strong_count(&task), 2, "the task is kept for a request that is not awaited any more");
        gate.open();
        ctx.sync().unwrap();
        assert_eq!(task.count.load(SeqCst), 0);
        assert_eq!(bytes, [1; 100]);
    });
}

#[test]
fn macros_and_collections_of_futures() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        run(async {
            let (first, second, third) =
                futures::join!(nap_us(&ctx, 2_000), echo_i32(&other, 2), async { echo_i32(&ctx, 3).await });
            assert_eq!((first.is_ok(), second.unwrap(), third.unwrap()), (true, 2, 3));
            assert_eq!(futures::try_join!(echo_i32(&ctx, 4), echo_i64(&other, 5)).unwrap(), (4, 5));
            let mut requests: FuturesUnordered<_> =
                (0..1000_u64).map(|i| if i % 3 == 0 { echo_u64(&ctx, i) } else { echo_u64(&other, i) }).collect();
            let mut sum = 0;
            while let Some(value) = requests.next().await {
                sum += value.unwrap();
            }
            assert_eq!(sum, 999 * 500);
            // Half of them are dropped.
            let mut requests: FuturesUnordered<_> = (0..100_u64).map(|i| echo_u64(&ctx, i)).collect();
            for _ in 0..50 {
                requests.next().await.unwrap().unwrap();
            }
        });
        ctx.sync().unwrap();
    });
}

/// From task to task and from thread to thread; the last one that has polled is woken.
#[test]
fn a_future_can_be_polled_by_anybody() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let mut request = echo_i32(&ctx, 9);
        let tasks: Vec<Arc<Wakes>> = (0..20).map(|_| Arc::default()).collect();
        for task in &tasks {
            let waker = Waker::from(Arc::clone(task));
            request = thread::spawn(move || {
                for _ in 0..3 {
                    assert!(pin!(&mut request).poll(&mut Context::from_waker(&waker)).is_pending());
                }
                request
            })
            .join()
            .unwrap();
        }
        gate.open();
        eventually("the wake-up", NEVER, || tasks[19].count.load(SeqCst) == 1);
        assert!(tasks[..19].iter().all(|task| task.count.load(SeqCst) == 0 && Arc::strong_count(task) == 1));
        let mut ready = Context::from_waker(Waker::noop());
        match pin!(&mut request).poll(&mut ready) {
            Poll::Ready(value) => assert_eq!(value.unwrap(), 9),
            Poll::Pending => panic!("it was woken for nothing"),
        }
        for _ in 0..2 {
            match pin!(&mut request).poll(&mut ready) {
                Poll::Ready(error) => assert_says(error.unwrap_err(), &["echo_i32", "given before"]),
                Poll::Pending => panic!("polled after its end, it must not wait for ever"),
            }
        }
    });
}

/// The old waker is the last reference to what owns another request of the same context.
#[test]
fn a_waker_may_own_requests() {
    struct Owner {
        _request: Mutex<Option<Request<'static, i32>>>,
    }
    impl Wake for Owner {
        fn wake(self: Arc<Self>) {}
    }
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let mut request = echo_i32(&ctx, 1);
        for i in 0..10 {
            let owner = Arc::new(Owner { _request: Mutex::new(Some(echo_i32(&ctx, i))) });
            let waker = Waker::from(owner);
            assert!(pin!(&mut request).poll(&mut Context::from_waker(&waker)).is_pending());
        }
        gate.open();
        assert_eq!(request.wait().unwrap(), 1);
        ctx.sync().unwrap();
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
