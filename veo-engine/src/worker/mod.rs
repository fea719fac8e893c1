//! The worker: the process in which kernels run.
//!
//! ```text
//!   entry        takes over before `main` when a host is at one of the two doors
//!   ring/        the door for our own host engine
//!   urpc/        the door for NEC's libveo
//!   process      what both doors need of the process: its parent, its stacks and cores, its end
//!   executor     load, resolve, declare, call; knows nothing of doors
//!   history      the results of the last requests, for kernels that ask
//!   dwarf        signatures of functions that nobody declared, from debug information
//!   trampoline   places arguments in registers and on the stack
//!   statics      the symbols of veorun itself: `veorun_declare` and the like, `#[ve_kernel]` functions, linked C objects
//!   helpers      the functions that a VE's runtime offers to kernels
//!   fault        signals become reports
//!   report       where a typed client of libveo finds a report
//!   guarded      copies with addresses that may be bad
//!   stack        where stacks end
//!   names        addresses of code become function, file and line
//!   demangle     names as their authors wrote them
//!   image        the files of what is loaded, and their debug information
//! ```

pub(crate) mod demangle;
pub(crate) mod dwarf;
pub(crate) mod entry;
pub(crate) mod executor;
pub(crate) mod fault;
pub(crate) mod guarded;
pub(crate) mod helpers;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod names;
pub(crate) mod process;
pub(crate) mod report;
pub(crate) mod ring;
pub(crate) mod stack;
pub(crate) mod statics;
pub(crate) mod trampoline;
pub(crate) mod urpc;
