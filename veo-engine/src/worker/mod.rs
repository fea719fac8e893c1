//! The worker: the process in which kernels run.
//!
//! ```text
//!   entry        takes over before `main` when the host's socket is there
//!   control      the control thread: opens contexts, ends the process
//!   queue        a context's thread: takes requests from its ring
//!   history      the results of the last requests, for kernels that ask
//!   executor     load, resolve, declare, call; knows nothing of rings
//!   dwarf        signatures of functions that nobody declared, from debug information
//!   trampoline   places arguments in registers and on the stack
//!   statics      the symbols of veorun itself: `veorun_declare` and the like, `#[ve_kernel]` functions, linked C objects
//!   helpers      the functions that a VE's runtime offers to kernels
//!   fault        signals become reports
//!   stack        where stacks end
//!   names        addresses of code become function, file and line
//!   demangle     names as their authors wrote them
//!   image        the files of what is loaded, and their debug information
//! ```

pub(crate) mod control;
pub(crate) mod demangle;
pub(crate) mod dwarf;
pub(crate) mod entry;
pub(crate) mod executor;
pub(crate) mod fault;
pub(crate) mod helpers;
pub(crate) mod history;
pub(crate) mod image;
pub(crate) mod names;
pub(crate) mod queue;
pub(crate) mod stack;
pub(crate) mod statics;
pub(crate) mod trampoline;
