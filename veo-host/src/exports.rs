//! The names under which C finds the functions of the engine.
//!
//! In the shared library each name has the version `VERSION_1`, as in libveo, if the linker can do that (`build.rs` finds
//! out). Such a name belongs to a jump written in assembly: rustc would export a `#[no_mangle]` function without a version.

use std::ffi::{CStr, c_void};

/// What the names lead to: the engine's functions, and those of this module in their places.
mod functions {
    use std::ffi::c_void;

    use veo_engine::capi;
    pub(super) use veo_engine::capi::*;

    use super::own_address;

    /// Registers a hook on a function of this API, by any of its addresses.
    ///
    /// # Safety
    /// As for the engine's.
    pub(super) unsafe extern "C" fn veo_register_hook(
        function: *mut c_void,
        hook: Option<capi::Variadic>,
        payload: *mut c_void,
    ) {
        // SAFETY: by this function's contract.
        unsafe { capi::veo_register_hook(own_address(function), hook, payload) };
    }

    /// The hook on a function, or null.
    ///
    /// # Safety
    /// As for the engine's.
    pub(super) unsafe extern "C" fn veo_get_hook(function: *mut c_void) -> *mut c_void {
        // SAFETY: by this function's contract.
        unsafe { capi::veo_get_hook(own_address(function)) }
    }

    /// Removes the hook on a function.
    ///
    /// # Safety
    /// As for the engine's.
    pub(super) unsafe extern "C" fn veo_unregister_hook(function: *mut c_void) {
        // SAFETY: by this function's contract.
        unsafe { capi::veo_unregister_hook(own_address(function)) };
    }
}

/// Exports every function under its C name: a jump to it. A second, hidden name of the jump is for [`own_address`].
#[cfg(veo_versioned)]
macro_rules! export {
    ([] $($(#[$_doc:meta])* $_need:ident fn $name:ident $_arguments:tt $(-> $_result:ty)?;)*) => {$(
        ::core::arch::global_asm!(
            concat!(".globl ", stringify!($name), ", __jump_", stringify!($name)),
            concat!(".hidden __jump_", stringify!($name)),
            concat!(".type ", stringify!($name), ",@function"),
            concat!("__jump_", stringify!($name), ":"),
            concat!(stringify!($name), ": jmp {function}"),
            concat!(".size ", stringify!($name), ", . - ", stringify!($name)),
            function = sym functions::$name,
        );
    )*};
}

/// The same without versions.
#[cfg(not(veo_versioned))]
macro_rules! export {
    ([] $($(#[$_doc:meta])* $_need:ident fn $name:ident $_arguments:tt $(-> $_result:ty)?;)*) => {
        mod jumps {
            $(
                /// A jump, whatever the arguments are.
                #[unsafe(naked)]
                #[unsafe(no_mangle)]
                extern "C" fn $name() {
                    ::core::arch::naked_asm!("jmp {function}", function = sym super::functions::$name)
                }
            )*
        }
    };
}

veo_sys::for_each_symbol!(export);

/// A function on which a hook may be set, by all its addresses.
struct Hookable {
    name: &'static CStr,
    /// The engine's function.
    own: *mut c_void,
    /// What is exported under its C name: the jump.
    exported: *mut c_void,
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
                own: functions::$name as *mut c_void,
                exported: exported::$name as *mut c_void,
            }),*]
        }
    };
}

hookable! { veo_alloc_mem veo_free_mem veo_alloc_hmem veo_free_hmem veo_alloc_mem_async veo_free_mem_async }

/// The engine's address of a function on which a hook may be set, whichever of its addresses the caller has; for all else,
/// the address itself.
///
/// A C program's address of `veo_alloc_mem` is that of the jump or, where the program was linked at a fixed address, that of
/// a stub in the program, which the loader then makes the address for everyone.
fn own_address(function: *mut c_void) -> *mut c_void {
    let same = |candidate: &Hookable| {
        // SAFETY: the name is NUL-terminated.
        let seen = unsafe { libc::dlsym(libc::RTLD_DEFAULT, candidate.name.as_ptr()) };
        [candidate.own, candidate.exported, seen].contains(&function)
    };
    hookable().into_iter().find(same).map_or(function, |candidate| candidate.own)
}
