//! One context: a queue of requests that a thread of the worker takes in order.

use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use super::args::Args;
use super::deferred::{Hook, HostFunction, Queue, Work};
use super::lock;
use super::process::Process;
use super::replies::Reply;
use super::slots::Slots;
use crate::shared::layout::{self, Op};
use crate::shared::ring::HostRing;

/// A submitter waits so long for room in the ring before the request goes to the backlog: back-pressure for kernels that
/// are shorter than their submission, and no hang behind one that never returns.
const BACK_PRESSURE: Duration = Duration::from_millis(5);

/// The command state of a request that was cancelled. libveo has none for that.
pub(crate) const COMMAND_CANCELLED: u8 = 4;

/// What became of a request: libveo's command state and the value that goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) status: u8,
    pub(crate) value: u64,
}

impl Outcome {
    pub(crate) const ERROR: Self = Self { status: layout::ERROR, value: 0 };

    /// Ended before it was begun, by [`Context::cancel`].
    pub(crate) const CANCELLED: Self = Self { status: COMMAND_CANCELLED, value: 0 };

    pub(crate) const fn ok(value: u64) -> Self {
        Self { status: layout::OK, value }
    }

    pub(crate) const fn exception(value: u64) -> Self {
        Self { status: layout::EXCEPTION, value }
    }
}

/// What was ended before it had begun.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Cancelled {
    /// How many requests.
    pub count: usize,
    /// The host functions among them, which will not be called.
    pub functions: Vec<HostFunction>,
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

/// Why a submission was refused.
pub(crate) type Refused = &'static str;

/// No memory is left for the arguments.
pub(super) const NO_MEMORY: Refused = "no VE memory is left for its arguments";

/// How long closing waits for those who were woken to take their results.
const SLEEPERS_LEAVE: Duration = Duration::from_secs(1);

/// How long a submission waits for memory that is about to be freed.
const MEMORY_PATIENCE: Duration = Duration::from_millis(100);

const ENDED: Refused = "the VE process or the context has ended";

/// A context. Contexts are never freed, since a C handle may be used after its end: what remains is this husk.
#[derive(Debug)]
pub(crate) struct Context {
    state: Mutex<Option<Live>>,
    /// Somebody wants the state while a waiter spins with it.
    wanted: AtomicBool,
    /// A request block ended, deferred work finished, or the process ended.
    changed: Condvar,
}

/// What a context has while it is open.
#[derive(Debug)]
struct Live {
    slots: Slots,
    /// The owner of the open request block, and how often it was begun.
    block: Option<(ThreadId, u32)>,
    queue: Option<Arc<Queue>>,
    /// Threads that sleep until their request is final. Closing leaves them the time to take its result.
    sleepers: usize,
}

impl Context {
    /// Makes the context with ring `index` of a process.
    pub(crate) fn new(index: u32, process: Arc<Process>, ring: HostRing) -> &'static Self {
        let live = Live { slots: Slots::new(index, process, Arc::new(ring)), block: None, queue: None, sleepers: 0 };
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

    fn sleep<'g>(&self, guard: MutexGuard<'g, Option<Live>>, limit: Duration) -> MutexGuard<'g, Option<Live>> {
        self.changed.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0
    }

    // ---- submission ----

    /// Calls `function`. A call that is `kept` is not cancelled.
    #[inline]
    pub(crate) fn call(&'static self, function: u64, args: &Args, kept: bool) -> Result<u64, Refused> {
        let list = args.list().ok_or("an argument below the last one was never set")?;
        if function == 0 {
            return Err("the function's address is 0");
        }
        match self.submit(|slots| slots.call(function, list, args, kept)) {
            Err(NO_MEMORY) => {
                // Perhaps it is only waiting to be freed.
                self.quiesce(Some(Instant::now() + MEMORY_PATIENCE));
                self.process().ok_or(ENDED)?.reap();
                self.submit(|slots| slots.call(function, list, args, kept))
            }
            submitted => submitted,
        }
    }

    /// Asks the worker for `op`, with `bytes` in the request's block.
    pub(crate) fn order(&'static self, op: Op, target: u64, bytes: &[u8]) -> Result<u64, Refused> {
        self.submit(|slots| slots.order(op, target, bytes))
    }

    /// Frees VE memory when everything submitted so far is complete, with `hook` called after it.
    pub(crate) fn free(&'static self, address: u64, hook: Option<Hook>) -> Result<u64, Refused> {
        let id = self.submit(|slots| Ok(slots.free(address, hook.is_some())))?;
        match hook {
            // The request that stands for both comes second, as in libveo.
            Some(hook) => self.defer(Work::Freed { address, hook }),
            None => Ok(id),
        }
    }

    /// Allocates VE memory, with `hook` called after it.
    pub(crate) fn alloc(&'static self, size: usize, hook: Option<Hook>) -> Result<u64, Refused> {
        let process = self.process().ok_or(ENDED)?;
        // At once, if there is neither a hook that must come in turn, nor memory that must be freed first.
        let Some(block) = hook.is_none().then(|| process.memory().alloc(size)).flatten() else {
            return self.defer(Work::Alloc { size, hook });
        };
        let submitted = self.submit(|slots| Ok(slots.note(block.ve)));
        if submitted.is_err() {
            process.memory().free(block.ve);
        }
        submitted
    }

    /// Queues work for the host thread.
    pub(crate) fn defer(&'static self, work: Work) -> Result<u64, Refused> {
        let mut guard = self.enter()?;
        let live = guard.as_mut().ok_or(ENDED)?;
        let queue = Arc::clone(live.host_thread(self)?);
        let (ids, reply) = work.ids(live.slots.process());
        let (seq, id) = live.slots.defer(ids, reply);
        queue.push(seq, work);
        Ok(id)
    }

    /// Uses up `ids` ids for something that the host does at once, without waiting for its turn.
    pub(crate) fn answer(&self, ids: u64, reply: Reply) -> Result<(), Refused> {
        let mut guard = self.admit()?;
        guard.as_mut().ok_or(ENDED)?.slots.answer(ids, reply);
        Ok(())
    }

    /// Uses up `ids` ids for something that the host does as soon as everything submitted before is complete, and waits
    /// until then.
    pub(crate) fn turn(&self, ids: u64, reply: Reply) -> Result<(), Refused> {
        let mut guard = self.admit()?;
        let slots = &mut guard.as_mut().ok_or(ENDED)?.slots;
        slots.answer(ids, reply);
        let last = if slots.is_idle() { None } else { slots.last() };
        drop(guard);
        if let Some(last) = last {
            self.drain_to(last, None);
        }
        Ok(())
    }

    #[inline]
    fn submit(&'static self, prepare: impl FnOnce(&mut Slots) -> Result<u64, Refused>) -> Result<u64, Refused> {
        let mut guard = self.enter()?;
        let live = guard.as_mut().ok_or(ENDED)?;
        if !live.slots.has_room() {
            // Somebody must move the backlog on, even if nobody submits or waits any more. (Before the submission: what
            // is refused must not run.)
            live.host_thread(self)?;
        }
        let id = prepare(&mut live.slots)?;
        if live.slots.bottleneck().is_some() {
            live.host_thread(self)?.wake();
        }
        Ok(id)
    }

    /// Locks the state for a submission, outside of other threads' request blocks.
    #[inline]
    fn admit(&self) -> Result<MutexGuard<'_, Option<Live>>, Refused> {
        let mut guard = self.lock();
        loop {
            let live = guard.as_mut().ok_or(ENDED)?;
            if live.slots.ring().has_ended() {
                return Err(ENDED);
            }
            if live.block.is_none_or(|(owner, _)| owner == std::thread::current().id()) {
                return Ok(guard);
            }
            guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The same, if possible with room in the ring.
    #[inline]
    fn enter(&self) -> Result<MutexGuard<'_, Option<Live>>, Refused> {
        let mut guard = self.admit()?;
        let live = guard.as_mut().ok_or(ENDED)?;
        if live.slots.has_room() || live.slots.bottleneck().is_some() || live.is_on_host_thread() {
            return Ok(guard);
        }
        let ring = Arc::clone(live.slots.ring());
        let oldest = live.slots.last().map_or(0, |last| (last + 1).saturating_sub(layout::SLOTS));
        drop(guard);
        ring.wait_for(oldest, Some(Instant::now() + BACK_PRESSURE));
        self.admit()
    }

    // ---- results ----

    /// Looks at a request without waiting; takes its result if it is final.
    pub(crate) fn peek(&self, id: u64) -> Look {
        self.lock().as_mut().map_or(Look::Unknown, |live| live.slots.take(id))
    }

    /// Waits until a request is final, and takes its result.
    pub(crate) fn wait(&self, id: u64) -> Look {
        let mut guard = self.lock();
        loop {
            let Some(live) = guard.as_mut() else { return Look::Unknown };
            let look = live.slots.take(id);
            if look != Look::Pending {
                return look;
            }
            let Some(seq) = live.slots.find(id) else { return Look::Unknown };
            let seq = live.slots.awaited(seq);
            let for_host = live.slots.waits_for_host(seq);
            if !for_host && live.slots.ring().spin_for(seq, || self.wanted.load(Relaxed)) {
                continue;
            }
            live.sleepers += 1;
            if for_host {
                guard = self.changed.wait(guard).unwrap_or_else(PoisonError::into_inner);
            } else {
                let ring = Arc::clone(live.slots.ring());
                let stirs = ring.stirs();
                drop(guard);
                ring.wait_for_result(seq, stirs);
                guard = self.lock();
            }
            if let Some(live) = guard.as_mut() {
                live.sleepers -= 1;
                if live.sleepers == 0 && live.slots.ring().has_ended() {
                    self.changed.notify_all();
                }
            }
        }
    }

    /// Waits until everything submitted so far is complete.
    pub(crate) fn sync(&self) {
        if self.turn(1, Reply::Unseen).is_err() {
            self.quiesce(None);
        }
    }

    /// Waits until everything that was submitted is complete, without submitting anything. From a host function of this
    /// context it means what came before that.
    pub(crate) fn quiesce(&self, deadline: Option<Instant>) -> bool {
        let last = match self.lock().as_ref() {
            Some(live) if !live.slots.is_idle() => live.slots.last(),
            _ => None,
        };
        last.is_none_or(|last| self.drain_to(last, deadline))
    }

    /// Waits until the worker has passed request `seq`, and until all host work up to it is done. The latter is never
    /// concluded from what the worker says, nor from its end: host work uses memory of the host.
    fn drain_to(&self, seq: u64, deadline: Option<Instant>) -> bool {
        let ring = match self.lock().as_ref() {
            None => return true,
            Some(live) if live.is_on_host_thread() => return true,
            Some(live) => Arc::clone(live.slots.ring()),
        };
        ring.wait_for(seq, deadline);
        let mut guard = self.lock();
        loop {
            let Some(live) = guard.as_mut() else { return true };
            if !live.slots.has_deferred_to(seq) {
                return ring.is_settled(seq);
            }
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            if left.is_some_and(|left| left.is_zero()) {
                return false;
            }
            guard = self.sleep(guard, left.unwrap_or(Duration::from_secs(3600)));
        }
    }

    /// Ends every call, transfer and host function that has not begun; what else is queued stays, and so do the host
    /// functions that `keeps`. Gives how many there were, and those of the functions.
    pub(crate) fn cancel(&self, keeps: &mut dyn FnMut(HostFunction) -> bool) -> Cancelled {
        let mut guard = self.lock();
        let Some(live) = guard.as_mut().filter(|live| !live.slots.ring().has_ended()) else {
            return Cancelled::default();
        };
        let (dropped, functions) = live.queue.as_ref().map(|queue| queue.cancel(keeps)).unwrap_or_default();
        let count = live.slots.cancel(&dropped);
        drop(guard);
        self.changed.notify_all();
        Cancelled { count, functions }
    }

    /// Does the frees that are due.
    pub(crate) fn reap(&self) {
        if let Some(live) = self.lock().as_mut() {
            live.slots.reap();
        }
    }

    // ---- for the host thread ----

    /// Moves the backlog on. The request whose completion makes more room, if there is still a backlog.
    pub(super) fn pump(&self) -> Option<u64> {
        let mut guard = self.lock();
        let live = guard.as_mut()?;
        live.slots.pump();
        live.slots.bottleneck()
    }

    /// The host thread has done the work of request `seq`. `value` is what a kernel may see of it.
    pub(super) fn finish_deferred(&self, seq: u64, outcome: Outcome, value: Option<u64>) {
        if let Some(live) = self.lock().as_mut() {
            live.slots.finish_deferred(seq, outcome, value);
        }
        self.changed.notify_all();
    }

    // ---- request blocks ----

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
                Some(_) if live.slots.ring().has_ended() => return,
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

    // ---- state and end ----

    /// Whether the context is open and its process alive.
    pub(crate) fn is_running(&self) -> bool {
        self.lock().as_ref().is_some_and(|live| !live.slots.ring().has_ended())
    }

    /// Whether the caller is a host function of this context: then waiting for the worker would be waiting for oneself.
    pub(crate) fn is_on_host_thread(&self) -> bool {
        self.lock().as_ref().is_some_and(Live::is_on_host_thread)
    }

    /// Its number in its process, while it is open.
    pub(super) fn number(&self) -> Option<u32> {
        self.lock().as_ref().map(|live| live.slots.context())
    }

    /// Whether its ring is as host and worker left it. If not, they may wait for each other for ever.
    pub(super) fn is_sound(&self) -> bool {
        self.lock().as_ref().is_none_or(|live| live.slots.are_sound())
    }

    /// The process it belongs to, while it is open.
    pub(crate) fn process(&self) -> Option<Arc<Process>> {
        self.lock().as_ref().map(|live| Arc::clone(live.slots.process()))
    }

    /// Lets every waiter see that the process has ended.
    pub(crate) fn end(&self) {
        if let Some(live) = self.lock().as_ref() {
            live.slots.ring().end();
            if let Some(queue) = &live.queue {
                queue.wake();
            }
        }
        self.changed.notify_all();
    }

    /// Closes the context: every later use of it fails. Host work that is still queued ends first. `quiet` says whether
    /// the worker has finished everything.
    pub(crate) fn close(&self, quiet: bool) {
        self.end();
        let queue = self.lock().as_mut().and_then(|live| live.queue.take());
        if let Some(queue) = queue {
            queue.close();
        }
        let live = self.lock_without_sleepers().take();
        if let Some(mut live) = live
            && !quiet
        {
            live.slots.keep_blocks();
        }
        self.changed.notify_all();
    }

    /// Locks the state when nobody sleeps any more of those that the end has woken: what they wait for goes with the state.
    fn lock_without_sleepers(&self) -> MutexGuard<'_, Option<Live>> {
        let deadline = Instant::now() + SLEEPERS_LEAVE;
        let mut guard = self.lock();
        while guard.as_ref().is_some_and(|live| live.sleepers > 0) {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break;
            }
            guard = self.sleep(guard, left);
        }
        guard
    }
}

impl Live {
    /// The context's host thread, started at its first use.
    fn host_thread(&mut self, context: &'static Context) -> Result<&Arc<Queue>, Refused> {
        match &mut self.queue {
            Some(queue) => Ok(queue),
            none => {
                let ring = Arc::clone(self.slots.ring());
                let queue = Queue::start(context, Arc::clone(self.slots.process()), ring);
                Ok(none.insert(queue.ok_or("the system has no thread left for it")?))
            }
        }
    }

    fn is_on_host_thread(&self) -> bool {
        self.queue.as_ref().is_some_and(|queue| queue.is_current())
    }
}
