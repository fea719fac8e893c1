//! The C API, one thin function per C function: this file and those in its folder alone call the table.
//!
//! Handles are plain addresses here. Whoever holds one keeps the object that owns it alive, so a handle is valid wherever
//! these functions get it: `ProcInner` owns a process until its destruction, `ContextInner` a context, `Pack` an argument
//! list.

mod hmem;
mod pack;
mod requests;

use std::ffi::{CStr, CString, c_int};
use std::ptr::NonNull;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{RwLockReadGuard, RwLockWriteGuard};

use veo_engine::{Cause, Report};
use veo_sys::{
    VEO_COMMAND_EXCEPTION, VEO_COMMAND_OK, VEO_COMMAND_UNFINISHED, VEO_REQUEST_ID_INVALID, VEO_STATE_EXIT,
    veo_proc_handle, veo_thr_ctxt,
};

pub(crate) use self::pack::Pack;
use crate::error::{Error, Result};
use crate::observe;
use crate::promise::Given;
use crate::traffic::Traffic;
use crate::watch;
use crate::watchers;

/// An engine's table, and what the embedded engine can tell beyond it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Api {
    table: &'static veo_sys::Api,
    host: bool,
}

/// How a VE process ended.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) cause: Cause,
    /// All that is known.
    pub(crate) text: String,
}

impl From<&Report> for End {
    fn from(report: &Report) -> Self {
        Self { cause: report.cause, text: report.to_string() }
    }
}

impl End {
    fn of_host(proc: ProcHandle) -> Option<Self> {
        veo_engine::report(proc.get()).map(|report| Self::from(&*report))
    }
}

/// A VE process, as C knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ProcHandle {
    raw: NonNull<veo_proc_handle>,
    /// That of its main context, on engines where it may have to stop.
    traffic: Option<&'static Traffic>,
    /// A number that no other process of this program has.
    id: u64,
    node: i32,
}

// SAFETY: libveo's functions on processes may be called from every thread (veo API 1.1); the handle is an address.
unsafe impl Send for ProcHandle {}
// SAFETY: as above.
unsafe impl Sync for ProcHandle {}

impl PartialEq for ProcHandle {
    fn eq(&self, other: &Self) -> bool {
        self.raw == other.raw
    }
}

/// A context, as C knows it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ContextHandle {
    raw: NonNull<veo_thr_ctxt>,
    /// For a main context, as in [`ProcHandle`].
    traffic: Option<&'static Traffic>,
    /// The shared memory by which libveo talks to it, if that is known.
    segment: Option<i32>,
}

// SAFETY: libveo's functions on contexts may be called from every thread (veo API 1.1); the handle is an address.
unsafe impl Send for ContextHandle {}
// SAFETY: as above.
unsafe impl Sync for ContextHandle {}

/// Keeps the traffic of a main context from being stopped.
type InTraffic = Option<RwLockReadGuard<'static, ()>>;

impl ProcHandle {
    pub(crate) fn id(self) -> u64 {
        self.id
    }

    /// The node that was asked for.
    pub(crate) fn node(self) -> i32 {
        self.node
    }

    fn get(self) -> *mut veo_proc_handle {
        self.raw.as_ptr()
    }

    fn join(self) -> InTraffic {
        self.traffic.map(Traffic::join)
    }

    /// The handle for whoever has stopped the traffic.
    pub(crate) fn alone(self) -> Self {
        Self { traffic: None, ..self }
    }

    /// Stops the traffic of the main context, unless there is some.
    pub(crate) fn try_stop(self) -> Option<RwLockWriteGuard<'static, ()>> {
        self.traffic?.try_stop()
    }
}

impl ContextHandle {
    #[inline]
    fn get(self) -> *mut veo_thr_ctxt {
        self.raw.as_ptr()
    }

    #[inline]
    fn join(self) -> InTraffic {
        self.traffic.map(Traffic::join)
    }

    /// As [`ProcHandle::alone`].
    pub(crate) fn alone(self) -> Self {
        Self { traffic: None, ..self }
    }

    pub(crate) fn segment(self) -> Option<i32> {
        self.segment
    }

    pub(crate) fn with_segment(self, segment: Option<i32>) -> Self {
        Self { segment, ..self }
    }
}

/// The state of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Done(u64),
    Exception(u64),
    Failed,
    /// Ended before it was begun.
    Cancelled,
    Unfinished,
}

impl State {
    fn new(state: c_int, value: u64) -> Self {
        match u32::try_from(state) {
            Ok(VEO_COMMAND_OK) => Self::Done(value),
            Ok(VEO_COMMAND_EXCEPTION) => Self::Exception(value),
            Ok(VEO_COMMAND_UNFINISHED) => Self::Unfinished,
            _ if state == veo_engine::COMMAND_CANCELLED => Self::Cancelled,
            _ => Self::Failed,
        }
    }
}

/// What was cancelled.
#[derive(Debug)]
pub(crate) struct Cancelled {
    pub(crate) count: usize,
    /// The host functions among it, which are ours again.
    pub(crate) functions: Vec<Given>,
}

/// A request block, open as long as this lives.
#[derive(Debug)]
pub(crate) struct ReqBlock {
    api: Api,
    context: ContextHandle,
    /// Of this thread, to which the block belongs.
    _traffic: InTraffic,
}

impl Drop for ReqBlock {
    fn drop(&mut self) {
        if let Some(end) = self.api.table.veo_req_block_end {
            // SAFETY: the handle is valid (module text), and this thread has begun the block: `ReqBlock` is not sent.
            unsafe { end(self.context.get()) };
        }
    }
}

/// A request id, unless it is libveo's "refused".
fn accepted(id: u64) -> Option<u64> {
    (id != VEO_REQUEST_ID_INVALID).then_some(id)
}

/// A function that not every libveo has.
fn since<F>(function: Option<F>, symbol: &'static str, since: u32) -> Result<F> {
    function.ok_or(Error::Unsupported { symbol, since })
}

impl Api {
    pub(crate) fn host() -> Self {
        Self { table: veo_engine::api(), host: true }
    }

    pub(crate) fn library(table: &'static veo_sys::Api) -> Self {
        Self { table, host: false }
    }

    /// Whether this is the embedded engine, whose handles stay valid after their end.
    pub(crate) fn is_host(self) -> bool {
        self.host
    }

    /// The release of libveo that this is.
    pub(crate) fn release(self) -> Option<String> {
        let version = self.table.veo_version_string?;
        // SAFETY: no preconditions.
        let text = unsafe { version() };
        if text.is_null() {
            return None;
        }
        // SAFETY: not null, so a text of the library's own, which stays loaded.
        Some(unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
    }

    /// The version of its API.
    pub(crate) fn version(self) -> u32 {
        // SAFETY: no preconditions.
        let version = unsafe { (self.table.veo_api_version)() };
        u32::try_from(version).unwrap_or_default()
    }

    /// The architecture of a node, if it is known.
    pub(crate) fn arch(self, node: i32) -> Result<Option<u32>> {
        let arch = self.table.veo_get_ve_arch.ok_or(Error::Unsupported { symbol: "veo_get_ve_arch", since: 16 })?;
        // SAFETY: no preconditions.
        let arch = unsafe { arch(node) };
        Ok(u32::try_from(arch).ok().filter(|&arch| arch > 0))
    }

    /// Why the last call on this thread failed, if the engine can tell.
    pub(crate) fn last_error(self) -> Option<String> {
        if self.host { veo_engine::last_error() } else { None }
    }

    /// How a process ended, as far as anyone can tell; `None` while it runs.
    pub(crate) fn report(self, proc: ProcHandle) -> Option<String> {
        let end = if self.host { End::of_host(proc) } else { watch::of(proc)?.end() };
        end.map(|end| end.text)
    }

    /// The same for a process that has ended by the engine's word, of which the system may not know yet.
    pub(crate) fn end(self, proc: ProcHandle) -> Option<End> {
        if self.host { End::of_host(proc) } else { watch::of(proc)?.imminent_end() }
    }

    /// How a process ended, if it did so by itself.
    pub(crate) fn died(self, proc: ProcHandle) -> Option<String> {
        let end = if self.host { End::of_host(proc) } else { watch::of(proc)?.end() };
        end.filter(|end| !matches!(end.cause, Cause::Destroyed | Cause::KilledByHost)).map(|end| end.text)
    }

    /// Ends a process at once, and waits for its end a little. `false` if that is not possible.
    pub(crate) fn kill(self, proc: ProcHandle) -> bool {
        if self.host {
            veo_engine::kill(proc.get());
            return true;
        }
        watch::of(proc).map(|watched| watched.kill_by_wish()).is_some()
    }

    // ---- processes ----

    pub(crate) fn proc_create(self, node: i32, veorun: Option<&CStr>) -> Option<ProcHandle> {
        let handle = match veorun {
            // SAFETY: the command line is NUL-terminated; libveo does not write to it.
            Some(line) => unsafe { (self.table.veo_proc_create_static)(node, line.as_ptr().cast_mut()) },
            // SAFETY: no preconditions.
            None => unsafe { (self.table.veo_proc_create)(node) },
        };
        let traffic = if self.host { None } else { Some(Traffic::take()) };
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        NonNull::new(handle).map(|raw| ProcHandle { raw, traffic, id: NEXT_ID.fetch_add(1, Relaxed), node })
    }

    pub(crate) fn proc_destroy(self, proc: ProcHandle) {
        // SAFETY: the handle is valid (module text).
        unsafe { (self.table.veo_proc_destroy)(proc.get()) };
        if let Some(traffic) = proc.traffic {
            traffic.give_back();
        }
    }

    pub(crate) fn load_library(self, proc: ProcHandle, path: &CStr) -> u64 {
        let _span = observe::load(proc, path);
        let _traffic = proc.join();
        // SAFETY: the handle is valid (module text), the path NUL-terminated.
        let library = unsafe { (self.table.veo_load_library)(proc.get(), path.as_ptr()) };
        observe::loaded(library);
        library
    }

    pub(crate) fn unload_library(self, proc: ProcHandle, library: u64) -> i32 {
        observe::unload(proc, library);
        let _traffic = proc.join();
        // SAFETY: the handle is valid (module text).
        unsafe { (self.table.veo_unload_library)(proc.get(), library) }
    }

    pub(crate) fn get_sym(self, proc: ProcHandle, library: u64, name: &str) -> u64 {
        let _traffic = proc.join();
        let Ok(name) = CString::new(name) else { return 0 };
        // SAFETY: the handle is valid (module text), the name NUL-terminated.
        let address = unsafe { (self.table.veo_get_sym)(proc.get(), library, name.as_ptr()) };
        observe::symbol(proc, library, &name, address);
        address
    }

    // ---- memory ----

    pub(crate) fn alloc_mem(self, proc: ProcHandle, bytes: usize) -> Option<u64> {
        let _traffic = proc.join();
        let mut address = 0;
        // SAFETY: the handle is valid (module text), and the address is writable.
        let result = unsafe { (self.table.veo_alloc_mem)(proc.get(), &raw mut address, bytes) };
        let allocated = (result == 0).then_some(address);
        observe::allocated(proc, bytes, allocated);
        allocated
    }

    pub(crate) fn free_mem(self, proc: ProcHandle, address: u64) -> bool {
        observe::free(proc, address);
        let _traffic = proc.join();
        // SAFETY: the handle is valid (module text).
        unsafe { (self.table.veo_free_mem)(proc.get(), address) == 0 }
    }

    #[inline]
    pub(crate) fn read_mem(self, proc: ProcHandle, to: &mut [u8], from: u64) -> bool {
        let bytes = to.len();
        let mut now = || self.read_mem_unobserved(proc, to, from);
        if watchers::any() { observe::transfer("read", proc, from, bytes, now) } else { now() }
    }

    #[inline]
    fn read_mem_unobserved(self, proc: ProcHandle, to: &mut [u8], from: u64) -> bool {
        let _traffic = proc.join();
        // SAFETY: the handle is valid (module text), and `to` is writable for its length.
        unsafe { (self.table.veo_read_mem)(proc.get(), to.as_mut_ptr().cast(), from, to.len()) == 0 }
    }

    #[inline]
    pub(crate) fn write_mem(self, proc: ProcHandle, to: u64, from: &[u8]) -> bool {
        let now = || self.write_mem_unobserved(proc, to, from);
        if watchers::any() { observe::transfer("write", proc, to, from.len(), now) } else { now() }
    }

    #[inline]
    fn write_mem_unobserved(self, proc: ProcHandle, to: u64, from: &[u8]) -> bool {
        let _traffic = proc.join();
        // SAFETY: the handle is valid (module text), and `from` is readable for its length.
        unsafe { (self.table.veo_write_mem)(proc.get(), to, from.as_ptr().cast(), from.len()) == 0 }
    }

    // ---- contexts ----

    /// The main context of a new process.
    pub(crate) fn main_context(self, proc: ProcHandle) -> Option<ContextHandle> {
        let main = self.context_open(proc, None)?;
        Some(ContextHandle { traffic: proc.traffic, ..main })
    }

    /// A further context. On a loaded libveo the traffic of the main context must be stopped.
    pub(crate) fn context_open(self, proc: ProcHandle, stack: Option<usize>) -> Option<ContextHandle> {
        let Some(stack) = stack else {
            // SAFETY: the handle is valid (module text).
            let context = unsafe { (self.table.veo_context_open)(proc.get()) };
            return NonNull::new(context).map(|raw| ContextHandle { raw, traffic: None, segment: None });
        };
        // SAFETY: no preconditions.
        let attributes = unsafe { (self.table.veo_alloc_thr_ctxt_attr)() };
        // SAFETY: the attributes were just made, or are null, which is an error result.
        let set = unsafe { (self.table.veo_set_thr_ctxt_stacksize)(attributes, stack) };
        let mut context = std::ptr::null_mut();
        if set == 0 {
            // SAFETY: handle and attributes are valid.
            context = unsafe { (self.table.veo_context_open_with_attr)(proc.get(), attributes) };
        }
        // SAFETY: the attributes are freed once; null is an error result.
        unsafe { (self.table.veo_free_thr_ctxt_attr)(attributes) };
        NonNull::new(context).map(|raw| ContextHandle { raw, traffic: None, segment: None })
    }

    pub(crate) fn context_close(self, context: ContextHandle) {
        // SAFETY: the handle is valid (module text), and its owner closes it last.
        unsafe { (self.table.veo_context_close)(context.get()) };
    }

    /// Whether it has ended, as far as the engine knows without looking.
    pub(crate) fn context_has_ended(self, context: ContextHandle) -> bool {
        // SAFETY: the handle is valid (module text).
        let state = unsafe { (self.table.veo_get_context_state)(context.get()) };
        u32::try_from(state) == Ok(VEO_STATE_EXIT)
    }

    pub(crate) fn context_sync(self, context: ContextHandle) {
        let _traffic = context.join();
        // SAFETY: the handle is valid (module text).
        unsafe { (self.table.veo_context_sync)(context.get()) };
    }

    /// Whether libveo knows that the VE process of this context has ended. Has it look before.
    pub(crate) fn knows_the_end(self, context: ContextHandle) -> bool {
        /// libveo looks after its child at every hundredth idle look at a context.
        const LOOKS: u32 = 300;
        (0..LOOKS).any(|_| {
            let ended = self.context_has_ended(context);
            if !ended {
                self.peek_result(context, VEO_REQUEST_ID_INVALID);
            }
            ended
        })
    }

    /// Begins a request block, where libveo has them: until its end, submissions of other threads to this context wait in
    /// libveo. It ends on the thread that has begun it.
    pub(crate) fn req_block(self, context: ContextHandle) -> ReqBlock {
        // While the block is open, nobody may stop the main context's traffic: they would wait for each other. (Nobody ever
        // waits to stop it, so joining once more in the block cannot wait for them.)
        let traffic = context.join();
        if let Some(begin) = self.table.veo_req_block_begin {
            // SAFETY: the handle is valid (module text).
            unsafe { begin(context.get()) };
        }
        ReqBlock { api: self, context, _traffic: traffic }
    }

    /// Ends the requests of a context that have not begun, but for host functions that `keeps`. `None` on an engine that
    /// cannot.
    pub(crate) fn cancel_queued(
        self,
        context: ContextHandle,
        keeps: &mut dyn FnMut(Given) -> bool,
    ) -> Option<Cancelled> {
        if !self.host {
            return None;
        }
        let given = |queued: veo_engine::HostFunction| Given { function: queued.function, argument: queued.argument };
        let cancelled = veo_engine::cancel_queued(context.get(), &mut |queued| keeps(given(queued)));
        Some(Cancelled { count: cancelled.count, functions: cancelled.functions.into_iter().map(given).collect() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is missing is named before anything is touched, so the handles need not be real.
    #[test]
    fn an_old_libveo_says_which_function_it_lacks() {
        let table = Box::leak(Box::new(veo_sys::Api {
            veo_proc_identifier: None,
            veo_set_proc_identifier: None,
            veo_alloc_hmem: None,
            veo_free_hmem: None,
            veo_hmemcpy: None,
            veo_get_pid_from_hmem: None,
            veo_get_venum_from_hmem: None,
            veo_alloc_mem_async: None,
            veo_free_mem_async: None,
            ..*veo_engine::api()
        }));
        let api = Api::library(table);
        let proc = ProcHandle { raw: NonNull::dangling(), traffic: None, id: 0, node: 0 };
        let context = ContextHandle { raw: NonNull::dangling(), traffic: None, segment: None };
        let nowhere = std::ptr::null_mut();
        // SAFETY: the functions are not there, so nothing is done with the address.
        let free = unsafe { api.free_hmem(proc, 0) };
        // SAFETY: as above.
        let copy = unsafe { api.hmemcpy(proc, nowhere, nowhere, 0) };
        // SAFETY: as above.
        let pid = unsafe { api.pid_from_hmem(0) };
        // SAFETY: as above.
        let node = unsafe { api.node_from_hmem(0) };
        let errors = [
            (api.proc_identifier(proc).map(drop), "veo_proc_identifier", "11"),
            (api.set_proc_identifier(0, 0).map(drop), "veo_set_proc_identifier", "12"),
            (api.alloc_hmem(proc, 0).map(drop), "veo_alloc_hmem", "10"),
            (free.map(drop), "veo_free_hmem", "10"),
            (copy.map(drop), "veo_hmemcpy", "10"),
            (pid.map(drop), "veo_get_pid_from_hmem", "13"),
            (node.map(drop), "veo_get_venum_from_hmem", "13"),
            (api.alloc_mem_async(context, 0).map(drop), "veo_alloc_mem_async", "14"),
            (api.free_mem_async(context, 0).map(drop), "veo_free_mem_async", "14"),
        ];
        for (result, symbol, since) in errors {
            let text = result.unwrap_err().to_string();
            assert!(text.contains(symbol) && text.contains(&format!("API version {since}")), "{text}");
            assert!(text.contains("newer libveo"), "{text}");
        }
    }
}
