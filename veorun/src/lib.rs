//! `libveorun.a`: the `main` of a `veorun` of one's own, to be linked with kernels in C, C++ or Fortran.
//!
//! ```text
//! cc -o myveorun kernels.o table.o -L$P/lib -lveorun -lgcc_s -lm
//! ```
//!
//! `table.o` says which symbols the host may look up with library handle 0; `mk_veorun_static` writes it.

use std::ffi::{c_int, c_long};

/// Reached when a person starts the program; a host is served before `main`.
#[unsafe(no_mangle)]
pub extern "C" fn main() -> c_int {
    veo_host::veorun()
}

/// What an earlier request of this context returned; `offs` 0 is the one directly before. 0, or -1 if there is nothing.
///
/// # Safety
/// `result` is null or valid for a write.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn veo_prev_req_result(offs: c_int, result: *mut u64) -> c_int {
    // SAFETY: by this function's contract.
    unsafe { veo_host::__helpers::previous_result(offs, result) }
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
    unsafe { veo_host::__helpers::system_call(number, a, b, c, d, e, f) }
}
