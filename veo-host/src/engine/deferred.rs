//! The host thread of a context. It does what the host does itself, in order with the calls: transfers and host functions.
//!
//! Such a request takes its place in the ring like a call, but its command stays unpublished, so that the worker stops in
//! front of it. The thread waits until everything before it is complete, does the work, and has an empty command published
//! in its place. It also moves the backlog on, when the ring was full for long.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, ThreadId};

use super::context::{Context, Outcome};
use super::lock;
use super::process::Process;
use crate::shared::ring::HostRing;

/// One piece of work.
#[derive(Debug)]
pub(crate) enum Work {
    /// Call a host function. It runs even if the worker has died: what waits for it must not wait for ever.
    Function { function: unsafe extern "C" fn(*mut c_void) -> u64, argument: *mut c_void },
    /// Copy VE memory to the host.
    Read { to: *mut u8, from: u64, len: usize },
    /// Copy host memory to the VE.
    Write { to: u64, from: *const u8, len: usize },
}

// SAFETY: the C API's contract makes the pointers usable from the thread that does the work, until the request is final.
unsafe impl Send for Work {}

/// The queue between a context and its host thread.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    thread: OnceLock<ThreadId>,
}

#[derive(Debug, Default)]
struct State {
    work: VecDeque<(u64, Work)>,
    /// There is a backlog to move on.
    woken: bool,
    closed: bool,
    handle: Option<JoinHandle<()>>,
}

/// What the thread does next.
enum Task {
    Work(u64, Work),
    Pump,
    End,
}

impl Queue {
    /// Starts the host thread of `context`. `None` when the system has no thread left.
    pub(crate) fn start(context: &'static Context, process: Arc<Process>, ring: Arc<HostRing>) -> Option<Arc<Self>> {
        let queue = Arc::new(Self::default());
        let run = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("veo-context".into());
        let handle = thread.spawn(move || run.run(context, &process, &ring)).ok()?;
        queue.thread.get_or_init(|| handle.thread().id());
        lock(&queue.state).handle = Some(handle);
        Some(queue)
    }

    /// Whether the caller runs on this thread.
    pub(crate) fn is_current(&self) -> bool {
        self.thread.get() == Some(&std::thread::current().id())
    }

    pub(crate) fn push(&self, id: u64, work: Work) {
        lock(&self.state).work.push_back((id, work));
        self.changed.notify_one();
    }

    /// Has the thread look at the backlog.
    pub(crate) fn wake(&self) {
        let mut state = lock(&self.state);
        if !state.woken {
            state.woken = true;
            self.changed.notify_one();
        }
    }

    /// Waits until all queued work is done, so that nobody's buffers are touched afterwards, and ends the thread.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let handle = state.handle.take();
        drop(state);
        self.changed.notify_one();
        // A host function may close its own context; its thread then ends by itself.
        if let Some(handle) = handle.filter(|_| !self.is_current()) {
            let _ = handle.join();
        }
    }

    fn run(&self, context: &Context, process: &Process, ring: &HostRing) {
        loop {
            match self.next() {
                Task::Work(id, work) => {
                    if let Some(before) = id.checked_sub(1) {
                        Self::reach(context, ring, before);
                    }
                    let outcome = work.run(process);
                    context.finish_deferred(id, outcome);
                }
                Task::Pump => {
                    if let Some(oldest) = context.pump()
                        && !ring.has_ended()
                    {
                        ring.wait_for(oldest, None);
                        self.wake();
                    }
                }
                Task::End => return,
            }
        }
    }

    /// Waits until request `id` is complete, moving the backlog on as long as it stands in between.
    fn reach(context: &Context, ring: &HostRing, id: u64) {
        while !ring.is_settled(id) {
            let next = context.pump().map_or(id, |oldest| oldest.min(id));
            ring.wait_for(next, None);
        }
    }

    fn next(&self) -> Task {
        let mut state = lock(&self.state);
        loop {
            if let Some((id, work)) = state.work.pop_front() {
                return Task::Work(id, work);
            }
            if state.closed {
                return Task::End;
            }
            if std::mem::take(&mut state.woken) {
                return Task::Pump;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Work {
    fn run(self, process: &Process) -> Outcome {
        let done = match self {
            Self::Function { function, argument } => {
                // SAFETY: the submitter of a host function vouches that it may be called once with this argument.
                return Outcome::ok(unsafe { function(argument) });
            }
            // SAFETY: the submitter of a transfer keeps its host range valid until the request is final.
            Self::Read { to, from, len } => unsafe { process.read(to, from, len) },
            // SAFETY: as above.
            Self::Write { to, from, len } => unsafe { process.write(to, from, len) },
        };
        // The values that libveo reports for a transfer that failed.
        let failure = if matches!(self, Self::Read { .. }) { -13_i64 } else { -12 };
        match done {
            Ok(()) => Outcome::ok(0),
            Err(_) if process.has_ended() => Outcome::ERROR,
            Err(_) => Outcome::exception(failure.cast_unsigned()),
        }
    }
}
