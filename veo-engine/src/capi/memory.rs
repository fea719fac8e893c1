//! VE memory: allocation and transfers, at once or in a context's queue.

use std::ffi::{c_int, c_void};

use veo_sys::{VEO_REQUEST_ID_INVALID, veo_proc_handle, veo_thr_ctxt};

use super::call::accepted;
use super::{c_api, context_of, hooks, process_of};
use crate::engine::deferred::Work;

c_api! {
    /// Allocates VE memory.
    fn veo_alloc_mem(handle: *mut veo_proc_handle, address: *mut u64, size: usize) -> c_int, else -1; {
        if handle.is_null() || address.is_null() {
            return -1;
        }
        let block = process_of(handle).filter(|process| !process.has_ended()).and_then(|process| process.alloc(size));
        // SAFETY: not null, and by the header's contract writable.
        unsafe { address.write(block.map_or(0, |block| block.ve)) };
        if block.is_none() {
            return -1;
        }
        hooks::allocated(handle, address, size);
        0
    }

    /// Frees VE memory, behind what is queued on the main context.
    fn veo_free_mem(handle: *mut veo_proc_handle, address: u64) -> c_int, else -1; {
        if handle.is_null() {
            return -1;
        }
        let Some(process) = process_of(handle) else { return 0 };
        if process.free(address).is_err() {
            return -1;
        }
        hooks::freed(handle, address);
        0
    }

    /// Copies VE memory to the host.
    fn veo_read_mem(handle: *mut veo_proc_handle, to: *mut c_void, from: u64, size: usize) -> c_int, else -1; {
        transfer(handle, to.is_null() && size != 0, Work::Read { to: to.cast(), from, len: size })
    }

    /// Copies host memory to the VE.
    fn veo_write_mem(handle: *mut veo_proc_handle, to: u64, from: *const c_void, size: usize) -> c_int, else -1; {
        transfer(handle, from.is_null() && size != 0, Work::Write { to, from: from.cast(), len: size })
    }

    /// Queues a copy to the host.
    fn veo_async_read_mem(
        context: *mut veo_thr_ctxt,
        to: *mut c_void,
        from: u64,
        size: usize,
    ) -> u64, else VEO_REQUEST_ID_INVALID; {
        if to.is_null() && size != 0 {
            return VEO_REQUEST_ID_INVALID;
        }
        let work = Work::Read { to: to.cast(), from, len: size };
        context_of(context).map_or(VEO_REQUEST_ID_INVALID, |context| accepted(context.defer(work)))
    }

    /// Queues a copy to the VE.
    fn veo_async_write_mem(
        context: *mut veo_thr_ctxt,
        to: u64,
        from: *const c_void,
        size: usize,
    ) -> u64, else VEO_REQUEST_ID_INVALID; {
        if from.is_null() && size != 0 {
            return VEO_REQUEST_ID_INVALID;
        }
        let work = Work::Write { to, from: from.cast(), len: size };
        context_of(context).map_or(VEO_REQUEST_ID_INVALID, |context| accepted(context.defer(work)))
    }

    /// Queues an allocation; its value is the address, or 0.
    fn veo_alloc_mem_async(handle: *mut veo_thr_ctxt, size: usize) -> u64, else VEO_REQUEST_ID_INVALID; {
        let hook = hooks::allocated_async(handle, size);
        context_of(handle).map_or(VEO_REQUEST_ID_INVALID, |context| accepted(context.alloc(size, hook)))
    }

    /// Queues a free.
    fn veo_free_mem_async(handle: *mut veo_thr_ctxt, address: u64) -> u64, else VEO_REQUEST_ID_INVALID; {
        let hook = hooks::freed_async(handle);
        context_of(handle).map_or(VEO_REQUEST_ID_INVALID, |context| accepted(context.free(address, hook)))
    }
}

fn transfer(handle: *mut veo_proc_handle, no_buffer: bool, work: Work) -> c_int {
    match process_of(handle) {
        Some(process) if !no_buffer && process.transfer(work).is_ok() => 0,
        _ => -1,
    }
}
