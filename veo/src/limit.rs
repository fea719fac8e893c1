//! Deadlines: how long one blocking call may still take.

use std::cell::Cell;
use std::time::{Duration, Instant};

use crate::batch::{Held, Waiting};
use crate::creator;
use crate::error::Error;
use crate::inner::ProcInner;
use crate::queue::Queue;

/// The limit of one call, which may wait several times. It is counted from its first wait.
#[derive(Debug)]
pub(crate) struct Limit {
    limit: Option<Duration>,
    end: Cell<Option<Instant>>,
}

/// Why a call did not get its turn.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Blocked {
    /// The limit, which is over.
    Late(Duration),
    /// It would wait for a batch that waits for it.
    ByBatch,
    /// It is a host function, and would wait for what is behind itself.
    Behind,
}

impl Limit {
    pub(crate) const fn new(limit: Option<Duration>) -> Self {
        Self { limit, end: Cell::new(None) }
    }

    /// Whether there is one.
    pub(crate) fn is_set(&self) -> bool {
        self.limit.is_some()
    }

    /// What is left of it; `None` is for ever.
    pub(crate) fn left(&self) -> Option<Duration> {
        let limit = self.limit?;
        let now = Instant::now();
        let end = self.end.get().or_else(|| now.checked_add(limit))?;
        self.end.set(Some(end));
        Some(end.saturating_duration_since(now))
    }

    pub(crate) fn late(&self) -> Blocked {
        Blocked::Late(self.limit.unwrap_or_default())
    }
}

impl Blocked {
    /// The error for what did not get its turn.
    #[cold]
    pub(crate) fn error(self, operation: String, library: Option<String>) -> Error {
        match self {
            Self::Late(limit) => Error::Deadline { operation, library, limit },
            Self::ByBatch => refused(
                operation,
                "another thread has a batch open on this context, and waits in it for what comes not before this host \
                 function has returned; let it wait after the batch",
            ),
            Self::Behind => refused(
                operation,
                "a host function would wait for what is queued behind it on its own context; do it from another thread, or \
                 in a request behind that",
            ),
        }
    }
}

fn refused(operation: String, reason: &str) -> Error {
    Error::Refused { operation, reason: reason.into() }
}

impl ProcInner {
    /// Before a call of libveo that is queued on the main context: if there is a deadline, what is queued there has finished
    /// when this returns, and other threads submit nothing until its value is dropped.
    pub(crate) fn enter(&self, operation: impl FnOnce() -> String) -> Result<Entered<'_>, Error> {
        self.enter_within(&self.main.limit(), operation)
    }

    /// The same within a limit that has begun before.
    #[inline]
    pub(crate) fn enter_within(&self, limit: &Limit, operation: impl FnOnce() -> String) -> Result<Entered<'_>, Error> {
        if !self.api.is_host() && creator::place_in(self.main.id).is_some() {
            // libveo queues it there.
            return Err(Blocked::Behind.error(operation(), None));
        }
        if !self.main.is_careful() {
            return Ok(Entered::default());
        }
        enter_main(&self.main, limit).map_err(|blocked| blocked.error(operation(), None))
    }
}

/// The right to call libveo on the main context.
#[derive(Debug, Default)]
pub(crate) struct Entered<'q> {
    _waiting: Option<Waiting<'q>>,
    _held: Option<Held<'q>>,
}

#[cold]
fn enter_main<'q>(main: &'q Queue, limit: &Limit) -> Result<Entered<'q>, Blocked> {
    let _waiting = Some(main.waiting());
    if !limit.is_set() {
        // libveo itself waits for other threads' batches, but says nothing when that is for ever.
        drop(main.turn(limit)?);
        return Ok(Entered { _waiting, _held: None });
    }
    loop {
        main.drain_within(limit)?;
        let held = main.hold(limit)?;
        if main.is_drained() {
            return Ok(Entered { _waiting, _held: Some(held) });
        }
    }
}
