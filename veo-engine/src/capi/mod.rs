//! The C API: every function of `ve_offload.h`, by topic. Only translation from C lives here; what the functions do is in
//! `engine`.
//!
//! No panic crosses this boundary, and no handle is trusted further than C allows: null is an error, and a handle whose
//! object has ended still refers to a husk that says so.

mod args;
mod call;
mod context;
mod hardware;
mod hmem;
mod hooks;
mod memory;
mod process;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

pub use args::*;
pub use call::*;
pub use context::*;
pub use hardware::*;
pub use hmem::*;
pub use hooks::*;
pub use memory::*;
pub use process::*;
use veo_sys::{veo_proc_handle, veo_thr_ctxt};

use crate::engine::context::Context;
use crate::engine::lock;
use crate::engine::process::Process;
use crate::engine::report::Report;

/// Defines C functions: `fn name(..) -> R, else failure { body }`. A panic in the body gives `failure`.
macro_rules! c_api {
    ($($(#[$meta:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $ret:ty)?, else $failure:expr; $body:block)*) => {$(
        $(#[$meta])*
        ///
        /// # Safety
        /// Pointers are null, or valid as the C header says.
        pub unsafe extern "C" fn $name($($arg: $type),*) $(-> $ret)? {
            $crate::capi::guarded(stringify!($name), || $failure, || $body)
        }
    )*};
}
pub(crate) use c_api;

/// Runs the body of a C function; a panic, which would be a defect of ours, becomes the function's failure.
#[inline]
fn guarded<T>(name: &str, failure: impl FnOnce() -> T, body: impl FnOnce() -> T) -> T {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        fail(format!("{name}: internal error; please report it"));
        failure()
    })
}

thread_local! {
    static LAST_ERROR: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps the reason of a failure for [`last_error`]: the C API can only say that there was one.
fn fail(reason: String) {
    if std::env::var_os("VEO_LOG_DEBUG").is_some() {
        // Not `eprintln`, which panics if standard error takes nothing.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("[VH] ERROR: {reason}\n").as_bytes());
    }
    // A thread that is ending may have no such place any more.
    let _ = LAST_ERROR.try_with(|last| last.replace(Some(reason)));
}

/// Takes the reason why a function of the C API last failed in this thread.
#[must_use]
pub fn last_error() -> Option<String> {
    LAST_ERROR.try_with(RefCell::take).ok().flatten()
}

/// What a `veo_proc_handle` points to. Never freed, as in libveo.
#[derive(Debug)]
struct ProcessHandle {
    process: Mutex<Option<Arc<Process>>>,
    /// How the process ended, when it was destroyed.
    end: Mutex<Option<Arc<Report>>>,
    node: i32,
}

/// The object behind a process handle, unless it is null.
fn handle_of(handle: *mut veo_proc_handle) -> Option<&'static ProcessHandle> {
    // SAFETY: a non-null handle came from `veo_proc_create`, which leaks what it points to.
    unsafe { handle.cast::<ProcessHandle>().as_ref() }
}

/// The process behind a handle, unless it is null or destroyed.
fn process_of(handle: *mut veo_proc_handle) -> Option<Arc<Process>> {
    lock(&handle_of(handle)?.process).clone()
}

/// The context behind a handle, unless it is null.
#[inline]
fn context_of(handle: *mut veo_thr_ctxt) -> Option<&'static Context> {
    // SAFETY: a non-null handle came from `context_handle`, whose object is never freed.
    unsafe { handle.cast::<Context>().as_ref() }
}

fn context_handle(context: &'static Context) -> *mut veo_thr_ctxt {
    std::ptr::from_ref(context).cast_mut().cast()
}
