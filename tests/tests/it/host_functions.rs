//! Host functions in a context's queue.

use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::sync::{Arc, Mutex};

use veo::{Copy2d, Request};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, differs, eventually, process, within};

#[test]
fn they_run_in_order_and_give_their_values() {
    let (_proc, ctx) = process();
    let log = Arc::new(Mutex::new(Vec::new()));
    let requests: Vec<_> = (0..100)
        .map(|i| {
            let log = Arc::clone(&log);
            count_call(&ctx);
            ctx.host_fn(move || {
                log.lock().unwrap().push(i);
                format!("number {i}")
            })
        })
        .collect();
    for (i, request) in requests.into_iter().enumerate() {
        assert_eq!(request.wait().unwrap(), format!("number {i}"));
    }
    assert_eq!(*log.lock().unwrap(), (0..100).collect::<Vec<_>>());
}

#[test]
fn they_stand_between_the_kernels_around_them() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let ran = Arc::new(AtomicU32::new(0));
        gate.close(&ctx);
        let counter = Arc::clone(&ran);
        let function = ctx.host_fn(move || counter.fetch_add(1, SeqCst));
        let behind = echo_i32(&ctx, 1);
        assert_eq!(ran.load(SeqCst), 0, "a kernel before it still runs");
        gate.open();
        assert_eq!(behind.wait().unwrap(), 1);
        assert_eq!(ran.load(SeqCst), 1, "a kernel behind it has run");
        assert_eq!(function.wait().unwrap(), 0);
    });
}

#[test]
fn a_panic_is_an_error_of_its_request_alone() {
    let (_proc, ctx) = process();
    assert_says(ctx.host_fn(|| panic!("with text")).wait().unwrap_err(), &["host function", "panicked", "with text"]);
    let number = 5;
    let error = ctx.host_fn(move || panic!("and number {number}")).wait().unwrap_err();
    assert_says(error, &["and number 5"]);
    let error = ctx.host_fn(|| std::panic::panic_any(7)).wait().unwrap_err();
    assert_says(error, &["panicked"]);
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
    ctx.sync().unwrap();
}

#[test]
fn they_can_call_kernels_of_other_contexts() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let nested = ctx.host_fn(move || echo_i32(&other, 6).wait());
        assert_eq!(nested.wait().unwrap().unwrap(), 6);
        let same = ctx.clone();
        let queued = ctx.host_fn(move || echo_i32(&same, 7)).wait().unwrap();
        assert_eq!(queued.wait().unwrap(), 7);
    });
}

#[test]
fn they_run_though_the_process_has_crashed() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        read_null(&ctx);
        let request = ctx.host_fn(|| 3);
        gate.open();
        assert_eq!(request.wait().unwrap(), 3);
    });
}

#[test]
fn they_may_drop_the_last_handle_of_everything() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let pid = process_id(&ctx).wait().unwrap();
        let further = proc.open_context().unwrap();
        let buffer = proc.upload(&[1, 2, 3]).unwrap();
        let on = further.clone();
        drop(on.host_fn(move || drop((buffer, further, ctx, proc))));
        drop(on);
        eventually("the end of the process", NEVER, || veo_tests::system::is_gone(pid));
    });
}

/// Each is dropped while results that nobody wants are collected.
#[test]
fn they_may_give_handles_that_nobody_takes() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        for i in 0..100 {
            let mut buffer = proc.zeroed::<i32>(10).unwrap();
            let (same, further) = (ctx.clone(), proc.clone());
            drop(ctx.host_fn(move || {
                fill(&same, 10, i, &mut buffer);
                buffer
            }));
            let same = ctx.clone();
            drop(ctx.host_fn(move || count_call(&same)));
            let same = other.clone();
            drop(other.host_fn(move || (same, further)));
        }
        ctx.sync().unwrap();
        other.sync().unwrap();
    });
}

#[test]
fn what_a_dropped_one_gives_is_dropped_once() {
    struct Counted(Arc<AtomicU32>);
    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.fetch_add(1, SeqCst);
        }
    }
    let (_proc, ctx) = process();
    let drops = Arc::new(AtomicU32::new(0));
    for _ in 0..100 {
        let counted = Counted(Arc::clone(&drops));
        drop(ctx.host_fn(move || counted));
    }
    let requests: Vec<Request<'_, _>> = (0..100)
        .map(|_| {
            let counted = Counted(Arc::clone(&drops));
            ctx.host_fn(move || counted)
        })
        .collect();
    requests.into_iter().for_each(|request| drop(request.wait().unwrap()));
    ctx.sync().unwrap();
    assert_eq!(drops.load(SeqCst), 200);
}

/// It stands in front of them, so the end of the scope could not wait for them.
#[test]
fn a_scope_in_one_lends_no_memory_to_transfers_behind_it() {
    within(NEVER, || {
        let (proc, main) = process();
        let further = proc.open_context().unwrap();
        for ctx in [main, further.clone()] {
            let mut buffer = proc.upload(&[1; 1000]).unwrap();
            let (same, other) = (ctx.clone(), further.clone());
            let request = ctx.host_fn(move || {
                let (mut host, source) = (vec![7; 1000], vec![8; 1000]);
                let shape = Copy2d::new(10, 20).from_pitch(50).to_pitch(50);
                let pointer = buffer.as_ptr();
                same.scope(|s| {
                    for request in [s.write(&mut buffer, &source), s.write_2d(&mut buffer, &source, shape)] {
                        assert_refused(request);
                    }
                    assert_refused(s.write_mem(pointer, &source));
                    // Nor from another thread.
                    std::thread::scope(|threads| threads.spawn(|| assert_refused(s.read(&buffer, &mut host))).join())
                        .unwrap();
                });
                let mut host = vec![7; 1000];
                same.scope(|s| assert_refused(s.read_mem(pointer, &mut host)));
                same.scope(|s| assert_refused(s.read_2d(&buffer, &mut host, shape)));
                if other.index() != same.index() {
                    other.scope(|s| s.read(&buffer, &mut host).wait()).unwrap();
                    assert_eq!(host, [1; 1000]);
                }
            });
            request.wait().unwrap();
        }
    });
}

fn assert_refused(mut request: Request<'_, ()>) {
    assert_says(request.peek().unwrap_err(), &["bytes", "behind", "host function"]);
}

/// What is behind it is not complete, though it asks for it.
#[test]
fn what_is_queued_behind_one_is_not_taken_for_complete() {
    within(NEVER, || {
        let (proc, _main) = process();
        let ctx = proc.open_context().unwrap();
        let buffer = Arc::new(Mutex::new(proc.upload(&[0; 1000]).unwrap()));
        let (same, shared) = (ctx.clone(), Arc::clone(&buffer));
        let (submitted, is_submitted) = std::sync::mpsc::channel();
        let early = ctx.host_fn(move || {
            is_submitted.recv().unwrap();
            same.sync().unwrap();
            shared.lock().unwrap().to_vec()
        });
        slow_fill(&ctx, 100_000, 1000, 5, &mut *buffer.lock().unwrap());
        submitted.send(()).unwrap();
        assert_says(early.wait().unwrap().unwrap_err(), &["VeBuffer::read", "host function", "behind"]);
        assert_eq!(buffer.lock().unwrap().to_vec().unwrap(), [5; 1000]);
    });
}

#[test]
fn what_is_done_on_the_process_itself_in_one_works_or_is_an_error() {
    within(NEVER, || {
        let (proc, main) = process();
        let further = proc.open_context().unwrap();
        for ctx in [main, further] {
            let (inside, same) = (proc.clone(), ctx.clone());
            let sum = ctx.host_fn(move || {
                same.sync()?;
                Ok::<_, veo::Error>(inside.upload(&[1, 2, 3])?.to_vec()?.into_iter().sum::<i32>())
            });
            let sum = sum.wait().unwrap();
            let refused =
                ctx.index() == 0 && differs("a host function of the main context can do nothing on the process itself");
            if refused { assert_says(sum.unwrap_err(), &["allocating", "behind"]) } else { assert_eq!(sum.unwrap(), 6) }
        }
    });
}
