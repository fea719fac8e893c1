//! What `words.rs` offers, as `loom` understands it: the ring's memory is made of loom's atomics, and a futex is a mutex
//! and a condition variable. There are no time-outs here, so a wake-up that is lost is a deadlock, which loom reports.

use std::io;
use std::ops::Deref;
use std::os::fd::AsFd;
use std::sync::PoisonError;
use std::time::Duration;

pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, fence};

use loom::sync::atomic::AtomicU32;
use loom::sync::atomic::Ordering::Relaxed;
use loom::sync::{Arc, Condvar, Mutex};

use super::layout::{HOST_FUTEX, SLOT_SIZE, SLOTS, SLOTS_AT, WORKER_SLEEPS};

/// A word that can be slept on. The mutex stands for the kernel's lock of the queue of sleepers.
#[derive(Debug)]
pub(super) struct FutexWord {
    value: AtomicU32,
    queue: Mutex<()>,
    woken: Condvar,
}

impl FutexWord {
    fn new() -> Self {
        Self { value: AtomicU32::new(0), queue: Mutex::new(()), woken: Condvar::new() }
    }
}

impl Deref for FutexWord {
    type Target = AtomicU32;

    fn deref(&self) -> &AtomicU32 {
        &self.value
    }
}

/// The memory of a ring. Clones are the same memory, as two mappings of one file are.
#[derive(Clone, Debug)]
pub(crate) struct Ring {
    words: Arc<[AtomicU64]>,
    host_futex: Arc<FutexWord>,
    worker_sleeps: Arc<FutexWord>,
}

impl Ring {
    pub(super) fn new() -> Self {
        let words: Vec<_> = (0..(SLOTS_AT + SLOTS as usize * SLOT_SIZE) / 8).map(|_| AtomicU64::new(0)).collect();
        Self {
            words: Arc::from_std(words.into()),
            host_futex: Arc::new(FutexWord::new()),
            worker_sleeps: Arc::new(FutexWord::new()),
        }
    }

    /// Lets the engine be compiled; it does not run under loom.
    pub(crate) fn map(_: impl AsFd) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub(super) fn word(&self, offset: usize) -> &AtomicU64 {
        &self.words[offset / 8]
    }

    pub(super) fn futex_word(&self, offset: usize) -> &FutexWord {
        match offset {
            HOST_FUTEX => &self.host_futex,
            WORKER_SLEEPS => &self.worker_sleeps,
            _ => unreachable!("nobody sleeps on the word at {offset}"),
        }
    }
}

/// Sleeps while `*word == expected`, until woken.
pub(super) fn futex_wait(word: &FutexWord, expected: u32, _: Duration) {
    let queue = word.queue.lock().unwrap_or_else(PoisonError::into_inner);
    if word.value.load(Relaxed) == expected {
        drop(word.woken.wait(queue).unwrap_or_else(PoisonError::into_inner));
    }
}

/// Wakes everyone who sleeps on `word`.
pub(super) fn futex_wake(word: &FutexWord) {
    let _queue = word.queue.lock().unwrap_or_else(PoisonError::into_inner);
    word.woken.notify_all();
}
