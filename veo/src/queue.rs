//! The queue behind a context: submissions in order, and the results that nobody waited for.

use std::any::Any;
use std::collections::VecDeque;
use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, MutexGuard};

use crate::api::{Api, ContextHandle, Pack, ProcHandle, State};
use crate::error::{Error, Result};
use crate::host_fn::{PanicText, panicked};
use crate::lock::lock;
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
    /// On an engine that does not watch its processes.
    watch: Option<Arc<Watched>>,
    submitter: Mutex<Submitter>,
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
    #[expect(dead_code, reason = "it is only kept alive")]
    pub(crate) keep: Option<Box<dyn Any + Send>>,
    /// Where a host function leaves the text of its panic.
    pub(crate) panic: Option<PanicText>,
}

impl Queue {
    pub(crate) fn new(api: Api, proc: ProcHandle, handle: ContextHandle, index: u16) -> Result<Arc<Self>> {
        let watch = if api.is_host() { None } else { watch::of(proc) };
        let submitter = Submitter { pack: Pack::new(api)?, stamp: 0, abandoned: VecDeque::new(), error: None };
        let queue = Arc::new(Self {
            api,
            proc,
            handle,
            index,
            watch,
            submitter: Mutex::new(submitter),
            visits: Arc::default(),
            completed: AtomicU64::new(0),
        });
        if let Some(watch) = &queue.watch {
            watch.note_context(&queue);
        }
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

    /// Locks the queue for one submission.
    #[inline]
    pub(crate) fn submitter(&self) -> MutexGuard<'_, Submitter> {
        lock(&self.submitter)
    }

    /// Everything up to `stamp` is complete.
    #[inline]
    pub(crate) fn note_done(&self, stamp: u64) {
        // Not `fetch_max`, which costs more: a race may lose the larger stamp, but that only makes a later use wait.
        if self.completed.load(Acquire) < stamp {
            self.completed.store(stamp, Release);
        }
    }

    #[inline]
    pub(crate) fn is_done(&self, stamp: u64) -> bool {
        self.completed.load(Acquire) >= stamp
    }

    /// Waits until everything submitted so far is complete.
    pub(crate) fn drain(&self) {
        let stamp = self.submitter().stamp;
        if self.is_done(stamp) {
            return;
        }
        match self.visit() {
            Some(_visit) => self.api.context_sync(self.handle),
            // Closing it finishes the requests.
            None => self.visits.wait_for_end(),
        }
        self.note_done(stamp);
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
        self.api.context_close(self.handle);
        self.visits.close();
    }

    /// Queues a host function. Its id and stamp; `None` when the engine refuses.
    pub(crate) fn submit_host(&self, callback: Arc<dyn Callback>) -> Option<(u64, u64)> {
        let promises = self.watch.as_ref().map(|watch| &watch.promises);
        let mut submitter = self.submitter();
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

    /// Takes over a request that nobody will wait for.
    pub(crate) fn abandon(&self, request: Abandoned) {
        let mut submitter = self.submitter();
        submitter.abandoned.push_back(request);
        if submitter.abandoned.len() >= SWEEP_FROM {
            self.sweep(submitter);
        }
    }

    /// Takes over an error that nobody will ask for.
    pub(crate) fn abandon_error(&self, error: Error) {
        self.submitter().note(error);
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
            self.note_done(request.stamp);
            let panic = request.panic.as_ref().and_then(|panic| panic.get()).map(|text| panicked(text));
            if let Err(error) = request.what.outcome(self, *state).and_then(|_| panic.map_or(Ok(()), Err)) {
                submitter.note(error);
            }
        }
        drop(submitter);
        // What was kept for them may be foreign objects, whose drops may want this queue.
        drop(finished);
        all
    }

    /// Waits for everything, and gives the first error that nobody collected.
    pub(crate) fn sync(&self) -> Result<()> {
        let stamp = self.submitter().stamp;
        self.api.context_sync(self.handle);
        self.note_done(stamp);
        self.sweep(self.submitter());
        self.submitter().error.take().map_or(Ok(()), Err)
    }

    /// Whether every request of this queue is known to be final; on the embedded engine, every one that was dropped.
    pub(crate) fn is_quiet(&self) -> bool {
        let last = self.submitter().stamp;
        // One that was forgotten may run for ever, and closing waits for it.
        self.sweep(self.submitter()) && (self.api.is_host() || self.is_done(last))
    }

    /// The cause of a refused submission.
    #[cold]
    pub(crate) fn refusal(&self, what: What) -> Error {
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
