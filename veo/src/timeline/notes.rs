//! What is noted for a timeline while things happen: as little as possible. The thread that writes makes events of it.

use std::cell::OnceCell;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

use super::{is_on, note};
use crate::api::{Api, ProcHandle};
use crate::error::Error;
use crate::promise::Callback;
use crate::queue::{Queue, Submitter};
use crate::request::What;

/// A thread of this program.
#[derive(Clone, Debug)]
pub(super) struct Thread {
    pub(super) number: u64,
    pub(super) name: Arc<str>,
}

impl Thread {
    fn current() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            static THIS: OnceCell<Thread> = const { OnceCell::new() };
        }
        let new = || {
            let number = NEXT.fetch_add(1, Relaxed);
            let name = std::thread::current().name().map_or_else(|| format!("thread {number}"), str::to_owned);
            Self { number, name: name.into() }
        };
        // A thread that is ending may have no such place any more.
        THIS.try_with(|this| this.get_or_init(new).clone()).unwrap_or_else(|_| new())
    }
}

/// A context, with what its rows are named by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Place {
    pub(super) process: u64,
    pub(super) node: i32,
    pub(super) context: u16,
}

impl Place {
    fn of(queue: &Queue) -> Self {
        Self { process: queue.proc.id(), node: queue.proc.node(), context: queue.index }
    }
}

/// A request, for the timeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request {
    pub(crate) what: What,
    pub(crate) id: u64,
    pub(crate) args: usize,
    /// Bytes of stack arguments.
    pub(crate) stack: usize,
}

/// What the writing thread is told.
#[derive(Debug)]
pub(super) enum Note {
    Submitted {
        /// A number of this request alone.
        serial: u64,
        place: Place,
        request: Request,
        thread: Thread,
        at: Instant,
    },
    Ended {
        serial: u64,
        place: Place,
        at: Instant,
        /// Whether the VE process had ended by then.
        dead: bool,
    },
    Failed {
        place: Place,
        id: u64,
        text: String,
        at: Instant,
    },
    /// A thread of this program was busy.
    Busy {
        thread: Thread,
        name: String,
        args: Vec<(&'static str, u64)>,
        from: Instant,
        to: Instant,
    },
    Finish {
        at: Instant,
    },
}

/// Notes a submission, and queues a host function behind it that notes its end.
pub(crate) fn submitted(queue: &Queue, submitter: &mut Submitter, request: Request) {
    static SERIAL: AtomicU64 = AtomicU64::new(0);
    if !is_on() || matches!(request.what, What::Alloc { .. } | What::Free { .. }) {
        return;
    }
    let (serial, place) = (SERIAL.fetch_add(1, Relaxed), Place::of(queue));
    note(Note::Submitted { serial, place, request, thread: Thread::current(), at: Instant::now() });
    let mark: Arc<dyn Callback> = Arc::new(Mark { serial, place, api: queue.api, proc: queue.proc });
    if !queue.submit_own(submitter, &mark) {
        // The process has ended.
        mark.call();
    }
}

/// Notes the end of the request in front of it.
struct Mark {
    serial: u64,
    place: Place,
    api: Api,
    proc: ProcHandle,
}

impl Callback for Mark {
    fn call(&self) {
        let at = Instant::now();
        let dead = self.api.report(self.proc).is_some();
        note(Note::Ended { serial: self.serial, place: self.place, at, dead });
    }

    fn stays(&self) -> bool {
        true
    }
}

/// Notes that a request has failed.
pub(crate) fn failed(queue: &Queue, id: u64, error: &Error) {
    if is_on() {
        note(Note::Failed { place: Place::of(queue), id, text: error.to_string(), at: Instant::now() });
    }
}

/// A time in which the calling thread is busy.
#[derive(Debug)]
pub(crate) struct Slice {
    name: String,
    args: Vec<(&'static str, u64)>,
    from: Instant,
}

impl Slice {
    /// Begins now, if a timeline is being recorded.
    pub(crate) fn begin(describe: impl FnOnce() -> (String, Vec<(&'static str, u64)>)) -> Option<Self> {
        is_on().then(|| {
            let (name, args) = describe();
            Self { name, args, from: Instant::now() }
        })
    }

    /// Ends now.
    pub(crate) fn end(self) {
        let Self { name, args, from } = self;
        note(Note::Busy { thread: Thread::current(), name, args, from, to: Instant::now() });
    }
}
