//! Kernels that crash, or end what they run in.

use std::io::{Read, Seek};
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::Command;
use std::time::Duration;
use std::{fs, io, mem, ptr};

use crate::channel::{Channel, NEVER, until};
use crate::host::{Host, PROMPTLY, USUAL_STACK};
use crate::segment::{Queue, SLOTS, Side};
use crate::wire::{Payload, command, flag};

/// What a kernel of `libtestkernels.so` that crashes is reported as.
struct Crash {
    function: &'static str,
    words: &'static [u64],
    signal: i32,
}

const CRASHES: [Crash; 6] = [
    Crash { function: "read_null", words: &[], signal: libc::SIGSEGV },
    Crash { function: "write_to", words: &[0x1234_5678_9000], signal: libc::SIGSEGV },
    Crash { function: "divide", words: &[7, 0], signal: libc::SIGFPE },
    Crash { function: "call_abort", words: &[], signal: libc::SIGABRT },
    Crash { function: "illegal_instruction", words: &[], signal: libc::SIGILL },
    Crash { function: "overflow_stack", words: &[0], signal: libc::SIGSEGV },
];

/// Sends the call of a function.
fn send_call(channel: &mut Channel, function: u64, words: &[u64]) -> i64 {
    channel.send(command::CALL, Payload::new().u64(function).words(words))
}

/// Takes the report of a crash, in the place of the reply to a call.
#[track_caller]
fn reported(channel: &mut Channel, signal: i32) -> String {
    let (code, text) = channel.receive().exception();
    assert_eq!(code, signal as u64, "{text}");
    assert!(text.contains(&veo_engine::signal_name(signal)), "{text}");
    text
}

/// What libveo looks at before it sends a command.
#[track_caller]
fn assert_dead(channel: &Channel) {
    let expected = flag::EXCEPTION | flag::EXITED;
    assert_eq!(channel.segment.flags(Queue::Commands, Side::Receiver) & expected, expected);
    assert_eq!(channel.segment.flags(Queue::Replies, Side::Sender) & flag::EXITED, flag::EXITED);
}

#[test]
fn a_crash_is_an_exception_and_the_end() {
    for Crash { function, words, signal } in CRASHES {
        let mut host = Host::start();
        let address = host.function("testkernels", function);
        send_call(&mut host.main, address, words);
        reported(&mut host.main, signal);
        host.ends_within(PROMPTLY);
        assert_dead(&host.main);
        assert_eq!(host.main.segment.attached(), 1);
    }
}

/// Names are looked for in a limited time, which may not be enough on a busy machine.
#[test]
fn a_report_names_the_function_and_the_line() {
    let attempt = || {
        let mut host = Host::start();
        let divide = host.function("testkernels", "divide");
        send_call(&mut host.main, divide, &[7, 0]);
        reported(&mut host.main, libc::SIGFPE)
    };
    let words = ["divide(0x7, 0x0)", "libtestkernels.so", "faults.c:"];
    let texts: Vec<String> = (0..5).map(|_| attempt()).collect();
    assert!(texts.iter().any(|text| words.iter().all(|word| text.contains(word))), "{texts:#?}");
}

#[test]
fn a_crash_is_reported_on_its_own_channel() {
    for Crash { function, words, signal } in CRASHES {
        let mut host = Host::start();
        let address = host.function("testkernels", function);
        let mut further = host.open(1, 4 << 20);
        send_call(&mut further, address, words);
        reported(&mut further, signal);
        host.ends_within(PROMPTLY);
        assert_dead(&further);
        assert_eq!(host.main.receive_within(Duration::ZERO), None, "the main channel has nothing to say");
    }
}

/// Whatever the main channel does, it does not keep the worker.
#[test]
fn a_crash_does_not_wait_for_other_channels() {
    for busy in ["spin", "never_return"] {
        let mut host = Host::start();
        let library = host.load("testkernels");
        let [busy, read_null] = [busy, "read_null"].map(|name| host.main.symbol(library, name));
        let mut further = host.open(1, USUAL_STACK);
        send_call(&mut host.main, busy, &[]);
        send_call(&mut further, read_null, &[]);
        reported(&mut further, libc::SIGSEGV);
        host.ends_within(PROMPTLY);
        assert_eq!(host.main.receive_within(Duration::ZERO), None);
    }
}

/// What was under way before the crash has its replies; what comes after it has none.
#[test]
fn commands_before_a_crash_are_answered() {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let [echo, divide] = ["echo_i64", "divide"].map(|name| host.main.symbol(library, name));
    for word in 0..100 {
        send_call(&mut host.main, echo, &[word]);
    }
    send_call(&mut host.main, divide, &[1, 0]);
    send_call(&mut host.main, echo, &[1]);
    for word in 0..100 {
        assert_eq!(host.main.receive().result(), word);
    }
    reported(&mut host.main, libc::SIGFPE);
    host.ends_within(PROMPTLY);
    assert_eq!(host.main.receive_within(Duration::ZERO), None);
}

/// A host that takes no notice does not keep the worker, with or without room for the report.
#[test]
fn a_report_that_nobody_reads_does_not_keep_the_worker() {
    for replies in [0, SLOTS] {
        let mut host = Host::start();
        let read_null = host.function("testkernels", "read_null");
        for _ in 0..replies {
            host.main.send(command::PING, Payload::new());
        }
        send_call(&mut host.main, read_null, &[]);
        host.ends_within(NEVER);
    }
}

/// A host may have blocked or ignored what the worker lives by, and a new process inherits that.
#[test]
fn signals_that_the_host_blocked_or_ignored_are_reported() {
    for ignore in [false, true] {
        let mut host = Host::start_with(1, |command| without_signals(command, ignore));
        let read_null = host.function("testkernels", "read_null");
        let mut further = host.open(1, USUAL_STACK);
        send_call(&mut further, read_null, &[]);
        reported(&mut further, libc::SIGSEGV);
        host.ends_within(PROMPTLY);

        let mut host = Host::start_with(1, |command| without_signals(command, ignore));
        // SAFETY: sends a signal to a child that has not been collected.
        unsafe { libc::kill(host.pid(), libc::SIGTERM) };
        assert_eq!(host.ends_within(PROMPTLY).signal(), Some(libc::SIGTERM));
    }
}

/// Has a command start with all signals blocked, or ignored.
fn without_signals(command: &mut Command, ignore: bool) {
    let prepare = move || {
        if ignore {
            for signal in [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGABRT, libc::SIGTERM] {
                // SAFETY: ignores a signal.
                unsafe { libc::signal(signal, libc::SIG_IGN) };
            }
            return Ok(());
        }
        // SAFETY: all-zero is a valid set.
        let mut all: libc::sigset_t = unsafe { mem::zeroed() };
        // SAFETY: the set is valid.
        unsafe { libc::sigfillset(&raw mut all) };
        // SAFETY: the set is valid; the old one is not asked for.
        let result = unsafe { libc::sigprocmask(libc::SIG_SETMASK, &raw const all, ptr::null_mut()) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: the function makes system calls that are allowed after `fork`.
    unsafe { command.pre_exec(prepare) };
}

#[test]
fn a_kernel_that_ends_the_process_ends_it() {
    for (function, status) in [("call_exit", 3), ("call_exit_at_once", 4)] {
        let mut host = Host::start();
        let address = host.function("testkernels", function);
        send_call(&mut host.main, address, &[status as u64]);
        assert_eq!(host.ends_within(PROMPTLY).code(), Some(status));
        assert_eq!(host.main.receive_within(Duration::ZERO), None);
        assert_eq!(host.main.segment.attached(), 1);
    }
}

/// A command that will never have its reply must have one that ends its context; the worker ends with it.
#[test]
fn a_kernel_that_ends_its_thread_ends_the_worker() {
    for is_main in [false, true] {
        let mut host = Host::start();
        let end_thread = host.function("testkernels", "end_thread");
        let mut further = host.open(1, USUAL_STACK);
        let channel = if is_main { &mut host.main } else { &mut further };
        send_call(channel, end_thread, &[]);
        assert_eq!(channel.receive().kind, command::EXCEPTION);
        assert!(until(NEVER, || further.segment.flags(Queue::Commands, Side::Receiver) & flag::EXITED != 0));
        host.ends_within(NEVER);
    }
}

/// The process may be beyond help; then it ends without a word, but it ends.
#[test]
fn crashes_of_the_worst_kind_end_the_worker() {
    let functions = [
        "crash_without_handlers",
        "crash_with_signals_blocked",
        "crash_with_a_broken_heap",
        "crash_with_a_broken_stack",
    ];
    for function in functions.into_iter().chain(["overflow_stack_of_own_thread"]) {
        let mut host = Host::start();
        let address = host.function("testkernels", function);
        send_call(&mut host.main, address, &[]);
        while !host.has_ended() {
            if let Some(reply) = host.main.receive_within(Duration::from_millis(5)) {
                reply.exception();
                break;
            }
        }
        assert!(!host.ends_within(NEVER).success(), "{function}");
    }
}

/// A library that crashes while it is loaded crashes in a command, too.
#[test]
fn a_crash_while_a_library_is_loaded_is_an_exception() {
    let mut host = Host::start();
    let path = crate::host::kernels("crash_on_load");
    let (code, _) = host.main.ask(command::LOAD, Payload::new().text(&path)).exception();
    assert_eq!(code, libc::SIGSEGV as u64);
    host.ends_within(PROMPTLY);
}

/// A client with types gets the whole report in a file of its own.
#[test]
fn a_client_that_asks_gets_the_report() {
    // SAFETY: the name is NUL-terminated.
    let fd = unsafe { libc::memfd_create(c"report".as_ptr(), libc::MFD_CLOEXEC) };
    assert!(fd >= 0, "{}", io::Error::last_os_error());
    // SAFETY: the system just gave us this descriptor.
    let mut file = unsafe { fs::File::from_raw_fd(fd) };
    let mut host = Host::start();
    let report_to = host.main.symbol(0, "veorun_report_to");
    assert_ne!(host.main.call(report_to, &[u64::MAX]), 0, "no such descriptor");
    assert_eq!(host.main.call(report_to, &[file.as_raw_fd() as u64]), 0);
    let divide = host.function("testkernels", "divide");
    send_call(&mut host.main, divide, &[7, 0]);
    reported(&mut host.main, libc::SIGFPE);
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    let report = veo_engine::report_from(&bytes).expect("it was written before libveo was told");
    let crash = report.crash.unwrap();
    assert_eq!((&crash.args[..], crash.signal), (&[7, 0][..], libc::SIGFPE));
    host.ends_within(PROMPTLY);
}
