//! Cancelling: ending what has not begun, and keeping what others still use.

use std::any::Any;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};

use crate::batch::PutOff;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::promise::Callback;
use crate::queue::Queue;
use crate::what::What;

impl Context {
    /// Ends every request of this context that has not begun: calls, transfers and host functions, those that were dropped
    /// included. Whoever waits for one gets [`Error::Cancelled`]. What runs goes on, and what else is queued is still done:
    /// memory is freed, libraries are loaded. Says how many requests it was.
    ///
    /// Wraps nothing: libveo has no such function.
    ///
    /// # Errors
    /// The engine is NEC's libveo, which gives back nothing that it was given.
    ///
    /// ```
    /// # mod kernels {
    /// #     #[veo::ve_kernel] pub extern "C" fn nap(ms: u64) { std::thread::sleep(std::time::Duration::from_millis(ms)) }
    /// #     #[veo::ve_kernel] pub extern "C" fn twice(x: i64) -> i64 { 2 * x }
    /// # }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn nap(ms: u64); fn twice(x: i64) -> i64; }
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// let (running, queued) = (nap(&ctx, 300), twice(&ctx, 1));
    /// # std::thread::sleep(std::time::Duration::from_millis(100));
    /// assert_eq!(ctx.cancel_queued()?, 1);
    /// assert!(matches!(queued.wait(), Err(veo::Error::Cancelled { .. }))); // at once
    /// running.wait()?;
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn cancel_queued(&self) -> Result<usize> {
        self.queue().cancel().ok_or_else(|| Error::Refused {
            operation: "Context::cancel_queued".into(),
            reason:
                "NEC's libveo gives back nothing that it was given; `Proc::kill` ends everything, and `Proc::restart` \
                     gives a fresh process; or submit less at a time, so that there is less to wait for"
                    .into(),
        })
    }
}

impl Queue {
    /// Ends every request that has not begun. How many there were; `None` on an engine that cannot.
    pub(crate) fn cancel(&self) -> Option<usize> {
        let mut staying = Vec::new();
        // Before: what is submitted in several pieces must not be cancelled in part, without being told.
        self.cancels.fetch_add(1, SeqCst);
        let cancelled = self.api.cancel_queued(self.handle, &mut |given| {
            // SAFETY: it is in the queue, so it has not been called, nor is it while the engine asks.
            let promise = unsafe { given.promise() };
            let stays = promise.stays();
            staying.extend(stays.then_some(promise));
            stays
        })?;
        for given in cancelled.functions {
            // SAFETY: the engine has given it back, and will not call it.
            let promise = unsafe { given.promise() };
            // SAFETY: as above.
            unsafe { given.take_back(None) };
            promise.cancel();
        }
        let put_off: Vec<_> = self.locked().put_off.iter().filter_map(PutOff::callback).collect();
        put_off.iter().for_each(|callback| callback.stir());
        staying.iter().for_each(|promise| promise.stir());
        Some(cancelled.count)
    }

    /// Drops what was kept for a request that was cancelled, when nobody can use it any more.
    pub(crate) fn let_go(&self, what: What, keep: Option<Box<dyn Any + Send>>) {
        if let Some(keep) = keep
            && matches!(what, What::Read { .. } | What::Write { .. })
        {
            // It may be the last piece of a transfer, whose first ones still run.
            self.keep(keep);
        }
    }

    /// Keeps memory until everything that was submitted so far is complete.
    fn keep(&self, memory: Box<dyn Any + Send>) {
        let keeper = Arc::new(Keeper(Mutex::new(Some(memory)))) as Arc<dyn Callback>;
        if !self.queue_own(Arc::clone(&keeper)) {
            keeper.refused();
        }
    }

    /// How often requests were cancelled.
    pub(crate) fn cancels(&self) -> u64 {
        self.cancels.load(SeqCst)
    }
}

/// Memory that is kept until its turn comes: a request was cancelled, and others before it may use the same.
struct Keeper(Mutex<Option<Box<dyn Any + Send>>>);

impl Callback for Keeper {
    fn call(&self) {
        let memory = lock(&self.0).take();
        drop(memory);
    }

    fn stays(&self) -> bool {
        true
    }

    /// Nobody knows when the engine lets go of it.
    fn refused(&self) {
        std::mem::forget(lock(&self.0).take());
    }
}
