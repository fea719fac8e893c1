//! The requests of one context, from submission to result.
//!
//! A request's id is its number, and its place in the ring is the id modulo the number of slots:
//!
//! ```text
//!   ids   0 ········ retired ········ published ········ next
//!         results kept │   in the ring   │   in the backlog │ not submitted yet
//! ```
//!
//! The life of a request:
//!
//! ```text
//!   submit ──► (backlog) ──► in the ring ── worker completes / host thread finishes / worker dies ──► settled
//!                                              settled ── wait, peek: delivered ──► taken
//!                                              settled ── slot needed again ──► kept in `results`
//! ```

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use super::args::{Arg, Args};
use super::context::{Look, NO_MEMORY, Outcome, Refused};
use super::memory::Block;
use super::process::Process;
use crate::shared::layout::{self, Command, INLINE_ARGS, Op, SLOTS, Setter};
use crate::shared::ring::HostRing;

/// Blocks up to this size stay with their slot for the next call.
const KEEP_BLOCK: usize = 64 << 10;

/// libveo's limit for the stack arguments of one call.
const MAX_STACK_IMAGE: usize = 63 << 20;

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
    /// Requests that found the ring full for too long.
    backlog: VecDeque<(Command, Slot)>,
    /// Results whose slots were needed again before anybody asked for them.
    results: HashMap<u64, Outcome, BuildHasherDefault<IdHasher>>,
    /// Deferred work that is not done yet, in order.
    deferred: VecDeque<u64>,
    /// The worker may still use the blocks, though the context is closed: they stay reserved.
    keep_blocks: bool,
}

/// What the host keeps about one request.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// The result was delivered.
    taken: bool,
    /// Host work: not the worker's completion counts, but `settled`.
    deferred: bool,
    settled: Option<Outcome>,
    /// The result of a request that the host answered at submission.
    value: Option<u64>,
    /// The block of VE memory in use, or kept for the next call.
    block: Option<Block>,
    copy_back: Vec<CopyBack>,
    /// Freed when the request is complete.
    free: Option<u64>,
}

/// An OUT or INOUT stack argument.
#[derive(Debug)]
struct CopyBack {
    from: *const u8,
    to: *mut u8,
    len: usize,
}

// SAFETY: `from` points into VE memory, which lives as long as the process; `to` is the caller's buffer, which the C API
// obliges them to keep valid, for any thread, until the request is final.
unsafe impl Send for CopyBack {}

/// Ids are counted up, so one multiplication spreads them well enough.
#[derive(Debug, Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write_u64(&mut self, id: u64) {
        self.0 = id.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u64(self.0 ^ u64::from(byte));
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
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
            backlog: VecDeque::new(),
            results: HashMap::default(),
            deferred: VecDeque::new(),
            keep_blocks: false,
        }
    }

    pub(super) fn process(&self) -> &Arc<Process> {
        &self.process
    }

    pub(super) fn ring(&self) -> &Arc<HostRing> {
        &self.ring
    }

    fn slot(&mut self, id: u64) -> &mut Slot {
        &mut self.slots[(id % SLOTS) as usize]
    }

    /// The request that was submitted last.
    pub(super) fn last(&self) -> Option<u64> {
        self.next.checked_sub(1)
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
        if !self.slot(oldest).taken || self.slot(oldest).deferred {
            if !passed {
                return false;
            }
            let Some(outcome) = self.settle(oldest) else { return false };
            if !self.slot(oldest).taken {
                self.results.insert(oldest, outcome);
            }
        }
        self.retired += 1;
        self.ring.set_floor(self.retired);
        // What else there is was given up when the request settled, but for the block, which stays for the next call.
        let slot = self.slot(oldest);
        slot.taken = false;
        slot.deferred = false;
        slot.settled = None;
        slot.value = None;
        true
    }

    /// Moves requests from the backlog to the ring, as far as there is room.
    pub(super) fn pump(&mut self) {
        while !self.backlog.is_empty() && self.make_room() {
            let Some((command, slot)) = self.backlog.pop_front() else { return };
            let id = self.published;
            let kept = std::mem::replace(self.slot(id), slot).block;
            match kept {
                Some(block) if self.slot(id).block.is_some() => drop(self.process.memory().free(block.ve)),
                kept => self.slot(id).block = self.slot(id).block.or(kept),
            }
            self.publish(id, command);
        }
    }

    /// Puts a request into the ring. The command of deferred work stays unpublished until the work is done.
    #[inline]
    fn publish(&mut self, id: u64, command: Command) {
        self.published = id + 1;
        if !self.slot(id).deferred || self.slot(id).settled.is_some() {
            self.ring.publish(id, command);
        }
    }

    /// Submits a call.
    #[inline]
    pub(super) fn call(&mut self, function: u64, list: &[Arg], args: &Args) -> Result<u64, Refused> {
        let id = self.next;
        if !self.has_room() {
            let mut slot = Slot::default();
            let command = self.block_call(function, list, &mut slot)?;
            return Ok(self.enqueue(command, slot));
        }
        let command = if list.len() <= INLINE_ARGS && !args.has_stack() {
            inline_call(&self.ring, id, function, list)
        } else {
            let mut slot = std::mem::take(self.slot(id));
            let command = self.block_call(function, list, &mut slot);
            *self.slot(id) = slot;
            command?
        };
        self.next += 1;
        self.publish(id, command);
        Ok(id)
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
        let count = u32::try_from(bytes.len()).map_err(|_| "it is too long")?;
        Ok(self.enqueue(Command { op, count, setters: 0, target, block }, slot))
    }

    /// Submits a request that changes nothing, and whose value is known.
    pub(super) fn note(&mut self, value: u64) -> u64 {
        self.enqueue(Command::NOP, Slot { value: Some(value), ..Slot::default() })
    }

    /// Submits a free of VE memory. Done at once if nothing is under way.
    pub(super) fn free(&mut self, address: u64) -> u64 {
        if address != 0 && self.process.memory().host(address, 0).is_none() {
            return self.enqueue(Command { op: Op::Free, target: address, ..Command::NOP }, Slot::default());
        }
        let mut slot = Slot { free: (address != 0).then_some(address), ..Slot::default() };
        if self.is_idle()
            && let Some(address) = slot.free.take()
        {
            self.process.memory().free(address);
        }
        self.enqueue(Command::NOP, slot)
    }

    /// Submits host work.
    pub(super) fn defer(&mut self) -> u64 {
        let id = self.enqueue(Command::NOP, Slot { deferred: true, ..Slot::default() });
        self.deferred.push_back(id);
        id
    }

    fn enqueue(&mut self, command: Command, slot: Slot) -> u64 {
        let id = self.next;
        self.next += 1;
        self.backlog.push_back((command, slot));
        self.pump();
        id
    }

    /// Host work is done: its place in the ring is given free.
    pub(super) fn finish_deferred(&mut self, id: u64, outcome: Outcome) {
        self.pump();
        self.deferred.retain(|&other| other != id);
        if id < self.published {
            self.slot(id).settled = Some(outcome);
            self.ring.publish(id, Command::NOP);
        } else if let Some((_, slot)) = self.backlog.get_mut((id - self.published) as usize) {
            // Only after the worker's end: nothing before it was waited for.
            slot.settled = Some(outcome);
        }
        self.pump();
    }

    /// Whether host work up to `id` is still to be done.
    pub(super) fn has_deferred_to(&self, id: u64) -> bool {
        self.deferred.front().is_some_and(|&first| first <= id)
    }

    /// Whether the result of this request comes from the host, not from the worker.
    pub(super) fn waits_for_host(&mut self, id: u64) -> bool {
        if id < self.published {
            return self.slot(id).deferred || self.ring.has_ended();
        }
        self.ring.has_ended()
    }

    /// The result of a request, if it is final and was not delivered before.
    pub(super) fn take(&mut self, id: u64) -> Look {
        if id >= self.next {
            return Look::Unknown;
        }
        if id >= self.published {
            self.pump();
        }
        if id >= self.published {
            return Look::Pending;
        }
        if id < self.retired {
            return self.results.remove(&id).map_or(Look::Unknown, Look::Taken);
        }
        if self.slot(id).taken {
            return Look::Unknown;
        }
        let Some(outcome) = self.settle(id) else { return Look::Pending };
        self.slot(id).taken = true;
        Look::Taken(outcome)
    }

    /// The outcome of a request in the ring, once it has one; with the first look at it, its stack arguments are copied
    /// back and its block is given up.
    fn settle(&mut self, id: u64) -> Option<Outcome> {
        let slot = &mut self.slots[(id % SLOTS) as usize];
        if slot.deferred {
            return slot.settled;
        }
        let outcome = match self.ring.completion(id) {
            Some((layout::OK, value)) => Outcome::ok(slot.value.unwrap_or(value)),
            Some(_) => Outcome::ERROR,
            None if self.ring.has_ended() => self.process.verdict(self.context, id),
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
        for id in self.retired..self.published {
            if self.ring.completion(id).is_some()
                && let Some(address) = self.slot(id).free.take()
            {
                self.process.memory().free(address);
            }
        }
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

    /// Prepares a call with many arguments, or with stack arguments: words, setters and images go into the block.
    fn block_call(&self, function: u64, list: &[Arg], slot: &mut Slot) -> Result<Command, Refused> {
        const TOO_LARGE: &str = "its stack arguments exceed 63 MiB: put large data into VE buffers";
        let setters_at = 8 * list.len();
        let images_at = setters_at + list.len().next_multiple_of(8);
        let mut size = images_at;
        for arg in list {
            if let Arg::Stack { len, .. } = arg {
                size = len.checked_next_multiple_of(8).and_then(|len| size.checked_add(len)).ok_or(TOO_LARGE)?;
            }
        }
        if size - images_at > MAX_STACK_IMAGE {
            return Err(TOO_LARGE);
        }
        let block = self.reserve(size.max(8), slot)?;
        let mut image_at = images_at;
        for (index, arg) in list.iter().enumerate() {
            let (word, setter) = match *arg {
                Arg::Word(word, setter) => (word, setter),
                Arg::Stack { .. } | Arg::Hole => (block.ve + image_at as u64, Setter::Integer),
            };
            let word_at = block.host.wrapping_add(8 * index).cast::<u64>();
            // SAFETY: the block is 64-byte aligned and has 8 bytes for each argument at its start.
            unsafe { word_at.write(word) };
            let setter_at = block.host.wrapping_add(setters_at + index);
            // SAFETY: one byte for each argument follows the words.
            unsafe { setter_at.write(setter as u8) };
            if let Arg::Stack { buffer, len, intent } = *arg {
                let image = block.host.wrapping_add(image_at);
                image_at += len.next_multiple_of(8);
                if len == 0 {
                    continue;
                }
                if intent.copy_in {
                    // SAFETY: the caller's buffer has `len` bytes to read at submission; the image has room for them.
                    unsafe { image.copy_from_nonoverlapping(buffer, len) };
                } else {
                    // SAFETY: the image has `len` bytes.
                    unsafe { image.write_bytes(0, len) };
                }
                if intent.copy_out {
                    slot.copy_back.push(CopyBack { from: image, to: buffer, len });
                }
            }
        }
        let count = u32::try_from(list.len()).map_err(|_| TOO_LARGE)?;
        Ok(Command { op: Op::CallByBlock, count, setters: 0, target: function, block: block.ve })
    }
}

impl Slot {
    /// Gives the OUT and INOUT stack arguments up, copied to the caller if `wanted`.
    fn copy_back(&mut self, wanted: bool) {
        for item in self.copy_back.drain(..) {
            if wanted {
                // SAFETY: `from` has `len` bytes in the slot's block, which is still reserved; the caller keeps `to` valid
                // until the request is final, which it becomes with this very look.
                unsafe { item.to.copy_from_nonoverlapping(item.from, item.len) };
            }
        }
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
fn inline_call(ring: &HostRing, id: u64, function: u64, list: &[Arg]) -> Command {
    let mut setters = 0;
    for (index, arg) in list.iter().enumerate() {
        if let Arg::Word(word, setter) = *arg {
            ring.set_arg(id, index, word);
            setters |= (setter as u32) << (2 * index);
        }
    }
    Command { op: Op::Call, count: list.len() as u32, setters, target: function, block: 0 }
}
