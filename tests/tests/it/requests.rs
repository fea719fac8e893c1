//! Waiting for results, in every way but `.await`.

use std::thread;
use std::time::{Duration, Instant};

use veo::Request;
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, eventually, process, within};

#[test]
fn peek_says_nothing_until_the_result_is_there() {
    let (proc, ctx) = process();
    let gate = Gate::new(&proc);
    gate.close(&ctx);
    let mut request = echo_i32(&ctx, 42);
    assert_eq!(request.peek().unwrap(), None);
    assert!(!request.is_done());
    gate.open();
    let mut value = None;
    eventually("a result", NEVER, || {
        value = request.peek().unwrap();
        value.is_some()
    });
    assert_eq!(value, Some(42));
    assert_says(request.peek().unwrap_err(), &["echo_i32", "given before"]);
    assert_says(request.wait().unwrap_err(), &["echo_i32", "given before"]);
}

#[test]
fn is_done_keeps_the_result_for_whoever_asks_next() {
    let (_proc, ctx) = process();
    let done = |value| {
        let mut request = echo_i32(&ctx, value);
        eventually("a result", NEVER, || request.is_done());
        assert!(request.is_done(), "still");
        request
    };
    assert_eq!(done(1).wait().unwrap(), 1);
    assert_eq!(done(2).peek().unwrap(), Some(2));
    assert_eq!(done(3).wait_timeout(Duration::ZERO).unwrap(), Some(3));
    assert_eq!(futures::executor::block_on(done(4)).unwrap(), 4);
}

#[test]
fn is_done_keeps_stack_arguments_too() {
    let (_proc, ctx) = process();
    let mut bytes = [0_u8, 1, 2];
    let mut request = invert_bytes(&ctx, 3, &mut bytes);
    eventually("a result", NEVER, || request.is_done());
    request.wait().unwrap();
    assert_eq!(bytes, [255, 254, 253]);
}

#[test]
fn wait_timeout_gives_up_and_the_request_goes_on() {
    let (proc, ctx) = process();
    let gate = Gate::new(&proc);
    gate.close(&ctx);
    let mut request = echo_i32(&ctx, 7);
    for limit in [Duration::ZERO, Duration::from_millis(1), Duration::from_millis(30)] {
        let start = Instant::now();
        assert_eq!(request.wait_timeout(limit).unwrap(), None);
        assert!(start.elapsed() >= limit);
    }
    gate.open();
    assert_eq!(request.wait_timeout(Duration::MAX).unwrap(), Some(7));
}

#[test]
fn wait_timeout_wakes_up_when_the_result_is_there() {
    let (_proc, ctx) = process();
    let mut request = nap_us(&ctx, 20_000);
    let start = Instant::now();
    assert_eq!(request.wait_timeout(NEVER).unwrap(), Some(()));
    assert!(start.elapsed() < NEVER / 4, "it slept {:?}", start.elapsed());
}

#[test]
fn results_can_be_asked_for_in_any_order() {
    let (_proc, ctx) = process();
    let mut requests: Vec<_> = (0..1000).map(|i| (i, echo_i64(&ctx, i))).collect();
    let mut dice = 1_usize;
    while !requests.is_empty() {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (i, request) = requests.swap_remove((dice >> 33) % requests.len());
        assert_eq!(request.wait().unwrap(), i);
    }
}

#[test]
fn ten_thousand_in_flight() {
    let (_proc, ctx) = process();
    let requests: Vec<_> = (0..10_000).map(|i| echo_u32(&ctx, i)).collect();
    for (i, request) in requests.into_iter().enumerate().rev() {
        assert_eq!(request.wait().unwrap() as usize, i);
    }
}

#[test]
fn thousands_with_stack_arguments_in_flight() {
    let (_proc, ctx) = process();
    let mut buffers: Vec<[u8; 40]> = (0..2000).map(|i| [i as u8; 40]).collect();
    let requests: Vec<_> = buffers.iter_mut().map(|bytes| invert_bytes(&ctx, 40, &mut bytes[..])).collect();
    requests.into_iter().try_for_each(Request::wait).unwrap();
    assert!(buffers.iter().enumerate().all(|(i, bytes)| *bytes == [!(i as u8); 40]));
}

#[test]
fn stack_arguments_come_back_only_when_they_are_waited_for() {
    let (_proc, ctx) = process();
    let mut kept = [1_u8, 2];
    let mut dropped = [1_u8, 2];
    let request = invert_bytes(&ctx, 2, &mut kept);
    drop(invert_bytes(&ctx, 2, &mut dropped));
    ctx.sync().unwrap();
    request.wait().unwrap();
    assert_eq!((kept, dropped), ([254, 253], [1, 2]));
}

#[test]
fn requests_can_be_waited_for_on_other_threads() {
    let (_proc, ctx) = process();
    let mut bytes = [0_u8; 16];
    let (number, array) = (echo_i32(&ctx, -5), invert_bytes(&ctx, 16, &mut bytes));
    thread::scope(|s| {
        let number = s.spawn(|| number.wait().unwrap());
        s.spawn(|| array.wait().unwrap());
        assert_eq!(number.join().unwrap(), -5);
    });
    assert_eq!(bytes, [255; 16]);
}

#[test]
fn many_threads_share_a_context() {
    let (_proc, ctx) = process();
    thread::scope(|s| {
        for thread in 0..8_i64 {
            let ctx = &ctx;
            s.spawn(move || {
                for i in 0..500 {
                    let mut number = [0; 1];
                    let echo = echo_i64(ctx, thread * 1000 + i);
                    push(ctx, 1, i as i32, veo::OnStack::inout_slice(&mut number)).wait().unwrap();
                    assert_eq!((echo.wait().unwrap(), i64::from(number[0])), (thread * 1000 + i, i));
                }
            });
        }
    });
}

/// The ring of the engine has fewer places than that, and none gets free.
#[test]
fn a_full_queue_does_not_make_wait_timeout_hang() {
    let (_proc, ctx) = process();
    within(NEVER, move || {
        never_return(&ctx);
        let mut requests: Vec<_> = (0..255).map(|i| echo_i32(&ctx, i)).collect();
        let mut last = requests.pop().unwrap();
        let start = Instant::now();
        assert_eq!(last.wait_timeout(Duration::from_millis(50)).unwrap(), None);
        assert!(start.elapsed() < Duration::from_secs(2), "wait_timeout took {:?}", start.elapsed());
    });
}
