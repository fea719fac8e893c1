//! Contexts and their attributes.

use std::ffi::c_int;

use veo_sys::{VEO_STATE_EXIT, VEO_STATE_RUNNING, VEO_STATE_UNKNOWN, veo_proc_handle, veo_thr_ctxt, veo_thr_ctxt_attr};

use super::process::set_errno;
use super::{c_api, context_handle, context_of, fail, process_of};

/// The stack that a context's thread has if nobody asks for another one.
const DEFAULT_STACK: usize = 0x800_0000;

/// The smallest stack that may be asked for.
const MIN_STACK: usize = 4 << 20;

/// What a `veo_thr_ctxt_attr` points to.
#[derive(Debug)]
struct Attributes {
    stack: usize,
}

c_api! {
    /// Opens a context: the main one first, then new ones.
    fn veo_context_open(process: *mut veo_proc_handle) -> *mut veo_thr_ctxt, else std::ptr::null_mut(); {
        open(process, DEFAULT_STACK)
    }

    /// Opens a context with attributes.
    fn veo_context_open_with_attr(
        process: *mut veo_proc_handle,
        attributes: *mut veo_thr_ctxt_attr,
    ) -> *mut veo_thr_ctxt, else std::ptr::null_mut(); {
        match attributes_of(attributes) {
            Some(attributes) if !process.is_null() => open(process, attributes.stack),
            _ => {
                set_errno(libc::EINVAL);
                std::ptr::null_mut()
            }
        }
    }

    /// Closes a context; the main one stays.
    fn veo_context_close(context: *mut veo_thr_ctxt) -> c_int, else 0; {
        let Some(context) = context_of(context) else { return -1 };
        let Some(process) = context.process() else { return 0 };
        if context.is_on_host_thread() {
            // A host function stands in front of the worker's thread, which can end only when the function has returned.
            let closing = std::thread::Builder::new().name("veo-close".into());
            let closing = closing.spawn(move || process.close_context(context));
            return if closing.is_ok() { 0 } else { -1 };
        }
        process.close_context(context);
        0
    }

    /// Whether a context runs.
    fn veo_get_context_state(context: *mut veo_thr_ctxt) -> c_int, else VEO_STATE_UNKNOWN as c_int; {
        let state = match context_of(context) {
            None => VEO_STATE_UNKNOWN,
            Some(context) if context.is_running() => VEO_STATE_RUNNING,
            Some(_) => VEO_STATE_EXIT,
        };
        state as c_int
    }

    /// Waits until everything submitted so far has finished.
    fn veo_context_sync(context: *mut veo_thr_ctxt), else (); {
        if let Some(context) = context_of(context) {
            context.sync();
        }
    }

    /// Begins a request block: submissions by other threads wait.
    fn veo_req_block_begin(context: *mut veo_thr_ctxt), else (); {
        if let Some(context) = context_of(context) {
            context.begin_block();
        }
    }

    /// Ends a request block.
    fn veo_req_block_end(context: *mut veo_thr_ctxt), else (); {
        if let Some(context) = context_of(context) {
            context.end_block();
        }
    }

    /// The number of opened contexts.
    fn veo_num_contexts(process: *mut veo_proc_handle) -> c_int, else -1; {
        if process.is_null() {
            set_errno(libc::EINVAL);
            return -1;
        }
        process_of(process).map_or(0, |process| c_int::try_from(process.contexts().len()).unwrap_or(c_int::MAX))
    }

    /// An opened context by its index.
    fn veo_get_context(process: *mut veo_proc_handle, index: c_int) -> *mut veo_thr_ctxt, else std::ptr::null_mut(); {
        let context = process_of(process).zip(usize::try_from(index).ok()).and_then(|(process, index)| {
            process.contexts().get(index).copied()
        });
        context.map_or(std::ptr::null_mut(), context_handle)
    }

    /// New attributes, with the default stack.
    fn veo_alloc_thr_ctxt_attr() -> *mut veo_thr_ctxt_attr, else std::ptr::null_mut(); {
        Box::into_raw(Box::new(Attributes { stack: DEFAULT_STACK })).cast()
    }

    /// Frees attributes.
    fn veo_free_thr_ctxt_attr(attributes: *mut veo_thr_ctxt_attr) -> c_int, else -1; {
        if attributes.is_null() {
            return invalid();
        }
        // SAFETY: not null, so it came from `veo_alloc_thr_ctxt_attr`, and by the header's contract is freed once.
        drop(unsafe { Box::from_raw(attributes.cast::<Attributes>()) });
        0
    }

    /// Sets the stack size.
    fn veo_set_thr_ctxt_stacksize(attributes: *mut veo_thr_ctxt_attr, size: usize) -> c_int, else -1; {
        match attributes_of(attributes) {
            Some(attributes) if size >= MIN_STACK => {
                attributes.stack = size;
                0
            }
            _ => invalid(),
        }
    }

    /// Reads the stack size.
    fn veo_get_thr_ctxt_stacksize(attributes: *mut veo_thr_ctxt_attr, size: *mut usize) -> c_int, else -1; {
        match attributes_of(attributes) {
            Some(attributes) if !size.is_null() => {
                // SAFETY: not null, and by the header's contract writable.
                unsafe { size.write(attributes.stack) };
                0
            }
            _ => invalid(),
        }
    }
}

fn attributes_of<'a>(attributes: *mut veo_thr_ctxt_attr) -> Option<&'a mut Attributes> {
    // SAFETY: not null, so it came from `veo_alloc_thr_ctxt_attr`; by the header's contract one thread uses it at a time.
    unsafe { attributes.cast::<Attributes>().as_mut() }
}

fn invalid() -> c_int {
    set_errno(libc::EINVAL);
    -1
}

fn open(process: *mut veo_proc_handle, stack: usize) -> *mut veo_thr_ctxt {
    let Some(process) = process_of(process) else {
        return std::ptr::null_mut();
    };
    match process.open_context(stack) {
        Ok(context) => context_handle(context),
        Err(error) => {
            fail(format!("veo_context_open: {error}"));
            std::ptr::null_mut()
        }
    }
}
