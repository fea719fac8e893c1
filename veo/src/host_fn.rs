//! Host functions in the queue of a context.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex, OnceLock};

use crate::context::Context;
use crate::creator;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::promise::Callback;
use crate::request::{Request, What};

/// A function, and where its result waits for its request.
struct Job<F, T> {
    queue: u64,
    stamp: AtomicU64,
    /// Until it is called. The lock is held meanwhile, so that whoever wants the result waits for it.
    function: Mutex<Option<F>>,
    result: Mutex<Option<Result<T>>>,
    panic: PanicText,
}

/// The text of a host function's panic, for whoever collects the request if nobody takes the result.
pub(crate) type PanicText = Arc<OnceLock<String>>;

/// The error of a host function that panicked.
pub(crate) fn panicked(text: &str) -> Error {
    Error::Refused { operation: What::HostFunction.to_string(), reason: format!("it panicked: {text}") }
}

/// Queues `function`.
pub(crate) fn submit<F, T>(context: &Context, function: F) -> Request<'static, T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let panic = PanicText::default();
    let queue = context.queue();
    let job = Arc::new(Job {
        queue: queue.id,
        stamp: AtomicU64::new(0),
        function: Mutex::new(Some(function)),
        result: Mutex::new(None),
        panic: Arc::clone(&panic),
    });
    let callback = Arc::clone(&job) as Arc<dyn Callback>;
    let request = context.submit(What::HostFunction, finish::<F, T>, &queue.limit(), |queue, submitter| {
        Ok(queue.submit_host(submitter, callback))
    });
    // What a function owns that was refused goes at once.
    if request.was_refused() { request } else { request.keeping(Box::new(job)).that_may_panic(panic) }
}

impl<F: FnOnce() -> T + Send, T: Send> Callback for Job<F, T> {
    fn call(&self) {
        let mut function = lock(&self.function);
        let Some(code) = function.take() else { return };
        let called =
            creator::in_host_function(self.queue, self.stamp.load(Relaxed), || catch_unwind(AssertUnwindSafe(code)));
        let text =
            |payload: Box<dyn Any + Send>| panicked(self.panic.get_or_init(|| panic_text(payload.as_ref()).to_owned()));
        *lock(&self.result) = Some(called.map_err(text));
        drop(function);
    }

    fn placed(&self, stamp: u64) {
        self.stamp.store(stamp, Relaxed);
    }

    /// What it owns goes at once, though the request may be kept for long.
    fn cancelled(&self) {
        let function = lock(&self.function).take();
        drop(function);
    }
}

/// What a panic says.
pub(crate) fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

fn finish<F, T>(_value: u64, keep: Option<Box<dyn Any + Send>>) -> Result<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let job = keep.and_then(|keep| keep.downcast::<Arc<Job<F, T>>>().ok());
    let result = job.and_then(|job| {
        // It was called before, unless its context has ended.
        job.call();
        lock(&job.result).take()
    });
    result.unwrap_or_else(|| Err(What::HostFunction.ended(None)))
}
