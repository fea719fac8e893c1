//! Requests: the C functions that queue, and those that ask for results.

use std::ffi::c_void;

use super::{Api, ContextHandle, Pack, ProcHandle, State, accepted, since};
use crate::error::Result;
use crate::traffic::Traffic;

impl Api {
    /// Queues a call.
    ///
    /// # Safety
    /// The OUT and INOUT buffers in the pack stay valid until the request is final.
    #[inline]
    pub(crate) unsafe fn call_async(self, context: ContextHandle, function: u64, pack: &Pack) -> Option<u64> {
        let _traffic = context.join();
        // SAFETY: handle and pack are valid; the caller vouches for the buffers.
        accepted(unsafe { (self.table.veo_call_async)(context.get(), function, pack.args.as_ptr()) })
    }

    /// Calls a function on the main context and waits.
    pub(crate) fn call_sync(self, proc: ProcHandle, function: u64, pack: &Pack) -> Option<u64> {
        let _traffic = proc.join();
        let mut value = 0;
        // SAFETY: handle, pack and result are valid; the buffers in the pack outlive this call.
        let result = unsafe { (self.table.veo_call_sync)(proc.get(), function, pack.args.as_ptr(), &raw mut value) };
        (result == 0).then_some(value)
    }

    /// Queues a host function.
    ///
    /// # Safety
    /// `function` may be called once with `argument`, from any thread.
    pub(crate) unsafe fn call_async_vh(
        self,
        context: ContextHandle,
        function: unsafe extern "C" fn(*mut c_void) -> u64,
        argument: *mut c_void,
    ) -> Option<u64> {
        let _traffic = context.join();
        // SAFETY: the handle is valid (module text); the caller vouches for the rest.
        accepted(unsafe { (self.table.veo_call_async_vh)(context.get(), Some(function), argument) })
    }

    #[inline]
    pub(crate) fn peek_result(self, context: ContextHandle, id: u64) -> State {
        let traffic = context.traffic.map(Traffic::try_join);
        if matches!(traffic, Some(None)) {
            // Not for long. Whoever looks does not want to wait.
            return State::Unfinished;
        }
        let mut value = 0;
        // SAFETY: handle and result are valid.
        let state = unsafe { (self.table.veo_call_peek_result)(context.get(), id, &raw mut value) };
        State::new(state, value)
    }

    #[inline]
    pub(crate) fn wait_result(self, context: ContextHandle, id: u64) -> State {
        let _traffic = context.join();
        let mut value = 0;
        // SAFETY: handle and result are valid; every id has one waiter (`Request` owns it).
        let state = unsafe { (self.table.veo_call_wait_result)(context.get(), id, &raw mut value) };
        State::new(state, value)
    }

    /// Queues a read.
    ///
    /// # Safety
    /// `to` stays valid for writes of `bytes` bytes until the request is final.
    pub(crate) unsafe fn async_read_mem(
        self,
        context: ContextHandle,
        to: *mut u8,
        from: u64,
        bytes: usize,
    ) -> Option<u64> {
        let _traffic = context.join();
        // SAFETY: the handle is valid (module text); the caller vouches for the buffer.
        accepted(unsafe { (self.table.veo_async_read_mem)(context.get(), to.cast(), from, bytes) })
    }

    /// Queues a write.
    ///
    /// # Safety
    /// `from` stays valid and unchanged for `bytes` bytes until the request is final.
    pub(crate) unsafe fn async_write_mem(
        self,
        context: ContextHandle,
        to: u64,
        from: *const u8,
        bytes: usize,
    ) -> Option<u64> {
        let _traffic = context.join();
        // SAFETY: the handle is valid (module text); the caller vouches for the buffer.
        accepted(unsafe { (self.table.veo_async_write_mem)(context.get(), to, from.cast(), bytes) })
    }

    /// Queues an allocation. `Err` when this libveo cannot, `Ok(None)` when it refuses.
    pub(crate) fn alloc_mem_async(self, context: ContextHandle, bytes: usize) -> Result<Option<u64>> {
        let _traffic = context.join();
        let alloc = since(self.table.veo_alloc_mem_async, "veo_alloc_mem_async", 14)?;
        // SAFETY: the handle is valid (module text).
        Ok(accepted(unsafe { alloc(context.get(), bytes) }))
    }

    /// Queues a free. `Err` when this libveo cannot, `Ok(None)` when it refuses.
    pub(crate) fn free_mem_async(self, context: ContextHandle, address: u64) -> Result<Option<u64>> {
        let _traffic = context.join();
        let free = since(self.table.veo_free_mem_async, "veo_free_mem_async", 14)?;
        // SAFETY: the handle is valid (module text).
        Ok(accepted(unsafe { free(context.get(), address) }))
    }
}
