//! The worker's standard error: passed on to the host's, with the last lines kept for reports.
//!
//! The watcher reads it, so what a kernel wrote before it died is complete when its report is made. Nothing here waits: if
//! the host's own standard error takes nothing at the moment, the worker's stays in its pipe.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};

/// Bytes that are passed on at once: a pipe that has room at all takes so many.
const PIECE: usize = 4096;

/// Pieces that are passed on before the watcher looks at other things: more than a pipe holds.
const PIECES: usize = 20;

/// Bytes that are kept.
const KEPT: usize = 4096;

/// Lines that are kept.
const LINES: usize = 20;

/// The worker's standard error.
#[derive(Debug)]
pub(crate) struct Stderr {
    pipe: OwnedFd,
    last: Vec<u8>,
    open: bool,
}

impl Stderr {
    pub(crate) fn new(pipe: OwnedFd) -> Self {
        Self { pipe, last: Vec::new(), open: true }
    }

    /// What to wait for: something to read or, if the host's standard error is full, room in that.
    pub(crate) fn wanted(&self) -> Option<libc::pollfd> {
        if !self.open {
            return None;
        }
        let source = libc::pollfd { fd: self.pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        let target = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
        Some(if has_room() || !is_ready(source) { source } else { target })
    }

    /// Passes on what is there, as far as there is room for it.
    pub(crate) fn pass_on(&mut self) {
        for _ in 0..PIECES {
            if !has_room() || !self.pass_piece(true) {
                return;
            }
        }
    }

    /// Reads what the worker left behind, and gives its last lines.
    pub(crate) fn finish(&mut self) -> String {
        for _ in 0..PIECES {
            if !self.pass_piece(has_room()) {
                break;
            }
        }
        let text = String::from_utf8_lossy(&self.last);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Reads one piece, and passes it on if there is room. `false` when there is nothing.
    fn pass_piece(&mut self, room: bool) -> bool {
        let mut piece = [0_u8; PIECE];
        // SAFETY: the buffer has room for PIECE bytes.
        let count = unsafe { libc::read(self.pipe.as_raw_fd(), piece.as_mut_ptr().cast(), PIECE) };
        let Ok(count) = usize::try_from(count) else {
            let kind = io::Error::last_os_error().kind();
            self.open = matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
            return false;
        };
        if count == 0 {
            self.open = false;
            return false;
        }
        let piece = &piece[..count];
        self.last.extend_from_slice(piece);
        self.last.drain(..self.last.len().saturating_sub(KEPT));
        if room {
            // What cannot be written is lost, as it would be if the worker had the descriptor itself.
            // SAFETY: the slice is alive.
            let _ = unsafe { libc::write(libc::STDERR_FILENO, piece.as_ptr().cast(), piece.len()) };
        }
        true
    }
}

/// Whether the host's standard error takes something without blocking. One that is closed takes everything.
fn has_room() -> bool {
    is_ready(libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 })
}

fn is_ready(mut wanted: libc::pollfd) -> bool {
    // SAFETY: one live entry, and no time-out.
    unsafe { libc::poll(&raw mut wanted, 1, 0) > 0 }
}
