//! `Proc::kill`: at once, whoever waits, and told apart from every other end.

use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use futures::executor::block_on;
use veo::{Error, Proc};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{NEVER, PROMPTLY, assert_says, differs, eventually, failure, process, within};

const KILLED: &str = "this program killed the VE process";

#[test]
fn every_wait_ends_with_an_error_that_says_who_did_it() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let further = proc.open_context().unwrap();
        let pid = process_id(&ctx).wait().unwrap();
        let buffer = proc.upload(&[1, 2, 3]).unwrap();
        let (bystander, bystander_ctx) = process();
        let (sender, errors) = mpsc::channel::<(&str, String)>();
        let send = |what: &'static str, error: Option<Error>| {
            let text = error.map_or_else(|| "no error".into(), |error| error.to_string());
            sender.send((what, text)).unwrap();
        };
        drop(never_return(&further));
        let (waits, awaits) = (never_return(&ctx), echo_i32(&ctx, 1));
        let (mut limited, function) = (echo_i32(&further, 2), ctx.host_fn(|| 3));
        thread::scope(|s| {
            let (send, ctx, proc, buffer) = (&send, &ctx, &proc, &buffer);
            s.spawn(move || send("`never_return` of", waits.wait().err()));
            s.spawn(move || send("`echo_i32`", block_on(awaits).err()));
            s.spawn(move || send("`echo_i32`", limited.wait_timeout(NEVER).err()));
            s.spawn(move || assert_eq!(function.wait().unwrap(), 3, "host functions run all the same"));
            s.spawn(move || send("read", buffer.to_vec().err()));
            s.spawn(move || drop(ctx.sync()));
            thread::sleep(Duration::from_millis(100));
            let start = Instant::now();
            proc.kill().unwrap();
            for _ in 0..4 {
                let (what, text) = errors.recv_timeout(NEVER).unwrap();
                assert_says(&text, &[what, KILLED]);
            }
            assert!(start.elapsed() < 2 * PROMPTLY, "{:?}", start.elapsed());
        });
        eventually("the end of the process", PROMPTLY, || system::is_gone(pid));
        assert_says(failure(echo_i32(&ctx, 1)), &["echo_i32", KILLED]);
        assert_says(proc.alloc::<u8>(1).unwrap_err(), &[KILLED]);
        assert_says(proc.open_context().unwrap_err(), &[KILLED]);
        assert_eq!(echo_i32(&bystander_ctx, 1).wait().unwrap(), 1);
        bystander.destroy().unwrap();
        proc.destroy().unwrap();
    });
}

#[test]
fn once_is_enough_and_twice_is_no_error() {
    within(NEVER, || {
        let (proc, ctx) = process();
        thread::scope(|s| {
            for _ in 0..8 {
                s.spawn(|| proc.kill().unwrap());
            }
        });
        proc.kill().unwrap();
        assert_says(failure(echo_i32(&ctx, 1)), &[KILLED]);
        proc.clone().destroy().unwrap();
        proc.kill().unwrap();
    });
}

/// A process that had ended before is not said to have been killed.
#[test]
fn the_first_end_counts() {
    within(NEVER, || {
        let (proc, ctx) = process();
        assert_says(failure(divide(&ctx, 1, 0)), &["SIGFPE"]);
        eventually("the end", NEVER, || proc.alloc::<u8>(1).is_err());
        proc.kill().unwrap();
        assert_says(failure(echo_i32(&ctx, 1)), &["SIGFPE"]);
        assert_says(proc.destroy().unwrap_err(), &["SIGFPE"]);

        let (proc, ctx) = process();
        proc.clone().destroy().unwrap();
        proc.kill().unwrap();
        assert_says(echo_i32(&ctx, 1).wait().unwrap_err(), &["destroyed"]);
    });
}

#[test]
fn host_functions_can_kill_their_process() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let (inside, behind) = (proc.clone(), echo_i32(&ctx, 0));
        let kill = ctx.host_fn(move || inside.kill());
        let late = echo_i32(&ctx, 1);
        assert_eq!(behind.wait().unwrap(), 0);
        kill.wait().unwrap().unwrap();
        assert_says(failure(late), &["echo_i32", KILLED]);
    });
}

#[test]
fn a_new_process_can_be_made_at_once() {
    within(NEVER, || {
        for _ in 0..10 {
            let (proc, ctx) = process();
            let request = never_return(&ctx);
            proc.kill().unwrap();
            let fresh = Proc::create(0).unwrap();
            assert_eq!(echo_i32(&fresh.open_context().unwrap(), 5).wait().unwrap(), 5);
            assert_says(failure(request), &[KILLED]);
        }
    });
}

#[test]
fn in_the_middle_of_transfers() {
    if differs("a VE process that is killed in the middle of a transfer may end the program, or leave it waiting") {
        return;
    }
    within(NEVER, || {
        for round in 0..10 {
            let (proc, ctx) = process();
            let mut buffer = proc.alloc::<u8>(64 << 20).unwrap();
            let mut host = vec![1_u8; 64 << 20];
            thread::scope(|s| {
                s.spawn(|| {
                    thread::sleep(Duration::from_millis(round * 2));
                    proc.kill().unwrap();
                });
                let _ = ctx.read(&buffer, vec![0; 64 << 20]).wait();
                ctx.scope(|scope| drop(scope.read(&buffer, &mut host)));
                let _ = buffer.write(&host);
            });
            assert_says(failure(echo_i32(&ctx, 1)), &[KILLED]);
        }
    });
}
