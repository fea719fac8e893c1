//! Contexts: queues of requests, run in order by one thread of the VE process.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::creator;
use crate::error::Result;
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::observe;
use crate::process::Proc;
use crate::queue::{Queue, Submitter};
use crate::request::{Finish, Request, What};

/// A queue of requests, run one after the other by a thread of the VE process.
///
/// Requests of one context run in the order in which they were submitted; requests of different contexts run side by side.
/// A `Context` is a cheap clone. When the last one is dropped, the context is closed, after its requests.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub extern "C" fn twice(x: i64) -> i64 { 2 * x }
/// # }
/// use veo::{Proc, ve_offload};
///
/// #[ve_offload(lib = static)]
/// extern "C" {
///     fn twice(x: i64) -> i64;
/// }
///
/// let ctx = Proc::create(0)?.open_context()?;
/// let requests: Vec<_> = (0..3).map(|x| twice(&ctx, x)).collect(); // queued, all three
/// let sum: i64 = requests.into_iter().map(|request| request.wait()).sum::<veo::Result<_>>()?;
/// assert_eq!(sum, 6);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone)]
pub struct Context(pub(crate) Arc<ContextInner>);

pub(crate) struct ContextInner {
    pub(crate) queue: Arc<Queue>,
    pub(crate) proc: Arc<ProcInner>,
}

impl Context {
    pub(crate) fn new(proc: Arc<ProcInner>, queue: Arc<Queue>) -> Self {
        Self(Arc::new(ContextInner { queue, proc }))
    }

    #[inline]
    pub(crate) fn queue(&self) -> &Queue {
        &self.0.queue
    }

    /// The process it belongs to.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.0.proc))
    }

    /// Its number in the process: 0 for the main context, then in the order of opening.
    #[must_use]
    pub fn index(&self) -> usize {
        self.queue().index.into()
    }

    /// Whether it has ended, with its process or alone, and takes no more requests. Wraps `veo_get_context_state`.
    ///
    /// An end shows here some time after it has come.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.queue().has_ended()
    }

    /// Waits until everything submitted so far has finished, and gives the first error of a request that was dropped
    /// without being waited for. Wraps `veo_context_sync`.
    ///
    /// # Errors
    /// A dropped request had failed. Each such error is given once. Or it takes longer than the process's
    /// [deadline](crate::ProcBuilder::deadline).
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn work() {} }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn work(); }
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// work(&ctx); // nobody waits for this one
    /// ctx.sync()?;
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn sync(&self) -> Result<()> {
        let queue = self.queue();
        if !queue.is_careful() {
            return queue.sync();
        }
        let _waiting = queue.waiting();
        let limit = queue.limit();
        match queue.deadline {
            None => queue.sync(),
            Some(_) if queue.sync_within(&limit)? => Ok(()),
            Some(_) => Err(limit.late().error("Context::sync".into(), None)),
        }
    }

    /// The same, but not longer than `limit`. Says whether everything has finished; if not, no error is given either. Wraps
    /// `veo_call_async_vh`.
    ///
    /// # Errors
    /// A dropped request had failed, as with [`sync`](Self::sync).
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn nap(ms: u64) { std::thread::sleep(std::time::Duration::from_millis(ms)) } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn nap(ms: u64); }
    /// use std::time::Duration;
    ///
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// nap(&ctx, 300);
    /// assert!(!ctx.sync_timeout(Duration::from_millis(1))?);
    /// assert!(ctx.sync_timeout(Duration::from_secs(10))?);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn sync_timeout(&self, limit: Duration) -> Result<bool> {
        self.queue().sync_within(&Limit::new(Some(limit)))
    }

    /// Finishes all requests and closes the context. Wraps `veo_context_sync` and `veo_context_close`.
    ///
    /// The VE thread ends when the last clone is gone; the main context stays with its process.
    ///
    /// # Errors
    /// As [`sync`](Self::sync).
    pub fn close(self) -> Result<()> {
        self.sync()
    }

    /// Queues a host function: it runs on a thread of the engine, after every request before it and before every request
    /// behind it. Wraps `veo_call_async_vh`.
    ///
    /// It stands in front of the requests behind it, and must not wait for them: [`wait`](Request::wait) would be for ever.
    /// [`sync`](Self::sync) on its own context means what is before it.
    ///
    /// A panic in the function is caught and gives an error when the request is waited for. The function runs even if the
    /// VE process has ended in the meantime, but not after [`cancel_queued`](Self::cancel_queued).
    ///
    /// ```
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// assert_eq!(ctx.host_fn(|| 6 * 7).wait()?, 42);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn host_fn<T: Send + 'static>(&self, function: impl FnOnce() -> T + Send + 'static) -> Request<'static, T> {
        crate::host_fn::submit(self, function)
    }
}

impl Context {
    /// Queues one request. `submit` has the queue to itself, and gives the request's id and stamp; `None` if the engine refuses it.
    pub(crate) fn submit<'a, T>(
        &self,
        what: What,
        finish: Finish<T>,
        limit: &Limit,
        submit: impl FnOnce(&Queue, &mut Submitter) -> Result<Option<(u64, u64)>>,
    ) -> Request<'a, T> {
        let queue = self.queue();
        let mut submitter = match queue.turn(limit) {
            Ok(submitter) => submitter,
            Err(blocked) => return Request::failed(self, what.blocked(blocked), what, finish),
        };
        let error = match submit(queue, &mut submitter) {
            Ok(Some((id, stamp))) => {
                observe::submitted(queue, submitter, what, id, || 0);
                return Request::queued(self, id, stamp, what, finish);
            }
            Ok(None) => {
                // Whoever is told of it is foreign code.
                drop(submitter);
                queue.refusal(what)
            }
            Err(error) => error,
        };
        Request::failed(self, error, what, finish)
    }
}

impl Drop for ContextInner {
    fn drop(&mut self) {
        if self.queue.index == 0 {
            return;
        }
        let queue = Arc::clone(&self.queue);
        let quiet = queue.is_quiet();
        let visited = queue.start_closing();
        if quiet && !visited {
            return queue.close();
        }
        // Requests are still running, and nobody waits for them. Or this is the drop of what a visitor has collected. The memory that they use is kept with the queue.
        let visit = self.proc.visit();
        creator::run_aside("veo-close", move || {
            queue.close();
            // First: what is kept may have the last handle of the process.
            drop(visit);
            drop(queue);
        });
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("proc", &self.0.proc.id()).field("index", &self.index()).finish()
    }
}
