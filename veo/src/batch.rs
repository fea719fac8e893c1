//! Batches: requests of one thread that stand next to each other in the queue.
//!
//! A queue belongs to one thread for a time. Others wait here and not in libveo, whose lock would be taken by one that holds
//! the queue's own. What must not wait, since its thread may be one that the owner waits for, is put off until the end: frees
//! and notifications.

use std::sync::{Arc, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};

use crate::context::Context;
use crate::creator;
use crate::error::Result;
use crate::limit::{Blocked, Limit};
use crate::promise::Callback;
use crate::queue::{Queue, Submitter};

/// The thread to which a queue belongs.
#[derive(Debug)]
pub(crate) struct Owner {
    thread: ThreadId,
    depth: u32,
    /// Whether it is waiting for something in this queue.
    waits: bool,
}

/// What other threads wanted to submit meanwhile, and cannot wait for.
pub(crate) enum PutOff {
    Free(u64),
    Host(Arc<dyn Callback>),
}

/// A queue that belongs to this thread. Never given to users, so nobody can forget it.
#[derive(Debug)]
pub(crate) struct Held<'q>(&'q Queue);

/// The owner waits for something in its own queue, as long as this lives.
#[derive(Debug)]
pub(crate) struct Waiting<'q>(Option<&'q Queue>);

impl Context {
    /// Runs `f`, whose requests on this context stand next to each other in the queue: what other threads submit to it
    /// meanwhile comes behind them. So a kernel can rely on the request before its own (`veo_prev_req_result`). Wraps
    /// `veo_req_block_begin` and `veo_req_block_end`.
    ///
    /// `f` gets this context. It may wait for requests, and begin further batches. Other threads that submit to the context
    /// wait until it returns, and on the main context also those that do something on the process itself; tasks that `.await` a
    /// request of the context are woken then at the earliest. So `f` must not wait for any of them. A host function of this context that would wait for a batch, which waits for that function, gets an
    /// error. If `f` panics, the batch ends.
    ///
    /// # Errors
    /// Another thread's batch is open for longer than the process's deadline.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn twice(x: i64) -> i64 { 2 * x } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn twice(x: i64) -> i64; }
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// let (first, second) = ctx.batch(|b| (twice(b, 1), twice(b, 2)))?; // nothing comes between the two
    /// assert_eq!((first.wait()?, second.wait()?), (2, 4));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn batch<R>(&self, f: impl FnOnce(&Self) -> R) -> Result<R> {
        let queue = self.queue();
        let held = queue.hold(&queue.limit());
        let _held = held.map_err(|blocked| blocked.error("Context::batch".into(), None))?;
        // libveo has submissions of its own: those of other threads for the process itself.
        let _block = queue.api.req_block(queue.handle);
        Ok(f(self))
    }
}

impl Queue {
    /// Locks the queue for one submission, when it belongs to no other thread.
    #[inline]
    pub(crate) fn turn(&self, limit: &Limit) -> Result<MutexGuard<'_, Submitter>, Blocked> {
        let submitter = self.locked();
        if submitter.owner.is_none() { Ok(submitter) } else { self.await_turn(submitter, limit) }
    }

    #[cold]
    fn await_turn<'q>(
        &'q self,
        mut submitter: MutexGuard<'q, Submitter>,
        limit: &Limit,
    ) -> Result<MutexGuard<'q, Submitter>, Blocked> {
        while let Some(owner) = submitter.foreign_owner() {
            if owner.waits && creator::place_in(self.id).is_some() {
                return Err(Blocked::ByBatch);
            }
            submitter = match limit.left() {
                None => self.freed.wait(submitter).unwrap_or_else(PoisonError::into_inner),
                Some(left) if left.is_zero() => return Err(limit.late()),
                Some(left) => self.freed.wait_timeout(submitter, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
        Ok(submitter)
    }

    /// Makes the queue this thread's own.
    pub(crate) fn hold(&self, limit: &Limit) -> Result<Held<'_>, Blocked> {
        let mut submitter = self.turn(limit)?;
        match &mut submitter.owner {
            Some(owner) => owner.depth += 1,
            none => *none = Some(Owner { thread: thread::current().id(), depth: 1, waits: false }),
        }
        self.be_careful(true);
        Ok(Held(self))
    }

    /// Whether the queue is this thread's own.
    pub(crate) fn is_held(&self) -> bool {
        let submitter = self.locked();
        submitter.owner.is_some() && submitter.foreign_owner().is_none()
    }

    /// Notes that this thread waits for something in this queue, if that is its own.
    pub(crate) fn waiting(&self) -> Waiting<'_> {
        let own = self.is_held();
        own.then(|| self.set_waiting(true));
        Waiting(own.then_some(self))
    }

    fn set_waiting(&self, waits: bool) {
        if let Some(owner) = &mut self.locked().owner {
            owner.waits = waits;
        }
        self.freed.notify_all();
    }

    /// The queue is anybody's again. What was put off is submitted.
    fn release(&self) {
        let mut refused = Vec::new();
        {
            let mut submitter = self.locked();
            let Some(owner) = &mut submitter.owner else { return };
            owner.depth -= 1;
            if owner.depth > 0 {
                return;
            }
            submitter.owner = None;
            self.be_careful(false);
            for put_off in std::mem::take(&mut submitter.put_off) {
                match put_off {
                    PutOff::Free(address) => {
                        self.submit_free(&mut submitter, address);
                    }
                    PutOff::Host(callback) => {
                        if !self.submit_own(&mut submitter, &callback) {
                            refused.push(callback);
                        }
                    }
                }
            }
        }
        self.freed.notify_all();
        refused.iter().for_each(|callback| callback.refused());
    }
}

impl PutOff {
    pub(crate) fn callback(&self) -> Option<Arc<dyn Callback>> {
        match self {
            Self::Host(callback) => Some(Arc::clone(callback)),
            Self::Free(_) => None,
        }
    }
}

impl Submitter {
    /// The other thread to which the queue belongs.
    pub(crate) fn foreign_owner(&self) -> Option<&Owner> {
        self.owner.as_ref().filter(|owner| owner.thread != thread::current().id())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.release();
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if let Some(queue) = self.0 {
            queue.set_waiting(false);
        }
    }
}
