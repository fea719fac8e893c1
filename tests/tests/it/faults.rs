//! Kernels that end their process: each gives an error that says how, at once, and nothing else is harmed.

use std::path::Path;
use std::time::{Duration, Instant};

use veo::{Context, Error, Proc, Request, ve_offload};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::declarations::built;
use crate::standard_streams::NO_LAST_WORDS;
use crate::support::{
    Gate, NEVER, PROMPTLY, assert_says, child, differs, eventually, failure, output_of, process, within,
};

/// Lets a kernel end its process, and looks at everything that must follow. Gives the error.
#[track_caller]
fn crash<T>(kernel: impl Fn(&Context) -> Request<'static, T>, words: &[&str]) -> Error {
    let (bystander, bystander_ctx) = process();
    let (proc, ctx) = process();
    let further = proc.open_context().unwrap();
    let pid = process_id(&ctx).wait().unwrap();
    let mut buffer = proc.upload(&[1, 2, 3]).unwrap();

    let error = failure(kernel(&ctx));
    assert_says(&error, words);

    let how = words.last().unwrap();
    let start = Instant::now();
    assert_says(failure(echo_i32(&ctx, 1)), &["echo_i32", how]);
    assert_says(failure(echo_i32(&further, 1)), &["echo_i32", how]);
    assert_says(failure(ctx.write(&mut buffer, vec![1, 2, 3])), &[how]);
    assert_says(buffer.to_vec().unwrap_err(), &["read", how]);
    assert_says(buffer.write(&[0; 3]).unwrap_err(), &["write", how]);
    assert_says(proc.alloc::<u8>(1).unwrap_err(), &[how]);
    assert_says(proc.open_context().unwrap_err(), &["opening a context", how]);
    assert!(start.elapsed() < PROMPTLY, "later requests took {:?}", start.elapsed());
    eventually("the end of the process", PROMPTLY, || system::is_gone(pid));

    assert_eq!(echo_i32(&bystander_ctx, 2).wait().unwrap(), 2);
    let (_fresh, fresh_ctx) = process();
    assert_eq!(echo_i32(&fresh_ctx, 3).wait().unwrap(), 3);
    let ended = proc.destroy().unwrap_err();
    assert_says(ended, &["destroy", how]);
    bystander.destroy().unwrap();
    error
}

#[test]
fn reading_through_null() {
    let error = crash(read_null, &["read_null", "libtestkernels.so", "address 0x0", "SIGSEGV"]);
    assert!(matches!(error, Error::Exception { signal: 11, .. }), "{error:?}");
}

#[test]
fn writing_to_a_wild_address() {
    let wild = 0x1234_5678_9000;
    crash(|ctx| write_to(ctx, wild), &["write_to(", "libtestkernels.so", "0x123456789000", "SIGSEGV"]);
}

#[test]
fn an_address_that_no_processor_has() {
    crash(|ctx| write_to(ctx, 0xdead_beef_dead_beef), &["write_to", "libtestkernels.so", "SIGSEGV"]);
}

#[test]
fn dividing_by_zero() {
    let error = crash(|ctx| divide(ctx, 7, 0), &["divide", "(0x7, 0x0)", "libtestkernels.so", "SIGFPE"]);
    assert!(matches!(error, Error::Exception { signal: 8, .. }), "{error:?}");
}

#[test]
fn abort() {
    crash(call_abort, &["call_abort", "libtestkernels.so", "SIGABRT"]);
}

#[test]
fn a_trap() {
    crash(illegal_instruction, &["illegal_instruction", "libtestkernels.so", "SIGILL"]);
}

#[test]
fn overflowing_the_stack() {
    crash(
        |ctx| overflow_stack(ctx, 0),
        &["overflow_stack", "libtestkernels.so", "stack overflow (stack of ", "SIGSEGV"],
    );
}

#[test]
fn overflowing_the_stack_of_a_further_context() {
    let (proc, _ctx) = process();
    let further = proc.open_context_with_stack(4 << 20).unwrap();
    let words = ["overflow_stack", "libtestkernels.so", "stack overflow (stack of 4 MiB)", "SIGSEGV"];
    assert_says(failure(overflow_stack(&further, 0)), &words);
}

#[test]
fn overflowing_the_stack_of_a_thread_that_the_kernel_started() {
    let words = ["overflow_stack_of_own_thread", "SIGSEGV", "stack overflow in a thread that the kernel started"];
    crash(overflow_stack_of_own_thread, &words);
}

#[test]
fn exit() {
    crash(|ctx| call_exit(ctx, 3), &["call_exit", "libtestkernels.so", "exit status 3"]);
}

#[test]
fn exit_at_once() {
    crash(|ctx| call_exit_at_once(ctx, 4), &["call_exit_at_once", "libtestkernels.so", "exit status 4"]);
}

#[test]
fn exit_as_if_all_was_well() {
    crash(|ctx| call_exit(ctx, 0), &["call_exit", "libtestkernels.so", "exit status 0"]);
}

#[test]
fn killed() {
    crash(|ctx| raise_signal(ctx, 9), &["raise_signal", "libtestkernels.so", "SIGKILL"]);
}

#[test]
fn terminated() {
    crash(|ctx| raise_signal(ctx, 15), &["raise_signal", "libtestkernels.so", "SIGTERM"]);
}

#[test]
fn a_panic_of_a_kernel_in_rust() {
    mod rust {
        #[veo::ve_kernel]
        pub(super) extern "C" fn panicking_kernel(x: i32) {
            // A backtrace by std takes its time.
            std::panic::set_hook(Box::new(|_| ()));
            // SAFETY: closes the worker's standard error, whose words would look like a test that failed.
            unsafe { libc::close(2) };
            assert!(x < 0, "{x} is not negative");
        }
    }
    #[ve_offload(lib = static)]
    extern "C" {
        fn panicking_kernel(x: i32);
    }
    let _ = rust::panicking_kernel;
    let (_proc, ctx) = process();
    panicking_kernel(&ctx, -1).wait().unwrap();
    assert_says(failure(panicking_kernel(&ctx, 1)), &["panicking_kernel", "SIGABRT"]);
}

#[test]
fn a_kernel_that_ends_its_thread_ends_its_context_alone() {
    if differs("`pthread_exit` in a kernel ends the VE process") {
        return;
    }
    let (proc, main) = process();
    let further = proc.open_context().unwrap();
    failure(end_thread(&further));
    failure(echo_i32(&further, 1));
    assert_eq!(echo_i32(&main, 2).wait().unwrap(), 2);
    let another = proc.open_context().unwrap();
    assert_eq!(echo_i32(&another, 3).wait().unwrap(), 3);
    drop((main, further, another));
    proc.destroy().unwrap();
}

#[test]
fn the_last_words_on_standard_error_are_in_the_error() {
    if differs(NO_LAST_WORDS) {
        return;
    }
    let (_proc, ctx) = process();
    let error = failure(complain_and_abort(&ctx, 30)).to_string();
    assert_says(&error, &["SIGABRT", "standard error", "complaint number 11\n", "complaint number 30"]);
    assert!(!error.contains("complaint number 10\n"), "{error}");
}

#[test]
fn what_a_kernel_printed_is_there_when_the_program_ends_without_goodbye() {
    assert_says(output_of(child(&["end-without-goodbye"])), &["printed 42"]);
}

/// The lines of a backtrace: all but the first and the last, which say what has happened and what to do.
fn frames(text: &str) -> Vec<&str> {
    let lines: Vec<_> = text.lines().collect();
    assert!(lines.len() >= 2 && lines[lines.len() - 1].contains("`Proc::create` starts another"), "{text}");
    lines[1..lines.len() - 1].to_vec()
}

#[test]
fn the_backtrace_names_the_kernel_and_its_line_and_nothing_of_ours() {
    let (_proc, ctx) = process();
    let text = failure(read_null(&ctx)).to_string();
    let frames = frames(&text);
    assert!(frames.len() == 1 && frames[0].contains("0: read_null+0x"), "{text}");
    assert_says(frames[0], &["kernels/faults.c:1"]);
}

#[test]
fn the_backtrace_has_inlined_callers() {
    let (_proc, ctx) = process();
    let text = failure(read_through_two_calls(&ctx, 0)).to_string();
    let frames = frames(&text);
    assert!(frames.len() == 2, "{text}");
    assert_says(frames[0], &["0: inlined_read [inlined] at", "kernels/faults.c:"]);
    assert_says(frames[1], &["1: read_through_two_calls+0x", "kernels/faults.c:"]);
}

#[test]
fn a_process_without_requests_is_killed() {
    let (proc, ctx) = process();
    let pid = process_id(&ctx).wait().unwrap();
    // SAFETY: sends a signal to a child of ours that is not collected before it has ended.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    let start = Instant::now();
    eventually("an error", PROMPTLY, || echo_i32(&ctx, 1).wait().is_err());
    assert!(start.elapsed() < PROMPTLY);
    assert_says(echo_i32(&ctx, 1).wait().unwrap_err(), &["echo_i32", "SIGKILL"]);
    assert_says(proc.destroy().unwrap_err(), &["SIGKILL"]);
}

#[test]
fn a_process_is_killed_while_a_kernel_runs() {
    let (_proc, ctx) = process();
    let pid = process_id(&ctx).wait().unwrap();
    let running = never_return(&ctx);
    // SAFETY: sends a signal to a child of ours that is not collected before it has ended.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    assert_says(failure(running), &["never_return", "libtestkernels.so", "SIGKILL"]);
}

#[test]
fn requests_before_the_crash_have_their_results_and_those_behind_have_errors() {
    let (proc, ctx) = process();
    let gate = Gate::new(&proc);
    gate.close(&ctx);
    let mut kept = [1_u8, 2, 3];
    let mut lost = [1_u8, 2, 3];
    let before = invert_bytes(&ctx, 3, &mut kept);
    let crash = divide(&ctx, 1, 0);
    let behind = invert_bytes(&ctx, 3, &mut lost);
    let further_behind: Vec<_> = (0..100).map(|i| echo_i32(&ctx, i)).collect();
    gate.open();
    assert_says(failure(crash), &["divide", "SIGFPE"]);
    assert_says(failure(behind), &["invert_bytes", "divide", "SIGFPE"]);
    before.wait().unwrap();
    assert_eq!((kept, lost), ([254, 253, 252], [1, 2, 3]));
    for request in further_behind {
        assert_says(failure(request), &["echo_i32", "divide", "SIGFPE"]);
    }
}

#[test]
fn a_crash_on_one_context_ends_the_requests_of_the_others() {
    let (proc, ctx) = process();
    let (second, third) = (proc.open_context().unwrap(), proc.open_context().unwrap());
    let running = never_return(&ctx);
    let behind = echo_i32(&ctx, 1);
    let elsewhere = never_return(&third);
    let error = failure(read_null(&second));
    assert!(matches!(error, Error::Exception { signal: 11, .. }), "{error:?}");
    for error in [failure(running), failure(behind), failure(elsewhere)] {
        assert!(matches!(error, Error::Ended { .. }), "{error:?}");
        assert_says(error, &["read_null", "SIGSEGV"]);
    }
}

#[test]
fn two_contexts_crash_at_the_same_time() {
    for _ in 0..20 {
        let (proc, ctx) = process();
        let second = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        gate.close(&second);
        let (null, zero) = (read_null(&ctx), divide(&second, 1, 0));
        gate.open();
        let errors = [failure(null), failure(zero)];
        let crashes = errors.iter().filter(|error| matches!(error, Error::Exception { .. })).count();
        assert_eq!(crashes, 1, "{errors:?}");
    }
}

#[test]
fn a_library_that_crashes_while_it_is_loaded() {
    let (proc, ctx) = process();
    let error = within(NEVER, {
        let proc = proc.clone();
        move || proc.load_library(built("libcrash_on_load.so")).unwrap_err()
    });
    assert_says(&error, &["libcrash_on_load.so", "SIGSEGV"]);
    // Named although the crashed thread holds the loader's lock.
    assert_says(&error, &["0: crash_while_loading+0x"]);
    assert_says(failure(echo_i32(&ctx, 1)), &["SIGSEGV"]);
    let (_fresh, fresh_ctx) = process();
    assert_eq!(echo_i32(&fresh_ctx, 3).wait().unwrap(), 3);
}

#[test]
fn a_declared_library_that_crashes_while_it_is_loaded() {
    #[ve_offload(lib = "libcrash_on_load.so", lazy)]
    extern "C" {
        fn out_of_reach() -> i32;
    }
    let (_proc, ctx) = process();
    let start = Instant::now();
    let error = out_of_reach(&ctx).wait().unwrap_err();
    assert!(start.elapsed() < PROMPTLY);
    assert_says(error, &["libcrash_on_load.so", "out_of_reach", "SIGSEGV"]);
}

#[test]
fn a_process_that_has_crashed_can_be_asked_for_its_declarations() {
    let (proc, ctx) = process();
    let before = proc.declarations().len();
    let _ = failure(read_null(&ctx));
    assert_eq!(proc.declarations().len(), before);
    assert!(Path::new(&format!("/proc/{}", std::process::id())).exists());
}

#[test]
fn many_processes_crash_at_once() {
    within(NEVER, || {
        let processes: Vec<_> = (0..8).map(|_| process()).collect();
        let running: Vec<_> = processes.iter().map(|(_, ctx)| echo_i32(ctx, 1)).collect();
        let crashes: Vec<_> = processes.iter().skip(1).map(|(_, ctx)| call_abort(ctx)).collect();
        running.into_iter().for_each(|request| assert_eq!(request.wait().unwrap(), 1));
        for crash in crashes {
            assert_says(crash.wait().unwrap_err(), &["call_abort", "SIGABRT"]);
        }
        assert_eq!(echo_i32(&processes[0].1, 5).wait().unwrap(), 5);
    });
}

#[test]
fn a_new_process_is_there_at_once() {
    let (old, ctx) = process();
    let _ = failure(read_null(&ctx));
    let start = Instant::now();
    let proc = Proc::create(0).unwrap();
    assert_eq!(echo_i32(&proc.open_context().unwrap(), 1).wait().unwrap(), 1);
    assert!(start.elapsed() < 5 * PROMPTLY, "{:?}", start.elapsed());
    assert_ne!(old.id(), proc.id());
}

/// Uses a process in every way until it has ended.
fn use_until_it_ends(proc: &Proc, ctx: &Context) {
    for i in 0.. {
        let Ok(mut buffer) = proc.alloc::<i32>(100) else { return };
        let mut bytes = [1_u8; 100];
        let request = invert_bytes(ctx, 100, &mut bytes);
        fill(ctx, 100, i, &mut buffer);
        drop(ctx.read(&buffer, vec![0; 100]));
        let values = [ctx.host_fn(move || i).wait(), echo_i32(ctx, i).wait()];
        let failed = request.wait().is_err() || buffer.to_vec().is_err();
        assert!(values.into_iter().flatten().all(|value| value == i));
        if failed {
            return;
        }
    }
}

#[test]
fn a_process_ends_under_the_hands_of_many_threads() {
    let ends: [fn(Proc, &Context); 3] = [
        |_, ctx| drop(read_null(ctx)),
        |_, ctx| drop(raise_signal(ctx, libc::SIGKILL)),
        |proc, _| drop(proc.destroy()),
    ];
    for end in ends {
        within(NEVER, move || {
            let (proc, ctx) = process();
            let further = proc.open_context().unwrap();
            std::thread::scope(|s| {
                for ctx in [&ctx, &further, &ctx, &further] {
                    s.spawn(|| use_until_it_ends(&proc, ctx));
                }
                std::thread::sleep(Duration::from_millis(30));
                end(proc.clone(), &further);
            });
            let _ = echo_i32(&ctx, 1).wait().unwrap_err();
        });
    }
}
