//! Call functions on a NEC Vector Engine (VE), or on this host, as typed async Rust functions.
//!
//! Declare, create a process, call:
//!
//! ```
//! # mod kernels {
//! #     #[veo::ve_kernel]
//! #     pub unsafe extern "C" fn dot(n: usize, x: *const f64, y: *const f64) -> f64 {
//! #         (0..n).map(|i| unsafe { *x.add(i) * *y.add(i) }).sum()
//! #     }
//! # }
//! use veo::{Proc, ve_offload};
//!
//! #[ve_offload(lib = static)] // usually: lib = "libkernels.so"
//! extern "C" {
//!     fn dot(n: usize, x: *const f64, y: *const f64) -> f64;
//! }
//!
//! let proc = Proc::create(0)?; // every declaration is resolved and registered here
//! let ctx = proc.open_context()?;
//! let x = proc.upload(&[1.0, 2.0, 3.0])?; // VE memory, freed when dropped
//! let request = dot(&ctx, 3, &x, &x); // queued
//! assert_eq!(request.wait()?, 14.0); // or `.await`
//! # Ok::<(), veo::Error>(())
//! ```
//!
//! | libveo, PyVEO | here |
//! | --- | --- |
//! | process | [`Proc`]; several: [`ProcPool`] |
//! | context | [`Context`]: a queue, and a VE thread that runs it |
//! | library, symbol | [`Library`] |
//! | function | a stub made by [`ve_offload`]; at run time [`Function`], [`TypedFunction`] |
//! | request | [`Request`]: a handle and a future |
//! | VE memory | [`VeBuffer`], [`VeSlice`], [`VeSliceMut`]; variables of libraries: [`VeGlobal`], [`VeConst`]; plain addresses: [`VePtr`] |
//! | HMEM | [`HmemPtr`], [`hmemcpy`] |
//! | stack argument | references in the declaration, or [`OnStack`] |
//! | who runs it | [`Engine`]: NEC's libveo for a card, or a second process on this host |
//!
//! # Safety
//!
//! A kernel runs in another process. Whatever it does, it cannot touch the memory of this one, so stubs are safe
//! functions: a wrong kernel costs an error, never undefined behaviour.
//!
//! # What it does, and when
//!
//! [`timeline`] records a trace for Chrome's viewer or Perfetto. And there are spans and events of `tracing`, for whichever
//! subscriber the program has; with none, calls are not slower:
//!
//! | target | level: what | fields |
//! | --- | --- | --- |
//! | `veo::create` | INFO: span `create`, a process was created, is ended, is killed; DEBUG: a context was opened, is closed; WARN, ERROR: what cannot be watched or ended | `process`, `node`, `engine`, `context` |
//! | `veo::load` | DEBUG: span `load`; in it: loaded or not; unloading | `process`, `node`, `path`, `handle` |
//! | `veo::resolve` | DEBUG: span `resolve` of all declarations; each that is missing; TRACE: a symbol was looked up | `process`, `node`, `declarations`, `symbol`, `handle`, `address`, `error` |
//! | `veo::call` | TRACE: a kernel or host function was submitted, refused, is finished; span `wait`; DEBUG: span `sync`; ERROR: a request failed that nobody waits for | `process`, `node`, `context`, `request`, `kernel`, `library`, `args`, `stack` (bytes), `state` |
//! | `veo::transfer` | TRACE: span `transfer` of a blocking one; an asynchronous one was submitted, refused, is finished; memory was allocated, is freed | `process`, `node`, `context`, `request`, `operation`, `address`, `bytes`, `state` |
//! | `veo::fault` | ERROR: a kernel crashed; DEBUG: a request failed in its wake | `process`, `node`, `context`, `request`, `kernel`, `library`, `signal`, `error` |
//! | `veo::timeline` | ERROR: a timeline that was dropped is not complete | `error` |
//!
//! A subscriber must not use this crate itself.
//!
//! # Where things are
//!
//! ```text
//!   engine    which engine                      process   Proc            registry  declarations, per process
//!   api       the C calls, and nothing else     context   Context         search    where libraries are looked for
//!   error     what can go wrong                 queue     stamps, results arg       what stubs take
//!   buffer    VE memory that is owned           request   Request         actual    what they make of it
//!   region    of whatever type                  call      calls           declaration  what was declared
//!   slice     parts of it                       notify    wake-ups        stack     stack arguments that come back
//!   uses      stream order of buffers           host_fn   host functions  creator   the thread that makes processes
//!   transfer  transfers and scopes              copy      on the VE       copy2d    of rectangles
//!   pointer   plain VE addresses                hmem      tagged ones     global    variables of libraries
//!   constant  those that were declared
//!   library   Library                           function  by name         value     types and values known at run time
//!   batch     requests next to each other       limit     deadlines       timer     their alarms
//!   cancel    what has not begun                what      what a request is about, and its end
//!   builder   ProcBuilder                       inner     what the handles of a process share
//!   hooks     what prepares new processes       nodes     which VE nodes there are
//!   restart   a process in place of another     pool      ProcPool: processes that share work
//!   verify    declarations against debug information                        declarations  their table
//!   observe   events and spans                  watchers  whether they are wanted        timeline  traces
//! ```
//!
//! What NEC's libveo needs besides:
//!
//! ```text
//!   launch    starting a process, in time       watch     its end         promise   host functions that libveo forgets
//!   diagnose  why libveo has failed             pidfd     of processes    visit     handles that must not dangle
//!   end       destroying a process              at_exit   of the program  group, traffic   opening contexts
//! ```

mod actual;
mod api;
mod arg;
mod at_exit;
mod batch;
mod buffer;
mod builder;
mod by_reference;
mod call;
mod callback;
mod cancel;
mod constant;
mod context;
mod copy;
mod copy2d;
mod creator;
mod declaration;
mod declarations;
mod diagnose;
mod end;
mod engine;
mod error;
mod function;
mod global;
mod group;
mod hmem;
mod hooks;
mod host_fn;
mod inner;
mod launch;
mod library;
mod limit;
mod lock;
mod nodes;
mod notify;
mod observe;
mod pidfd;
mod pointer;
mod pool;
mod process;
mod promise;
mod queue;
mod region;
mod registry;
mod request;
mod restart;
mod search;
mod slice;
mod stack;
pub mod timeline;
mod timer;
mod traffic;
mod transfer;
mod uses;
mod value;
pub mod verify;
mod visit;
mod watch;
mod watchers;
mod what;

// The macros write `::veo`, in our own tests, too.
extern crate self as veo;

pub use arg::{Erased, Exact, In, InOut, OnStack, Out, VeArg, VeParam, VeRet};
pub use buffer::VeBuffer;
pub use builder::ProcBuilder;
pub use by_reference::ByReference;
pub use callback::{Callback, CallbackOf};
pub use constant::{VeConst, VeVariable};
pub use context::Context;
pub use copy2d::Copy2d;
pub use declarations::Declarations;
pub use engine::{Engine, Version};
pub use error::{Attempts, Error, Result};
pub use function::{Arguments, Function, Signature, TypedFunction};
pub use global::VeGlobal;
pub use hmem::{HmemPtr, HmemSource, HmemTarget, MAX_HMEM_PROCS, hmemcpy, is_ve_addr};
pub use hooks::{HookId, add_proc_init_hook, remove_proc_init_hook};
pub use library::Library;
pub use nodes::{Node, nodes};
pub use pointer::VePtr;
pub use pool::{Lease, PoolBuilder, PoolMember, ProcPool};
pub use process::Proc;
pub use registry::{DeclarationInfo, DeclarationState};
pub use request::Request;
pub use slice::{Chunks, ChunksMut, VeSlice, VeSliceMut};
pub use transfer::Scope;
pub use value::{Argument, Value};
/// Typed, async functions out of C prototypes.
///
/// ```
/// use veo::ve_offload;
///
/// #[ve_offload(lib = "libkernels.so")]
/// extern "C" {
///     /// y ← a·x + y
///     pub fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
/// }
///
/// #[ve_offload(lib = ["libm_ve.so.2", "libm_ve.so"], lazy)]
/// fn cbrt(x: f64) -> f64;
/// ```
///
/// Variables of the library stand beside its functions. Each becomes a function that gives a [`VeGlobal`], or without `mut` a
/// [`VeConst`], in a process; however often it is asked for, uses keep their order.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn count(x: *mut i32) { unsafe { *x += 1 } }
/// # }
/// # #[veo::ve_offload(lib = static)] fn count(x: *mut i32);
/// #[veo::ve_offload(lib = "libc.so.6")] // usually one of your own
/// extern "C" {
///     static mut optind: i32;
/// }
///
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// optind(&proc)?.set(41)?;
/// count(&ctx, &mut optind(&proc)?); // queued
/// assert_eq!(optind(&proc)?.get()?, 42); // waits for it
/// # Ok::<(), veo::Error>(())
/// ```
///
pub use veo_macros::ve_offload;

/// Kernels in Rust.
///
/// ```
/// mod kernels {
///     #[veo::ve_kernel]
///     pub extern "C" fn triple(x: i32) -> i32 {
///         3 * x
///     }
/// }
///
/// #[veo::ve_offload(lib = static)]
/// fn triple(x: i32) -> i32;
///
/// let ctx = veo::Proc::create(0)?.open_context()?;
/// assert_eq!(triple(&ctx, 14).wait()?, 42);
/// # Ok::<(), veo::Error>(())
/// ```
///
pub use veo_macros::ve_kernel;

/// A function that prepares every new VE process.
///
/// It goes on `fn name(proc: &Proc) -> veo::Result<()>`, and does what [`add_proc_init_hook`] does for closures, which tells more
/// about hooks. These run first, in the order of their modules, names and places.
///
/// ```
/// use veo::{Proc, proc_init_hook};
///
/// /// Warms the process up.
/// #[proc_init_hook]
/// fn warm_up(proc: &Proc) -> veo::Result<()> {
///     proc.open_context()?.sync()
/// }
///
/// assert_eq!(Proc::create(0)?.contexts().len(), 1);
/// # Ok::<(), veo::Error>(())
/// ```
///
pub use veo_macros::proc_init_hook;

/// What the expansions of the macros use. Not public API.
#[doc(hidden)]
pub mod __private {
    pub use crate::call::call;
    pub use crate::callback::AnyFunction;
    pub use crate::constant::{constant, variable};
    pub use crate::declaration::{Declaration, Entry, LibrarySpec, Resolve, Site, library_name};
    pub use crate::hooks::InitHook;
    pub use crate::verify::Param;
    pub use inventory;
    pub use veo_engine::StaticSymbol as StaticKernel;
}
