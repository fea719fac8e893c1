//! The C API of NEC's libveo as Rust: offload functions to an NEC Vector Engine (VE).
//!
//! This is the bottom of the crates around [`veo`](https://docs.rs/veo), whose API is safe and typed; here everything is as in C.
//! Nothing links against libveo. Its 81 functions are fields of one table, [`Api`], and who fills the table is an *engine*:
//!
//! | engine | fills the table |
//! | --- | --- |
//! | NEC's libveo, for a card | [`load`], when the program runs |
//! | crate `veo-engine`, for any computer | [`table!`], when it is compiled |
//! | yours | [`table!`], or [`Api::resolve`] with a look-up function |
//!
//! ```no_run
//! let api = veo_sys::load(None)?;
//! // SAFETY: this function has no preconditions.
//! let version = unsafe { (api.veo_api_version)() };
//! println!("libveo has API version {version}, a card is present: {}", veo_sys::card_present());
//! # Ok::<(), veo_sys::LoadError>(())
//! ```
//!
//! # Where things are
//!
//! - `include/`: the C headers, for C programs too. `bindings.rs` is what bindgen makes of them: types and constants.
//!   It is committed, so that nobody needs libclang; feature `bindgen` makes it anew, and `ci/bindings.sh` compares the two.
//! - `symbols.rs`: the list of all functions, with which are required; everything about functions comes from it.
//!   [`for_each_symbol!`] hands it to other crates.
//! - `loader.rs`: where [`load`] searches for libveo.
//!
//! # Enums
//!
//! C enums are integers here, since a library may return any value. Functions return states as [`c_int`](core::ffi::c_int),
//! where -1 is an error; compare `state as veo_command_state` with [`VEO_COMMAND_OK`] and its siblings.

#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
compile_error!("veo-sys needs x86-64 Linux, the only host of a Vector Engine (VE)");

#[allow(
    missing_docs,
    non_camel_case_types,
    unreachable_pub,
    reason = "generated: the names are C's, bindgen sees no comments on `#define`, and only types and constants are re-exported"
)]
mod bindings {
    #[cfg(not(feature = "bindgen"))]
    include!("bindings.rs");
    #[cfg(feature = "bindgen")]
    include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
}
mod loader;
mod symbols;

pub use bindings::{
    VE_MAP_256MB, VE_MEM_LOCAL, VE_PCISYNC, VE_REGISTER_NONE, VE_REGISTER_PCI, VE_REGISTER_VEHVA, VE_REGISTER_VEMVA,
    VE_SHM_RO, VEO_API_VERSION, VEO_COMMAND_ERROR, VEO_COMMAND_EXCEPTION, VEO_COMMAND_OK, VEO_COMMAND_UNFINISHED,
    VEO_HMEM_PROC_MASK, VEO_HMEM_PROC_SHIFT, VEO_HMEM_VE_BIT, VEO_INTENT_IN, VEO_INTENT_INOUT, VEO_INTENT_OUT,
    VEO_LOG_CATEGORY, VEO_MAX_HMEM_PROCS, VEO_MAX_NUM_ARGS, VEO_QUEUE_CLOSED, VEO_QUEUE_READY, VEO_REQUEST_ID_INVALID,
    VEO_STATE_BLOCKED, VEO_STATE_EXIT, VEO_STATE_RUNNING, VEO_STATE_SYSCALL, VEO_STATE_UNKNOWN, VEO_SYMNAME_LEN_MAX,
    key_t, pid_t, ve_dma_handle_t, veo_args, veo_args_intent, veo_command_state, veo_context_state, veo_proc_handle,
    veo_queue_state, veo_thr_ctxt, veo_thr_ctxt_attr,
};
pub use loader::{Attempt, AttemptError, LoadError, card_present, cards, load};
pub use symbols::{Api, MissingSymbols, SYMBOLS, Symbol};
