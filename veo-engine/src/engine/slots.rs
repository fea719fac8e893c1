//! The requests of one context, from submission to result.
//!
//! A request has a sequence number, by which ring and worker know it, and whose place in the ring is that number modulo the
//! number of slots:
//!
//! ```text
//!   seq   0 ········ retired ········ published ········ next
//!         results kept │   in the ring   │   in the backlog │ not submitted yet
//! ```
//!
//! Callers know it by its id. Ids grow along with the sequence numbers, but faster: libveo gives ids to what the host does
//! at once, and several to one transfer.
//!
//! The life of a request:
//!
//! ```text
//!   submit ──► (backlog) ──► in the ring ── worker completes / host thread finishes / worker dies ──► settled
//!                                              settled ── wait, peek: delivered ──► taken
//!                                              settled ── slot needed again ──► kept in `results`
//! ```
//!
//! What is cancelled is settled at once, but keeps its place until the worker has passed it.

mod cancel;
mod results;
mod slot;

use std::collections::VecDeque;
use std::sync::Arc;

use super::args::{Arg, Args, Stack};
use super::context::{Look, NO_MEMORY, Outcome, Refused};
use super::memory::Block;
use super::packed;
use super::process::Process;
use super::replies::{Replies, Reply};
use crate::shared::layout::{self, Command, INLINE_ARGS, Op, SLOTS};
use crate::shared::ring::HostRing;
use results::Results;
use slot::Slot;

/// Blocks up to this size stay with their slot for the next call.
const KEEP_BLOCK: usize = 64 << 10;

/// All requests of a context.
#[derive(Debug)]
pub(super) struct Slots {
    /// The context's number in its process.
    context: u32,
    process: Arc<Process>,
    ring: Arc<HostRing>,
    slots: Box<[Slot]>,
    retired: u64,
    published: u64,
    next: u64,
    next_id: u64,
    /// Requests that found the ring full for too long.
    backlog: VecDeque<(Command, Slot)>,
    /// Results, by id, whose slots were needed again before anybody asked for them.
    results: Results,
    /// Deferred work that is not done yet, in order.
    deferred: VecDeque<u64>,
    replies: Replies,
    /// Calls before this one may have been cancelled.
    cancelled_below: u64,
    /// The worker may still use the blocks, though the context is closed: they stay reserved.
    keep_blocks: bool,
}

impl Slots {
    pub(super) fn new(context: u32, process: Arc<Process>, ring: Arc<HostRing>) -> Self {
        Self {
            context,
            process,
            ring,
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            retired: 0,
            published: 0,
            next: 0,
            next_id: 0,
            backlog: VecDeque::new(),
            results: Results::default(),
            deferred: VecDeque::new(),
            replies: Replies::default(),
            cancelled_below: 0,
            keep_blocks: false,
        }
    }

    pub(super) fn context(&self) -> u32 {
        self.context
    }

    pub(super) fn process(&self) -> &Arc<Process> {
        &self.process
    }

    pub(super) fn ring(&self) -> &Arc<HostRing> {
        &self.ring
    }

    fn slot(&mut self, seq: u64) -> &mut Slot {
        &mut self.slots[(seq % SLOTS) as usize]
    }

    /// The sequence number of the request that was submitted last.
    pub(super) fn last(&self) -> Option<u64> {
        self.next.checked_sub(1)
    }

    /// The id of a request that is in the ring or in the backlog.
    fn id_at(&self, seq: u64) -> Option<u64> {
        if seq < self.published {
            return Some(self.slots[(seq % SLOTS) as usize].id);
        }
        self.backlog.get((seq - self.published) as usize).map(|(_, slot)| slot.id)
    }

    /// The sequence number of the request with this id, if it is in the ring or in the backlog.
    #[inline]
    pub(super) fn find(&self, id: u64) -> Option<u64> {
        let under_way = self.retired..self.next;
        // Right, unless ids were skipped since.
        let guess = id.wrapping_sub(self.next_id - self.next);
        if under_way.contains(&guess) && self.id_at(guess) == Some(id) {
            return Some(guess);
        }
        self.search(id)
    }

    #[cold]
    fn search(&self, id: u64) -> Option<u64> {
        let (mut low, mut high) = (self.retired, self.next);
        if low == high || self.id_at(low).is_none_or(|oldest| id < oldest) {
            return None;
        }
        while low < high {
            let middle = low + (high - low) / 2;
            if self.id_at(middle)? < id { low = middle + 1 } else { high = middle }
        }
        (low < self.next && self.id_at(low) == Some(id)).then_some(low)
    }

    /// The oldest request in the ring, while others wait for its place.
    pub(super) fn bottleneck(&self) -> Option<u64> {
        (!self.backlog.is_empty()).then_some(self.retired)
    }

    /// Whether the next request can go to the ring at once.
    #[inline]
    pub(super) fn has_room(&mut self) -> bool {
        self.backlog.is_empty() && self.make_room()
    }

    /// Whether neither the worker nor the host has anything left to do for this context.
    pub(super) fn is_idle(&self) -> bool {
        let passed = |last| last < self.published && (last < self.retired || self.ring.completion(last).is_some());
        self.deferred.is_empty() && self.last().is_none_or(passed)
    }

    /// Frees the slot of the request that is published next. `false` when the request in it is not complete.
    #[inline]
    fn make_room(&mut self) -> bool {
        if self.published - self.retired < SLOTS {
            return true;
        }
        let oldest = self.retired;
        let passed = self.ring.completion(oldest).is_some() || self.ring.has_ended();
        let slot = self.slot(oldest);
        // What was cancelled may have been taken before the worker has passed it.
        if !slot.taken || slot.deferred.is_some() || slot.settled.is_some() {
            if !passed {
                return false;
            }
            let Some(outcome) = self.settle(oldest) else { return false };
            let slot = self.slot(oldest);
            let id = slot.id;
            if !slot.taken && !slot.discard {
                self.results.insert(id, outcome);
            }
        }
        self.retired += 1;
        self.ring.set_floor(self.retired);
        // What else there is was given up when the request settled, but for the block, which stays for the next call.
        let slot = self.slot(oldest);
        slot.taken = false;
        slot.discard = false;
        slot.call = false;
        slot.deferred = None;
        slot.settled = None;
        slot.value = None;
        true
    }

    /// Moves requests from the backlog to the ring, as far as there is room.
    pub(super) fn pump(&mut self) {
        while !self.backlog.is_empty() && self.make_room() {
            let Some((command, slot)) = self.backlog.pop_front() else { return };
            let seq = self.published;
            let kept = std::mem::replace(self.slot(seq), slot).block;
            match kept {
                Some(block) if self.slot(seq).block.is_some() => drop(self.process.memory().free(block.ve)),
                kept => self.slot(seq).block = self.slot(seq).block.or(kept),
            }
            self.publish(seq, command);
        }
    }

    /// Puts a request into the ring. The command of deferred work stays unpublished until the work is done.
    #[inline]
    fn publish(&mut self, seq: u64, command: Command) {
        self.published = seq + 1;
        if self.ring.has_ended() {
            // The worker may still be at requests whose places these would take.
            return;
        }
        let slot = self.slot(seq);
        match slot.deferred {
            Some(_) if slot.settled.is_none() => {}
            Some(done) => self.ring.publish(seq, done),
            None => self.ring.publish(seq, command),
        }
    }

    /// Submits a call.
    #[inline]
    pub(super) fn call(&mut self, function: u64, list: &[Arg], args: &Args, kept: bool) -> Result<u64, Refused> {
        if self.replies.has_values() {
            self.tell();
        }
        let ids = if args.has_stack() { 1 + self.ids_of_image(list.len(), args.stack()) } else { 1 };
        if !self.has_room() {
            let mut slot = Slot { call: !kept, ..Slot::default() };
            let command = self.block_call(function, list, &mut slot)?;
            return Ok(self.enqueue(Command { kept, ..command }, slot, ids));
        }
        let seq = self.next;
        let mut command = if list.len() <= INLINE_ARGS && !args.has_stack() {
            inline_call(&self.ring, seq, function, list)
        } else {
            let mut slot = std::mem::take(self.slot(seq));
            let command = self.block_call(function, list, &mut slot);
            *self.slot(seq) = slot;
            command?
        };
        command.gap = self.replies.take_gap();
        command.kept = kept;
        self.next += 1;
        self.next_id += ids;
        let id = self.next_id - 1;
        let slot = self.slot(seq);
        slot.id = id;
        slot.call = !kept;
        self.publish(seq, command);
        Ok(id)
    }

    /// The ids that libveo uses up for moving a stack image that is too large for its buffer.
    fn ids_of_image(&self, arguments: usize, stack: Stack) -> u64 {
        self.process.fragments(stack.bytes).of_call(arguments, stack)
    }

    /// Submits a command of which everything is known.
    pub(super) fn order(&mut self, op: Op, target: u64, bytes: &[u8]) -> Result<u64, Refused> {
        let mut slot = Slot::default();
        let mut block = 0;
        if !bytes.is_empty() {
            let room = self.reserve(bytes.len(), &mut slot)?;
            // SAFETY: the block has at least `bytes.len()` bytes, and no command in flight refers to it.
            unsafe { room.host.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
            block = room.ve;
        }
        let count =
            u32::try_from(bytes.len()).ok().filter(|&count| count <= layout::MAX_COUNT).ok_or("it is too long")?;
        Ok(self.enqueue(Command { op, count, target, block, ..Command::NOP }, slot, 1))
    }

    /// Submits a request that changes nothing, and whose value is known.
    pub(super) fn note(&mut self, value: u64) -> u64 {
        let command = Command { count: 1, target: value, ..Command::NOP };
        self.enqueue(command, Slot { value: Some(value), ..Slot::default() }, 1)
    }

    /// Submits a free of VE memory. Done at once if nothing is under way. With `discard`, nobody will ask for its result.
    pub(super) fn free(&mut self, address: u64, discard: bool) -> u64 {
        let foreign = address != 0 && self.process.memory().host(address, 0).is_none();
        let mut slot = Slot { discard, free: (address != 0 && !foreign).then_some(address), ..Slot::default() };
        if self.is_idle()
            && let Some(address) = slot.free.take()
        {
            self.process.memory().free(address);
        }
        if foreign {
            return self.enqueue(Command { op: Op::Free, target: address, ..Command::NOP }, slot, 1);
        }
        self.replies.push(self.next_id, Reply::Empty(1));
        self.enqueue(Command::NOP, slot, 1)
    }

    /// Submits host work that uses up `ids` ids. Its sequence number, and the last of the ids.
    pub(super) fn defer(&mut self, ids: u64, reply: Reply) -> (u64, u64) {
        self.replies.push(self.next_id, reply);
        let id = self.enqueue(Command::NOP, Slot { deferred: Some(Command::NOP), ..Slot::default() }, ids);
        let seq = self.next - 1;
        self.deferred.push_back(seq);
        (seq, id)
    }

    /// Uses up `ids` ids for something that the host does at once.
    pub(super) fn answer(&mut self, ids: u64, reply: Reply) {
        self.next_id += ids;
        self.replies.push(self.next_id - 1, reply);
    }

    /// Has the worker told what the host answered meanwhile.
    #[cold]
    fn tell(&mut self) {
        while let Some(told) = self.replies.pop() {
            let command = Command { count: 1, gap: told.gap, target: told.value, ..Command::NOP };
            self.queue(command, Slot { id: told.id, discard: true, ..Slot::default() });
        }
    }

    /// Submits a request that uses up `ids` ids, of which the last one is its own.
    fn enqueue(&mut self, mut command: Command, mut slot: Slot, ids: u64) -> u64 {
        self.tell();
        command.gap = self.replies.take_gap();
        slot.deferred = slot.deferred.map(|_| command);
        self.next_id += ids;
        slot.id = self.next_id - 1;
        let id = slot.id;
        self.queue(command, slot);
        id
    }

    fn queue(&mut self, command: Command, slot: Slot) {
        self.next += 1;
        self.backlog.push_back((command, slot));
        self.pump();
    }

    /// Host work is done: its place in the ring is given free. `value` is what a kernel may see of it.
    pub(super) fn finish_deferred(&mut self, seq: u64, outcome: Outcome, value: Option<u64>) {
        self.pump();
        if self.deferred.front() == Some(&seq) {
            self.deferred.pop_front();
        } else {
            self.deferred.retain(|&other| other != seq);
        }
        // In the backlog only after the worker's end, when nothing before it was waited for, or if it was cancelled.
        let in_ring = seq < self.published;
        let Some(slot) = self.under_way(seq) else { return };
        slot.settled = Some(outcome);
        if let (Some(command), Some(value)) = (&mut slot.deferred, value) {
            *command = Command { count: 1, target: value, ..*command };
        }
        if in_ring && let Some(command) = slot.deferred {
            self.ring.publish(seq, command);
        }
        self.pump();
    }

    /// A request that is in the ring or in the backlog.
    fn under_way(&mut self, seq: u64) -> Option<&mut Slot> {
        if seq < self.published {
            return Some(self.slot(seq));
        }
        self.backlog.get_mut((seq - self.published) as usize).map(|(_, slot)| slot)
    }

    /// Whether host work up to `seq` is still to be done.
    pub(super) fn has_deferred_to(&self, seq: u64) -> bool {
        self.deferred.front().is_some_and(|&first| first <= seq)
    }

    /// The request to sleep for until this one is complete: itself. But a result of one that has no place in the ring yet is
    /// a kernel's invention; the oldest request in the ring makes room for it.
    pub(super) fn awaited(&self, seq: u64) -> u64 {
        let invented = seq >= self.published && self.ring.completion(seq).is_some();
        if invented { self.retired } else { seq }
    }

    /// Whether this request waits for the host, not for the worker.
    pub(super) fn waits_for_host(&mut self, seq: u64) -> bool {
        let slot = self.slot(seq);
        let unfinished = slot.deferred.is_some() && slot.settled.is_none();
        self.ring.has_ended() || seq < self.published && unfinished
    }

    /// The result of a request, if it is final and was not delivered before.
    pub(super) fn take(&mut self, id: u64) -> Look {
        if !self.backlog.is_empty() {
            self.pump();
        }
        let Some(seq) = self.find(id) else {
            return self.results.remove(&id).map_or(Look::Unknown, Look::Taken);
        };
        let in_ring = seq < self.published;
        let Some(slot) = self.under_way(seq) else { return Look::Unknown };
        if slot.taken || slot.discard {
            return Look::Unknown;
        }
        let settled = slot.settled;
        let Some(outcome) = (if in_ring { self.settle(seq) } else { settled }) else { return Look::Pending };
        if let Some(slot) = self.under_way(seq) {
            slot.taken = true;
        }
        Look::Taken(outcome)
    }

    /// The outcome of a request in the ring, once it has one; with the first look at it, its stack arguments are copied
    /// back and its block is given up.
    fn settle(&mut self, seq: u64) -> Option<Outcome> {
        let slot = &mut self.slots[(seq % SLOTS) as usize];
        if slot.deferred.is_some() || slot.settled.is_some() {
            return slot.settled;
        }
        let outcome = match self.ring.completion(seq) {
            Some((layout::OK, value)) => Outcome::ok(slot.value.unwrap_or(value)),
            // Nobody but the host cancels, whatever a kernel wrote there.
            Some((layout::CANCELLED, _)) if seq < self.cancelled_below => Outcome::CANCELLED,
            Some(_) => Outcome::ERROR,
            None if self.ring.has_ended() => self.process.verdict(self.context, seq),
            None => return None,
        };
        if !slot.copy_back.is_empty() {
            slot.copy_back(outcome.status == layout::OK);
        }
        if let Some(block) = slot.block.take_if(|block| block.capacity > KEEP_BLOCK) {
            self.process.memory().free(block.ve);
        }
        if let Some(address) = slot.free.take() {
            self.process.memory().free(address);
        }
        Some(outcome)
    }

    /// Does the frees of requests that are complete, though nobody asked for their results.
    pub(super) fn reap(&mut self) {
        self.pump();
        for seq in self.retired..self.published {
            if self.slot(seq).deferred.is_none() && self.ring.completion(seq).is_some() && self.settle(seq).is_some() {
                let kept = self.slot(seq).block.take();
                kept.map(|block| self.process.memory().free(block.ve));
            }
        }
    }

    /// Whether no request in the ring is in a state that neither side can have given it.
    pub(super) fn are_sound(&self) -> bool {
        let is_sound = |seq| {
            let slot = &self.slots[(seq % SLOTS) as usize];
            let unpublished = slot.deferred.is_some() && slot.settled.is_none();
            unpublished || self.ring.is_sound(seq)
        };
        self.ring.has_ended()
            || self.ring.cancelled_below() == self.cancelled_below && (self.retired..self.published).all(is_sound)
    }

    /// The worker may go on using the blocks of these requests.
    pub(super) fn keep_blocks(&mut self) {
        self.keep_blocks = true;
    }

    /// A block of at least `size` bytes for a slot, its own if that is large enough.
    fn reserve(&self, size: usize, slot: &mut Slot) -> Result<Block, Refused> {
        if let Some(block) = slot.block {
            if block.capacity >= size {
                return Ok(block);
            }
            self.process.memory().free(block.ve);
            slot.block = None;
        }
        slot.block = self.process.memory().alloc(size.next_multiple_of(1024));
        slot.block.ok_or(NO_MEMORY)
    }

    /// Prepares a call with many arguments, or with stack arguments.
    fn block_call(&self, function: u64, list: &[Arg], slot: &mut Slot) -> Result<Command, Refused> {
        let parts = packed::Layout::of(list)?;
        let block = self.reserve(parts.size, slot)?;
        packed::write(list, parts, block, &mut slot.copy_back);
        let count = list.len() as u32;
        Ok(Command { op: Op::CallByBlock, count, target: function, block: block.ve, ..Command::NOP })
    }
}

impl Drop for Slots {
    fn drop(&mut self) {
        if self.keep_blocks {
            return;
        }
        let backlog = self.backlog.iter_mut().map(|(_, slot)| slot);
        for slot in self.slots.iter_mut().chain(backlog) {
            let block = slot.block.take().map(|block| block.ve);
            for address in block.into_iter().chain(slot.free.take()) {
                self.process.memory().free(address);
            }
        }
    }
}

/// Writes a call without stack arguments into its slot.
#[inline]
fn inline_call(ring: &HostRing, seq: u64, function: u64, list: &[Arg]) -> Command {
    let mut setters = 0;
    for (index, arg) in list.iter().enumerate() {
        if let Arg::Word(word, setter) = *arg {
            ring.set_arg(seq, index, word);
            setters |= (setter as u32) << (2 * index);
        }
    }
    Command { op: Op::Call, count: list.len() as u32, setters, target: function, ..Command::NOP }
}
