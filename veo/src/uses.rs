//! Stream order: which requests still use a buffer.
//!
//! A stub borrows a buffer only while it submits, since a context runs its requests in order. What the borrow checker no
//! longer sees is noted here, in the buffer: the last write, and the last read of each context. Uses of one context need
//! no waiting. A use from another context, or by the host, waits for what it conflicts with: a read for writes, a write
//! for both. It waits until the other context's queue, as it stands, is empty.
//!
//! A use of a part is noted as one of the whole buffer, which costs two stores. That rests on the borrow of the buffer: whoever
//! may write to it is alone. Halves of a split may be written side by side, so their uses are noted with their
//! addresses ([`Part`]), in a list; those that do not overlap do not wait for each other.
//!
//! A variable of a library has no owner: whoever looks it up has a handle. All handles of one address in a process share what
//! is noted ([`SharedUses`]). Handles are not exclusive among each other, so of threads that write the variable at the same
//! time, through handles of their own, the last one alone may be noted; such uses have no order anyway.

use std::collections::HashMap;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::inner::ProcInner;
use crate::limit::{Blocked, Limit};
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
    fn wait(self, proc: &ProcInner, own: u16, limit: &Limit) -> Result<(), Blocked> {
        if self.is_none() || own == self.queue() {
            return Ok(());
        }
        self.pending(proc).map_or(Ok(()), |queue| queue.drain_to(self.stamp(), limit))
    }
}

/// How a request uses a buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Read,
    Write,
}

/// What is used: the whole buffer, or a part that was split off, by its addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    start: u64,
    end: u64,
}

impl Part {
    pub(crate) const WHOLE: Self = Self { start: 0, end: u64::MAX };

    pub(crate) fn new(address: u64, bytes: usize) -> Self {
        Self { start: address, end: address.saturating_add(bytes as u64) }
    }

    fn overlaps(self, other: Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    fn contains(self, other: Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest part with both of them.
    fn with(self, other: Self) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A use in the list.
#[derive(Clone, Copy, Debug)]
struct Noted {
    part: Part,
    access: Access,
    used: Use,
}

impl Noted {
    fn conflicts(&self, part: Part, access: Access) -> bool {
        (access == Access::Write || self.access == Access::Write) && self.part.overlaps(part)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.access == other.access && self.used.queue() == other.used.queue()
    }

    /// Whether whoever waits for this use need not wait for the older one.
    fn covers(&self, older: &Self) -> bool {
        // A write was alone with its part, and has waited for what other contexts did there.
        let same = self.access == Access::Write || self.is_like(older) && older.used.stamp() <= self.used.stamp();
        same && self.part.contains(older.part)
    }
}

/// So many uses are listed apart; of more, those of one context are put together.
const LISTED: usize = 256;

/// From this number on, it pays to look which uses are over.
const MANY: usize = 16;

/// The last uses of a buffer.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    write: AtomicU64,
    read: AtomicU64,
    /// What else may still be going on: uses of parts that were split off, and reads of other contexts than that of `read`.
    /// Seldom any, so there is a flag for it.
    more: Mutex<Vec<Noted>>,
    has_more: AtomicBool,
}

impl Uses {
    /// Waits for what a use on queue `own` conflicts with.
    #[inline]
    pub(crate) fn order(
        &self,
        proc: &ProcInner,
        own: u16,
        part: Part,
        access: Access,
        limit: &Limit,
    ) -> Result<(), Blocked> {
        Use(self.write.load(Acquire)).wait(proc, own, limit)?;
        if access == Access::Write {
            Use(self.read.load(Acquire)).wait(proc, own, limit)?;
        }
        if self.has_more.load(Acquire) { self.order_more(proc, own, part, access, limit) } else { Ok(()) }
    }

    #[cold]
    fn order_more(&self, proc: &ProcInner, own: u16, part: Part, access: Access, limit: &Limit) -> Result<(), Blocked> {
        let mut more = self.more();
        if more.len() >= MANY {
            more.retain(|noted| noted.used.pending(proc).is_some());
        }
        let conflicts = more.iter().filter(|noted| noted.conflicts(part, access) && noted.used.queue() != own);
        let conflicts: Vec<Use> = conflicts.map(|noted| noted.used).collect();
        drop(more);
        conflicts.into_iter().try_for_each(|used| used.wait(proc, own, limit))
    }

    /// Notes a use, after [`order`](Self::order). Called with the queue's submission lock held, so that stamps grow.
    #[inline]
    pub(crate) fn note(&self, queue: u16, stamp: u64, part: Part, access: Access) {
        let new = Use::new(queue, stamp);
        if part != Part::WHOLE {
            return self.list(Noted { part, access, used: new });
        }
        if access == Access::Write {
            // The exclusive borrow of the buffer keeps other uses away, and `order` has waited for older ones.
            self.write.store(new.0, Release);
            self.read.store(0, Release);
            if self.has_more.load(Acquire) {
                let mut more = self.more();
                more.clear();
                self.has_more.store(false, Release);
            }
            return;
        }
        let old = Use(self.read.swap(new.0, Release));
        if !old.is_none() && old.queue() != queue {
            self.list(Noted { part, access, used: old });
        }
    }

    #[cold]
    fn list(&self, new: Noted) {
        let mut more = self.more();
        more.retain(|old| !new.covers(old));
        // Reads come here from several threads at once, and not always the later one last.
        if !more.iter().any(|other| new.access == Access::Read && other.is_like(&new) && other.covers(&new)) {
            more.push(new);
        }
        if more.len() > LISTED {
            put_together(&mut more);
        }
        self.has_more.store(true, Release);
    }

    fn more(&self) -> MutexGuard<'_, Vec<Noted>> {
        lock(&self.more)
    }

    /// The queues in which the buffer may still be in use.
    pub(crate) fn pending(&self, proc: &ProcInner) -> Vec<Arc<Queue>> {
        let mut uses = vec![Use(self.write.load(Acquire)), Use(self.read.load(Acquire))];
        if self.has_more.load(Acquire) {
            uses.extend(self.more().iter().map(|noted| noted.used));
        }
        let mut queues: Vec<Arc<Queue>> = uses.into_iter().filter_map(|used| used.pending(proc)).collect();
        queues.sort_by_key(|queue| queue.index);
        queues.dedup_by_key(|queue| queue.index);
        queues
    }
}

/// What is noted of the variables of a process, by their addresses. It stays for as long as the process: a handle that is
/// dropped may have been passed to a kernel that still runs.
#[derive(Debug, Default)]
pub(crate) struct SharedUses(Mutex<HashMap<u64, Arc<Uses>>>);

impl SharedUses {
    pub(crate) fn at(&self, address: u64) -> Arc<Uses> {
        Arc::clone(lock(&self.0).entry(address).or_default())
    }
}

/// Leaves one use of each kind and context, of all the parts that it used. Later uses may wait for more than they need to then.
fn put_together(uses: &mut Vec<Noted>) {
    let mut together: Vec<Noted> = Vec::new();
    for noted in uses.drain(..) {
        match together.iter_mut().find(|other| other.is_like(&noted)) {
            Some(other) => {
                let used = Use(other.used.0.max(noted.used.0));
                *other = Noted { part: other.part.with(noted.part), used, ..noted };
            }
            None => together.push(noted),
        }
    }
    *uses = together;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(uses: &Uses) -> Vec<(u16, u64)> {
        let mut list: Vec<_> = uses.more().iter().map(|noted| (noted.used.queue(), noted.used.stamp())).collect();
        list.sort_unstable();
        list
    }

    /// Two threads read: one has taken the other's note out, and is late to list it.
    #[test]
    fn a_late_note_does_not_replace_a_newer_one() {
        let uses = Uses::default();
        let late = Noted { part: Part::WHOLE, access: Access::Read, used: Use::new(1, 5) };
        uses.list(Noted { used: Use::new(1, 6), ..late });
        uses.list(late);
        assert_eq!(noted(&uses), [(1, 6)]);
    }

    #[test]
    fn a_write_of_the_whole_ends_the_list() {
        let uses = Uses::default();
        uses.note(1, 1, Part::new(0x1000, 64), Access::Write);
        uses.note(2, 1, Part::new(0x1040, 64), Access::Write);
        uses.note(3, 1, Part::new(0x1000, 64), Access::Read);
        assert_eq!(noted(&uses), [(1, 1), (2, 1), (3, 1)]);
        uses.note(3, 2, Part::WHOLE, Access::Write);
        assert_eq!((noted(&uses), uses.has_more.load(Acquire)), (vec![], false));
    }

    #[test]
    fn the_list_has_an_end() {
        let uses = Uses::default();
        for i in 0..10_000_u64 {
            uses.note((i % 3) as u16, i, Part::new(i * 64, 64), Access::Write);
        }
        assert!(uses.more().len() <= LISTED);
        // Nothing was lost: the last stamp of each context is there, and every address.
        for i in 0..10_000_u64 {
            assert!(
                uses.more().iter().any(|noted| noted.part.contains(Part::new(i * 64, 64)) && noted.used.stamp() >= i)
            );
        }
    }
}
