//! Contexts: order within one, none between two, and their ends.

use std::thread;

use veo::{Context, Error, Proc};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, process, within};

#[test]
fn one_context_runs_its_queue_in_order() {
    let (proc, _main) = process();
    for ctx in [proc.main_context(), proc.open_context().unwrap()] {
        let mut buffer = proc.zeroed::<i32>(1).unwrap();
        let mut expected = 0_i32;
        for i in 0..500 {
            push(&ctx, 1, i, &mut buffer);
            expected = expected.wrapping_mul(2).wrapping_add(i);
        }
        assert_eq!(element(&ctx, &buffer, 0).wait().unwrap(), expected);
    }
}

#[test]
fn calls_transfers_and_host_functions_share_one_order() {
    let (proc, ctx) = process();
    let mut buffer = proc.zeroed::<i32>(1).unwrap();
    let mut reads = Vec::new();
    for i in 0..100 {
        ctx.write(&mut buffer, vec![i]);
        push(&ctx, 1, 1, &mut buffer);
        reads.push(ctx.read(&buffer, vec![0]));
        ctx.host_fn(move || i);
        push(&ctx, 1, 0, &mut buffer);
    }
    for (read, i) in reads.into_iter().zip(0..) {
        assert_eq!(read.wait().unwrap(), [2 * i + 1]);
    }
    assert_eq!(buffer.to_vec().unwrap(), [2 * (2 * 99 + 1)]);
}

#[test]
fn two_contexts_do_not_wait_for_each_other() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let contexts: Vec<_> = (0..4).map(|_| proc.open_context().unwrap()).collect();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let held = echo_i32(&ctx, -1);
        for (i, ctx) in contexts.iter().enumerate() {
            assert_eq!(echo_usize(ctx, i).wait().unwrap(), i);
            ctx.sync().unwrap();
        }
        gate.open();
        assert_eq!(held.wait().unwrap(), -1);
    });
}

#[test]
fn contexts_are_numbered_and_listed() {
    let proc = Proc::create(0).unwrap();
    assert!(proc.contexts().is_empty());
    let first = proc.open_context().unwrap();
    let (second, third) = (proc.open_context().unwrap(), proc.open_context_with_stack(8 << 20).unwrap());
    assert_eq!([first.index(), second.index(), third.index()], [0, 1, 2]);
    let listed = |proc: &Proc| proc.contexts().iter().map(Context::index).collect::<Vec<_>>();
    assert_eq!(listed(&proc), [0, 1, 2]);
    drop(second);
    assert_eq!(listed(&proc), [0, 2]);
    assert_eq!(proc.open_context().unwrap().index(), 3, "a number is not used again");
    assert_eq!(first.proc().id(), proc.id());
}

#[test]
fn a_stack_is_as_large_as_it_was_asked_for() {
    let (proc, _main) = process();
    let large = proc.open_context_with_stack(64 << 20).unwrap();
    // About 1 KiB a frame: 60 MB of the 64 MiB.
    assert_eq!(recurse(&large, 55_000).wait().unwrap(), 55_000);
    let small = proc.open_context_with_stack(4 << 20).unwrap();
    assert_eq!(recurse(&small, 3_500).wait().unwrap(), 3_500);
    let error = recurse(&small, 55_000).wait().unwrap_err();
    assert_says(error, &["recurse", "SIGSEGV"]);
}

#[test]
fn the_main_context_has_as_much_stack_as_further_ones() {
    let (_proc, main) = process();
    // About 1 KiB a frame.
    assert_eq!(recurse(&main, 100_000).wait().unwrap(), 100_000);
}

#[test]
fn a_stack_that_is_too_small_is_refused() {
    let (proc, ctx) = process();
    for size in [0, 1, (4 << 20) - 1] {
        assert_says(proc.open_context_with_stack(size).unwrap_err(), &["opening a context", "4 MiB"]);
    }
    for size in [1 << 50, usize::MAX] {
        assert_says(proc.open_context_with_stack(size).unwrap_err(), &["opening a context"]);
    }
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn closing_waits_and_gives_the_error_that_is_left() {
    let (proc, ctx) = process();
    let mut buffer = proc.zeroed::<i32>(1).unwrap();
    let other = proc.open_context().unwrap();
    slow_fill(&other, 20_000, 1, 5, &mut buffer);
    other.close().unwrap();
    let mut value = [0];
    proc.read_mem(&mut value, buffer.as_ptr()).unwrap();
    assert_eq!(value, [5]);
    divide(&ctx, 1, 0);
    assert_says(ctx.close().unwrap_err(), &["divide", "SIGFPE"]);
}

#[test]
fn the_main_context_can_be_opened_again() {
    let (proc, ctx) = process();
    ctx.close().unwrap();
    let further = proc.open_context().unwrap();
    assert_eq!(echo_i32(&further, 1).wait().unwrap(), 1);
    assert_eq!(echo_i32(&proc.main_context(), 2).wait().unwrap(), 2);
}

#[test]
fn contexts_come_and_go_on_every_thread() {
    within(NEVER, || {
        let proc = Proc::create(0).unwrap();
        thread::scope(|s| {
            for thread in 0..4_i32 {
                let proc = &proc;
                s.spawn(move || {
                    let mut kept = Vec::new();
                    for i in 0..20 {
                        let ctx = proc.open_context().unwrap();
                        let request = echo_i32(&ctx, thread * 100 + i);
                        match i % 3 {
                            0 => ctx.close().unwrap(),
                            1 => drop(ctx),
                            _ => kept.push(ctx),
                        }
                        assert_eq!(request.wait().unwrap(), thread * 100 + i);
                    }
                    kept.into_iter().rev().for_each(drop);
                });
            }
        });
    });
}

#[test]
fn a_context_of_a_destroyed_process_gives_errors() {
    let (proc, ctx) = process();
    let further = proc.open_context().unwrap();
    let outstanding = echo_i32(&further, 1);
    let mut buffer = proc.upload(&[1, 2]).unwrap();
    proc.clone().destroy().unwrap();
    drop(outstanding);
    assert!(matches!(echo_i32(&ctx, 1).wait(), Err(Error::Ended { .. } | Error::Refused { .. })));
    assert!(matches!(echo_i32(&further, 1).wait(), Err(Error::Ended { .. } | Error::Refused { .. })));
    let _ = buffer.to_vec().unwrap_err();
    let _ = buffer.write(&[3, 4]).unwrap_err();
    let _ = proc.alloc::<u8>(1).unwrap_err();
    let _ = proc.open_context().unwrap_err();
    let _ = proc.load_library("libm.so.6").unwrap_err();
    let _ = ctx.read(&buffer, vec![0; 2]).wait().unwrap_err();
    let _ = ctx.host_fn(|| ()).wait().unwrap_err();
    ctx.scope(|s| drop(s.write(&mut buffer, &[1, 2])));
    proc.destroy().unwrap();
}

#[test]
fn destroying_lets_outstanding_requests_finish() {
    let (proc, ctx) = process();
    let request = {
        nap_us(&ctx, 20_000);
        echo_i32(&ctx, 8)
    };
    proc.destroy().unwrap();
    // The result was final before the end, but the end took the queue with it: one of both, and no hang.
    match request.wait() {
        Ok(value) => assert_eq!(value, 8),
        Err(error) => assert_says(error, &["echo_i32", "destroyed"]),
    }
}
