//! The traffic on a main context, which stops while another context is opened.
//!
//! libveo 3.0.2 sends the order to open a context on the main context, past its own queue. If any thread asks there for
//! anything meanwhile, be it only for a result, it comes across the answer, does not know it, and throws an exception: the
//! context is not opened, or the program ends.

use std::sync::{Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::lock::lock;

/// Of one VE process.
#[derive(Debug, Default)]
pub(crate) struct Traffic(RwLock<()>);

/// Those that no process uses. Handles have references to them, so they are never freed.
static SPARE: Mutex<Vec<&'static Traffic>> = Mutex::new(Vec::new());

impl Traffic {
    /// For a new process.
    pub(crate) fn take() -> &'static Self {
        let spare = lock(&SPARE).pop();
        spare.unwrap_or_else(|| Box::leak(Box::default()))
    }

    /// The process is destroyed.
    pub(crate) fn give_back(&'static self) {
        lock(&SPARE).push(self);
    }

    /// One use of the main context.
    #[inline]
    pub(crate) fn join(&self) -> RwLockReadGuard<'_, ()> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, unless the traffic is stopped.
    #[inline]
    pub(crate) fn try_join(&self) -> Option<RwLockReadGuard<'_, ()>> {
        self.0.try_read().ok()
    }

    /// Stops the traffic, unless there is some.
    pub(crate) fn try_stop(&self) -> Option<RwLockWriteGuard<'_, ()>> {
        self.0.try_write().ok()
    }
}
