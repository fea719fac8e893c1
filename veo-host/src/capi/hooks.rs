//! Hooks on allocation and freeing.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Mutex, OnceLock};

use veo_sys::veo_proc_handle;

use super::c_api;
use crate::engine::lock;

/// A hook as C registers it: variadic, though it is always called with the same arguments.
type Hook = unsafe extern "C" fn(*mut c_void, ...);

#[derive(Clone, Copy)]
struct Entry {
    hook: Hook,
    payload: *mut c_void,
}

// SAFETY: the payload is only passed back to the hook; by the header's contract both may be used from any thread that
// allocates.
unsafe impl Send for Entry {}

/// Hooks by the address of the function that they belong to.
fn table() -> &'static Mutex<HashMap<usize, Entry>> {
    static TABLE: OnceLock<Mutex<HashMap<usize, Entry>>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}

fn entry(function: *const c_void) -> Option<Entry> {
    lock(table()).get(&function.addr()).copied()
}

/// Calls the hook on `veo_alloc_mem`, with a pointer to the address.
pub(super) fn allocated(process: *mut veo_proc_handle, address: *mut u64, size: usize) {
    if let Some(Entry { hook, payload }) = entry(super::veo_alloc_mem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        unsafe { hook(payload, process, address, size) };
    }
}

/// Calls the hook on `veo_free_mem`, after the memory was freed.
pub(super) fn freed(process: *mut veo_proc_handle, address: u64) {
    if let Some(Entry { hook, payload }) = entry(super::veo_free_mem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        unsafe { hook(payload, process, address) };
    }
}

c_api! {
    /// Registers a hook on a function of this API.
    fn veo_register_hook(function: *mut c_void, hook: Option<Hook>, payload: *mut c_void), else (); {
        if let Some(hook) = hook {
            lock(table()).insert(function.addr(), Entry { hook, payload });
        }
    }

    /// The hook on a function, or null.
    fn veo_get_hook(function: *mut c_void) -> *mut c_void, else std::ptr::null_mut(); {
        entry(function).map_or(std::ptr::null_mut(), |entry| entry.hook as *mut c_void)
    }

    /// Removes the hook on a function.
    fn veo_unregister_hook(function: *mut c_void), else (); {
        lock(table()).remove(&function.addr());
    }

    /// Not supported yet: does nothing.
    fn veo_register_hmem_hook_functions(
        _alloc: Option<unsafe extern "C" fn(*mut c_void, usize)>,
        _free: Option<unsafe extern "C" fn(u64)>,
    ), else (); {}

    /// Not supported yet: does nothing.
    fn veo_unregister_hmem_hook_functions(), else (); {}
}
