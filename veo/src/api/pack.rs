//! Argument lists.

use std::ffi::c_int;
use std::ptr::NonNull;

use veo_sys::{VEO_INTENT_IN, VEO_INTENT_INOUT, VEO_INTENT_OUT, veo_args};

use super::Api;
use crate::error::{Error, Result};

/// An argument list, used by one thread at a time.
#[derive(Debug)]
pub(crate) struct Pack {
    api: Api,
    pub(super) args: NonNull<veo_args>,
    len: c_int,
}

// SAFETY: libveo's argument lists are plain objects without thread affinity; `Pack` is not `Sync`.
unsafe impl Send for Pack {}

impl Pack {
    /// A new, empty argument list.
    pub(crate) fn new(api: Api) -> Result<Self> {
        // SAFETY: no preconditions.
        let args = unsafe { (api.table.veo_args_alloc)() };
        let args = NonNull::new(args).ok_or_else(|| Error::Refused {
            operation: "veo_args_alloc".into(),
            reason: "the engine has no memory for an argument list".into(),
        })?;
        Ok(Self { api, args, len: 0 })
    }

    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.len == 0 {
            return;
        }
        self.len = 0;
        // SAFETY: the list is ours and alive.
        unsafe { (self.api.table.veo_args_clear)(self.args.as_ptr()) };
    }

    /// The number of arguments.
    pub(crate) fn len(&self) -> usize {
        usize::try_from(self.len).unwrap_or(0)
    }

    #[inline]
    fn next(&mut self) -> c_int {
        self.len += 1;
        self.len - 1
    }

    /// Adds an integer or address, extended to 64 bits already: what the typed setters for narrow integers do from the
    /// ninth argument on is not what a callee expects that declares `long`.
    #[inline]
    pub(crate) fn word(&mut self, value: u64) {
        let index = self.next();
        // SAFETY: the list is ours and alive.
        unsafe { (self.api.table.veo_args_set_u64)(self.args.as_ptr(), index, value) };
    }

    #[inline]
    pub(crate) fn double(&mut self, value: f64) {
        let index = self.next();
        // SAFETY: the list is ours and alive.
        unsafe { (self.api.table.veo_args_set_double)(self.args.as_ptr(), index, value) };
    }

    #[inline]
    pub(crate) fn float(&mut self, value: f32) {
        let index = self.next();
        // SAFETY: the list is ours and alive.
        unsafe { (self.api.table.veo_args_set_float)(self.args.as_ptr(), index, value) };
    }

    /// Adds bytes that are copied to the VE stack when the call is submitted.
    ///
    /// # Safety
    /// `bytes` is valid for reads of `len` bytes until then.
    pub(crate) unsafe fn stack_in(&mut self, bytes: *const u8, len: usize) {
        // SAFETY: the caller vouches for the bytes, which libveo only reads with this intent.
        unsafe { self.stack(VEO_INTENT_IN, bytes.cast_mut(), len) };
    }

    /// Adds bytes that are copied back from the VE stack when the call completes, and to it before if `inout`.
    ///
    /// # Safety
    /// `bytes` is valid for reads and writes of `len` bytes until the request is final.
    pub(crate) unsafe fn stack_out(&mut self, bytes: *mut u8, len: usize, inout: bool) {
        // NEC's libveo loses the address of an argument that is only output, if it is the ninth or later and no other argument
        // travels on the stack; and what the kernel does not write would be bytes of earlier calls.
        let intent = if inout || !self.api.host { VEO_INTENT_INOUT } else { VEO_INTENT_OUT };
        // SAFETY: the caller vouches for the bytes.
        unsafe { self.stack(intent, bytes, len) };
    }

    /// # Safety
    /// As for the two above.
    unsafe fn stack(&mut self, intent: u32, bytes: *mut u8, len: usize) {
        let index = self.next();
        let args = self.args.as_ptr();
        // SAFETY: the list is ours and alive; the caller vouches for the bytes.
        unsafe { (self.api.table.veo_args_set_stack)(args, intent, index, bytes.cast(), len) };
    }
}

impl Drop for Pack {
    fn drop(&mut self) {
        // SAFETY: the list is ours and freed once.
        unsafe { (self.api.table.veo_args_free)(self.args.as_ptr()) };
    }
}
