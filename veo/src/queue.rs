//! The queue behind a context: submissions in order, and the results that nobody waited for.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use crate::api::{Api, ContextHandle, Pack, ProcHandle, State};
use crate::batch::{Owner, PutOff};
use crate::creator;
use crate::error::{Error, Result};
use crate::host_fn::{PanicText, panicked};
use crate::limit::{Blocked, Limit};
use crate::lock::lock;
use crate::notify::Notify;
use crate::observe;
use crate::promise::{Callback, Given};
use crate::request::What;
use crate::visit::{Visit, Visits};
use crate::watch::{self, Watched};

/// Results that nobody waits for are collected when so many have come together.
const SWEEP_FROM: usize = 32;

/// A context's queue.
///
/// Each submission gets a *stamp*, counted from 1. Requests run in order, so once one is known to be complete, all with
/// smaller stamps are, too; buffers note the stamps of their last uses.
pub(crate) struct Queue {
    pub(crate) api: Api,
    pub(crate) proc: ProcHandle,
    pub(crate) handle: ContextHandle,
    /// Its place in the process; 0 is the main context.
    pub(crate) index: u16,
    /// A number that no other queue has had.
    pub(crate) id: u64,
    /// The most that a blocking call may take.
    pub(crate) deadline: Option<Duration>,
    /// Whether there is a deadline, or a batch open. Else waiting needs no care.
    careful: AtomicBool,
    /// How often requests were cancelled.
    pub(crate) cancels: AtomicU64,
    /// On an engine that does not watch its processes.
    watch: Option<Arc<Watched>>,
    submitter: Mutex<Submitter>,
    /// The queue belongs to nobody any more, or its owner waits.
    pub(crate) freed: Condvar,
    /// Uses of the handle by others than the holders of the context.
    visits: Arc<Visits>,
    /// The largest stamp that is known to be complete.
    completed: AtomicU64,
}

/// What submissions need, one thread at a time. Its lock makes the order of stamps the order of the queue.
pub(crate) struct Submitter {
    pub(crate) pack: Pack,
    /// Submissions so far.
    stamp: u64,
    /// The thread to which the queue belongs for a time.
    pub(crate) owner: Option<Owner>,
    /// Submissions of other threads until then.
    pub(crate) put_off: Vec<PutOff>,
    abandoned: VecDeque<Abandoned>,
    /// The first error that nobody collected.
    error: Option<Error>,
}

/// A request whose handle was dropped before it was final.
pub(crate) struct Abandoned {
    pub(crate) id: u64,
    pub(crate) stamp: u64,
    pub(crate) what: What,
    /// Memory that libveo may still use.
    pub(crate) keep: Option<Box<dyn Any + Send>>,
    /// Where a host function leaves the text of its panic.
    pub(crate) panic: Option<PanicText>,
    /// Whoever waited was given an error.
    pub(crate) told: bool,
}

impl Queue {
    pub(crate) fn new(
        api: Api,
        proc: ProcHandle,
        handle: ContextHandle,
        index: u16,
        deadline: Option<Duration>,
    ) -> Result<Arc<Self>> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let watch = if api.is_host() { None } else { watch::of(proc) };
        let submitter = Submitter {
            pack: Pack::new(api)?,
            stamp: 0,
            owner: None,
            put_off: Vec::new(),
            abandoned: VecDeque::new(),
            error: None,
        };
        let queue = Arc::new(Self {
            api,
            proc,
            handle,
            index,
            id: NEXT_ID.fetch_add(1, Relaxed),
            deadline,
            careful: AtomicBool::new(deadline.is_some()),
            cancels: AtomicU64::new(0),
            watch,
            submitter: Mutex::new(submitter),
            freed: Condvar::new(),
            visits: Arc::default(),
            completed: AtomicU64::new(0),
        });
        if let Some(watch) = &queue.watch {
            watch.note_context(&queue);
        }
        observe::opened(&queue);
        Ok(queue)
    }

    /// Whether libveo knows that the process has ended.
    pub(crate) fn knows_the_end(&self) -> bool {
        self.api.knows_the_end(self.handle)
    }

    /// Whether it takes no more requests, as far as that is known.
    pub(crate) fn has_ended(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.has_ended()) || self.api.context_has_ended(self.handle)
    }

    /// Locks the queue, whomever it belongs to. For a submission there is [`turn`](Self::turn).
    #[inline]
    pub(crate) fn locked(&self) -> MutexGuard<'_, Submitter> {
        lock(&self.submitter)
    }

    /// The limit of one blocking call.
    #[inline]
    pub(crate) fn limit(&self) -> Limit {
        Limit::new(self.deadline)
    }

    /// Whether there is a deadline, or a batch open.
    #[inline]
    pub(crate) fn is_careful(&self) -> bool {
        self.careful.load(Relaxed)
    }

    /// A batch was opened, or the last one ended.
    pub(crate) fn be_careful(&self, batch: bool) {
        self.careful.store(batch || self.deadline.is_some(), Relaxed);
    }

    /// Everything up to `stamp` is complete.
    #[inline]
    pub(crate) fn note_done(&self, stamp: u64) {
        // Not `fetch_max`, which costs more: a race may lose the larger stamp, but that only makes a later use wait.
        if self.completed.load(Acquire) < stamp {
            self.completed.store(stamp, Release);
        }
    }

    /// A request is final. One that was cancelled says nothing of those before it.
    #[inline]
    pub(crate) fn note_final(&self, stamp: u64, state: State) {
        if state != State::Cancelled {
            self.note_done(stamp);
        }
    }

    #[inline]
    pub(crate) fn is_done(&self, stamp: u64) -> bool {
        self.completed.load(Acquire) >= stamp
    }

    /// Waits until everything submitted so far is complete.
    pub(crate) fn drain(&self) {
        let stamp = self.locked().stamp;
        if self.is_done(stamp) {
            return;
        }
        match self.visit() {
            Some(_visit) => self.api.context_sync(self.handle),
            // Closing it finishes the requests.
            None => {
                self.visits.wait_for_end(None);
            }
        }
        self.note_done(stamp);
    }

    /// Waits until the request with this stamp is complete, and what else was submitted.
    pub(crate) fn drain_to(&self, stamp: u64, limit: &Limit) -> Result<(), Blocked> {
        match creator::place_in(self.id) {
            None => self.drain_within(limit),
            Some(own) if stamp > own => Err(Blocked::Behind),
            Some(_) => Ok(()),
        }
    }

    /// The same within a limit.
    pub(crate) fn drain_within(&self, limit: &Limit) -> Result<(), Blocked> {
        if !limit.is_set() {
            self.drain();
            return Ok(());
        }
        let stamp = self.locked().stamp;
        if self.is_done(stamp) {
            return Ok(());
        }
        let finished = match self.visit() {
            Some(_visit) => self.finishes_within(limit),
            None => self.visits.wait_for_end(limit.left()),
        };
        if !finished {
            return Err(limit.late());
        }
        self.note_done(stamp);
        Ok(())
    }

    /// Waits until everything submitted so far is complete. `false` when the limit is over before.
    pub(crate) fn finishes_within(&self, limit: &Limit) -> bool {
        // A host function would wait for itself; what is before it is complete.
        if creator::place_in(self.id).is_some() {
            return true;
        }
        let Some(notify) = Notify::submit(self) else {
            // It has ended, so this ends, too.
            self.api.context_sync(self.handle);
            return true;
        };
        while !notify.has_fired() {
            let left = limit.left().unwrap_or(Duration::MAX);
            if left.is_zero() {
                return false;
            }
            notify.wait(left, notify.stirs());
        }
        notify.note_stamp(self);
        true
    }

    /// Whether everything that was submitted is known to be complete.
    pub(crate) fn is_drained(&self) -> bool {
        let last = self.locked().stamp;
        // A host function is itself what is not complete.
        self.is_done(last) || creator::place_in(self.id).is_some()
    }

    /// Keeps the context open for those who do not hold it. `None` when it is being closed.
    pub(crate) fn visit(&self) -> Option<Visit> {
        self.visits.enter()
    }

    /// From now on only those who visit already may use the handle, and [`close`](Self::close). Says whether there are any.
    pub(crate) fn start_closing(&self) -> bool {
        self.visits.start_closing()
    }

    /// Finishes the requests and closes the context.
    pub(crate) fn close(&self) {
        self.visits.wait_for_visitors();
        observe::closing(self);
        self.api.context_close(self.handle);
        self.visits.close();
    }

    /// Queues a host function. Its id and stamp; `None` when the engine refuses.
    pub(crate) fn submit_host(&self, submitter: &mut Submitter, callback: Arc<dyn Callback>) -> Option<(u64, u64)> {
        let promises = self.watch.as_ref().map(|watch| &watch.promises);
        callback.placed(submitter.stamp + 1);
        let given = match promises {
            Some(promises) => promises.note(callback)?,
            None => Given::new(callback),
        };
        // SAFETY: the function was made to be called once with its argument, from any thread.
        let id = unsafe { self.api.call_async_vh(self.handle, given.function, given.argument) };
        if id.is_none() {
            // SAFETY: the engine has refused it, so it is not called.
            unsafe { given.take_back(promises) };
        }
        id.map(|id| (id, submitter.next_stamp()))
    }

    /// Queues a host function of our own, whose result interests nobody, behind everything that was submitted so far. `false`
    /// when the engine refuses. It waits for nobody: during another thread's batch it is put off.
    pub(crate) fn queue_own(&self, callback: Arc<dyn Callback>) -> bool {
        let mut submitter = self.locked();
        if submitter.foreign_owner().is_some() {
            submitter.put_off.push(PutOff::Host(callback));
            return true;
        }
        let submitted = self.submit_own(&mut submitter, &callback);
        self.sweep_if_due(submitter);
        submitted
    }

    pub(crate) fn submit_own(&self, submitter: &mut Submitter, callback: &Arc<dyn Callback>) -> bool {
        let Some((id, stamp)) = self.submit_host(submitter, Arc::clone(callback)) else { return false };
        submitter.abandoned.push_back(Abandoned::unwatched(id, stamp, What::HostFunction));
        true
    }

    /// Queues a free behind everything that was submitted so far.
    pub(crate) fn free(&self, address: u64) {
        let mut submitter = self.locked();
        if submitter.foreign_owner().is_some() {
            // This may be a drop, which must not wait.
            return submitter.put_off.push(PutOff::Free(address));
        }
        let Some(id) = self.submit_free(&mut submitter, address) else { return };
        observe::submitted(self, submitter, What::Free { address }, id, || 0);
        self.sweep_if_due(self.locked());
    }

    pub(crate) fn submit_free(&self, submitter: &mut Submitter, address: u64) -> Option<u64> {
        let Ok(id) = self.api.free_mem_async(self.handle, address) else {
            // A libveo without asynchronous freeing: it waits for the main context's queue at least.
            self.api.free_mem(self.proc, address);
            return None;
        };
        let stamp = submitter.next_stamp();
        // Refused: the process has ended, and its memory with it.
        if let Some(id) = id {
            submitter.abandoned.push_back(Abandoned::unwatched(id, stamp, What::Free { address }));
        }
        id
    }

    /// Takes over a request that nobody will wait for.
    pub(crate) fn abandon(&self, request: Abandoned) {
        let mut submitter = self.locked();
        submitter.abandoned.push_back(request);
        self.sweep_if_due(submitter);
    }

    /// Collects the results of abandoned requests, if there are many.
    pub(crate) fn sweep_if_due(&self, submitter: MutexGuard<'_, Submitter>) {
        if submitter.abandoned.len() >= SWEEP_FROM {
            self.sweep(submitter);
        }
    }

    /// Takes over an error that nobody will ask for.
    pub(crate) fn abandon_error(&self, error: Error) {
        self.locked().note(error);
    }

    /// Collects the results of abandoned requests that are final. Says whether all were.
    fn sweep(&self, mut submitter: MutexGuard<'_, Submitter>) -> bool {
        let mut finished = Vec::new();
        while let Some(request) = submitter.abandoned.front() {
            let state = self.api.peek_result(self.handle, request.id);
            if state == State::Unfinished {
                break;
            }
            finished.extend(submitter.abandoned.pop_front().map(|request| (request, state)));
        }
        let all = submitter.abandoned.is_empty();
        for (request, state) in &finished {
            self.note_final(request.stamp, *state);
            let panic = request.panic.as_ref().and_then(|panic| panic.get()).map(|text| panicked(text));
            let outcome = request.what.outcome(self, request.id, *state).and_then(|_| panic.map_or(Ok(()), Err));
            if let Err(error) = outcome
                && !request.told
            {
                submitter.note(error);
            }
        }
        drop(submitter);
        // What was kept for them may be foreign objects, whose drops may want this queue.
        for (request, state) in finished {
            if state == State::Cancelled {
                self.let_go(request.what, request.keep);
            }
        }
        all
    }

    /// Waits for everything, and gives the first error that nobody collected.
    pub(crate) fn sync(&self) -> Result<()> {
        let _waiting = observe::sync(self);
        // For a host function: what is before it. libveo would wait for ever.
        if let Some(own) = creator::place_in(self.id) {
            return self.collect_to(own.saturating_sub(1));
        }
        let stamp = self.locked().stamp;
        self.api.context_sync(self.handle);
        self.collect_to(stamp)
    }

    /// The same within a limit: `false` when that is over before.
    pub(crate) fn sync_within(&self, limit: &Limit) -> Result<bool> {
        if creator::place_in(self.id).is_some() {
            return self.sync().map(|()| true);
        }
        let stamp = self.locked().stamp;
        if !self.finishes_within(limit) {
            return Ok(false);
        }
        self.collect_to(stamp).map(|()| true)
    }

    /// Everything up to `stamp` is complete: gives the first error that nobody collected.
    fn collect_to(&self, stamp: u64) -> Result<()> {
        self.note_done(stamp);
        self.sweep(self.locked());
        self.locked().error.take().map_or(Ok(()), Err)
    }

    /// Whether every request of this queue is known to be final; on the embedded engine, every one that was dropped.
    pub(crate) fn is_quiet(&self) -> bool {
        let last = self.locked().stamp;
        // One that was forgotten may run for ever, and closing waits for it.
        self.sweep(self.locked()) && (self.api.is_host() || self.is_done(last))
    }

    /// The cause of a refused submission.
    #[cold]
    pub(crate) fn refusal(&self, what: What) -> Error {
        observe::refused(self, what);
        let report = self.api.report(self.proc);
        if report.is_some() {
            return what.ended(report);
        }
        let reason = self.api.last_error();
        Error::Refused {
            operation: what.to_string(),
            reason: reason.unwrap_or_else(|| {
                "the engine takes no more requests here: the process or the context has ended, or the stack arguments exceed 63 MiB or the VE memory that is left".into()
            }),
        }
    }
}

impl Abandoned {
    /// A request of ours, whose result interests nobody.
    fn unwatched(id: u64, stamp: u64, what: What) -> Self {
        Self { id, stamp, what, keep: None, panic: None, told: false }
    }
}

impl Submitter {
    fn note(&mut self, error: Error) {
        tracing::error!(target: "veo::call", %error, "a request failed, and nobody waited for it");
        self.error.get_or_insert(error);
    }

    /// The stamp of the submission that is being made.
    #[inline]
    pub(crate) fn next_stamp(&mut self) -> u64 {
        self.stamp += 1;
        self.stamp
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("index", &self.index).finish_non_exhaustive()
    }
}
