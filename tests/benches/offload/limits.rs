//! The limits: what two processes and a shared mapping can do without anything of ours in between.

use std::io;
use std::ptr;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::time::Instant;

/// Anonymous memory that a child process shares.
pub(crate) struct SharedMemory {
    base: *mut u8,
    size: usize,
}

impl SharedMemory {
    pub(crate) fn new(size: usize) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        // SAFETY: a new mapping touches no existing one.
        let base = unsafe { libc::mmap(ptr::null_mut(), size, protection, flags, -1, 0) };
        if base == libc::MAP_FAILED { Err(io::Error::last_os_error()) } else { Ok(Self { base: base.cast(), size }) }
    }

    fn word(&self, offset: usize) -> &AtomicU64 {
        assert!(offset + 8 <= self.size);
        // SAFETY: inside the mapping.
        let word = unsafe { self.base.add(offset) };
        // SAFETY: aligned, mapped as long as `self`, and only accessed atomically.
        unsafe { AtomicU64::from_ptr(word.cast()) }
    }

    pub(crate) fn copy_in(&self, from: &[u8]) {
        assert!(from.len() <= self.size);
        // SAFETY: the lengths were checked; nobody else uses this mapping.
        unsafe { self.base.copy_from_nonoverlapping(from.as_ptr(), from.len()) };
    }

    pub(crate) fn copy_out(&self, to: &mut [u8]) {
        assert!(to.len() <= self.size);
        // SAFETY: the lengths were checked; nobody else uses this mapping.
        unsafe { to.as_mut_ptr().copy_from_nonoverlapping(self.base, to.len()) };
    }
}

impl Drop for SharedMemory {
    fn drop(&mut self) {
        // SAFETY: the mapping is ours and not used after this.
        unsafe { libc::munmap(self.base.cast(), self.size) };
    }
}

/// A process that answers as soon as it sees the other side's number in one cache line.
pub(crate) struct Ping {
    line: SharedMemory,
    child: libc::pid_t,
    start: libc::c_int,
}

/// The cache line, and a line for the number of rounds far from it.
const LINE: usize = 0;
const COUNT: usize = 512;

impl Ping {
    pub(crate) fn start() -> io::Result<Self> {
        let line = SharedMemory::new(4096)?;
        let mut pipe = [0; 2];
        // SAFETY: room for two descriptors.
        if unsafe { libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: this process has one thread yet, and the child calls nothing but system calls.
        match unsafe { libc::fork() } {
            -1 => Err(io::Error::last_os_error()),
            0 => answer(&line, pipe),
            child => Ok(Self { line, child, start: pipe[1] }),
        }
    }

    /// Nanoseconds of one round trip, over `count` of them.
    pub(crate) fn round_trips(&self, count: u32) -> f64 {
        let line = self.line.word(LINE);
        let first = line.load(Acquire);
        self.line.word(COUNT).store(count.into(), Release);
        // SAFETY: one byte from a constant to our own pipe.
        unsafe { libc::write(self.start, c"!".as_ptr().cast(), 1) };
        // The first round trip waits for the child to wake up, and is not counted.
        let go = |number: u64| {
            line.store(number, Release);
            while line.load(Acquire) != number + 1 {
                std::hint::spin_loop();
            }
        };
        go(first + 1);
        let start = Instant::now();
        for round in 1..u64::from(count) {
            go(first + 1 + 2 * round);
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(count - 1)
    }
}

/// The child: sleeps in the pipe between measurements, so that it takes no time from others.
fn answer(memory: &SharedMemory, pipe: [libc::c_int; 2]) -> ! {
    // SAFETY: closes our copy of the writing end, so that the pipe ends with the parent.
    unsafe { libc::close(pipe[1]) };
    let line = memory.word(LINE);
    let mut byte = 0_u8;
    // SAFETY: one byte into a live variable.
    while unsafe { libc::read(pipe[0], (&raw mut byte).cast(), 1) } == 1 {
        let mut seen = line.load(Acquire) & !1;
        for _ in 0..memory.word(COUNT).load(Acquire) {
            loop {
                let number = line.load(Acquire);
                if number % 2 == 1 && number > seen {
                    seen = number + 1;
                    break;
                }
                std::hint::spin_loop();
            }
            line.store(seen, Release);
        }
    }
    // SAFETY: ends the process without running anything of the parent's.
    unsafe { libc::_exit(0) }
}

impl Drop for Ping {
    fn drop(&mut self) {
        // SAFETY: ends the child's loop.
        unsafe { libc::close(self.start) };
        // SAFETY: the child is ours and was not collected before.
        unsafe { libc::waitpid(self.child, ptr::null_mut(), 0) };
    }
}
