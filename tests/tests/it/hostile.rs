//! Kernels that do what nobody should: the host must stay whole, and nothing may hang.

use std::time::Duration;

use veo::{Context, Request, ve_offload};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::support::{NEVER, PROMPTLY, assert_says, differs, eventually, failure, output_of, process, program, within};

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
    fn forge_completions() -> i32;
    fn hide_who_sleeps();
    fn forge_messages(seed: u64, count: i32, but: u32);
    fn leave_a_talking_child() -> i32;
}

/// What is different on NEC's library.
const OVERWRITES: &str =
    "a kernel that overwrites the memory that it shares with libveo may end the program, or hang it";

/// What the report of a process says whose rings were overwritten.
const OVERWRITTEN: &str = "a kernel overwrote the memory that it shares with the host";

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
    if differs("a kernel that replaces the VE process by another program is not noticed") {
        return;
    }
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

/// More than 10 000 changes at random, in a hundred processes, under load. The program prints its seed, and takes one to
/// repeat what it did.
#[test]
fn scribbles_at_random() {
    if differs(OVERWRITES) {
        return;
    }
    let output = output_of(program(env!("CARGO_BIN_EXE_veo-test-scribble")));
    assert_says(output, &["nothing is left"]);
}

/// The host believes what the ring says, but does not wait for a worker that waits for the host.
#[test]
fn completions_that_are_not_true() {
    if differs(OVERWRITES) {
        return;
    }
    let (_bystander, bystander_ctx) = process();
    let (_proc, ctx) = process();
    echo_i32(&ctx, 0).wait().unwrap();
    nap_us(&ctx, 300_000);
    let forger = forge_completions(&ctx);
    let forged: Vec<_> = (0..20).map(|i| echo_i32(&ctx, i)).collect();
    // Those of its successors, and its own.
    assert!((0..=21).contains(&forger.wait().unwrap()));
    for mut request in forged {
        assert!(request.wait_timeout(NEVER).unwrap().is_some());
    }
    let mut after = echo_i32(&ctx, 1);
    let error = match after.wait_timeout(NEVER) {
        Err(error) => error,
        Ok(None) => panic!("a request did not end"),
        // It came before the worker looked, and passes for one of those that were forged.
        Ok(Some(_)) => failure_in_the_end(&ctx),
    };
    assert_says(error, &["echo_i32", OVERWRITTEN]);
    assert_eq!(echo_i32(&bystander_ctx, 1).wait().unwrap(), 1);
}

/// The error of the first request that fails.
fn failure_in_the_end(ctx: &Context) -> veo::Error {
    within(NEVER, {
        let ctx = ctx.clone();
        move || loop {
            if let Err(error) = echo_i32(&ctx, 1).wait() {
                return error;
            }
        }
    })
}

#[test]
fn sleepers_that_are_hidden_from_each_other() {
    let (_proc, ctx) = process();
    let further = ctx.proc().open_context().unwrap();
    hide_who_sleeps(&ctx).wait().unwrap();
    for i in 0..4 {
        // So that both sides are asleep when they should be woken.
        std::thread::sleep(Duration::from_millis(20));
        let mut request = nap_us(&ctx, 20_000);
        assert!(request.wait_timeout(NEVER).unwrap().is_some());
        let mut request = echo_i32(&further, i);
        assert_eq!(request.wait_timeout(NEVER).unwrap(), Some(i));
    }
}

/// Messages in the worker's name. They may end contexts or the process, but nothing else.
#[test]
fn forged_messages() {
    for seed in 0..4 {
        survive(move |ctx| forge_messages(ctx, seed, 2000, 0));
    }
}

/// Those that say nothing about an end change nothing.
#[test]
fn forged_messages_that_mean_nothing() {
    const ENDS: u32 = 1 << 7 | 1 << 8;
    let (_proc, ctx) = process();
    let descriptors = system::descriptors();
    forge_messages(&ctx, 1, 5000, ENDS).wait().unwrap();
    for i in 0..100 {
        assert_eq!(echo_i32(&ctx, i).wait().unwrap(), i);
    }
    let further = ctx.proc().open_context().unwrap();
    let mut request = echo_i32(&further, 7);
    assert_eq!(request.wait_timeout(NEVER).unwrap(), Some(7));
    // Others come and go in the tests beside this one, but not thousands.
    assert!(system::descriptors() < descriptors + 500);
}

#[test]
fn a_child_that_goes_on_talking_keeps_nobody() {
    let (proc, ctx) = process();
    let (pid, child) = (process_id(&ctx).wait().unwrap(), leave_a_talking_child(&ctx).wait().unwrap());
    assert_says(failure(raise_signal(&ctx, libc::SIGKILL)), &["SIGKILL"]);
    assert!(!system::is_gone(child));
    eventually("the end of the process", PROMPTLY, || system::is_gone(pid));
    within(Duration::from_secs(5), move || drop((ctx, proc)));
    // SAFETY: a child of a child of ours, with its own process id until it has ended.
    unsafe { libc::kill(child, libc::SIGKILL) };
}
