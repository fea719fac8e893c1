//! How a worker ended.

use std::ffi::CStr;
use std::fmt;

use crate::shared::control::{Fault, Message};

/// How a VE process ended, and what is known about why.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What ended the process.
    pub cause: Cause,
    /// What the kernel did, if it was hit by a signal that `veorun` could catch.
    pub crash: Option<Crash>,
    /// The last lines that it wrote to its standard error.
    pub stderr: String,
}

/// What ended a VE process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// A signal caught by `veorun`: the kernel crashed.
    Crashed(i32),
    /// `exit` or `_exit` with this status, called by a kernel.
    Exited(i32),
    /// A signal from outside, or one that cannot be caught.
    Killed(i32),
    /// The process is gone, but somebody else in the host program collected its status.
    Vanished,
    /// `veo_proc_destroy`.
    Destroyed,
    /// The host program killed it, by [`kill`](crate::kill).
    KilledByHost,
    /// A kernel overwrote the memory through which host and VE process talk.
    Corrupted,
}

/// Where and how a kernel crashed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Crash {
    /// The signal's number.
    pub signal: i32,
    /// The address that the signal is about: for SIGSEGV the one that could not be accessed.
    pub address: u64,
    /// The size of the thread's stack in bytes, if the kernel overflowed it.
    pub stack_overflow: Option<u64>,
    /// The function that had been called.
    pub function: String,
    /// Its library's path; empty if the loader does not know it.
    pub library: String,
    /// Its arguments, as the 64-bit words that were passed.
    pub args: Vec<u64>,
    /// The backtrace, innermost frame first: `symbol+0x12 at src/kernel.c:41 (libx.so)`, with less where less is known.
    pub backtrace: Vec<String>,
}

impl From<&Fault> for Crash {
    fn from(fault: &Fault) -> Self {
        Self {
            signal: fault.signal,
            address: fault.address,
            stack_overflow: (fault.overflowed_stack != 0).then_some(fault.overflowed_stack),
            function: fault.function.clone(),
            library: fault.library.clone(),
            args: fault.args.clone(),
            backtrace: fault.frames.clone(),
        }
    }
}

/// A report of which only the cause is known.
impl From<Cause> for Report {
    fn from(cause: Cause) -> Self {
        Self { cause, crash: None, stderr: String::new() }
    }
}

/// The report that a worker left in the file that it was told by `veorun_report_to`. `None` if there is none, or if it is
/// garbage: a kernel may have written there, too.
#[must_use]
pub fn report_from(bytes: &[u8]) -> Option<Report> {
    match Message::decode(bytes)? {
        Message::Fault(fault) => Some(report_of(&fault)),
        _ => None,
    }
}

/// The report of a fault, without the process's last words.
pub(crate) fn report_of(fault: &Fault) -> Report {
    Report { cause: Cause::Crashed(fault.signal), crash: Some(Crash::from(fault)), stderr: String::new() }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.cause {
            Cause::Crashed(signal) => write!(f, "a kernel was hit by {}", signal_name(signal))?,
            Cause::Exited(status) => write!(f, "a kernel ended the VE process with exit status {status}")?,
            // Our handler needs a stack of its own, which only threads of contexts have.
            Cause::Killed(signal @ (libc::SIGSEGV | libc::SIGBUS)) => write!(
                f,
                "the VE process was killed by {}, which veorun could not catch: most likely a stack overflow in a thread \
                 that the kernel started",
                signal_name(signal)
            )?,
            Cause::Killed(signal) => write!(f, "the VE process was killed by {}", signal_name(signal))?,
            Cause::Vanished => f.write_str("the VE process ended (its status was collected by someone else)")?,
            Cause::Destroyed => f.write_str("the VE process was destroyed")?,
            Cause::KilledByHost => f.write_str("this program killed the VE process")?,
            Cause::Corrupted => f.write_str(
                "the VE process was ended since a kernel overwrote the memory that it shares with the host; look for \
                 writes out of bounds in the kernels that ran before",
            )?,
        }
        if self.cause == Cause::Killed(libc::SIGKILL) {
            f.write_str("; if nobody sent that, the system was out of memory")?;
        }
        if let Some(crash) = &self.crash {
            write!(f, "{crash}")?;
        }
        if self.cause != Cause::Destroyed && !self.stderr.is_empty() {
            f.write_str("\n  the last lines of its standard error:")?;
            for line in self.stderr.lines() {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Crash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.signal != libc::SIGABRT {
            write!(f, " at address {:#x}", self.address)?;
        }
        if let Some(size) = self.stack_overflow {
            write!(f, ", a stack overflow (stack of {} MiB),", size >> 20)?;
        }
        write!(f, " in {}", self.function)?;
        if !self.library.is_empty() {
            let args: Vec<String> = self.args.iter().map(|arg| format!("{arg:#x}")).collect();
            write!(f, "({}) of {}", args.join(", "), self.library)?;
        }
        for (depth, frame) in self.backtrace.iter().enumerate() {
            write!(f, "\n  {depth:2}: {frame}")?;
        }
        Ok(())
    }
}

/// `SIGSEGV (Segmentation fault)`, or the number where the system has no name for it.
#[must_use]
pub fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => "SIGABRT",
        libc::SIGBUS => "SIGBUS",
        libc::SIGFPE => "SIGFPE",
        libc::SIGILL => "SIGILL",
        libc::SIGINT => "SIGINT",
        libc::SIGKILL => "SIGKILL",
        libc::SIGSEGV => "SIGSEGV",
        libc::SIGTERM => "SIGTERM",
        _ => return format!("signal {signal}"),
    };
    // SAFETY: any number is allowed.
    let text = unsafe { libc::strsignal(signal) };
    if text.is_null() {
        return name.to_owned();
    }
    // SAFETY: `strsignal` returned a NUL-terminated string, valid until its next call in this thread.
    let text = unsafe { CStr::from_ptr(text) };
    format!("{name} ({})", text.to_string_lossy())
}
