//! The worker's standard error: passed on to the host's, with the last lines kept for reports.
//!
//! The watcher reads it, so what a kernel wrote before it died is complete when its report is made. Nothing here waits: what
//! the host's own standard error does not take at the moment stays here, and the rest in the worker's pipe.

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// Bytes that are passed on at once.
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
    /// Read, but not yet passed on.
    rest: Vec<u8>,
    last: Vec<u8>,
    open: bool,
}

impl Stderr {
    pub(crate) fn new(pipe: OwnedFd) -> Self {
        Self { pipe, rest: Vec::new(), last: Vec::new(), open: true }
    }

    /// What to wait for: something to read or, if the host's standard error is full, room in that.
    pub(crate) fn wanted(&self) -> Option<libc::pollfd> {
        if !self.rest.is_empty() {
            return Some(libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 });
        }
        self.open.then(|| libc::pollfd { fd: self.pipe.as_raw_fd(), events: libc::POLLIN, revents: 0 })
    }

    /// Passes on what is there, as far as there is room for it.
    pub(crate) fn pass_on(&mut self) {
        for _ in 0..PIECES {
            self.write_rest();
            if !self.rest.is_empty() || !self.read_piece() {
                return;
            }
        }
    }

    /// Reads what the worker left behind, and gives its last lines.
    pub(crate) fn finish(&mut self) -> String {
        self.write_rest();
        for _ in 0..PIECES {
            if !self.read_piece() {
                break;
            }
            self.write_rest();
        }
        let text = String::from_utf8_lossy(&self.last);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(LINES)..].join("\n")
    }

    /// Reads one piece. `false` when there is nothing.
    fn read_piece(&mut self) -> bool {
        let mut piece = [0_u8; PIECE];
        // SAFETY: the buffer has room for PIECE bytes.
        let count = unsafe { libc::read(self.pipe.as_raw_fd(), piece.as_mut_ptr().cast(), PIECE) };
        let Ok(count) = usize::try_from(count) else {
            let kind = io::Error::last_os_error().kind();
            self.open = matches!(kind, io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted);
            return false;
        };
        self.open = count != 0;
        let piece = &piece[..count];
        self.rest.extend_from_slice(piece);
        self.last.extend_from_slice(piece);
        self.last.drain(..self.last.len().saturating_sub(KEPT));
        self.open
    }

    fn write_rest(&mut self) {
        if !self.rest.is_empty() {
            let taken = write_without_waiting(&self.rest).min(self.rest.len());
            self.rest.drain(..taken);
        }
    }
}

/// Writes to the host's standard error what it takes without blocking, and says how much that was. What can never be
/// written counts as written: it is lost, as it would be if the worker had the descriptor itself.
fn write_without_waiting(bytes: &[u8]) -> usize {
    let mut status = MaybeUninit::<libc::stat>::zeroed();
    // SAFETY: the buffer is valid for the call.
    if unsafe { libc::fstat(libc::STDERR_FILENO, status.as_mut_ptr()) } != 0 {
        return bytes.len();
    }
    // SAFETY: zeroed is valid, and the call filled it.
    let kind = unsafe { status.assume_init() }.st_mode & libc::S_IFMT;
    let written = match kind {
        libc::S_IFSOCK => {
            let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
            // SAFETY: the slice is alive.
            unsafe { libc::send(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len(), flags) }
        }
        // A terminal that is stopped, or a pipe that nobody reads. The flag must not be set on the descriptor itself, which
        // others share; so the file is opened once more.
        libc::S_IFCHR | libc::S_IFIFO => {
            let flags = libc::O_WRONLY | libc::O_NONBLOCK | libc::O_NOCTTY | libc::O_CLOEXEC;
            // SAFETY: the path is NUL-terminated.
            let again = unsafe { libc::open(c"/proc/self/fd/2".as_ptr(), flags) };
            if again < 0 {
                return write_if_ready(bytes);
            }
            // SAFETY: the kernel just gave us this descriptor.
            let again = unsafe { OwnedFd::from_raw_fd(again) };
            // SAFETY: the slice is alive.
            unsafe { libc::write(again.as_raw_fd(), bytes.as_ptr().cast(), bytes.len()) }
        }
        // SAFETY: the slice is alive. A file on a disk does not block for long.
        _ => unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) },
    };
    usize::try_from(written).unwrap_or_else(|_| match io::Error::last_os_error().kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted => 0,
        _ => bytes.len(),
    })
}

/// The same for a file that cannot be opened once more, such as another user's terminal: as good as it gets.
fn write_if_ready(bytes: &[u8]) -> usize {
    let mut wanted = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: one live entry, and no time-out.
    if unsafe { libc::poll(&raw mut wanted, 1, 0) } <= 0 {
        return 0;
    }
    // SAFETY: the slice is alive.
    let written = unsafe { libc::write(libc::STDERR_FILENO, bytes.as_ptr().cast(), bytes.len()) };
    usize::try_from(written).unwrap_or(bytes.len())
}
