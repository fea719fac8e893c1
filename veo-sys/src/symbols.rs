//! The list: every function of the C API, once. The table, its resolver and the check against the bindings are made from it.

use core::ffi::{CStr, c_char, c_int, c_longlong, c_void};
use std::{array, mem};

use crate::bindings::{
    self, key_t, pid_t, ve_dma_handle_t, veo_args, veo_args_intent, veo_proc_handle, veo_thr_ctxt, veo_thr_ctxt_attr,
};

/// Calls a macro with the list of all functions of the C API.
///
/// `for_each_symbol!(callback)` and `for_each_symbol!(callback, anything)` become one call, with one record per function:
///
/// ```text
/// callback! {
///     [anything]
///     /// Documentation
///     required fn veo_get_sym(proc: *mut veo_proc_handle, handle: u64, name: *const c_char) -> u64;
///     /// Documentation
///     optional fn veo_req_block_begin(ctxt: *mut veo_thr_ctxt);
///     …
/// }
/// ```
///
/// *required* means: part of every libveo since API version 8, so that nothing works without it; *optional*: added later.
/// A callback that repeats the types needs `use core::ffi::*` and `use veo_sys::*` where it is called.
#[macro_export]
macro_rules! for_each_symbol {
    ($($callback:tt)::+ $(, $($argument:tt)*)?) => {
        $($callback)::+! {
            [$($($argument)*)?]

            // Version
            /// The version of the API: [`VEO_API_VERSION`](crate::VEO_API_VERSION) or an older one.
            required fn veo_api_version() -> c_int;
            /// The version of the package, such as "3.0.2". A static string.
            optional fn veo_version_string() -> *const c_char;

            // Process
            /// Starts a VE process on a node; -1 takes the node from the environment. Null on failure. It dies with the calling thread.
            required fn veo_proc_create(venode: c_int) -> *mut veo_proc_handle;
            /// As `veo_proc_create`, with a VE program of one's own: a command line, split at spaces. Null on failure.
            required fn veo_proc_create_static(venode: c_int, binary: *mut c_char) -> *mut veo_proc_handle;
            /// Ends a VE process and closes its contexts; pending results are lost. Returns 0.
            required fn veo_proc_destroy(proc: *mut veo_proc_handle) -> c_int;
            /// The number of this process in this program, -1 if it is not alive.
            optional fn veo_proc_identifier(proc: *mut veo_proc_handle) -> c_int;

            // Library
            /// Loads a shared library in the VE process. Its handle, 0 on failure.
            required fn veo_load_library(proc: *mut veo_proc_handle, name: *const c_char) -> u64;
            /// Unloads a library. 0, -1 if it was not loaded or the process is dead, else the signal that killed it.
            required fn veo_unload_library(proc: *mut veo_proc_handle, handle: u64) -> c_int;
            /// The VE address of a function or variable; handle 0 is the VE program itself. 0 if there is none.
            required fn veo_get_sym(proc: *mut veo_proc_handle, handle: u64, name: *const c_char) -> u64;

            // Memory
            /// Allocates VE memory. 0, -1 if out of memory or the process is dead, -2 on an internal error.
            required fn veo_alloc_mem(proc: *mut veo_proc_handle, addr: *mut u64, size: usize) -> c_int;
            /// Frees VE memory. 0, also when the process is dead; -1 on an internal error.
            required fn veo_free_mem(proc: *mut veo_proc_handle, addr: u64) -> c_int;
            /// Copies from the VE to the host and waits. 0 or -1. A bad VE address kills the VE process.
            required fn veo_read_mem(proc: *mut veo_proc_handle, dst: *mut c_void, src: u64, size: usize) -> c_int;
            /// Copies from the host to the VE and waits. 0 or -1. A bad VE address kills the VE process.
            required fn veo_write_mem(proc: *mut veo_proc_handle, dst: u64, src: *const c_void, size: usize) -> c_int;

            // Context
            /// Opens a context, the first one on the main thread of the process. Null on failure.
            required fn veo_context_open(proc: *mut veo_proc_handle) -> *mut veo_thr_ctxt;
            /// As `veo_context_open`, with attributes. Null on failure, with `EINVAL` if a pointer is null.
            required fn veo_context_open_with_attr(proc: *mut veo_proc_handle, attr: *mut veo_thr_ctxt_attr) -> *mut veo_thr_ctxt;
            /// Closes a context, after what is queued on it. Returns 0. Does nothing to the main context.
            required fn veo_context_close(ctxt: *mut veo_thr_ctxt) -> c_int;
            /// The last known state, a [`veo_context_state`](crate::veo_context_state). A crash shows only after a wait or peek.
            required fn veo_get_context_state(ctxt: *mut veo_thr_ctxt) -> c_int;
            /// Waits for everything submitted so far. The results remain to be fetched.
            required fn veo_context_sync(ctxt: *mut veo_thr_ctxt);
            /// How many contexts are open. -1 with `EINVAL` if `proc` is null.
            required fn veo_num_contexts(proc: *mut veo_proc_handle) -> c_int;
            /// The open context of this index, 0 is the main one. Null if there is none.
            required fn veo_get_context(proc: *mut veo_proc_handle, idx: c_int) -> *mut veo_thr_ctxt;
            /// New attributes: a stack of 128 MiB.
            required fn veo_alloc_thr_ctxt_attr() -> *mut veo_thr_ctxt_attr;
            /// Frees attributes. 0, or -1 with `EINVAL` if null.
            required fn veo_free_thr_ctxt_attr(attr: *mut veo_thr_ctxt_attr) -> c_int;
            /// Sets the stack size. 0, or -1 with `EINVAL` if null or below 4 MiB.
            required fn veo_set_thr_ctxt_stacksize(attr: *mut veo_thr_ctxt_attr, size: usize) -> c_int;
            /// Gets the stack size. 0, or -1 with `EINVAL` if a pointer is null.
            required fn veo_get_thr_ctxt_stacksize(attr: *mut veo_thr_ctxt_attr, size: *mut usize) -> c_int;

            // Arguments
            /// A new, empty list of arguments.
            required fn veo_args_alloc() -> *mut veo_args;
            /// Frees a list; allowed as soon as the call is submitted. Null is allowed.
            required fn veo_args_free(args: *mut veo_args);
            /// Empties a list for its next use.
            required fn veo_args_clear(args: *mut veo_args);
            /// Sets an argument of 64 bits. Like all setters it returns 0; indexes start at 0 and must leave no hole.
            required fn veo_args_set_i64(args: *mut veo_args, argnum: c_int, value: i64) -> c_int;
            /// Sets an argument of 64 bits.
            required fn veo_args_set_u64(args: *mut veo_args, argnum: c_int, value: u64) -> c_int;
            /// Sets an argument of 32 bits.
            required fn veo_args_set_i32(args: *mut veo_args, argnum: c_int, value: i32) -> c_int;
            /// Sets an argument of 32 bits.
            required fn veo_args_set_u32(args: *mut veo_args, argnum: c_int, value: u32) -> c_int;
            /// Sets an argument of 16 bits.
            required fn veo_args_set_i16(args: *mut veo_args, argnum: c_int, value: i16) -> c_int;
            /// Sets an argument of 16 bits.
            required fn veo_args_set_u16(args: *mut veo_args, argnum: c_int, value: u16) -> c_int;
            /// Sets an argument of 8 bits.
            required fn veo_args_set_i8(args: *mut veo_args, argnum: c_int, value: i8) -> c_int;
            /// Sets an argument of 8 bits.
            required fn veo_args_set_u8(args: *mut veo_args, argnum: c_int, value: u8) -> c_int;
            /// Sets an argument of type double.
            required fn veo_args_set_double(args: *mut veo_args, argnum: c_int, value: f64) -> c_int;
            /// Sets an argument of type float: it lies in the upper half of its 64 bits.
            required fn veo_args_set_float(args: *mut veo_args, argnum: c_int, value: f32) -> c_int;
            /// Sets an HMEM pointer, its tag included.
            optional fn veo_args_set_hmem(args: *mut veo_args, argnum: c_int, hmem: *mut c_void) -> c_int;
            /// Sets a buffer that is copied onto the VE stack; the callee gets its address. Unless its intent is IN, it must stay valid until the result was fetched.
            required fn veo_args_set_stack(
                args: *mut veo_args, intent: veo_args_intent, argnum: c_int, buf: *mut c_char, len: usize
            ) -> c_int;

            // Calls
            /// Calls a VE function on the main thread and waits. 0, or -1; after an exception `*result` is the signal.
            required fn veo_call_sync(proc: *mut veo_proc_handle, addr: u64, args: *mut veo_args, result: *mut u64) -> c_int;
            /// Queues a call. Its request id, or [`VEO_REQUEST_ID_INVALID`](crate::VEO_REQUEST_ID_INVALID) if refused.
            required fn veo_call_async(ctxt: *mut veo_thr_ctxt, addr: u64, args: *mut veo_args) -> u64;
            /// `veo_get_sym`, which may block, and `veo_call_async`.
            required fn veo_call_async_by_name(
                ctxt: *mut veo_thr_ctxt, lib: u64, name: *const c_char, args: *mut veo_args
            ) -> u64;
            /// Queues a call of a host function, in order with the other requests. It runs on a thread of libveo.
            required fn veo_call_async_vh(
                ctxt: *mut veo_thr_ctxt, func: Option<unsafe extern "C" fn(*mut c_void) -> u64>, arg: *mut c_void
            ) -> u64;
            /// The state of a request, a [`veo_command_state`](crate::veo_command_state), or -1. A final state is told once: then the id is gone.
            required fn veo_call_peek_result(ctxt: *mut veo_thr_ctxt, reqid: u64, retp: *mut u64) -> c_int;
            /// Waits for a request; results as for `veo_call_peek_result`. Two threads must not wait for the same request.
            required fn veo_call_wait_result(ctxt: *mut veo_thr_ctxt, reqid: u64, retp: *mut u64) -> c_int;

            // Asynchronous memory
            /// Queues a copy from the VE to the host. `dst` is valid after the request's final state was fetched.
            required fn veo_async_read_mem(ctxt: *mut veo_thr_ctxt, dst: *mut c_void, src: u64, size: usize) -> u64;
            /// Queues a copy from the host to the VE. `src` must not change until the request's final state was fetched.
            required fn veo_async_write_mem(ctxt: *mut veo_thr_ctxt, dst: u64, src: *const c_void, size: usize) -> u64;
            /// Queues an allocation. The request's value is the address, 0 if out of memory.
            optional fn veo_alloc_mem_async(ctxt: *mut veo_thr_ctxt, size: usize) -> u64;
            /// Queues a release. The request's value is 0.
            optional fn veo_free_mem_async(ctxt: *mut veo_thr_ctxt, addr: u64) -> u64;

            // Request blocks
            /// Keeps other threads from submitting to this context. Nests.
            optional fn veo_req_block_begin(ctxt: *mut veo_thr_ctxt);
            /// Ends a block; by the thread that began it.
            optional fn veo_req_block_end(ctxt: *mut veo_thr_ctxt);

            // HMEM
            /// Allocates VE memory and tags its address; host memory, untagged, if `proc` is null. 0, -1 or -2.
            optional fn veo_alloc_hmem(proc: *mut veo_proc_handle, addr: *mut *mut c_void, size: usize) -> c_int;
            /// Frees what `veo_alloc_hmem` gave. 0 on success.
            optional fn veo_free_hmem(addr: *mut c_void) -> c_int;
            /// Copies between host and VE, or within one VE process. 0, or -1: also between two VE processes.
            optional fn veo_hmemcpy(dst: *mut c_void, src: *const c_void, size: usize) -> c_int;
            /// 1 if the pointer is tagged, else 0.
            optional fn veo_is_ve_addr(addr: *const c_void) -> c_int;
            /// The pointer without its tag.
            optional fn veo_get_hmem_addr(addr: *mut c_void) -> *mut c_void;
            /// How many identifiers there are: [`VEO_MAX_HMEM_PROCS`](crate::VEO_MAX_HMEM_PROCS).
            optional fn veo_get_max_proc_identifier() -> c_int;
            /// The identifier in the tag, -1 if untagged.
            optional fn veo_get_proc_identifier_from_hmem(addr: *const c_void) -> c_int;
            /// Tags an address with the identifier of a process. Null if there is no such identifier.
            optional fn veo_set_proc_identifier(addr: *mut c_void, ident: c_int) -> *mut c_void;
            /// The process of a tagged pointer. Null if untagged, or if that process is destroyed.
            optional fn veo_get_proc_handle_from_hmem(addr: *const c_void) -> *mut veo_proc_handle;
            /// The PID of the VE process of a tagged pointer, -1 if untagged.
            optional fn veo_get_pid_from_hmem(addr: *const c_void) -> pid_t;
            /// The VE node of a tagged pointer, -1 if untagged.
            optional fn veo_get_venum_from_hmem(addr: *const c_void) -> c_int;
            /// The architecture of a VE node: 1 or 3. 0 on an invalid node or environment, -1 if the system does not tell.
            optional fn veo_get_ve_arch(venode: c_int) -> c_int;

            // Hooks: not thread safe
            /// Sets the hook of one API function. It runs after the function succeeded: with `payload`, the arguments and, from allocations, the address.
            optional fn veo_register_hook(
                func: *mut c_void, hook: Option<unsafe extern "C" fn(*mut c_void, ...)>, payload: *mut c_void
            );
            /// The hook of an API function, null if none.
            optional fn veo_get_hook(func: *mut c_void) -> *mut c_void;
            /// Removes the hook of an API function.
            optional fn veo_unregister_hook(func: *mut c_void);
            /// Sets hooks on all that allocates and frees VE memory: `alloc(tagged address, size)` and `free(tagged address)`.
            optional fn veo_register_hmem_hook_functions(
                alloc: Option<unsafe extern "C" fn(*mut c_void, usize)>, free: Option<unsafe extern "C" fn(u64)>
            );
            /// Removes what is registered on the functions that allocate and free VE memory.
            optional fn veo_unregister_hmem_hook_functions();

            // DMA and shared memory: need a card and VE libraries, else ENOTSUP or EBUSY
            /// Shares a piece of HMEM. 0, or -1 with errno: `EINVAL` if untagged.
            optional fn veo_shared_mem_open(hmem: *mut c_void, size: usize, syncnum: c_int, mode: c_longlong) -> c_int;
            /// Ends the sharing. 0, or -1 with errno.
            optional fn veo_shared_mem_close(hmem: *mut c_void, size: usize, syncnum: c_int, mode: c_longlong) -> c_int;
            /// Attaches what process `owner` shares. Its address; all ones with errno on failure.
            optional fn veo_shared_mem_attach(
                proc: *mut veo_proc_handle, owner: pid_t, hmem: *mut c_void, size: usize, syncnum: c_int, mode: c_longlong
            ) -> *mut c_void;
            /// Detaches. 0, or -1 with errno.
            optional fn veo_shared_mem_detach(proc: *mut veo_proc_handle, addr: *mut c_void, mode: c_longlong) -> c_int;
            /// The id of the host's System V segment with this key. -1 with errno on failure.
            optional fn veo_shmget(proc: *mut veo_proc_handle, key: key_t, size: usize, flag: c_int) -> c_int;
            /// Attaches a segment; `*vehva` gets its address for DMA. All ones with errno on failure.
            optional fn veo_shmat(
                proc: *mut veo_proc_handle, shmid: c_int, addr: *const c_void, flag: c_int, vehva: *mut *mut c_void
            ) -> *mut c_void;
            /// Detaches a segment. 0, or -1 with errno.
            optional fn veo_shmdt(proc: *mut veo_proc_handle, addr: *const c_void) -> c_int;
            /// Starts a DMA transfer. 0, `-EAGAIN` (no descriptor free), `-ENOTSUP`, `-EBUSY`, or `-EFAULT` (`handle` is null).
            optional fn veo_dma_post(
                proc: *mut veo_proc_handle, dst: u64, src: u64, size: c_int, handle: *mut ve_dma_handle_t
            ) -> c_int;
            /// 0 when done, `-EAGAIN` before that; 1 to 65535 are exception bits; errors as `veo_dma_post`.
            optional fn veo_dma_poll(proc: *mut veo_proc_handle, handle: *mut ve_dma_handle_t) -> c_int;
            /// Starts a DMA transfer and waits. 0, exception bits (1 to 65535), `-ENOTSUP` or `-EBUSY`.
            optional fn veo_dma_post_wait(proc: *mut veo_proc_handle, dst: u64, src: u64, size: c_int) -> c_int;
            /// Registers HMEM for DMA. Its VE host virtual address; all ones with errno on failure.
            optional fn veo_register_mem_to_dmaatb(hmem: *mut c_void, size: usize) -> u64;
            /// Ends a registration. 0, or -1 with errno.
            optional fn veo_unregister_mem_from_dmaatb(proc: *mut veo_proc_handle, vehva: u64) -> c_int;
            /// Has every open context access the PCIRCVSYC register, in order with its requests. Nothing tells the outcome.
            optional fn veo_access_pcircvsyc_register(proc: *mut veo_proc_handle);
        }
    };
}

/// An [`Api`] of one's own functions: `static API: Api = veo_sys::table!(path::to::module);`.
///
/// The module must have every function of the C API under its C name; a wrong signature does not compile.
#[macro_export]
macro_rules! table {
    ($module:path) => {
        $crate::for_each_symbol!($crate::__table, $module)
    };
}

/// The callback of [`table!`], and what it makes of one function.
#[doc(hidden)]
#[macro_export]
macro_rules! __table {
    ([$module:path] $($(#[$_doc:meta])* $need:ident fn $name:ident $_arguments:tt $(-> $_result:ty)?;)*) => {{
        use $module as functions;
        $crate::Api { $($name: $crate::__table!($need functions::$name)),* }
    }};
    (required $function:path) => { $function };
    (optional $function:path) => { ::core::option::Option::Some($function) };
}

/// The type of a field: optional functions may be absent.
macro_rules! slot {
    (required $function:ty) => { $function };
    (optional $function:ty) => { Option<$function> };
}

macro_rules! define_api {
    ([] $(
        $(#[$doc:meta])*
        $need:ident fn $name:ident($($argument:ident: $type:ty),*) $(-> $result:ty)?;
    )*) => {
        /// The functions of one engine, a field for each. Made by [`load`](crate::load), by [`Api::resolve`] or by [`table!`].
        ///
        /// Functions that came after API version 8 may be absent from an older library, hence the `Option`s.
        #[derive(Clone, Copy, Debug)]
        pub struct Api {
            $(
                $(#[$doc])*
                pub $name: slot!($need unsafe extern "C" fn($($argument: $type),*) $(-> $result)?),
            )*
        }

        /// Every function of the C API, in the order of the fields of [`Api`].
        pub const SYMBOLS: &[Symbol] = &[
            $(Symbol { name: c_name(concat!(stringify!($name), "\0")), required: is_required!($need) }),*
        ];

        // The list and the headers agree. Being constants, these lines leave nothing to link.
        $(const _: unsafe extern "C" fn($($argument: $type),*) $(-> $result)? = bindings::$name;)*

        impl Api {
            /// Fills the table with what `lookup` finds. It gets each name of [`SYMBOLS`] once and returns null for "no such symbol".
            ///
            /// # Errors
            ///
            /// The names of all required symbols that are missing.
            ///
            /// # Safety
            ///
            /// What `lookup` returns must be null or a function of that name, with the signature of the field, which is never unloaded.
            pub unsafe fn resolve(lookup: impl FnMut(&CStr) -> *mut c_void) -> Result<Self, MissingSymbols> {
                let [$($name),*] = addresses(lookup)?;
                Ok(Self { $(
                    // SAFETY: both are one pointer wide. By the contract of `lookup` a non-null address is such a function, and
                    // `addresses` leaves null only where the field is an `Option`, for which null is `None`.
                    $name: unsafe {
                        mem::transmute::<*mut c_void, slot!($need unsafe extern "C" fn($($argument: $type),*) $(-> $result)?)>($name)
                    },
                )* })
            }
        }
    };
}

macro_rules! is_required {
    (required) => {
        true
    };
    (optional) => {
        false
    };
}

for_each_symbol!(define_api);

/// One function of the C API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Its name.
    pub name: &'static CStr,
    /// Whether a library without it is unusable.
    pub required: bool,
}

/// A library is no libveo, or one older than API version 8.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "it lacks {} of the functions of libveo (API version 8 or later is needed): {}",
    names.len(),
    names.iter().map(|name| name.to_string_lossy()).collect::<Vec<_>>().join(", ")
)]
pub struct MissingSymbols {
    /// The names of the missing functions, none left out.
    pub names: Vec<&'static CStr>,
}

/// The address of each symbol; null only for optional ones.
fn addresses(mut lookup: impl FnMut(&CStr) -> *mut c_void) -> Result<[*mut c_void; SYMBOLS.len()], MissingSymbols> {
    let found = array::from_fn(|index| lookup(SYMBOLS[index].name));
    let names: Vec<_> = SYMBOLS
        .iter()
        .zip(found)
        .filter(|(symbol, address)| symbol.required && address.is_null())
        .map(|(symbol, _)| symbol.name)
        .collect();
    if names.is_empty() { Ok(found) } else { Err(MissingSymbols { names }) }
}

const fn c_name(with_nul: &'static str) -> &'static CStr {
    match CStr::from_bytes_with_nul(with_nul.as_bytes()) {
        Ok(name) => name,
        Err(_) => panic!("not one NUL at the end"),
    }
}

#[cfg(test)]
mod tests;
