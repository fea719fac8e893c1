//! The names under which C finds the functions of this API.
//!
//! In the shared library each name has the version `VERSION_1`, as in libveo, if the linker can do that (`build.rs` finds
//! out). Such a name belongs to a jump written in assembly: rustc would export a `#[no_mangle]` function without a version.

use std::ffi::{CStr, c_void};

/// Exports a function under its C name: a jump to it. A second, hidden name of the jump is for [`canonical`].
#[cfg(veo_versioned)]
macro_rules! export {
    ($name:ident) => {
        ::core::arch::global_asm!(
            concat!(".globl ", stringify!($name), ", __jump_", stringify!($name)),
            concat!(".hidden __jump_", stringify!($name)),
            concat!(".type ", stringify!($name), ",@function"),
            concat!("__jump_", stringify!($name), ":"),
            concat!(stringify!($name), ": jmp {function}"),
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            function = sym $name,
        );
    };
}

/// `#[no_mangle]` has exported it already.
#[cfg(not(veo_versioned))]
macro_rules! export {
    ($name:ident) => {};
}
pub(crate) use export;

/// A function on which a hook may be set, by all its addresses.
struct Hookable {
    name: &'static CStr,
    /// The function in this crate.
    own: *const c_void,
    /// What is exported under its C name: the jump.
    exported: *const c_void,
}

/// Defines [`hookable`]. The inner module declares what is exported.
macro_rules! hookable {
    ($($name:ident)*) => {
        mod exported {
            unsafe extern "C" {
                $(
                    #[cfg_attr(veo_versioned, link_name = concat!("__jump_", stringify!($name)))]
                    pub(super) fn $name();
                )*
            }
        }

        fn hookable() -> [Hookable; [$(stringify!($name)),*].len()] {
            [$(Hookable {
                // SAFETY: one NUL, at the end.
                name: unsafe { CStr::from_bytes_with_nul_unchecked(concat!(stringify!($name), "\0").as_bytes()) },
                own: super::$name as *const c_void,
                exported: exported::$name as *const c_void,
            }),*]
        }
    };
}

hookable! { veo_alloc_mem veo_free_mem veo_alloc_hmem veo_free_hmem veo_alloc_mem_async veo_free_mem_async }

/// One key for a function on which a hook may be set, whichever of its addresses the caller has; for all else, the address
/// itself. The key is that of the function in this crate: `canonical(veo_alloc_mem as *const _)` is the address given.
///
/// A C program's address of `veo_alloc_mem` is not ours: it is that of the jump or, where the program was linked at a fixed
/// address, that of a stub in the program, which the loader then makes the address for everyone.
pub(super) fn canonical(function: *const c_void) -> usize {
    let same = |candidate: &Hookable| {
        // SAFETY: the name is NUL-terminated.
        let seen = unsafe { libc::dlsym(libc::RTLD_DEFAULT, candidate.name.as_ptr()) };
        [candidate.own, candidate.exported, seen.cast_const()].contains(&function)
    };
    let found = hookable().into_iter().find(same);
    found.map_or(function, |candidate| candidate.own).addr()
}
