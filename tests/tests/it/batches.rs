//! `Context::batch`: requests next to each other, and nobody who waits for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use veo::{Proc, Request};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, PROMPTLY, assert_says, differs, process, within};

#[veo::ve_offload(lib = "libtestkernels.so")]
fn missing_from_batches();

mod ours {
    /// What the request before this one returned.
    #[veo::ve_kernel]
    pub(crate) extern "C" fn result_before() -> u64 {
        let mut result = 0;
        // SAFETY: the result is writable.
        let found = unsafe { veo_engine::__helpers::previous_result(0, &raw mut result) };
        if found == 0 { result } else { u64::MAX }
    }
}

#[veo::ve_offload(lib = static)]
extern "C" {
    fn result_before() -> u64;
}

#[test]
fn a_kernel_sees_the_request_before_its_own() {
    within(NEVER, || {
        let (_proc, ctx) = process();
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            for noise in 0..2_u64 {
                let (ctx, stop) = (&ctx, &stop);
                s.spawn(move || {
                    while !stop.load(SeqCst) {
                        let _ = echo_u64(ctx, 1_000_000 + noise).wait();
                    }
                });
            }
            for i in 0..500 {
                let (first, second) = ctx.batch(|b| (echo_u64(b, i), result_before(b))).unwrap();
                assert_eq!((first.wait().unwrap(), second.wait().unwrap()), (i, i));
            }
            stop.store(true, SeqCst);
        });
    });
}

/// What libveo itself queues on the main context for other threads stays out, too.
#[test]
fn calls_for_the_process_itself_come_behind_a_batch() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let buffer = proc.upload(&[1, 2, 3]).unwrap();
        let stop = AtomicBool::new(false);
        thread::scope(|s| {
            s.spawn(|| {
                while !stop.load(SeqCst) {
                    drop(proc.alloc::<u8>(100).unwrap());
                    assert_eq!(buffer.to_vec().unwrap(), [1, 2, 3]);
                    assert!(proc.static_library().get_symbol::<u8>("no_such_symbol").is_err());
                }
            });
            for i in 0..300 {
                let (first, second) = ctx.batch(|b| (echo_u64(b, i), result_before(b))).unwrap();
                assert_eq!((first.wait().unwrap(), second.wait().unwrap()), (i, i));
            }
            stop.store(true, SeqCst);
        });
    });
}

#[test]
fn everything_can_be_done_inside() {
    within(NEVER, || {
        let (proc, main) = process();
        let further = proc.open_context().unwrap();
        for ctx in [&main, &further] {
            let mut host = [1_u8, 2];
            let sum = ctx
                .batch(|b| {
                    assert_eq!(echo_i32(b, 1).wait()?, 1);
                    assert_eq!(block_on(echo_i32(b, 2))?, 2);
                    assert_eq!(echo_i32(b, 3).wait_timeout(NEVER)?, Some(3));
                    invert_bytes(b, 2, &mut host).wait()?;
                    drop(echo_i32(b, 4));
                    std::mem::forget(echo_i32(b, 5));
                    let mut buffer = proc.upload(&[1, 2, 3])?;
                    push(b, 3, 1, &mut buffer);
                    let mut back = [0; 3];
                    b.scope(|s| drop(s.read(&buffer, &mut back)));
                    assert_eq!(back, [3, 5, 7]);
                    assert_eq!(b.host_fn(|| 6).wait()?, 6);
                    assert!(b.sync_timeout(NEVER)?);
                    b.sync()?;
                    let sum = total(b, 3, &buffer);
                    drop(buffer);
                    sum.wait()
                })
                .unwrap();
            assert_eq!((sum.unwrap(), host), (15, [254, 253]));
        }
        assert_eq!(echo_i32(&main, 1).wait().unwrap(), 1);
    });
}

#[test]
fn batches_nest() {
    within(NEVER, || {
        let (_proc, ctx) = process();
        let other = ctx.clone();
        let (open, opened) = mpsc::channel();
        let ended = AtomicBool::new(false);
        thread::scope(|s| {
            let (other, ended) = (&other, &ended);
            s.spawn(move || {
                opened.recv().unwrap();
                assert_eq!(echo_i32(other, 1).wait().unwrap(), 1);
                assert!(ended.load(SeqCst), "submitted into a batch of another thread");
            });
            ctx.batch(|b| {
                b.batch(|b| b.batch(|b| echo_i32(b, 1)).unwrap().wait()).unwrap().unwrap();
                open.send(()).unwrap();
                thread::sleep(Duration::from_millis(50));
                ended.store(true, SeqCst);
            })
            .unwrap();
        });
    });
}

#[test]
fn a_panic_inside_ends_it() {
    within(NEVER, || {
        let (_proc, ctx) = process();
        let other = ctx.clone();
        let panics = AssertUnwindSafe(|| ctx.batch(|b| b.batch(|b| panic!("in a batch of {}", b.index()))));
        let panic = catch_unwind(panics).unwrap_err();
        assert_eq!(panic.downcast_ref::<String>().unwrap(), "in a batch of 0");
        thread::spawn(move || assert_eq!(echo_i32(&other, 1).wait().unwrap(), 1)).join().unwrap();
        assert_eq!(echo_i32(&ctx, 2).wait().unwrap(), 2);
    });
}

/// Neither an executor's thread nor one that drops something may wait for a batch: its owner may wait for them.
#[test]
fn polls_drops_and_waits_of_others_do_not_wait_for_it() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let mut buffer = proc.upload(&[1; 100]).unwrap();
        gate.close(&ctx);
        let (polled, mut limited, waited) = (echo_i32(&ctx, 1), echo_i32(&ctx, 2), echo_i32(&ctx, 3));
        let (dropped, failed) = (echo_i32(&ctx, 4), missing_from_batches(&ctx));
        fill(&ctx, 100, 2, &mut buffer);
        let polling = ctx
            .batch(|b| {
                let inside = echo_i32(b, 6);
                // The batch waits for all these but the last, which is woken at its end.
                thread::spawn(move || drop((dropped, failed, buffer))).join().unwrap();
                let start = Instant::now();
                let not_yet = thread::spawn(move || limited.wait_timeout(Duration::from_millis(20)).unwrap());
                assert!(not_yet.join().unwrap().is_none());
                let same = b.clone();
                let not_yet = thread::spawn(move || same.sync_timeout(Duration::from_millis(20)).unwrap());
                assert!(!not_yet.join().unwrap());
                assert!(start.elapsed() < PROMPTLY, "{:?}", start.elapsed());
                let waiting = thread::spawn(|| waited.wait());
                let polling = thread::spawn(|| block_on(polled));
                gate.open();
                assert_eq!(inside.wait().unwrap(), 6);
                assert_eq!(waiting.join().unwrap().unwrap(), 3);
                polling
            })
            .unwrap();
        assert_eq!(polling.join().unwrap().unwrap(), 1);
        assert_says(ctx.sync().unwrap_err(), &["missing_from_batches"]);
    });
}

/// The memory of what was put off comes back: more than a node has.
#[test]
fn what_others_free_meanwhile_is_freed_afterwards() {
    if differs("VE memory is all that the worker's `malloc` has; `VEO_HOST_MEMORY` means nothing") {
        return;
    }
    within(NEVER, || {
        let (proc, ctx) = process();
        for _ in 0..20 {
            let buffer = proc.alloc::<u8>(4 << 30).unwrap();
            ctx.batch(|_| thread::scope(|s| drop(s.spawn(|| drop(buffer)).join()))).unwrap();
            ctx.sync().unwrap();
        }
    });
}

#[test]
fn host_functions_wait_for_it_and_get_an_error_if_it_waits_for_them() {
    within(NEVER, || {
        let (_proc, ctx) = process();
        // The function runs while the batch is open, which does not wait for it.
        let same = ctx.clone();
        let (begun, has_begun) = mpsc::channel();
        let inside = ctx
            .batch(|b| {
                let inside = b.host_fn(move || {
                    begun.send(()).unwrap();
                    echo_i32(&same, 7)
                });
                has_begun.recv().unwrap();
                thread::sleep(Duration::from_millis(20));
                inside
            })
            .unwrap();
        assert_eq!(inside.wait().unwrap().wait().unwrap(), 7);
        // And here it would.
        for way in 0..4 {
            let same = ctx.clone();
            let error = ctx
                .batch(|b| {
                    let function = b.host_fn(move || echo_i32(&same, 7).wait().unwrap_err());
                    let behind = echo_i32(b, 8);
                    match way {
                        0 => {}
                        1 => assert_eq!(behind.wait().unwrap(), 8),
                        2 => b.sync().unwrap(),
                        _ => b.scope(|_| ()),
                    }
                    function.wait()
                })
                .unwrap();
            assert_says(error.unwrap(), &["echo_i32", "batch", "host function"]);
        }
        assert_eq!(echo_i32(&ctx, 9).wait().unwrap(), 9);
    });
}

#[test]
fn many_threads_have_batches_on_several_contexts() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let contexts = [ctx, proc.open_context().unwrap()];
        let count = AtomicU32::new(0);
        thread::scope(|s| {
            for thread in 0..6_u64 {
                let (contexts, count, proc) = (&contexts, &count, &proc);
                s.spawn(move || {
                    for i in 0..100 {
                        let ctx = &contexts[usize::from((thread + i) % 3 == 0)];
                        let value = thread * 1000 + i;
                        let (first, second): (Request<'_, u64>, _) =
                            ctx.batch(|b| (echo_u64(b, value), result_before(b))).unwrap();
                        if i % 10 == 0 {
                            drop(proc.upload(&[value; 10]).unwrap());
                        }
                        assert_eq!((first.wait().unwrap(), second.wait().unwrap()), (value, value));
                        count.fetch_add(1, SeqCst);
                    }
                });
            }
        });
        assert_eq!(count.load(SeqCst), 600);
    });
}

#[test]
fn the_process_may_end_meanwhile() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let error = ctx.batch(|b| {
            let crash = read_null(b).wait().unwrap_err();
            assert_says(echo_i32(b, 1).wait().unwrap_err(), &["echo_i32", "SIGSEGV"]);
            crash
        });
        assert_says(error.unwrap(), &["read_null", "SIGSEGV"]);
        let _ = ctx.batch(|b| echo_i32(b, 1)).unwrap().wait().unwrap_err();
        drop(proc);
        let (proc, ctx) = process();
        let late = ctx.batch(|b| {
            let late = never_return(b);
            thread::scope(|s| s.spawn(|| proc.kill()).join()).unwrap().unwrap();
            late
        });
        assert_says(late.unwrap().wait().unwrap_err(), &["this program killed"]);
    });
}

#[test]
fn contexts_can_be_opened_around_it() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let further = proc.open_context().unwrap();
        // On another context, or by another thread.
        assert_eq!(further.batch(|_| proc.open_context().unwrap()).unwrap().index(), 2);
        thread::scope(|s| {
            let opening = ctx
                .batch(|b| {
                    let opening = s.spawn(|| proc.open_context().unwrap().index());
                    thread::sleep(Duration::from_millis(20));
                    assert_eq!(echo_i32(b, 1).wait().unwrap(), 1);
                    opening
                })
                .unwrap();
            assert_eq!(opening.join().unwrap(), 3);
        });
        let opened: veo::Result<veo::Context> = ctx.batch(|_| Proc::open_context(&proc)).unwrap();
        if differs("a context cannot be opened by a thread that has a batch open on the main context") {
            return assert_says(opened.unwrap_err(), &["opening a context", "batch"]);
        }
        assert_eq!(echo_i32(&opened.unwrap(), 1).wait().unwrap(), 1);
    });
}
