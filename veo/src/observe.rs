//! What can be seen from outside: the events and spans of `tracing`, and the notes for a [timeline](crate::timeline).
//!
//! Whoever submits, transfers or collects says so here, in one line. While nobody watches, that line costs a look at two
//! flags; all else is in functions of their own.

use std::ffi::CStr;
use std::fmt;
use std::sync::MutexGuard;

use tracing::span::EnteredSpan;

use crate::api::{ProcHandle, State};
use crate::engine::Engine;
use crate::error::Error;
use crate::queue::{Queue, Submitter};
use crate::request::What;
use crate::timeline;
use crate::watchers;

/// What a request is, by its target.
enum Subject {
    /// `veo::call`: a kernel or a host function.
    Call { kernel: String, library: Option<String> },
    /// `veo::transfer`: VE memory is read, written, copied, filled, allocated or freed.
    Memory { operation: &'static str, address: Option<u64>, bytes: Option<usize> },
}

impl What {
    fn subject(self) -> Subject {
        let memory = |operation, address, bytes| Subject::Memory { operation, address, bytes };
        match self {
            Self::Call(_) | Self::CallByName(_) | Self::HostFunction => {
                Subject::Call { kernel: self.name(), library: self.library() }
            }
            Self::Read { address, bytes } => memory("read", Some(address), Some(bytes)),
            Self::Write { address, bytes } => memory("write", Some(address), Some(bytes)),
            Self::Copy { to, bytes } => memory("copy", Some(to), Some(bytes)),
            Self::Fill { address, bytes } => memory("fill", Some(address), Some(bytes)),
            Self::Piece => memory("part of a transfer", None, None),
            Self::Refused => memory("refused", None, None),
            Self::Alloc { bytes } => memory("allocate", None, Some(bytes)),
            Self::Free { address } => memory("free", Some(address), None),
        }
    }

    /// What it is called where people look: a kernel's name, or what is done to how much memory.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Call(declaration) => declaration.symbol().to_owned(),
            Self::CallByName(name) => name.symbol.clone(),
            Self::HostFunction => "host function".to_owned(),
            _ => match self.subject() {
                Subject::Memory { operation, bytes: Some(bytes), .. } => format!("{operation} {}", Bytes(bytes)),
                _ => self.to_string(),
            },
        }
    }
}

/// A request was submitted. Unlocks the queue. `stack`: bytes of its stack arguments.
#[inline]
pub(crate) fn submitted(
    queue: &Queue,
    submitter: MutexGuard<'_, Submitter>,
    what: What,
    id: u64,
    stack: impl FnOnce() -> usize,
) {
    if watchers::any() {
        tell_submitted(queue, submitter, what, id, stack());
    }
}

#[cold]
#[inline(never)]
fn tell_submitted(queue: &Queue, mut submitter: MutexGuard<'_, Submitter>, what: What, id: u64, stack: usize) {
    let is_call = matches!(what, What::Call(_) | What::CallByName(_));
    let args = if is_call { submitter.pack.len() } else { 0 };
    // Under the lock, so that the end that is noted is this request's.
    timeline::submitted(queue, &mut submitter, timeline::Request { what, id, args, stack });
    // Not so the subscribers: they are foreign code.
    queue.sweep_if_due(submitter);
    let (process, node, context) = place(queue);
    match what.subject() {
        Subject::Call { kernel, library } => {
            tracing::trace!(target: "veo::call", process, node, context, request = id, kernel, library, args, stack, "submitted");
        }
        Subject::Memory { operation, address, bytes } => {
            tracing::trace!(target: "veo::transfer", process, node, context, request = id, operation, address, bytes, "submitted");
        }
    }
}

/// A request was refused.
#[cold]
pub(crate) fn refused(queue: &Queue, what: What) {
    let (process, node, context) = place(queue);
    match what.subject() {
        Subject::Call { kernel, library } => {
            tracing::trace!(target: "veo::call", process, node, context, kernel, library, "refused");
        }
        Subject::Memory { operation, address, bytes } => {
            tracing::trace!(target: "veo::transfer", process, node, context, operation, address, bytes, "refused");
        }
    }
}

/// A request's final state was fetched.
#[inline]
pub(crate) fn finished(queue: &Queue, what: What, id: u64, state: State) {
    if watchers::any() {
        tell_finished(queue, what, id, state);
    }
}

#[cold]
#[inline(never)]
fn tell_finished(queue: &Queue, what: What, id: u64, state: State) {
    let (process, node, context) = place(queue);
    let state = match state {
        State::Done(_) => "done",
        State::Exception(_) => "exception",
        State::Cancelled => "cancelled",
        State::Failed | State::Unfinished => "failed",
    };
    match what.subject() {
        Subject::Call { kernel, library } => {
            tracing::trace!(target: "veo::call", process, node, context, request = id, kernel, library, state, "finished");
        }
        Subject::Memory { operation, address, bytes } => {
            tracing::trace!(target: "veo::transfer", process, node, context, request = id, operation, address, bytes, state, "finished");
        }
    }
}

/// A request has failed. The one that crashed is an error; what it took along is not.
#[cold]
pub(crate) fn failed(queue: &Queue, what: What, id: u64, error: &Error) {
    let (process, node, context) = place(queue);
    let (kernel, library) = (what.name(), what.library());
    if let Error::Exception { signal, .. } = error {
        tracing::error!(target: "veo::fault", process, node, context, request = id, kernel, library, signal, %error, "a kernel crashed");
    } else {
        tracing::debug!(target: "veo::fault", process, node, context, request = id, kernel, library, %error, "a request failed");
    }
    timeline::failed(queue, id, error);
}

fn place(queue: &Queue) -> (u64, i32, u16) {
    (queue.proc.id(), queue.proc.node(), queue.index)
}

/// Something that the calling thread waits for. Ends when it is dropped.
#[derive(Debug)]
pub(crate) struct Waiting {
    _span: EnteredSpan,
    slice: Option<timeline::Slice>,
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(slice) = self.slice.take() {
            slice.end();
        }
    }
}

/// This thread transfers memory.
#[cold]
#[inline(never)]
pub(crate) fn transfer<T>(
    operation: &'static str,
    proc: ProcHandle,
    address: u64,
    bytes: usize,
    code: impl FnOnce() -> T,
) -> T {
    let (process, node) = (proc.id(), proc.node());
    let span = tracing::trace_span!(target: "veo::transfer", "transfer", process, node, operation, address, bytes);
    let slice = timeline::Slice::begin(|| {
        let text = format!("{operation} {}", Bytes(bytes));
        (text, vec![("process", process), ("address", address), ("bytes", bytes as u64)])
    });
    let _waiting = Waiting { _span: span.entered(), slice };
    code()
}

/// This thread waits for a request, until the result is dropped.
pub(crate) fn wait(queue: &Queue, what: What, id: u64) -> Option<Waiting> {
    watchers::any().then(|| {
        let ((process, node, context), kernel) = (place(queue), what.name());
        let span = tracing::trace_span!(target: "veo::call", "wait", process, node, context, request = id, kernel);
        let args = || vec![("process", process), ("context", context.into()), ("request", id)];
        let slice = timeline::Slice::begin(|| (format!("wait for {kernel}"), args()));
        Waiting { _span: span.entered(), slice }
    })
}

/// This thread waits for everything on a context, until the result is dropped.
pub(crate) fn sync(queue: &Queue) -> Waiting {
    let (process, node, context) = place(queue);
    let span = tracing::debug_span!(target: "veo::call", "sync", process, node, context);
    let slice = timeline::Slice::begin(|| ("sync".to_owned(), vec![("process", process), ("context", context.into())]));
    Waiting { _span: span.entered(), slice }
}

// ---- processes and contexts ----

/// A VE process is being made by this thread, until the result is dropped.
pub(crate) fn create(node: i32) -> EnteredSpan {
    watchers::listen();
    tracing::info_span!(target: "veo::create", "create", node).entered()
}

/// Inside that.
pub(crate) fn created(proc: ProcHandle, engine: &Engine) {
    tracing::info!(target: "veo::create", process = proc.id(), node = proc.node(), %engine, "created a VE process");
}

pub(crate) fn opened(queue: &Queue) {
    let (process, node, context) = place(queue);
    tracing::debug!(target: "veo::create", process, node, context, "opened a context");
}

pub(crate) fn closing(queue: &Queue) {
    let (process, node, context) = place(queue);
    tracing::debug!(target: "veo::create", process, node, context, "closing a context");
}

pub(crate) fn ending(proc: ProcHandle) {
    tracing::info!(target: "veo::create", process = proc.id(), node = proc.node(), "ending a VE process");
}

/// All declarations are being looked up, until the result is dropped.
pub(crate) fn resolve_all(proc: ProcHandle, declarations: usize) -> EnteredSpan {
    let (process, node) = (proc.id(), proc.node());
    tracing::debug_span!(target: "veo::resolve", "resolve", process, node, declarations).entered()
}

// ---- the C functions that have no request ----

/// A library is being loaded, until the result is dropped.
pub(crate) fn load(proc: ProcHandle, path: &CStr) -> EnteredSpan {
    let (process, node) = (proc.id(), proc.node());
    tracing::debug_span!(target: "veo::load", "load", process, node, path = %path.to_string_lossy()).entered()
}

/// Inside that: its handle, or 0.
pub(crate) fn loaded(library: u64) {
    match library {
        0 => tracing::debug!(target: "veo::load", "not loaded"),
        handle => tracing::debug!(target: "veo::load", handle, "loaded"),
    }
}

pub(crate) fn unload(proc: ProcHandle, handle: u64) {
    tracing::debug!(target: "veo::load", process = proc.id(), node = proc.node(), handle, "unloading");
}

/// A symbol was looked up; its address may be 0.
pub(crate) fn symbol(proc: ProcHandle, handle: u64, symbol: &CStr, address: u64) {
    let (process, node) = (proc.id(), proc.node());
    tracing::trace!(target: "veo::resolve", process, node, handle, symbol = %symbol.to_string_lossy(), address, "looked up");
}

pub(crate) fn allocated(proc: ProcHandle, bytes: usize, address: Option<u64>) {
    let (process, node) = (proc.id(), proc.node());
    match address {
        Some(address) => tracing::trace!(target: "veo::transfer", process, node, bytes, address, "allocated"),
        None => tracing::debug!(target: "veo::transfer", process, node, bytes, "not allocated"),
    }
}

pub(crate) fn free(proc: ProcHandle, address: u64) {
    tracing::trace!(target: "veo::transfer", process = proc.id(), node = proc.node(), address, "freeing");
}

/// A size, for people.
struct Bytes(usize);

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const UNITS: [(u32, &str); 4] = [(40, "TiB"), (30, "GiB"), (20, "MiB"), (10, "KiB")];
        match UNITS.into_iter().find(|(shift, _)| self.0 >> shift > 0) {
            None => write!(f, "{} B", self.0),
            Some((shift, unit)) => {
                let value = self.0 as f64 / (1_u64 << shift) as f64;
                // Whole numbers as such, others with one place.
                if value.fract() == 0.0 { write!(f, "{value} {unit}") } else { write!(f, "{value:.1} {unit}") }
            }
        }
    }
}
