//! Kernels that never return.

use std::time::{Duration, Instant};

use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{NEVER, assert_says, child, eventually, output_of, process, within};

/// What a program may take to let everything go.
const A_FEW_SECONDS: Duration = Duration::from_secs(15);

#[test]
fn waiting_with_a_limit_returns() {
    let (_proc, ctx) = process();
    let mut request = never_return(&ctx);
    for limit in [0, 1, 50] {
        let limit = Duration::from_millis(limit);
        let start = Instant::now();
        assert!(request.wait_timeout(limit).unwrap().is_none());
        assert!(start.elapsed() < limit + Duration::from_secs(1), "{limit:?} became {:?}", start.elapsed());
    }
    assert!(!request.is_done());
}

#[test]
fn dropping_everything_does_not_hang_and_the_process_ends() {
    let (proc, ctx) = process();
    let further = proc.open_context().unwrap();
    let pid = process_id(&ctx).wait().unwrap();
    let buffer = proc.upload(&[1; 100]).unwrap();
    let sum = within(A_FEW_SECONDS, move || {
        let request = never_return(&ctx);
        let sum = total(&ctx, 100, &buffer);
        never_return(&further);
        drop((request, buffer, further, ctx, proc));
        sum
    });
    within(A_FEW_SECONDS, move || drop(sum));
    // Requests that were submitted may run for another 20 s, as in libveo.
    eventually("the end of the process", Duration::from_secs(25), || system::is_gone(pid));
}

#[test]
fn an_owner_elsewhere_ends_the_process_and_every_wait() {
    within(Duration::from_secs(20) + NEVER, || {
        let (proc, ctx) = process();
        let request = never_return(&ctx);
        let waits = std::thread::spawn(move || request.wait());
        proc.destroy().unwrap();
        assert_says(waits.join().unwrap().unwrap_err(), &["never_return", "destroyed"]);
        assert_says(echo_i32(&ctx, 1).wait().unwrap_err(), &["echo_i32", "destroyed"]);
    });
}

#[test]
fn a_program_can_end_and_takes_its_processes_along() {
    for kernel in ["pause", "spin"] {
        let start = Instant::now();
        let output = output_of(child(&["end-with-running-kernel", kernel]));
        assert!(start.elapsed() < A_FEW_SECONDS, "{kernel}: {:?}", start.elapsed());
        let pid = output.trim().parse().unwrap();
        eventually("the end of the process", Duration::from_secs(2), || system::is_gone(pid));
    }
}

#[test]
fn a_program_can_end_while_host_functions_do_not() {
    let start = Instant::now();
    output_of(child(&["end-in-host-functions"]));
    assert!(start.elapsed() < A_FEW_SECONDS, "{:?}", start.elapsed());
}
