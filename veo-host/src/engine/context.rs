//! One context: a queue of requests that a thread of the worker takes in order.
//!
//! A request's id is its place in the ring. The life of a slot:
//!
//! ```text
//!            submit                 worker completes / host thread finishes / worker dies
//!   (free) ─────────► in flight ────────────────────────────────────────────► settled
//!                                                                               │ wait, peek: result delivered → taken
//!                                                                               │ slot needed again: result kept in `results`
//! ```

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::args::{Arg, Args};
use super::deferred::{Queue, Work};
use super::lock;
use super::memory::{Block, Freed};
use super::process::Process;
use crate::shared::layout::{self, Command, INLINE_ARGS, Op, SLOTS, Setter};
use crate::shared::ring::HostRing;

/// Blocks up to this size stay with their slot for the next call.
const KEEP_BLOCK: usize = 64 << 10;

/// libveo's limit for the stack arguments of one call.
const MAX_STACK_IMAGE: usize = 63 << 20;

/// What became of a request: libveo's command state and the value that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: u8,
    pub(crate) value: u64,
}

impl Outcome {
    pub(crate) const ERROR: Self = Self { status: layout::ERROR, value: 0 };

    pub(crate) const fn ok(value: u64) -> Self {
        Self { status: layout::OK, value }
    }

    pub(crate) const fn exception(value: u64) -> Self {
        Self { status: layout::EXCEPTION, value }
    }
}

/// The answer to a look at a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    /// The result; the id is used up.
    Taken(Outcome),
    /// Not final yet.
    Pending,
    /// No such request, or its result was taken before.
    Unknown,
}

/// A context. Contexts are never freed, since a C handle may be used after its end: what remains is this husk.
#[derive(Debug)]
pub(crate) struct Context {
    state: Mutex<Option<Live>>,
    /// Somebody wants the state while a waiter spins with it.
    wanted: AtomicBool,
    /// A request block ended, or a piece of deferred work finished.
    changed: Condvar,
}

/// What a context has while it is open.
#[derive(Debug)]
struct Live {
    index: u32,
    process: Arc<Process>,
    ring: Arc<HostRing>,
    next: u64,
    slots: Box<[Slot]>,
    /// Results whose slots were needed again before anybody asked for them.
    results: HashMap<u64, Outcome, BuildHasherDefault<IdHasher>>,
    /// The owner of the open request block, and how often it was begun.
    block: Option<(ThreadId, u32)>,
    queue: Option<Arc<Queue>>,
}

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

/// What the host keeps about the request in one place of the ring.
#[derive(Debug, Default)]
struct Slot {
    /// The result was delivered.
    taken: bool,
    /// Host work: not the worker's completion counts, but `settled`.
    deferred: bool,
    settled: Option<Outcome>,
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

impl Context {
    /// Makes the context with ring `index` of a process.
    pub(crate) fn new(index: u32, process: Arc<Process>, ring: HostRing) -> &'static Self {
        let live = Live {
            index,
            process,
            ring: Arc::new(ring),
            next: 0,
            slots: (0..SLOTS).map(|_| Slot::default()).collect(),
            results: HashMap::default(),
            block: None,
            queue: None,
        };
        let (state, wanted, changed) = (Mutex::new(Some(live)), AtomicBool::new(false), Condvar::new());
        Box::leak(Box::new(Self { state, wanted, changed }))
    }

    /// Locks the state; a waiter that spins with it lets it go.
    #[inline]
    fn lock(&self) -> MutexGuard<'_, Option<Live>> {
        if let Ok(guard) = self.state.try_lock() {
            return guard;
        }
        self.wanted.store(true, Relaxed);
        let guard = lock(&self.state);
        self.wanted.store(false, Relaxed);
        guard
    }

    /// Calls `function`. `None` when that is not possible: no arguments, a hole in them, too much on the stack, a context
    /// that has ended.
    pub(crate) fn call(&self, function: u64, args: &Args) -> Option<u64> {
        let list = args.list()?;
        if function == 0 {
            return None;
        }
        self.submit(|live, id| {
            if list.len() <= INLINE_ARGS && !args.has_stack() {
                return Some(inline_call(&live.ring, id, function, list));
            }
            live.block_call(id, function, list)
        })
    }

    /// Asks the worker for `op`, with `bytes` in the request's block.
    pub(crate) fn order(&self, op: Op, target: u64, bytes: &[u8]) -> Option<u64> {
        self.submit(|live, id| {
            let mut block = 0;
            if !bytes.is_empty() {
                let room = live.room(id, bytes.len())?;
                // SAFETY: the block has at least `bytes.len()` bytes, and no command in flight refers to it.
                unsafe { room.host.copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
                block = room.ve;
            }
            Some(Command { op, count: u32::try_from(bytes.len()).ok()?, setters: 0, target, block })
        })
    }

    /// Frees VE memory when everything submitted so far is complete.
    pub(crate) fn free(&self, address: u64) -> Option<u64> {
        self.submit(|live, id| {
            if address == 0 {
                return Some(Command::NOP);
            }
            if live.process.memory().host(address, 0).is_none() {
                return Some(Command { op: Op::Free, target: address, ..Command::NOP });
            }
            live.slot(id).free = Some(address);
            Some(Command::NOP)
        })
    }

    /// A request that is complete at once with `value`, in order with the others.
    pub(crate) fn note(&self, value: u64) -> Option<u64> {
        self.submit(|live, id| {
            let slot = live.slot(id);
            slot.deferred = true;
            slot.settled = Some(Outcome::ok(value));
            Some(Command::NOP)
        })
    }

    /// Queues work for the host thread.
    pub(crate) fn defer(&'static self, work: Work) -> Option<u64> {
        let mut guard = self.enter()?;
        let live = guard.as_mut()?;
        if live.queue.is_none() {
            live.queue = Queue::start(self, Arc::clone(&live.process), Arc::clone(&live.ring));
        }
        let queue = Arc::clone(live.queue.as_ref()?);
        let id = live.take_id();
        live.slot(id).deferred = true;
        queue.push(id, work);
        Some(id)
    }

    /// The host thread has done the work of request `id`.
    pub(crate) fn finish_deferred(&self, id: u64, outcome: Outcome) {
        let mut guard = self.lock();
        if let Some(live) = guard.as_mut() {
            live.slot(id).settled = Some(outcome);
            live.ring.publish(id, Command::NOP);
            live.ring.wake_worker();
        }
        drop(guard);
        self.changed.notify_all();
    }

    fn submit(&self, prepare: impl FnOnce(&mut Live, u64) -> Option<Command>) -> Option<u64> {
        let mut guard = self.enter()?;
        let live = guard.as_mut()?;
        let id = live.next;
        let command = prepare(live, id)?;
        live.take_id();
        live.ring.publish(id, command);
        live.ring.wake_worker();
        Some(id)
    }

    /// Locks the state with a free slot for the next request, outside of other threads' request blocks. `None` when the
    /// context or its process has ended.
    #[inline]
    fn enter(&self) -> Option<MutexGuard<'_, Option<Live>>> {
        let mut guard = self.lock();
        loop {
            let live = guard.as_mut()?;
            if live.ring.has_ended() {
                return None;
            }
            if live.block.is_some_and(|(owner, _)| owner != std::thread::current().id()) {
                guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            if live.make_room() {
                return Some(guard);
            }
            let ring = Arc::clone(&live.ring);
            let oldest = live.next - SLOTS;
            drop(guard);
            ring.wait_for(oldest, None);
            guard = self.lock();
        }
    }

    /// Looks at a request without waiting; takes its result if it is final.
    pub(crate) fn peek(&self, id: u64) -> Look {
        self.lock().as_mut().map_or(Look::Unknown, |live| live.take(id))
    }

    /// Waits until a request is final, and takes its result. [`Look::Pending`] only after the deadline.
    pub(crate) fn wait(&self, id: u64, deadline: Option<Instant>) -> Look {
        let mut guard = self.lock();
        loop {
            let Some(live) = guard.as_mut() else {
                return Look::Unknown;
            };
            let look = live.take(id);
            if look == Look::Pending && !live.slot(id).deferred && live.ring.spin_for(id, || self.wanted.load(Relaxed))
            {
                return live.take(id);
            }
            if look != Look::Pending || deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                return look;
            }
            if live.slot(id).deferred {
                let nap = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
                let nap = nap.min(Duration::from_secs(3600));
                guard = self.changed.wait_timeout(guard, nap).unwrap_or_else(PoisonError::into_inner).0;
            } else {
                let ring = Arc::clone(&live.ring);
                drop(guard);
                ring.wait_for(id, deadline);
                guard = self.lock();
            }
        }
    }

    /// Waits until everything submitted so far is complete. Says whether it was before the deadline.
    pub(crate) fn sync(&self, deadline: Option<Instant>) -> bool {
        // An ended context has nothing left to wait for.
        self.note(0).is_none_or(|id| {
            let done = self.drain_to(id, deadline);
            self.peek(id);
            done
        })
    }

    /// Waits until the worker has passed request `id`. Says whether it has, or never will.
    fn drain_to(&self, id: u64, deadline: Option<Instant>) -> bool {
        let ring = self.lock().as_ref().map(|live| Arc::clone(&live.ring));
        ring.is_none_or(|ring| {
            ring.wait_for(id, deadline);
            ring.is_settled(id)
        })
    }

    /// Waits until the worker has passed everything that was submitted. Submits nothing itself.
    pub(crate) fn quiesce(&self, deadline: Option<Instant>) -> bool {
        let last = self.lock().as_ref().and_then(|live| live.next.checked_sub(1));
        last.is_none_or(|last| self.drain_to(last, deadline))
    }

    /// Begins a request block: submissions by other threads wait until it ends.
    pub(crate) fn begin_block(&self) {
        let me = std::thread::current().id();
        let mut guard = self.lock();
        while let Some(live) = guard.as_mut() {
            match &mut live.block {
                Some((owner, depth)) if *owner == me => {
                    *depth += 1;
                    return;
                }
                Some(_) => guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner),
                block => {
                    *block = Some((me, 1));
                    return;
                }
            }
        }
    }

    /// Ends a request block. Without a begin in this thread it does nothing.
    pub(crate) fn end_block(&self) {
        let mut guard = self.lock();
        let Some(live) = guard.as_mut() else { return };
        match &mut live.block {
            Some((owner, depth)) if *owner == std::thread::current().id() => {
                *depth -= 1;
                if *depth == 0 {
                    live.block = None;
                }
            }
            _ => return,
        }
        drop(guard);
        self.changed.notify_all();
    }

    /// Whether the context is open and its process alive.
    pub(crate) fn is_running(&self) -> bool {
        self.lock().as_ref().is_some_and(|live| !live.ring.has_ended())
    }

    /// The process it belongs to, while it is open.
    pub(crate) fn process(&self) -> Option<Arc<Process>> {
        self.lock().as_ref().map(|live| Arc::clone(&live.process))
    }

    /// Lets every waiter see that the process has ended.
    pub(crate) fn end(&self) {
        let ring = self.lock().as_ref().map(|live| Arc::clone(&live.ring));
        if let Some(ring) = ring {
            ring.end();
        }
        self.changed.notify_all();
    }

    /// Closes the context: every later use of it fails. Host work that is still queued ends first.
    pub(crate) fn close(&self) {
        self.end();
        let queue = self.lock().as_mut().and_then(|live| live.queue.take());
        if let Some(queue) = queue {
            queue.close();
        }
        let live = self.lock().take();
        drop(live);
        self.changed.notify_all();
    }
}

impl Live {
    fn slot(&mut self, id: u64) -> &mut Slot {
        &mut self.slots[(id % SLOTS) as usize]
    }

    fn take_id(&mut self) -> u64 {
        let id = self.next;
        self.slot(id).taken = false;
        self.next += 1;
        id
    }

    /// Retires the request whose slot comes next. `false` when it is not complete.
    #[inline]
    fn make_room(&mut self) -> bool {
        let Some(oldest) = self.next.checked_sub(SLOTS) else {
            return true;
        };
        if !self.slot(oldest).taken {
            if self.ring.completion(oldest).is_none() {
                return false;
            }
            let Some(outcome) = self.settle(oldest) else {
                return false;
            };
            self.results.insert(oldest, outcome);
        } else if self.slot(oldest).deferred && self.ring.completion(oldest).is_none() {
            return false;
        }
        self.ring.set_floor(oldest + 1);
        let slot = self.slot(oldest);
        slot.deferred = false;
        slot.settled = None;
        true
    }

    fn take(&mut self, id: u64) -> Look {
        if id >= self.next {
            return Look::Unknown;
        }
        if id + SLOTS < self.next {
            return self.results.remove(&id).map_or(Look::Unknown, Look::Taken);
        }
        if self.slot(id).taken {
            return Look::Unknown;
        }
        let Some(outcome) = self.settle(id) else {
            return Look::Pending;
        };
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
        let completed = self.ring.completion(id);
        let outcome = match completed {
            Some((status, value)) => Outcome { status, value },
            None if self.ring.has_ended() => self.process.verdict(self.index, id),
            None => return None,
        };
        for item in slot.copy_back.drain(..) {
            if outcome.status == layout::OK {
                // SAFETY: `from` has `len` bytes in the slot's block, which is still reserved; the caller keeps `to` valid
                // until the request is final, which it becomes with this very look.
                unsafe { item.to.copy_from_nonoverlapping(item.from, item.len) };
            }
        }
        if let Some(block) = slot.block.take_if(|block| block.capacity > KEEP_BLOCK) {
            self.process.memory().free(block.ve);
        }
        if let Some(address) = slot.free.take() {
            self.process.memory().free(address);
        }
        Some(outcome)
    }

    /// A block of at least `size` bytes for the request that comes next.
    fn room(&mut self, id: u64, size: usize) -> Option<Block> {
        let slot = &mut self.slots[(id % SLOTS) as usize];
        if let Some(block) = slot.block {
            if block.capacity >= size {
                return Some(block);
            }
            let freed = self.process.memory().free(block.ve);
            debug_assert_eq!(freed, Freed::Done);
            slot.block = None;
        }
        slot.block = self.process.memory().alloc(size.next_multiple_of(1024));
        slot.block
    }

    /// Prepares a call with many arguments, or with stack arguments: words, setters and images go into the block.
    fn block_call(&mut self, id: u64, function: u64, list: &[Arg]) -> Option<Command> {
        let setters_at = 8 * list.len();
        let mut size = setters_at + list.len().next_multiple_of(8);
        let images_at = size;
        for arg in list {
            if let Arg::Stack { len, .. } = arg {
                size = size.checked_add(len.checked_next_multiple_of(8)?)?;
            }
        }
        if size - images_at > MAX_STACK_IMAGE {
            return None;
        }
        let block = self.room(id, size)?;
        let mut image_at = images_at;
        for (index, arg) in list.iter().enumerate() {
            let (word, setter) = match *arg {
                Arg::Word(word, setter) => (word, setter),
                Arg::Stack { .. } => (block.ve + image_at as u64, Setter::Integer),
                Arg::Hole => return None,
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
                    self.slot(id).copy_back.push(CopyBack { from: image, to: buffer, len });
                }
            }
        }
        Some(Command {
            op: Op::Call,
            count: u32::try_from(list.len()).ok()?,
            setters: 0,
            target: function,
            block: block.ve,
        })
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        for slot in &mut self.slots {
            if let Some(block) = slot.block.take() {
                self.process.memory().free(block.ve);
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
