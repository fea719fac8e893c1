//! Host functions in the queue of a context.

use std::any::Any;
use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock};

use crate::context::Context;
use crate::creator;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::request::{Request, What};

/// Where the function's result waits for its request.
struct Cell<T>(Mutex<Option<Result<T>>>);

/// What goes through C: the function, where its result goes, and where the text of its panic.
struct Job<F, T> {
    function: F,
    cell: Arc<Cell<T>>,
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
    let cell: Arc<Cell<T>> = Arc::new(Cell(Mutex::new(None)));
    let panic = PanicText::default();
    let job = Box::into_raw(Box::new(Job { function, cell: Arc::clone(&cell), panic: Arc::clone(&panic) }));
    let queue = context.queue();
    let mut submitter = queue.submitter();
    // SAFETY: `run` takes the box that `job` stands for; it is called once, from any thread, and the job is `Send`.
    let id = unsafe { queue.api.call_async_vh(queue.handle, run::<F, T>, job.cast()) };
    let Some(id) = id else {
        drop(submitter);
        // SAFETY: nobody else took the box.
        drop(unsafe { Box::from_raw(job) });
        return Request::failed(context, queue.refusal(What::HostFunction), What::HostFunction, finish);
    };
    let stamp = submitter.next_stamp();
    drop(submitter);
    Request::queued(context, id, stamp, What::HostFunction, finish).keeping(Box::new(cell)).that_may_panic(panic)
}

unsafe extern "C" fn run<F: FnOnce() -> T, T>(job: *mut c_void) -> u64 {
    // SAFETY: `submit` made this pointer of a box of this type.
    let Job { function, cell, panic } = *unsafe { Box::from_raw(job.cast::<Job<F, T>>()) };
    let called = creator::on_engine_thread(|| catch_unwind(AssertUnwindSafe(function)));
    let result = called.map_err(|payload| panicked(panic.get_or_init(|| panic_text(payload.as_ref()).to_owned())));
    *lock(&cell.0) = Some(result);
    0
}

fn panic_text(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no text")
}

fn finish<T: Send + 'static>(_value: u64, keep: Option<Box<dyn Any + Send>>) -> Result<T> {
    let cell = keep.and_then(|keep| keep.downcast::<Arc<Cell<T>>>().ok());
    let result = cell.and_then(|cell| lock(&cell.0).take());
    result.unwrap_or_else(|| Err(What::HostFunction.ended(None)))
}
