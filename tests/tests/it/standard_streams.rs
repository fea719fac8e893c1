//! What kernels print, when the host's standard streams are closed, full, or nobody reads them.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::{FromRawFd, OwnedFd};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use crate::support::{NEVER, assert_says, child, differs, output_of};

/// What is different on NEC's library.
const OWN_STREAMS: &str = "a kernel that writes to a full pipe or terminal waits until somebody reads";

/// On NEC's library, and on ours if it is loaded.
pub(crate) const NO_LAST_WORDS: &str = "errors do not have the last lines of the VE process's standard error";

/// Lines that a pipe takes, but no terminal.
const MANY: &str = "2000";

/// The output of a program that must end, and not hang.
#[track_caller]
fn ends(mut child: Child) -> String {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > NEVER {
            child.kill().unwrap();
            panic!("still running after {NEVER:?}");
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let mut text = String::new();
    if let Some(mut stdout) = child.stdout.take() {
        stdout.read_to_string(&mut text).unwrap();
    }
    assert!(child.wait().unwrap().success(), "{text}");
    text
}

/// A pseudo-terminal: the side that is read, and the one that a program takes for its terminal.
fn terminal() -> (OwnedFd, OwnedFd) {
    let (mut near, mut far) = (0, 0);
    let none = std::ptr::null_mut();
    // SAFETY: both numbers are written to live variables; nothing else is asked for.
    let result =
        unsafe { libc::openpty(&raw mut near, &raw mut far, none, none.cast_const().cast(), none.cast_const().cast()) };
    assert_eq!(result, 0, "there is a terminal");
    // SAFETY: the call has just made this descriptor.
    let near = unsafe { OwnedFd::from_raw_fd(near) };
    // SAFETY: as above.
    (near, unsafe { OwnedFd::from_raw_fd(far) })
}

#[test]
fn a_terminal_that_nobody_reads_does_not_keep_errors_from_coming() {
    if differs(OWN_STREAMS) {
        return;
    }
    let (near, far) = terminal();
    let mut command = child(&["complain", MANY]);
    command.stderr(Stdio::from(far));
    assert_says(ends(command.spawn().unwrap()), &[&format!("{}\n", !differs(NO_LAST_WORDS))]);
    drop(near);
}

#[test]
fn a_pipe_that_nobody_reads_does_not_keep_errors_from_coming() {
    if differs(OWN_STREAMS) {
        return;
    }
    let (near, far) = std::io::pipe().unwrap();
    let mut command = child(&["complain", MANY]);
    command.stderr(Stdio::from(OwnedFd::from(far)));
    assert_says(ends(command.spawn().unwrap()), &[&format!("{}\n", !differs(NO_LAST_WORDS))]);
    drop(near);
}

#[test]
fn what_a_kernel_complains_about_comes_through_whole() {
    let output = child(&["complain", "5000"]).output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let expected: String = (1..=5000).map(|line| format!("complaint number {line}\n")).collect();
    assert!(text.starts_with(&expected), "{} bytes instead of {}", text.len(), expected.len());
}

#[test]
fn a_full_disk_behind_standard_error_is_no_error() {
    let Ok(full) = File::options().write(true).open("/dev/full") else {
        // Not Linux as we know it: say so where people look.
        let _ = writeln!(std::io::stderr(), "NOT RUN: there is no /dev/full");
        return;
    };
    let mut command = child(&["call"]);
    command.stderr(full).env("VEO_LOG_DEBUG", "1").env("VEORUN_BIN", "/no/such/program");
    assert!(output_of(command).contains("error"));
}
