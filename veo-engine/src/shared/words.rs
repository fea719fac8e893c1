//! The shared words of a ring, and sleeping on one of them.
//!
//! This is all of the ring that touches memory and the system; `model.rs` takes its place when `loom` checks the rest.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

pub(super) use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, fence};

use super::layout::RING_SIZE;
use super::map::Mapping;

/// A word that can be slept on.
pub(super) type FutexWord = AtomicU32;

/// The memory of a ring, mapped in this process.
#[derive(Debug)]
pub(crate) struct Ring {
    memory: Mapping,
}

impl Ring {
    pub(crate) fn map(fd: impl AsFd) -> io::Result<Self> {
        Ok(Self { memory: Mapping::new(fd, RING_SIZE, None)? })
    }

    #[inline]
    pub(super) fn word(&self, offset: usize) -> &AtomicU64 {
        debug_assert!(offset.is_multiple_of(8) && offset + 8 <= self.memory.size());
        // SAFETY: every caller's offset is a constant of `layout` plus a slot index below SLOTS, which `RING_SIZE` covers.
        let word = unsafe { self.memory.base().add(offset) };
        // SAFETY: the word is mapped as long as `self`, aligned, and only ever accessed atomically by either side.
        unsafe { AtomicU64::from_ptr(word.cast()) }
    }

    #[inline]
    pub(super) fn futex_word(&self, offset: usize) -> &FutexWord {
        // SAFETY: as in `word`; the callers' offsets are constants of `layout`.
        let word = unsafe { self.memory.base().add(offset) };
        // SAFETY: as in `word`.
        unsafe { AtomicU32::from_ptr(word.cast()) }
    }
}

/// Sleeps while `*word == expected`, until woken or `timeout`. May return at any time without a reason.
pub(super) fn futex_wait(word: &FutexWord, expected: u32, timeout: Duration) {
    let timeout = libc::timespec {
        tv_sec: libc::time_t::try_from(timeout.as_secs()).unwrap_or(libc::time_t::MAX),
        tv_nsec: timeout.subsec_nanos().into(),
    };
    let errno = Errno::keep();
    // SAFETY: the word is a live, aligned 32-bit atomic, and the time-out outlives the call. Not FUTEX_PRIVATE: the
    // waker may be another process.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAIT, expected, &raw const timeout) };
    errno.restore();
}

/// The caller's `errno`. C programs look at it after calls of ours that failed, and libveo leaves it alone.
struct Errno(libc::c_int);

impl Errno {
    fn keep() -> Self {
        // SAFETY: the location is this thread's own.
        let location = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        Self(unsafe { location.read() })
    }

    fn restore(self) {
        // SAFETY: the location is this thread's own.
        let location = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        unsafe { location.write(self.0) };
    }
}

/// Wakes everyone who sleeps on `word`, in any process.
pub(super) fn futex_wake(word: &FutexWord) {
    // SAFETY: the word is a live, aligned 32-bit atomic; waking reads and writes no memory.
    unsafe { libc::syscall(libc::SYS_futex, word.as_ptr(), libc::FUTEX_WAKE, i32::MAX) };
}
