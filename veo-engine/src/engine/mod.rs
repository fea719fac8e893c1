//! The host's side of the engine: libveo's semantics, without its C.
//!
//! ```text
//!   process     one worker: its start, its control socket, its end; the thread that watches it
//!   table       the processes of this program, and their end with it
//!   context     one queue of requests: submission, waiting, the end
//!   slots       the requests themselves, from submission to result
//!   deferred    the host thread of a context: transfers and host functions, in order with the calls
//!   transfer    reading and writing VE memory
//!   memory      VE memory and its allocator
//!   spawn       which program becomes the worker, its start, its collection
//!   environment the variables that libveo reads, and those that it sets for the worker
//!   args        argument lists
//!   packed      argument lists that do not fit into a slot
//!   fragments   how many request ids a transfer uses up
//!   replies     what the host answered by itself, for kernels that ask
//!   stderr      the worker's standard error, passed on, and its last lines
//!   report      how a worker ended, for people
//! ```

pub(crate) mod args;
pub(crate) mod context;
pub(crate) mod deferred;
mod environment;
mod fragments;
pub(crate) mod memory;
mod packed;
pub(crate) mod process;
pub(crate) mod replies;
pub(crate) mod report;
mod slots;
pub(crate) mod spawn;
mod stderr;
pub(crate) mod table;
mod transfer;

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Locks a mutex whose data stay valid even if a holder panicked: no code of ours leaves them half changed.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
