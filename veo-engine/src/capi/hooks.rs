//! Hooks on allocation and freeing.
//!
//! A hook belongs to one of six functions and is called after the function has succeeded: in the calling thread, or for the
//! asynchronous pair in the context's host thread, in its turn. No lock is held meanwhile: a hook may use this API.

use std::collections::HashMap;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, OnceLock};

use veo_sys::{veo_proc_handle, veo_thr_ctxt};

use super::{c_api, context_of, hmem, process, process_of};
use crate::engine::deferred::Hook;
use crate::engine::lock;
use crate::engine::process::Process;

/// A hook as C registers it: variadic, though each function's hook is always called with the same arguments.
pub type Variadic = unsafe extern "C" fn(*mut c_void, ...);
/// What `veo_register_hmem_hook_functions` has called after an allocation.
pub type HmemAlloc = unsafe extern "C" fn(*mut c_void, usize);
/// What it has called after memory was freed.
pub type HmemFree = unsafe extern "C" fn(u64);

#[derive(Clone, Copy)]
enum Entry {
    /// `veo_register_hook`
    Variadic {
        hook: Variadic,
        payload: Pointer,
    },
    /// `veo_register_hmem_hook_functions`: these see tagged addresses.
    HmemAlloc(HmemAlloc),
    HmemFree(HmemFree),
}

/// Something that is only passed on.
#[derive(Clone, Copy)]
struct Pointer(*mut c_void);

// SAFETY: by the header's contract, hook and payload may be used from any thread that allocates; a handle may anyway.
unsafe impl Send for Pointer {}

/// Hooks by the address of our function that they belong to.
fn table() -> &'static Mutex<HashMap<usize, Entry>> {
    static TABLE: OnceLock<Mutex<HashMap<usize, Entry>>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}

/// The hook on a function of ours.
fn entry(function: *const c_void) -> Option<Entry> {
    lock(table()).get(&function.addr()).copied()
}

/// Calls the hook on `veo_alloc_mem`, with a pointer to the address.
pub(super) fn allocated(process: *mut veo_proc_handle, address: *mut u64, size: usize) {
    match entry(super::veo_alloc_mem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        Some(Entry::Variadic { hook, payload }) => unsafe { hook(payload.0, process, address, size) },
        Some(Entry::HmemAlloc(hook)) => {
            // SAFETY: `veo_alloc_mem` has just written it.
            let plain = unsafe { address.read() };
            // SAFETY: whoever registered the hook made it callable with these arguments.
            unsafe { hook(tagged(process_of(process), plain), size) };
        }
        Some(Entry::HmemFree(_)) | None => {}
    }
}

/// Calls the hook on `veo_free_mem`.
pub(super) fn freed(process: *mut veo_proc_handle, address: u64) {
    match entry(super::veo_free_mem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        Some(Entry::Variadic { hook, payload }) => unsafe { hook(payload.0, process, address) },
        // SAFETY: as above.
        Some(Entry::HmemFree(hook)) => unsafe { hook(tagged(process_of(process), address) as u64) },
        Some(Entry::HmemAlloc(_)) | None => {}
    }
}

/// Calls the hook on `veo_alloc_hmem`, which comes after the one on `veo_alloc_mem`.
pub(super) fn allocated_hmem(process: *mut veo_proc_handle, tagged: *mut c_void, size: usize) {
    if let Some(Entry::Variadic { hook, payload }) = entry(super::veo_alloc_hmem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        unsafe { hook(payload.0, process, tagged, size) };
    }
}

/// Calls the hook on `veo_free_hmem`, which comes after the one on `veo_free_mem`.
pub(super) fn freed_hmem(process: *mut veo_proc_handle, tagged: *mut c_void) {
    if let Some(Entry::Variadic { hook, payload }) = entry(super::veo_free_hmem as *const c_void) {
        // SAFETY: whoever registered the hook made it callable with these arguments.
        unsafe { hook(payload.0, process, tagged) };
    }
}

/// What is to be called after an asynchronous allocation, with its address, or 0 when there was no memory.
pub(super) fn allocated_async(context: *mut veo_thr_ctxt, size: usize) -> Option<Hook> {
    let entry = entry(super::veo_alloc_mem_async as *const c_void)?;
    let context = Pointer(context.cast());
    Some(Box::new(move |address| {
        let context = context;
        match entry {
            // SAFETY: whoever registered the hook made it callable with these arguments.
            Entry::Variadic { hook, payload } => unsafe { hook(payload.0, context.0, address, size) },
            Entry::HmemAlloc(hook) if address != 0 => {
                // SAFETY: as above.
                unsafe { hook(tagged(process_of_context(context.0.cast()), address), size) }
            }
            Entry::HmemAlloc(_) | Entry::HmemFree(_) => {}
        }
    }))
}

/// What is to be called after an asynchronous free, with the address.
pub(super) fn freed_async(context: *mut veo_thr_ctxt) -> Option<Hook> {
    let entry = entry(super::veo_free_mem_async as *const c_void)?;
    let context = Pointer(context.cast());
    Some(Box::new(move |address| {
        let context = context;
        match entry {
            // SAFETY: whoever registered the hook made it callable with these arguments.
            Entry::Variadic { hook, payload } => unsafe { hook(payload.0, context.0, address) },
            // SAFETY: as above.
            Entry::HmemFree(hook) => unsafe { hook(tagged(process_of_context(context.0.cast()), address) as u64) },
            Entry::HmemAlloc(_) => {}
        }
    }))
}

/// An address with the tag of its process; null for a process that no tag can tell.
fn tagged(process: Option<Arc<Process>>, address: u64) -> *mut c_void {
    let identifier = process.map_or(-1, |process| process::identifier(&process));
    hmem::tag(address, identifier).map_or(std::ptr::null_mut(), hmem::pointer)
}

fn process_of_context(context: *mut veo_thr_ctxt) -> Option<Arc<Process>> {
    context_of(context).and_then(|context| context.process())
}

/// The functions behind which the pair for HMEM is installed.
fn hmem_hooked() -> [*const c_void; 4] {
    [
        super::veo_alloc_mem as *const c_void,
        super::veo_free_mem as *const c_void,
        super::veo_alloc_mem_async as *const c_void,
        super::veo_free_mem_async as *const c_void,
    ]
}

c_api! {
    /// Registers a hook on a function of this API, in the place of one that is there.
    fn veo_register_hook(function: *mut c_void, hook: Option<Variadic>, payload: *mut c_void), else (); {
        if let Some(hook) = hook {
            lock(table()).insert(function.addr(), Entry::Variadic { hook, payload: Pointer(payload) });
        }
    }

    /// The hook on a function, or null.
    fn veo_get_hook(function: *mut c_void) -> *mut c_void, else std::ptr::null_mut(); {
        match lock(table()).get(&function.addr()) {
            None => std::ptr::null_mut(),
            Some(Entry::Variadic { hook, .. }) => *hook as *mut c_void,
            Some(Entry::HmemAlloc(hook)) => *hook as *mut c_void,
            Some(Entry::HmemFree(hook)) => *hook as *mut c_void,
        }
    }

    /// Removes the hook on a function.
    fn veo_unregister_hook(function: *mut c_void), else (); {
        lock(table()).remove(&function.addr());
    }

    /// Registers a pair that sees every allocation and free of VE memory by its tagged address, in the place of hooks on
    /// `veo_alloc_mem`, `veo_free_mem` and their asynchronous forms.
    fn veo_register_hmem_hook_functions(alloc: Option<HmemAlloc>, free: Option<HmemFree>), else (); {
        let entries = [alloc.map(Entry::HmemAlloc), free.map(Entry::HmemFree)];
        let mut table = lock(table());
        for (function, entry) in hmem_hooked().into_iter().zip(entries.into_iter().cycle()) {
            match entry {
                Some(entry) => table.insert(function.addr(), entry),
                None => table.remove(&function.addr()),
            };
        }
    }

    /// Removes whatever is registered on `veo_alloc_mem`, `veo_free_mem` and their asynchronous forms.
    fn veo_unregister_hmem_hook_functions(), else (); {
        let mut table = lock(table());
        for function in hmem_hooked() {
            table.remove(&function.addr());
        }
    }
}
