//! Kernels that do what nobody should: the host must stay whole, and nothing may hang.

use std::time::Duration;

use veo::{Context, Request, ve_offload};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{NEVER, PROMPTLY, assert_says, eventually, failure, process, within};

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    fn overwrite_mappings(seed: u64, rings: i32) -> i32;
    fn close_descriptors();
    fn send_garbage_everywhere();
    fn truncate_everything();
    fn become_another_program();
    fn leave_a_child() -> i32;
    fn crash_without_handlers();
    fn crash_with_signals_blocked();
    fn crash_with_a_broken_heap();
    fn crash_with_a_broken_stack();
    fn end_the_thread();
}

/// Runs a kernel, uses the process in every way as long as that works, and lets it go. What the uses give is the
/// kernel's business; that they end, and that others work, is ours.
fn survive<T: 'static>(kernel: impl Fn(&Context) -> Request<'static, T> + Send + 'static) {
    let pid = survive_for_now(kernel);
    eventually("the end of the process", Duration::from_secs(25), || system::is_gone(pid));
}

/// The same, but the process may still be there. Gives its id.
fn survive_for_now<T: 'static>(kernel: impl Fn(&Context) -> Request<'static, T> + Send + 'static) -> i32 {
    let (bystander, bystander_ctx) = process();
    let pid = within(2 * NEVER, move || {
        let (proc, ctx) = process();
        let further = proc.open_context().unwrap();
        let pid = process_id(&ctx).wait().unwrap();
        let mut buffers = [1, 2].map(|x| proc.upload(&[x; 1000]).unwrap());
        let mut bytes = [1_u8; 1000];
        let mut requests: Vec<_> = (0..20).map(|i| echo_i32(&further, i)).collect();
        let _ = kernel(&ctx).wait_timeout(Duration::from_millis(500));
        let _ = push(&ctx, 1000, 1, &mut buffers[0]).wait_timeout(Duration::from_millis(100));
        let _ = invert_bytes(&further, 1000, &mut bytes).wait_timeout(Duration::from_millis(100));
        let _ = further.write(&mut buffers[1], vec![1; 1000]).wait_timeout(Duration::from_millis(100));
        requests.extend((0..20).map(|i| echo_i32(&ctx, i)));
        for mut request in requests {
            let _ = request.wait_timeout(Duration::from_millis(10));
        }
        drop((buffers, further, ctx, proc));
        pid
    });
    assert_eq!(echo_i32(&bystander_ctx, 1).wait().unwrap(), 1);
    bystander.destroy().unwrap();
    pid
}

#[test]
fn garbage_in_the_rings() {
    for seed in [0, 1, u64::MAX] {
        survive(move |ctx| overwrite_mappings(ctx, seed, 1));
    }
}

#[test]
fn garbage_in_the_memory() {
    survive(|ctx| overwrite_mappings(ctx, 7, 0));
}

#[test]
fn garbage_in_every_socket() {
    survive(send_garbage_everywhere);
}

#[test]
fn no_descriptors_any_more() {
    survive(close_descriptors);
}

/// What is truncated would be a bus error for whoever reads it.
#[test]
fn files_without_content() {
    survive(truncate_everything);
}

#[test]
fn another_program_in_place_of_the_worker() {
    survive(become_another_program);
    let (_proc, ctx) = process();
    assert_says(failure(become_another_program(&ctx)), &["become_another_program", "libtestkernels.so"]);
}

#[test]
fn a_thread_that_is_gone() {
    survive(end_the_thread);
}

#[test]
fn a_process_that_is_stopped() {
    let pid = survive_for_now(|ctx| raise_signal(ctx, libc::SIGSTOP));
    // SAFETY: a child of ours that waits, stopped, for the engine to end it, so the process id is still its own.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    eventually("the end of the process", PROMPTLY, || system::is_gone(pid));
}

#[test]
fn a_child_that_stays_keeps_nobody() {
    let (proc, ctx) = process();
    let (pid, child) = (process_id(&ctx).wait().unwrap(), leave_a_child(&ctx).wait().unwrap());
    assert_says(failure(call_exit(&ctx, 3)), &["exit status 3"]);
    assert!(!system::is_gone(child));
    eventually("the end of the process", PROMPTLY, || system::is_gone(pid));
    within(Duration::from_secs(5), move || drop((ctx, proc)));

    let (proc, ctx) = process();
    let other_child = leave_a_child(&ctx).wait().unwrap();
    within(Duration::from_secs(5), || proc.destroy()).unwrap();
    for child in [child, other_child] {
        // SAFETY: a child of a child of ours, with its own process id until it has ended.
        unsafe { libc::kill(child, libc::SIGKILL) };
    }
}

#[test]
fn crashes_that_cannot_be_reported_are_errors_all_the_same() {
    fn dies(kernel: impl Fn(&Context) -> Request<'static, ()>, words: &[&str]) {
        let (_proc, ctx) = process();
        assert_says(failure(kernel(&ctx)), words);
    }
    dies(crash_without_handlers, &["crash_without_handlers", "SIGSEGV"]);
    dies(crash_with_signals_blocked, &["crash_with_signals_blocked", "SIGSEGV"]);
    dies(crash_with_a_broken_heap, &["crash_with_a_broken_heap", "SIG"]);
    dies(crash_with_a_broken_stack, &["crash_with_a_broken_stack", "SIGSEGV"]);
}
