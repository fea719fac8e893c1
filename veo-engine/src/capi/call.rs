//! Calls and their results.

use std::ffi::{c_char, c_int, c_void};

use veo_sys::{
    VEO_COMMAND_ERROR, VEO_COMMAND_OK, VEO_COMMAND_UNFINISHED, VEO_REQUEST_ID_INVALID, veo_args, veo_proc_handle,
    veo_thr_ctxt,
};

use super::args::args_of;
use super::process::short_name;
use super::{c_api, context_of, fail, process_of};
use crate::engine::context::{self, Cancelled, Look, Refused};
use crate::engine::deferred::{HostFunction, Work};

c_api! {
    /// Calls a function on the main context and waits.
    fn veo_call_sync(
        process: *mut veo_proc_handle,
        function: u64,
        args: *mut veo_args,
        result: *mut u64,
    ) -> c_int, else -1; {
        let Some(main) = process_of(process).and_then(|process| process.main()) else { return -1 };
        let Some(args) = args_of(args) else { return -1 };
        if main.is_on_host_thread() {
            return refused("a host function of the main context cannot wait for a call behind itself");
        }
        let id = match main.call(function, args, true) {
            Ok(id) => id,
            Err(reason) => return refused(reason),
        };
        if store(main.wait(id), result) == VEO_COMMAND_OK as c_int { 0 } else { -1 }
    }

    /// Queues a call.
    fn veo_call_async(context: *mut veo_thr_ctxt, function: u64, args: *mut veo_args) -> u64, else VEO_REQUEST_ID_INVALID; {
        match (context_of(context), args_of(args)) {
            (Some(context), Some(args)) => accepted(context.call(function, args, false)),
            _ => VEO_REQUEST_ID_INVALID,
        }
    }

    /// Looks a function up, and queues a call.
    fn veo_call_async_by_name(
        context: *mut veo_thr_ctxt,
        library: u64,
        name: *const c_char,
        args: *mut veo_args,
    ) -> u64, else VEO_REQUEST_ID_INVALID; {
        let (Some(context), Some(args), Some(name)) = (context_of(context), args_of(args), short_name(name)) else {
            return VEO_REQUEST_ID_INVALID;
        };
        let function = context.process().map_or(0, |process| process.resolve(library, name));
        accepted(context.call(function, args, false))
    }

    /// Queues a call of a host function.
    fn veo_call_async_vh(
        context: *mut veo_thr_ctxt,
        function: Option<unsafe extern "C" fn(*mut c_void) -> u64>,
        argument: *mut c_void,
    ) -> u64, else VEO_REQUEST_ID_INVALID; {
        let work = function.map(|function| Work::Function(HostFunction::new(function, argument)));
        context_of(context).zip(work).map_or(VEO_REQUEST_ID_INVALID, |(context, work)| accepted(context.defer(work)))
    }

    /// Looks whether a request is final.
    fn veo_call_peek_result(context: *mut veo_thr_ctxt, id: u64, result: *mut u64) -> c_int, else -1; {
        store(context_of(context).map_or(Look::Unknown, |context| context.peek(id)), result)
    }

    /// Waits until a request is final.
    fn veo_call_wait_result(context: *mut veo_thr_ctxt, id: u64, result: *mut u64) -> c_int, else -1; {
        store(context_of(context).map_or(Look::Unknown, |context| context.wait(id)), result)
    }
}

/// The state of a request that [`cancel_queued`] has ended, which libveo does not know.
pub const COMMAND_CANCELLED: c_int = context::COMMAND_CANCELLED as c_int;

/// Ends every call, transfer and host function of a context that has not begun: their state is [`COMMAND_CANCELLED`]. What
/// runs goes on. Frees, allocations and loads are still done, and so are calls that somebody waits for in `veo_call_sync`.
///
/// `keeps` says which host functions are called in their turn all the same; the others are the caller's again, with their
/// arguments. It is asked with the context locked, so it must not use it.
pub fn cancel_queued(context: *mut veo_thr_ctxt, keeps: &mut dyn FnMut(HostFunction) -> bool) -> Cancelled {
    context_of(context).map(|context| context.cancel(keeps)).unwrap_or_default()
}

/// The id of a request, or libveo's id for "refused", with the reason kept for who asks.
#[inline]
pub(super) fn accepted(submitted: Result<u64, Refused>) -> u64 {
    submitted.unwrap_or_else(|reason| {
        fail(reason.into());
        VEO_REQUEST_ID_INVALID
    })
}

fn refused(reason: Refused) -> c_int {
    fail(reason.into());
    -1
}

/// Writes a result where the caller wants it, and gives its command state.
#[inline]
fn store(look: Look, result: *mut u64) -> c_int {
    match look {
        Look::Taken(outcome) => {
            if !result.is_null() {
                // SAFETY: not null, and by the header's contract writable.
                unsafe { result.write(outcome.value) };
            }
            c_int::from(outcome.status)
        }
        Look::Pending => VEO_COMMAND_UNFINISHED as c_int,
        Look::Unknown => VEO_COMMAND_ERROR as c_int,
    }
}
