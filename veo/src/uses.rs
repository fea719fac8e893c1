//! Stream order: which requests still use a buffer.
//!
//! A stub borrows a buffer only while it submits, since a context runs its requests in order. What the borrow checker no
//! longer sees is noted here, in the buffer: the last write, and the last read of each context. Uses of one context need
//! no waiting. A use from another context, or by the host, waits for what it conflicts with: a read for writes, a write
//! for both.

use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex};

use crate::inner::ProcInner;
use crate::lock::lock;
use crate::queue::Queue;

/// A use: the context's index in the upper 16 bits, the stamp in the lower 48. 0: none, since stamps count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Use(u64);

const STAMP_BITS: u32 = 48;

impl Use {
    fn new(queue: u16, stamp: u64) -> Self {
        Self(u64::from(queue) << STAMP_BITS | stamp & ((1 << STAMP_BITS) - 1))
    }

    fn is_none(self) -> bool {
        self.0 == 0
    }

    fn queue(self) -> u16 {
        (self.0 >> STAMP_BITS) as u16
    }

    fn stamp(self) -> u64 {
        self.0 & ((1 << STAMP_BITS) - 1)
    }

    /// The queue in which this use may still be going on.
    fn pending(self, proc: &ProcInner) -> Option<Arc<Queue>> {
        if self.is_none() {
            return None;
        }
        // A context that is closed was drained before.
        proc.queue(self.queue()).filter(|queue| !queue.is_done(self.stamp()))
    }

    /// Waits for this use, unless it is of the queue `own`, which keeps the order by itself.
    fn wait(self, proc: &ProcInner, own: Option<u16>) {
        if self.is_none() || own == Some(self.queue()) {
            return;
        }
        if let Some(queue) = self.pending(proc) {
            queue.drain();
        }
    }
}

/// How a request uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// The last uses of a buffer.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    write: AtomicU64,
    read: AtomicU64,
    /// Reads of other contexts than that of `read`, which may still be going on. Seldom any, so there is a flag for it.
    more_reads: Mutex<Vec<Use>>,
    has_more: AtomicBool,
}

impl Uses {
    /// Waits for what a use on queue `own` (`None`: by the host) conflicts with.
    #[inline]
    pub(crate) fn order(&self, proc: &ProcInner, own: Option<u16>, access: Access) {
        Use(self.write.load(Acquire)).wait(proc, own);
        if access == Access::Write {
            Use(self.read.load(Acquire)).wait(proc, own);
            if self.has_more.load(Acquire) {
                let reads = self.more_reads().clone();
                reads.into_iter().for_each(|read| read.wait(proc, own));
            }
        }
    }

    /// Notes a use. Called with the queue's submission lock held, so that stamps grow.
    #[inline]
    pub(crate) fn note(&self, queue: u16, stamp: u64, access: Access) {
        let new = Use::new(queue, stamp);
        if access == Access::Write {
            // The exclusive borrow of the buffer keeps other uses away, and `order` has waited for older ones.
            self.write.store(new.0, Release);
            self.read.store(0, Release);
            if self.has_more.load(Acquire) {
                self.more_reads().clear();
                self.has_more.store(false, Release);
            }
            return;
        }
        let old = Use(self.read.swap(new.0, Release));
        if !old.is_none() && old.queue() != queue {
            let mut more = self.more_reads();
            more.retain(|read| read.queue() != old.queue());
            more.push(old);
            self.has_more.store(true, Release);
        }
    }

    fn more_reads(&self) -> std::sync::MutexGuard<'_, Vec<Use>> {
        lock(&self.more_reads)
    }

    /// The queues in which the buffer may still be in use.
    pub(crate) fn pending(&self, proc: &ProcInner) -> Vec<Arc<Queue>> {
        let mut uses = vec![Use(self.write.load(Acquire)), Use(self.read.load(Acquire))];
        if self.has_more.load(Acquire) {
            uses.extend(self.more_reads().iter());
        }
        let mut queues: Vec<Arc<Queue>> = uses.into_iter().filter_map(|used| used.pending(proc)).collect();
        queues.sort_by_key(|queue| queue.index);
        queues.dedup_by_key(|queue| queue.index);
        queues
    }
}
