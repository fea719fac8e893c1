//! A Vector Engine process on an ordinary x86-64 Linux host, behind the C API of libveo.
//!
//! Few people have a VE card at hand. This crate is libveo without one: its functions have the same names, the same
//! results and the same order of events, but the "VE process" is a second process on this host, and kernels are ordinary
//! shared libraries. Crate `veo` links it in as its default engine; most users never name it.
//!
//! ```text
//!   capi      the C functions: translation only                      ┐
//!   engine    processes, contexts, requests, memory: what they mean  ┤ in the host program
//!   shared    rings, memory and messages that both sides use         │
//!   worker    veorun: runs the kernels                               ┘ in the worker
//!   signature what a function takes and returns, on the wire
//!   nodes     which VE nodes there are
//!   debuginfo functions in the debug information of a library
//! ```
//!
//! The worker is this very program, started again and taken over before `main` (`worker/entry.rs`), or the program that
//! `VEORUN_BIN` names. It is the safety boundary: whatever a kernel does, it does it to the worker.
//!
//! # Environment
//!
//! | variable | meaning | default |
//! | --- | --- | --- |
//! | `VEORUN_BIN` | the worker's command line | this program |
//! | `VEO_HOST_NODES` | VE nodes to pretend | 1 |
//! | `VEO_HOST_MEMORY` | memory of a node, as in `8G` | this host's, at most 48 GiB |
//! | `VEO_SPIN_US` | microseconds of spinning before a waiter sleeps | 50 |
//! | `VEO_LOG_DEBUG` | any value: reasons of failures on standard error | off |
//! | `VE_OMP_NUM_THREADS`, `VE_LD_LIBRARY_PATH` | the worker's `OMP_NUM_THREADS`, `LD_LIBRARY_PATH` | unset |

#[cfg(not(all(target_arch = "x86_64", target_os = "linux", target_pointer_width = "64")))]
compile_error!(
    "veo-engine needs x86-64 Linux: that is the only host of a Vector Engine, and kernels are called by its C ABI"
);

#[doc(hidden)]
pub mod capi;
#[doc(hidden)]
pub mod debuginfo;
mod engine;
mod nodes;
mod shared;
pub mod signature;
mod worker;

pub use capi::{COMMAND_CANCELLED, cancel_queued, kill, last_error, report};
pub use engine::context::Cancelled;
pub use engine::deferred::HostFunction;
pub use engine::report::{Cause, Crash, Report, report_from, signal_name};
pub use nodes::{count as node_count, granted as granted_nodes};
pub use worker::statics::StaticSymbol;

#[doc(hidden)]
pub use inventory as __inventory;

use veo_sys::Api;

/// The embedded engine as a table of C functions.
#[must_use]
pub fn api() -> &'static Api {
    static API: Api = veo_sys::table!(crate::capi);
    &API
}

/// The path by which this program can be named as its own worker, also to another libveo; `None` if the engine is not in the
/// main program, or the program has privileges that its environment must not have.
#[must_use]
pub fn own_veorun() -> Option<&'static std::ffi::CStr> {
    use worker::entry;
    (!entry::is_privileged() && entry::is_in_main_program()).then_some(c"/proc/self/exe")
}

/// A Rust function in the static library of this program's own workers.
#[must_use]
pub fn static_symbol(name: &str) -> Option<&'static StaticSymbol> {
    worker::statics::all().find(|symbol| symbol.name() == name)
}

/// The shared memory segments through which NEC's libveo in this process talks to a worker, a child of it: one for each context.
#[must_use]
pub fn segments_of(worker: i32) -> Vec<i32> {
    worker::urpc::segments_of(worker)
}

/// Tells NEC's libveo in this process that the worker with this segment has ended: libveo does not always look. For those who
/// know that it has ended, that libveo does not know, and that it has not closed the context. `false` if there is no such segment.
pub fn announce_end(segment: i32) -> bool {
    worker::urpc::announce_end(segment)
}

/// Gives back the memory of such a segment after its process was destroyed, if libveo has kept it attached.
pub fn give_back_segment(segment: i32) {
    worker::urpc::give_back(segment);
}

/// The whole `main` of a `veorun` of one's own: a worker with Rust functions of its own linked in.
///
/// The engine takes over before `main` when a host starts the program, so this is reached only when a person does.
pub fn veorun() -> ! {
    // The question also has a C linker take the initialiser, by which the engine takes over, out of `libveorun.a`.
    if let Some(reason) = worker::urpc::refusal() {
        eprintln!("veorun: {reason}");
    } else if worker::entry::is_in_main_program() {
        eprintln!(
            "veorun runs the kernels of a program that uses veo or libveo; that program starts it by itself.\n\
             To use this one, set VEORUN_BIN to its path."
        );
    } else {
        eprintln!(
            "veorun: this program cannot run kernels: its list of initialisers is not to be found.\n\
             Link it dynamically, without -static."
        );
    }
    std::process::exit(2)
}

/// What crate `libveorun` gives C names in a worker.
#[doc(hidden)]
pub mod __helpers {
    pub use crate::worker::helpers::{previous_result, system_call};
}
