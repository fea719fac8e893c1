//! Work that the host does itself, in order with the calls of its context: transfers and host functions.
//!
//! Such a request takes its place in the ring like a call, but its command stays unpublished, so that the worker stops in
//! front of it. The context's host thread waits until everything before it is complete, does the work, and publishes an
//! empty command in its place.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;

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
}

#[derive(Debug, Default)]
struct State {
    work: VecDeque<(u64, Work)>,
    closed: bool,
    thread: Option<JoinHandle<()>>,
}

impl Queue {
    /// Starts the host thread of `context`. `None` when the system has no thread left.
    pub(crate) fn start(context: &'static Context, process: Arc<Process>, ring: Arc<HostRing>) -> Option<Arc<Self>> {
        let queue = Arc::new(Self::default());
        let run = Arc::clone(&queue);
        let thread = std::thread::Builder::new().name("veo-context".into());
        let thread = thread.spawn(move || run.run(context, &process, &ring)).ok()?;
        lock(&queue.state).thread = Some(thread);
        Some(queue)
    }

    pub(crate) fn push(&self, id: u64, work: Work) {
        lock(&self.state).work.push_back((id, work));
        self.changed.notify_one();
    }

    /// Waits until all queued work is done, so that nobody's buffers are touched afterwards, and ends the thread.
    pub(crate) fn close(&self) {
        let mut state = lock(&self.state);
        state.closed = true;
        let thread = state.thread.take();
        drop(state);
        self.changed.notify_one();
        // A host function may close its own context; its thread then ends by itself.
        if let Some(thread) = thread.filter(|thread| thread.thread().id() != std::thread::current().id()) {
            let _ = thread.join();
        }
    }

    fn run(&self, context: &Context, process: &Process, ring: &HostRing) {
        while let Some((id, work)) = self.next() {
            if let Some(before) = id.checked_sub(1) {
                ring.wait_for(before, None);
            }
            let outcome = work.run(process);
            context.finish_deferred(id, outcome);
        }
    }

    fn next(&self) -> Option<(u64, Work)> {
        let mut state = lock(&self.state);
        loop {
            if let Some(work) = state.work.pop_front() {
                return Some(work);
            }
            if state.closed {
                return None;
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
