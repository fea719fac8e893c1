//! Requests: handles of what was queued, and futures of its results.
//!
//! ```text
//!              submission refused
//!   Failed  ◄──────────────────── (stub) ────► Queued ── wait / peek / poll: final ──► Collected
//!                                                 │
//!                                                 └── dropped ──► abandoned: the queue collects it later
//! ```

mod adapt;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context as TaskContext, Poll};
use std::time::{Duration, Instant};

use crate::api::State;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::host_fn::PanicText;
use crate::limit::Blocked;
use crate::notify::Notify;
use crate::observe;
use crate::queue::Abandoned;
use crate::stack::StackImages;
use crate::watchers;
pub(crate) use crate::what::What;

/// A wait with a time limit looks again at least this often, should a notification be late.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// How often it looks before that.
const LOOKS: u32 = 100;

/// Something that was queued on a context: a handle to wait with, and a future of its result.
///
/// A stub returns it at once. A submission that was refused shows when the request is waited for, so there is one `?`.
/// Dropping a request lets it run: its result is collected later, and an error comes out of
/// [`Context::sync`](crate::Context::sync). Forgetting one is harmless.
///
/// The lifetime is that of the host memory that the result is copied to: the `&mut` arguments of the call.
///
/// ```
/// # mod kernels { #[veo::ve_kernel] pub extern "C" fn half(x: f64) -> f64 { x / 2.0 } }
/// # #[veo::ve_offload(lib = static)] extern "C" { fn half(x: f64) -> f64; }
/// let ctx = veo::Proc::create(0)?.open_context()?;
/// let request = half(&ctx, 3.0);
/// assert_eq!(request.wait()?, 1.5);
///
/// let mut request = half(&ctx, 5.0);
/// let value = loop {
///     if let Some(value) = request.peek()? {
///         break value;
///     }
/// };
/// assert_eq!(value, 2.5);
/// # Ok::<(), veo::Error>(())
/// ```
pub struct Request<'a, T> {
    state: Progress,
    what: What,
    finish: Finish<T>,
    stack: Option<Box<StackImages>>,
    keep: Option<Box<dyn Any + Send>>,
    panic: Option<PanicText>,
    /// `T` is made by `finish`, not stored; `'a` is that of the memory that `stack` points to.
    memory: PhantomData<&'a mut u8>,
}

/// Makes the result of the value that libveo gives, and of what was kept for it.
pub(crate) type Finish<T> = fn(u64, Option<Box<dyn Any + Send>>) -> Result<T>;

enum Progress {
    Queued {
        context: Context,
        id: u64,
        stamp: u64,
        notify: Option<Arc<Notify>>,
    },
    /// Known to have succeeded; the result is still to be made.
    Final {
        value: u64,
    },
    Failed {
        context: Context,
        error: Box<Error>,
    },
    Collected,
}

impl<'a, T> Request<'a, T> {
    pub(crate) fn queued(context: &Context, id: u64, stamp: u64, what: What, finish: Finish<T>) -> Self {
        let state = Progress::Queued { context: context.clone(), id, stamp, notify: None };
        Self { state, what, finish, stack: None, keep: None, panic: None, memory: PhantomData }
    }

    #[cold]
    pub(crate) fn failed(context: &Context, error: Error, what: What, finish: Finish<T>) -> Self {
        let state = Progress::Failed { context: context.clone(), error: Box::new(error) };
        Self { state, what, finish, stack: None, keep: None, panic: None, memory: PhantomData }
    }

    /// Copies these stack arguments back when the call has finished.
    pub(crate) fn with_stack(mut self, stack: Option<Box<StackImages>>) -> Self {
        self.stack = stack;
        self
    }

    /// Keeps something alive until the request is final, and gives it to `finish`.
    pub(crate) fn keeping(mut self, keep: Box<dyn Any + Send>) -> Self {
        self.keep = Some(keep);
        self
    }

    /// The request is a host function, whose panic has its text there.
    pub(crate) fn that_may_panic(mut self, panic: PanicText) -> Self {
        self.panic = Some(panic);
        self
    }

    /// Names it anew.
    pub(crate) fn called(mut self, what: What) -> Self {
        self.what = what;
        self
    }

    /// The request stands for several, of which a cancellation since then may have ended a part: then the whole is ended.
    pub(crate) fn unless_cancelled_since(mut self, cancels: u64) -> Self {
        if let Progress::Queued { context, .. } = &self.state
            && context.queue().cancels() != cancels
        {
            let context = context.clone();
            self.abandon(true);
            self.state = Progress::Failed { context, error: Box::new(self.what.cancelled()) };
        }
        self
    }

    pub(crate) fn was_refused(&self) -> bool {
        matches!(self.state, Progress::Failed { .. })
    }

    /// Waits for the result. Wraps `veo_call_wait_result`.
    ///
    /// # Errors
    /// The submission was refused, the kernel crashed, the VE process ended, the request was
    /// [cancelled](crate::Context::cancel_queued), or it takes longer than the process's
    /// [deadline](crate::ProcBuilder::deadline): then it goes on without being waited for.
    pub fn wait(mut self) -> Result<T> {
        if let Progress::Queued { context, .. } = &self.state
            && (context.queue().is_careful() | watchers::any())
        {
            return self.wait_carefully();
        }
        self.wait_for_result()
    }

    /// Waits in a process with a deadline, or while a batch is open, or somebody watches.
    #[cold]
    fn wait_carefully(&mut self) -> Result<T> {
        let Progress::Queued { context, id, .. } = &self.state else { return self.wait_for_result() };
        let (context, id) = (context.clone(), *id);
        let _observed = observe::wait(context.queue(), self.what, id);
        let _waiting = context.queue().waiting();
        let Some(limit) = context.queue().deadline else { return self.wait_for_result() };
        match self.wait_timeout(limit)? {
            Some(value) => Ok(value),
            None => Err(self.give_up(limit)),
        }
    }

    #[inline]
    fn wait_for_result(&mut self) -> Result<T> {
        loop {
            let state = match &self.state {
                Progress::Queued { context, id, .. } => context.queue().api.wait_result(context.queue().handle, *id),
                _ => State::Unfinished,
            };
            // An engine that returns too early must not make us free memory that it still uses.
            if state != State::Unfinished || !matches!(self.state, Progress::Queued { .. }) {
                return self.collect(state);
            }
        }
    }

    /// The result if it is there, without waiting. Wraps `veo_call_peek_result`.
    ///
    /// # Errors
    /// As [`wait`](Self::wait). After a result or an error was given, there is only an error.
    pub fn peek(&mut self) -> Result<Option<T>> {
        let state = match &self.state {
            Progress::Queued { context, id, .. } => {
                match context.queue().api.peek_result(context.queue().handle, *id) {
                    State::Unfinished => return Ok(None),
                    state => state,
                }
            }
            _ => State::Unfinished,
        };
        self.collect(state).map(Some)
    }

    /// Waits for the result, but not longer than `limit`: `None` then, and the request goes on. Wraps
    /// `veo_call_async_vh` and `veo_call_peek_result`.
    ///
    /// # Errors
    /// As [`peek`](Self::peek).
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn nap(ms: u64) { std::thread::sleep(std::time::Duration::from_millis(ms)) } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn nap(ms: u64); }
    /// use std::time::Duration;
    ///
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// let mut request = nap(&ctx, 300);
    /// assert!(request.wait_timeout(Duration::from_millis(1))?.is_none());
    /// assert!(request.wait_timeout(Duration::from_secs(10))?.is_some());
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn wait_timeout(&mut self, limit: Duration) -> Result<Option<T>> {
        let deadline = Instant::now().checked_add(limit);
        let left = || deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(Instant::now()));
        // Many kernels are shorter than asking for a notification.
        for _ in 0..LOOKS {
            if let Some(value) = self.peek()? {
                return Ok(Some(value));
            }
            if left().is_zero() {
                return Ok(None);
            }
            std::hint::spin_loop();
        }
        loop {
            let notify = self.notify();
            // Before the look, lest what stirs it between the two be missed.
            let stirs = notify.as_ref().map_or(0, |notify| notify.stirs());
            if let Some(value) = self.peek()? {
                return Ok(Some(value));
            }
            let left = left();
            match notify {
                _ if left.is_zero() => return Ok(None),
                Some(notify) => notify.wait(left, stirs),
                None => std::thread::sleep(left.min(LOOK_AGAIN)),
            }
        }
    }

    /// Whether the result, or an error, is there. Wraps `veo_call_peek_result`.
    ///
    /// It asks libveo, which hands a result out once; so the result is kept here for the next `peek`, `wait` or `.await`.
    pub fn is_done(&mut self) -> bool {
        let Progress::Queued { context, id, stamp, .. } = &self.state else { return true };
        let queue = context.queue();
        let state = queue.api.peek_result(queue.handle, *id);
        if state == State::Unfinished {
            return false;
        }
        let (context, id, stamp) = (context.clone(), *id, *stamp);
        forget_waker(&self.state);
        let outcome = self.settle(&context, id, stamp, state);
        self.state = match outcome {
            Ok(value) => Progress::Final { value },
            Err(error) => Progress::Failed { context, error: Box::new(error) },
        };
        true
    }

    /// The notification that fires when the request is final. `None` when the engine takes none: then it has ended, and
    /// the request is about to be final.
    fn notify(&mut self) -> Option<Arc<Notify>> {
        let Progress::Queued { context, notify, .. } = &mut self.state else { return None };
        if notify.is_none() {
            *notify = Notify::submit(context.queue());
        }
        notify.clone()
    }

    /// Leaves the request to its queue, since whoever waited for it does not any more.
    #[cold]
    fn give_up(&mut self, limit: Duration) -> Error {
        self.abandon(true);
        self.what.blocked(Blocked::Late(limit))
    }

    /// Leaves the request to its queue. `told` says whether an error was given for it.
    fn abandon(&mut self, told: bool) {
        forget_waker(&self.state);
        match std::mem::replace(&mut self.state, Progress::Collected) {
            Progress::Queued { context, id, stamp, .. } => {
                // libveo may write the stack images and the owned buffer until the request is final.
                let stack = self.stack.take();
                let keep: Option<Box<dyn Any + Send>> = match (stack, self.keep.take()) {
                    (None, keep) => keep,
                    (Some(stack), keep) => Some(Box::new((stack.detach(), keep))),
                };
                let panic = self.panic.take();
                context.queue().abandon(Abandoned { id, stamp, what: self.what, keep, panic, told });
            }
            Progress::Failed { context, error } => context.queue().abandon_error(*error),
            Progress::Final { .. } | Progress::Collected => {}
        }
    }

    /// The deadline of its process.
    fn deadline(&self) -> Option<Duration> {
        match &self.state {
            Progress::Queued { context, .. } => context.queue().deadline,
            _ => None,
        }
    }

    /// Its state is final: notes that, and gives the value or the error that it stands for.
    #[inline]
    fn settle(&mut self, context: &Context, id: u64, stamp: u64, state: State) -> Result<u64> {
        let queue = context.queue();
        queue.note_final(stamp, state);
        if state == State::Cancelled {
            queue.let_go(self.what, self.keep.take());
        }
        self.what.outcome(queue, id, state)
    }

    /// Makes the result of a final state, and uses the request up.
    fn collect(&mut self, state: State) -> Result<T> {
        forget_waker(&self.state);
        let value = match std::mem::replace(&mut self.state, Progress::Collected) {
            Progress::Queued { context, id, stamp, .. } => self.settle(&context, id, stamp, state)?,
            Progress::Final { value } => value,
            Progress::Failed { error, .. } => return Err(*error),
            Progress::Collected => {
                return Err(Error::Refused {
                    operation: format!("asking for the result of {}", self.what),
                    reason: "it was given before".into(),
                });
            }
        };
        if let Some(stack) = self.stack.take() {
            // SAFETY: `'a` is alive, and with it the exclusive borrow of the callers' memory that the images go to.
            unsafe { stack.copy_back() };
        }
        (self.finish)(value, self.keep.take())
    }
}

impl<T> Future for Request<'_, T> {
    type Output = Result<T>;

    /// Asks for the result, and has the task woken when it is there: a host function behind the request does it, so no
    /// thread polls.
    fn poll(self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(result) = this.peek().transpose() {
            return Poll::Ready(result);
        }
        let Some(notify) = this.notify() else {
            task.waker().wake_by_ref();
            return Poll::Pending;
        };
        if let Some(limit) = this.deadline()
            && notify.is_late(limit)
        {
            return Poll::Ready(Err(this.give_up(limit)));
        }
        let fired = notify.register(task.waker());
        // What became final before the waker was there does not wake it.
        if let Some(result) = this.peek().transpose() {
            return Poll::Ready(result);
        }
        if fired {
            task.waker().wake_by_ref();
        }
        Poll::Pending
    }
}

impl<T> Drop for Request<'_, T> {
    #[inline]
    fn drop(&mut self) {
        // What was waited for has nothing left to abandon.
        if !matches!(self.state, Progress::Collected) {
            self.abandon(false);
        }
    }
}

/// A task that waited for a request is not woken for it any more.
#[inline]
fn forget_waker(state: &Progress) {
    if let Progress::Queued { notify: Some(notify), .. } = state {
        notify.forget_waker();
    }
}

impl<T> fmt::Debug for Request<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request").field("what", &format_args!("{}", self.what)).finish_non_exhaustive()
    }
}
