//! The host thread of a context. It does what the host does itself, in order with the calls: transfers and host functions.
//!
//! Such a request takes its place in the ring like a call, but its command stays unpublished, so that the worker stops in
//! front of it. The thread waits until everything before it is complete, does the work, and has an empty command published
//! in its place. It also moves the backlog on, when the ring was full for long.

use std::collections::VecDeque;
use std::ffi::c_void;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{JoinHandle, ThreadId};

use super::context::{Context, Outcome};
use super::lock;
use super::process::Process;
use super::replies::Reply;
use crate::shared::ring::HostRing;

/// One piece of work.
pub(crate) enum Work {
    /// Call a host function. It runs even if the worker has died: what waits for it must not wait for ever.
    Function(HostFunction),
    /// Copy VE memory to the host.
    Read { to: *mut u8, from: u64, len: usize },
    /// Copy host memory to the VE.
    Write { to: u64, from: *const u8, len: usize },
    /// Allocate VE memory; what is freed before it in the queue is there to be allocated. Then tell the hook.
    Alloc { size: usize, hook: Option<Hook> },
    /// VE memory was freed: tell the hook.
    Freed { address: u64, hook: Hook },
}

/// A host function with its argument.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct HostFunction {
    /// The function.
    pub function: unsafe extern "C" fn(*mut c_void) -> u64,
    /// What it is called with.
    pub argument: *mut c_void,
}

impl HostFunction {
    pub(crate) fn new(function: unsafe extern "C" fn(*mut c_void) -> u64, argument: *mut c_void) -> Self {
        Self { function, argument }
    }
}

/// What is called after memory was allocated or freed, with its address.
pub(crate) type Hook = Box<dyn FnOnce(u64) + Send>;

// SAFETY: the C API's contract makes the pointers usable from the thread that does the work, until the request is final.
unsafe impl Send for Work {}

impl fmt::Debug for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Function(_) => "Function",
            Self::Read { .. } => "Read",
            Self::Write { .. } => "Write",
            Self::Alloc { .. } => "Alloc",
            Self::Freed { .. } => "Freed",
        })
    }
}

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
    /// The work of this request, when its turn has come, and if it was not cancelled by then.
    Work(u64),
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

    pub(crate) fn push(&self, seq: u64, work: Work) {
        lock(&self.state).work.push_back((seq, work));
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
                Task::Work(seq) => {
                    if let Some(before) = seq.checked_sub(1) {
                        Self::reach(context, ring, before);
                    }
                    let Some(work) = self.take(seq) else { continue };
                    let is_alloc = matches!(work, Work::Alloc { .. });
                    let outcome = work.run(context, process);
                    context.finish_deferred(seq, outcome, is_alloc.then_some(outcome.value));
                }
                Task::Pump => {
                    if let Some(oldest) = context.pump()
                        && !ring.has_ended()
                    {
                        // The oldest may be host work, which is then in this queue: nobody else would do it.
                        if lock(&self.state).work.is_empty() {
                            ring.wait_for(oldest, None);
                        }
                        self.wake();
                    }
                }
                Task::End => return,
            }
        }
    }

    /// Waits until request `seq` is complete, moving the backlog on as long as it stands in between.
    fn reach(context: &Context, ring: &HostRing, seq: u64) {
        while !ring.is_settled(seq) {
            let next = context.pump().map_or(seq, |oldest| oldest.min(seq));
            ring.wait_for(next, None);
        }
    }

    /// Takes the work of request `seq`. From now on it is begun.
    fn take(&self, seq: u64) -> Option<Work> {
        let mut state = lock(&self.state);
        let (_, work) = state.work.pop_front_if(|(next, _)| *next == seq)?;
        Some(work)
    }

    /// Takes back what has not begun of transfers and host functions, but for those functions that `keeps`: the requests,
    /// and the functions among them.
    pub(super) fn cancel(&self, keeps: &mut dyn FnMut(HostFunction) -> bool) -> (Vec<u64>, Vec<HostFunction>) {
        let (mut dropped, mut functions) = (Vec::new(), Vec::new());
        lock(&self.state).work.retain(|(seq, work)| {
            match work {
                Work::Alloc { .. } | Work::Freed { .. } => return true,
                Work::Function(function) if keeps(*function) => return true,
                Work::Function(function) => functions.push(*function),
                Work::Read { .. } | Work::Write { .. } => {}
            }
            dropped.push(*seq);
            false
        });
        (dropped, functions)
    }

    fn next(&self) -> Task {
        let mut state = lock(&self.state);
        loop {
            if let Some((seq, _)) = state.work.front() {
                return Task::Work(*seq);
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
    /// The ids that it uses up, and what a kernel that comes after it may see of it. A transfer of no bytes is none.
    pub(super) fn ids(&self, process: &Process) -> (u64, Reply) {
        match self {
            Self::Function(_) | Self::Freed { .. } | Self::Read { len: 0, .. } | Self::Write { len: 0, .. } => {
                (1, Reply::Unseen)
            }
            Self::Read { len, .. } => {
                let count = process.fragments(*len).of_read(*len);
                (count, Reply::Empty(count))
            }
            Self::Write { len, .. } => {
                let count = process.fragments(*len).of_write(*len);
                (count, Reply::Empty(count))
            }
            // Its value is told when it is known. With a hook, the second id is that of the hook's request.
            Self::Alloc { hook, .. } => (1 + u64::from(hook.is_some()), Reply::Unseen),
        }
    }

    /// Does it.
    pub(super) fn run(self, context: &Context, process: &Process) -> Outcome {
        match self {
            Self::Function(HostFunction { function, argument }) => {
                // SAFETY: the submitter of a host function vouches that it may be called once with this argument.
                Outcome::ok(unsafe { function(argument) })
            }
            Self::Read { to, from, len } => {
                // SAFETY: the submitter of a transfer keeps its host range valid until the request is final.
                let done = unsafe { process.read(to, from, len) };
                transferred(process, done.is_ok(), READ_FAILED)
            }
            Self::Write { to, from, len } => {
                // SAFETY: as above.
                let done = unsafe { process.write(to, from, len) };
                transferred(process, done.is_ok(), WRITE_FAILED)
            }
            Self::Alloc { size, hook } => {
                context.reap();
                let block = if process.has_ended() { None } else { process.memory().alloc(size) };
                let address = block.map_or(0, |block| block.ve);
                match hook {
                    Some(hook) => hook(address),
                    None if process.has_ended() => return Outcome::ERROR,
                    None => {}
                }
                Outcome::ok(address)
            }
            Self::Freed { address, hook } => {
                if process.has_ended() {
                    return Outcome::ok(u64::MAX);
                }
                context.reap();
                hook(address);
                Outcome::ok(0)
            }
        }
    }
}

/// The values that libveo reports for a transfer that failed.
const WRITE_FAILED: i64 = -12;
const READ_FAILED: i64 = -13;

fn transferred(process: &Process, done: bool, failure: i64) -> Outcome {
    match done {
        true => Outcome::ok(0),
        false if process.has_ended() => Outcome::ERROR,
        false => Outcome::exception(failure.cast_unsigned()),
    }
}
