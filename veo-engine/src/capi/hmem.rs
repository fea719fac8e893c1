//! Heterogeneous pointers: VE addresses with a tag that says which process they belong to.
//!
//! ```text
//!   bit 63        1: a VE address
//!   bits 62..59   process identifier
//!   bits 58..0    VE virtual address
//! ```

use std::ffi::{c_int, c_void};

use veo_sys::{VEO_HMEM_PROC_SHIFT, VEO_HMEM_VE_BIT, VEO_MAX_HMEM_PROCS, pid_t, veo_proc_handle};

use super::{
    c_api, handle_of, hooks, process_of, veo_alloc_mem, veo_free_mem, veo_proc_identifier, veo_read_mem, veo_write_mem,
};
use crate::engine::lock;
use crate::engine::table;
use crate::nodes;

const TAG_MASK: u64 = VEO_HMEM_VE_BIT | 0xf << VEO_HMEM_PROC_SHIFT;

fn word(pointer: *const c_void) -> u64 {
    pointer.expose_provenance() as u64
}

pub(super) fn pointer(word: u64) -> *mut c_void {
    std::ptr::with_exposed_provenance_mut(word as usize)
}

/// The VE address and process identifier of a tagged pointer.
pub(super) fn untag(pointer: *const c_void) -> Option<(u64, usize)> {
    let word = word(pointer);
    (word & VEO_HMEM_VE_BIT != 0)
        .then_some((word & !TAG_MASK, ((word & !VEO_HMEM_VE_BIT) >> VEO_HMEM_PROC_SHIFT) as usize))
}

/// A tagged address. `None` for a process that no tag can tell.
pub(super) fn tag(address: u64, identifier: c_int) -> Option<u64> {
    let identifier = u64::try_from(identifier).ok().filter(|_| identifier < VEO_MAX_HMEM_PROCS as c_int)?;
    Some(address | VEO_HMEM_VE_BIT | identifier << VEO_HMEM_PROC_SHIFT)
}

/// The live process that a tagged pointer belongs to.
fn owner(pointer: *const c_void) -> Option<(u64, *mut veo_proc_handle)> {
    let (address, slot) = untag(pointer)?;
    let table = lock(table::table());
    let handle = table.get(slot)?.as_ref()?.handle;
    Some((address, handle))
}

c_api! {
    /// Allocates tagged VE memory, or host memory without a process.
    fn veo_alloc_hmem(process: *mut veo_proc_handle, address: *mut *mut c_void, size: usize) -> c_int, else -1; {
        if address.is_null() {
            return -1;
        }
        if process.is_null() {
            // SAFETY: plain allocation; the result is freed by `veo_free_hmem`.
            let memory = unsafe { libc::malloc(size) };
            // SAFETY: not null, and by the header's contract writable.
            unsafe { address.write(memory) };
            return if memory.is_null() { -1 } else { 0 };
        }
        let mut plain = 0;
        // SAFETY: the handle is the caller's, and `plain` is writable.
        let identifier = unsafe { veo_proc_identifier(process) };
        if !(0..VEO_MAX_HMEM_PROCS as c_int).contains(&identifier) {
            return -1;
        }
        // SAFETY: as above.
        let result = unsafe { veo_alloc_mem(process, &raw mut plain, size) };
        if result != 0 {
            return result;
        }
        let Some(tagged) = tag(plain, identifier) else { return -1 };
        // SAFETY: not null, and by the header's contract writable.
        unsafe { address.write(pointer(tagged)) };
        hooks::allocated_hmem(process, pointer(tagged), size);
        0
    }

    /// Frees what `veo_alloc_hmem` gave.
    fn veo_free_hmem(address: *mut c_void) -> c_int, else -1; {
        if untag(address).is_none() {
            // SAFETY: by the header's contract this is host memory of `veo_alloc_hmem`.
            unsafe { libc::free(address) };
            return 0;
        }
        let Some((plain, process)) = owner(address) else { return -1 };
        // SAFETY: the handle is that of a live process.
        let result = unsafe { veo_free_mem(process, plain) };
        if result == 0 {
            hooks::freed_hmem(process, address);
        }
        result
    }

    /// Copies between any two heterogeneous pointers.
    fn veo_hmemcpy(to: *mut c_void, from: *const c_void, size: usize) -> c_int, else -1; {
        match (untag(to), untag(from)) {
            (None, None) if size == 0 => 0,
            (None, None) if to.is_null() || from.is_null() => -1,
            (None, None) => {
                // SAFETY: by the header's contract both are `size` bytes of host memory.
                unsafe { std::ptr::copy(from.cast::<u8>(), to.cast::<u8>(), size) };
                0
            }
            (Some(_), None) => match owner(to) {
                // SAFETY: the handle is that of a live process; `from` is `size` bytes of host memory.
                Some((address, process)) => unsafe { veo_write_mem(process, address, from, size) },
                None => -1,
            },
            (None, Some(_)) => match owner(from) {
                // SAFETY: the handle is that of a live process; `to` is `size` bytes of host memory.
                Some((address, process)) => unsafe { veo_read_mem(process, to, address, size) },
                None => -1,
            },
            (Some(_), Some(_)) => between_ve_pointers(to, from, size),
        }
    }

    /// Whether a pointer is tagged.
    fn veo_is_ve_addr(address: *const c_void) -> c_int, else 0; { c_int::from(untag(address).is_some()) }

    /// The address without its tag.
    fn veo_get_hmem_addr(address: *mut c_void) -> *mut c_void, else std::ptr::null_mut(); {
        untag(address).map_or(address, |(plain, _)| pointer(plain))
    }

    /// How many processes tags can tell apart.
    fn veo_get_max_proc_identifier() -> c_int, else -1; { VEO_MAX_HMEM_PROCS as c_int }

    /// The process identifier in a tag.
    fn veo_get_proc_identifier_from_hmem(address: *const c_void) -> c_int, else -1; {
        untag(address).map_or(-1, |(_, identifier)| identifier as c_int)
    }

    /// Tags an address.
    fn veo_set_proc_identifier(address: *mut c_void, identifier: c_int) -> *mut c_void, else std::ptr::null_mut(); {
        tag(word(address), identifier).map_or(std::ptr::null_mut(), pointer)
    }

    /// The handle of the process that a tagged pointer belongs to.
    fn veo_get_proc_handle_from_hmem(address: *const c_void) -> *mut veo_proc_handle, else std::ptr::null_mut(); {
        owner(address).map_or(std::ptr::null_mut(), |(_, handle)| handle)
    }

    /// The PID of the process that a tagged pointer belongs to.
    fn veo_get_pid_from_hmem(address: *const c_void) -> pid_t, else -1; {
        owner(address).and_then(|(_, handle)| process_of(handle)).map_or(-1, |process| process.pid())
    }

    /// The node of the process that a tagged pointer belongs to.
    fn veo_get_venum_from_hmem(address: *const c_void) -> c_int, else -1; {
        owner(address).and_then(|(_, handle)| handle_of(handle)).map_or(-1, |handle| handle.node)
    }

    /// The architecture of a node: this engine calls itself a VE1.
    fn veo_get_ve_arch(node: c_int) -> c_int, else -1; {
        match nodes::resolve(node) {
            Ok(_) => 1,
            Err(error) if error.kind() == std::io::ErrorKind::InvalidData => -1,
            Err(_) => 0,
        }
    }
}

/// Copies between two VE addresses. libveo refuses that between two processes.
fn between_ve_pointers(to: *mut c_void, from: *const c_void, size: usize) -> c_int {
    let (Some((target, to_handle)), Some((source, from_handle))) = (owner(to), owner(from)) else {
        return -1;
    };
    let (Some(to_process), Some(from_process)) = (process_of(to_handle), process_of(from_handle)) else {
        return -1;
    };
    if to_process.copy_between(target, &from_process, source, size).is_ok() { 0 } else { -1 }
}
