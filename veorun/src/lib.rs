//! `libveorun.a`: the `main` of a `veorun` of one's own, to be linked with kernels in C, C++ or Fortran.
//!
//! ```text
//! cc -o myveorun kernels.o table.o -L$P/lib -lveorun -lgcc_s -lm
//! ```
//!
//! `table.o` says which symbols the host may look up with library handle 0; `mk_veorun_static` writes it.

use std::ffi::{c_int, c_long, c_void};

/// Reached when a person starts the program; a host is served before `main`.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> c_int {
    veo_engine::veorun()
}

/// What an earlier request of this context returned; `offs` 0 is the one directly before. 0, or -1 if there is nothing.
///
/// # Safety
/// `result` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_prev_req_result(offs: c_int, result: *mut u64) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::__helpers::previous_result(offs, result) }
}

/// A system call of this host. Its result, or the negative error number.
///
/// # Safety
/// As for the system call.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn syscall_wrapper(
    number: c_int,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::__helpers::system_call(number, a, b, c, d, e, f) }
}

/// Whether a pointer has the tag of a VE process.
///
/// # Safety
/// Any pointer is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_is_ve_addr(address: *const c_void) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::capi::veo_is_ve_addr(address) }
}

/// The address without its tag.
///
/// # Safety
/// Any pointer is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_get_hmem_addr(address: *mut c_void) -> *mut c_void {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::capi::veo_get_hmem_addr(address) }
}

/// How many processes tags can tell apart.
///
/// # Safety
/// No preconditions.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_get_max_proc_identifier() -> c_int {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::capi::veo_get_max_proc_identifier() }
}

/// The process identifier in a tag, -1 without one.
///
/// # Safety
/// Any pointer is allowed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_get_proc_identifier_from_hmem(address: *const c_void) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { veo_engine::capi::veo_get_proc_identifier_from_hmem(address) }
}
