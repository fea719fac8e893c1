//! The report of a crash, for a client that has no other way to it.
//!
//! libveo passes on a signal's number and prints a text. A typed client wants to know more, so it may name a file of its own,
//! a memfd, in which it finds the report afterwards.

use std::fs::File;
use std::io::{self, Write};
use std::sync::OnceLock;

use crate::shared::control::{Fault, Message};

static FILE: OnceLock<File> = OnceLock::new();

/// `veorun_report_to`: descriptor `fd` of the host is where a report is to be written. 0, or the error number.
pub(super) extern "C" fn veorun_report_to(fd: u64) -> u64 {
    let opened = open(fd).and_then(|file| FILE.set(file).map_err(|_| io::ErrorKind::AlreadyExists.into()));
    opened.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EEXIST) as u64)
}

fn open(fd: u64) -> io::Result<File> {
    // SAFETY: no preconditions.
    let host = unsafe { libc::getppid() };
    let path = format!("/proc/{host}/fd/{fd}");
    // Opening anything else may wait, or change it.
    if !std::fs::metadata(&path)?.is_file() {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    }
    File::options().write(true).open(path)
}

/// Writes the report, if somebody wants it.
pub(super) fn write(fault: &Fault) {
    if let Some(mut file) = FILE.get() {
        // Without it the client knows less; there is nobody to tell.
        let _ = file.write_all(&Message::Fault(fault.clone()).encode());
    }
}
