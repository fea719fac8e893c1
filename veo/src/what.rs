//! What a request is about, and what its end means.

use std::fmt;

use veo_engine::Cause;

use crate::api::State;
use crate::declaration::Declaration;
use crate::error::{Error, Result};
use crate::function::Name;
use crate::limit::Blocked;
use crate::observe;
use crate::queue::Queue;

/// What a request is about, for messages.
#[derive(Clone, Copy, Debug)]
pub(crate) enum What {
    Call(&'static Declaration),
    /// Of a function that was looked up by its name.
    CallByName(&'static Name),
    HostFunction,
    Read {
        address: u64,
        bytes: usize,
    },
    Write {
        address: u64,
        bytes: usize,
    },
    /// Within the VE process.
    Copy {
        to: u64,
        bytes: usize,
    },
    Fill {
        address: u64,
        bytes: usize,
    },
    /// One of several requests, the last of which tells how all ended.
    Piece,
    /// Nothing was queued.
    Refused,
    Alloc {
        bytes: usize,
    },
    Free {
        address: u64,
    },
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Call(declaration) => write!(f, "`{}`", declaration.symbol()),
            Self::CallByName(name) => write!(f, "`{}`", name.symbol),
            Self::HostFunction => f.write_str("a host function"),
            Self::Read { address, bytes } => write!(f, "reading {bytes} bytes at VE address {address:#x}"),
            Self::Write { address, bytes } => write!(f, "writing {bytes} bytes at VE address {address:#x}"),
            Self::Copy { to, bytes } => write!(f, "copying {bytes} bytes to VE address {to:#x}"),
            Self::Fill { address, bytes } => write!(f, "filling {bytes} bytes at VE address {address:#x}"),
            Self::Piece => f.write_str("a part of a transfer"),
            Self::Refused => f.write_str("a call that was refused"),
            Self::Alloc { bytes } => write!(f, "allocating {bytes} bytes of VE memory"),
            Self::Free { address } => write!(f, "freeing VE address {address:#x}"),
        }
    }
}

impl What {
    /// The value of a final state, or the error that it stands for.
    #[inline]
    pub(crate) fn outcome(self, queue: &Queue, id: u64, state: State) -> Result<u64> {
        observe::finished(queue, self, id, state);
        if let State::Done(value) = state { Ok(value) } else { self.failure(queue, id, state) }
    }

    #[cold]
    fn failure(self, queue: &Queue, id: u64, state: State) -> Result<u64> {
        let error = match state {
            // NEC's libveo drops those behind a crash, but they are called all the same.
            State::Failed if matches!(self, Self::HostFunction) => return Ok(0),
            State::Exception(_) | State::Failed | State::Cancelled if matches!(self, Self::Piece) => return Ok(0),
            State::Done(value) => return Ok(value),
            State::Exception(signal) => self.exception(queue, signal),
            State::Cancelled => self.cancelled(),
            State::Failed | State::Unfinished => self.ended(queue.api.end(queue.proc).map(|end| end.text)),
        };
        observe::failed(queue, self, id, &error);
        Err(error)
    }

    /// The error for a request that was cut short.
    pub(crate) fn ended(self, report: Option<String>) -> Error {
        Error::Ended { function: self.to_string(), library: self.library(), report }
    }

    /// The error for one that did not get its turn.
    #[cold]
    pub(crate) fn blocked(self, blocked: Blocked) -> Error {
        blocked.error(self.to_string(), self.library())
    }

    pub(crate) fn cancelled(self) -> Error {
        Error::Cancelled { function: self.to_string(), library: self.library() }
    }

    /// The library of a kernel.
    pub(crate) fn library(self) -> Option<String> {
        match self {
            Self::Call(declaration) => Some(declaration.library().to_string()),
            Self::CallByName(name) => Some(name.library.clone()),
            _ => None,
        }
    }

    #[cold]
    fn exception(self, queue: &Queue, value: u64) -> Error {
        let end = queue.api.end(queue.proc);
        let signal = value as i32;
        // On NEC's libveo, requests beside the one that crashed have this state, too. A worker that reports nothing ends with
        // the signal in its exit status.
        let is_own = match end.as_ref().map(|end| end.cause) {
            Some(Cause::Crashed(crashed)) => crashed == signal,
            Some(Cause::Exited(status)) => status == 128 + signal || status == signal,
            Some(_) => false,
            None => true,
        };
        let report = end.filter(|end| !matches!(end.cause, Cause::Exited(_)) || !is_own).map(|end| end.text);
        let crash = |function: &str, library, report| Error::Exception {
            function: function.to_owned(),
            library,
            signal,
            report,
        };
        match self {
            _ if !is_own => self.ended(report),
            Self::Call(declaration) => crash(declaration.symbol(), declaration.library().to_string(), report),
            Self::CallByName(name) => crash(&name.symbol, name.library.clone(), report),
            Self::Read { address, bytes } => bad_transfer("read", address, bytes, report),
            Self::Write { address, bytes } => bad_transfer("write", address, bytes, report),
            Self::Copy { to, bytes } => bad_transfer("copy", to, bytes, report),
            Self::Fill { address, bytes } => bad_transfer("fill", address, bytes, report),
            Self::HostFunction | Self::Piece | Self::Refused | Self::Alloc { .. } | Self::Free { .. } => {
                self.ended(report)
            }
        }
    }
}

/// The error of a transfer that the engine did not do; `report` is how the process has ended, if it has.
pub(crate) fn bad_transfer(operation: &'static str, address: u64, bytes: usize, report: Option<String>) -> Error {
    let reason = report.unwrap_or_else(|| "the VE process has no such memory; check the address and the length".into());
    Error::Transfer { operation, address, bytes, reason }
}
