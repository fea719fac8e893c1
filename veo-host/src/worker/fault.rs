//! Signals become reports.
//!
//! The handler runs on the thread that was hit, on a stack of its own, and does only what a handler may: it walks the
//! stack, stores numbers in memory that was set aside, and writes to a pipe. The control thread, which runs no kernels,
//! turns the numbers into text, tells the host, and ends the process.

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, AtomicUsize};
use std::time::{Duration, Instant};

use crate::shared::control::Fault;

/// The signals that AVEO reports, too.
const CAUGHT: [c_int; 5] = [libc::SIGABRT, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV];

const MAX_FRAMES: usize = 48;
const MAX_ARGS: usize = 32;
/// Characters of a name: a report with as many frames as there can be fits into a message.
const MAX_TEXT: usize = 400;
/// How long the control thread waits for the backtrace. Well below the handler's own patience, also on a busy machine.
const WALK_LIMIT: Duration = Duration::from_millis(100);
const HANDLER_STACK: usize = 128 << 10;

/// What runs on a context's thread at the moment. Written by that thread, read by its own signal handler.
#[derive(Debug)]
pub(crate) struct Running {
    context: u32,
    /// The request plus one, 0 between requests.
    tag: AtomicU64,
    function: AtomicU64,
    args: AtomicPtr<u64>,
    arg_count: AtomicUsize,
}

thread_local! {
    static RUNNING: Cell<*const Running> = const { Cell::new(ptr::null()) };
}

/// What the handler found. There is one: the first thread that is hit reports, the process ends with it.
struct Found {
    claimed: AtomicBool,
    ready: AtomicBool,
    signal: AtomicI32,
    address: AtomicU64,
    context: AtomicU64,
    tag: AtomicU64,
    function: AtomicU64,
    args: [AtomicU64; MAX_ARGS],
    arg_count: AtomicUsize,
    frames: [AtomicU64; MAX_FRAMES],
    frame_count: AtomicUsize,
}

static FOUND: Found = Found {
    claimed: AtomicBool::new(false),
    ready: AtomicBool::new(false),
    signal: AtomicI32::new(0),
    address: AtomicU64::new(0),
    context: AtomicU64::new(0),
    tag: AtomicU64::new(0),
    function: AtomicU64::new(0),
    args: [const { AtomicU64::new(0) }; MAX_ARGS],
    arg_count: AtomicUsize::new(0),
    frames: [const { AtomicU64::new(0) }; MAX_FRAMES],
    frame_count: AtomicUsize::new(0),
};

/// The pipe from the handler to the control thread.
static PIPE: AtomicI32 = AtomicI32::new(-1);

/// Installs the handlers. The result is the end of the pipe that becomes readable with a fault.
pub(crate) fn install() -> io::Result<RawFd> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    PIPE.store(ends[1], Release);
    for signal in CAUGHT {
        // SAFETY: all-zero is a valid sigaction.
        let mut action: libc::sigaction = unsafe { MaybeUninit::zeroed().assume_init() };
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
        // SAFETY: the action is valid; the handler has the type that SA_SIGINFO asks for.
        if unsafe { libc::sigaction(signal, &raw const action, ptr::null_mut()) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(ends[0])
}

/// A context's thread: its note of what runs, and the stack of its handler.
pub(crate) struct Entered {
    running: Box<Running>,
    /// Used by the system as long as this thread is inside.
    _stack: Vec<u8>,
}

/// Prepares this thread for the requests of `context`.
pub(crate) fn enter(context: u32) -> Entered {
    let mut memory = vec![0_u8; HANDLER_STACK];
    let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: HANDLER_STACK };
    // SAFETY: the stack lives until `Entered` is dropped, which disables it first.
    unsafe { libc::sigaltstack(&raw const stack, ptr::null_mut()) };
    // The unwinder allocates at its first use; that use must not be in a handler.
    walk(&mut |_| false);
    let running = Box::new(Running {
        context,
        tag: AtomicU64::new(0),
        function: AtomicU64::new(0),
        args: AtomicPtr::new(ptr::null_mut()),
        arg_count: AtomicUsize::new(0),
    });
    RUNNING.set(&raw const *running);
    Entered { running, _stack: memory }
}

impl std::ops::Deref for Entered {
    type Target = Running;

    fn deref(&self) -> &Running {
        &self.running
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.set(ptr::null());
        let none = libc::stack_t { ss_sp: ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };
        // SAFETY: takes the stack out of use; this thread is not on it.
        unsafe { libc::sigaltstack(&raw const none, ptr::null_mut()) };
    }
}

impl Running {
    /// Notes what is about to run. The arguments stay where they are until [`end`](Self::end).
    #[inline]
    pub(crate) fn begin(&self, id: u64, function: u64, args: &[u64]) {
        self.function.store(function, Relaxed);
        self.args.store(args.as_ptr().cast_mut(), Relaxed);
        self.arg_count.store(args.len(), Relaxed);
        self.tag.store(id + 1, Relaxed);
    }

    #[inline]
    pub(crate) fn end(&self) {
        self.tag.store(0, Relaxed);
    }
}

extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, _context: *mut c_void) {
    if FOUND.claimed.swap(true, SeqCst) {
        // Another thread reports, or this very handler was hit: the process is about to end.
        wait_for_the_end(signal);
    }
    FOUND.signal.store(signal, Relaxed);
    // SAFETY: the kernel passes a valid siginfo.
    let info = unsafe { &*info };
    // SAFETY: these signals have an address, but SIGABRT, for which it is not used.
    let address = unsafe { info.si_addr() } as u64;
    FOUND.address.store(if signal == libc::SIGABRT { 0 } else { address }, Relaxed);
    // SAFETY: the note lives as long as its thread is inside; other threads than those of contexts have none.
    if let Some(running) = unsafe { RUNNING.get().as_ref() } {
        FOUND.context.store(u64::from(running.context), Relaxed);
        let tag = running.tag.load(Relaxed);
        if tag == 0 {
            return found_all(signal);
        }
        FOUND.tag.store(tag, Relaxed);
        FOUND.function.store(running.function.load(Relaxed), Relaxed);
        let args = running.args.load(Relaxed);
        let count = running.arg_count.load(Relaxed).min(MAX_ARGS);
        for index in 0..count {
            // SAFETY: the thread that was hit stands between `begin` and `end`, or its list is unchanged since then; so the
            // list has at least `count` words.
            let word = unsafe { args.wrapping_add(index).read() };
            FOUND.args[index].store(word, Relaxed);
        }
        FOUND.arg_count.store(count, Relaxed);
    }
    found_all(signal)
}

/// Has the report sent: without a backtrace first, which may not come.
fn found_all(signal: c_int) {
    tell();
    let mut count = 0;
    walk(&mut |ip| {
        FOUND.frames[count].store(ip, Relaxed);
        count += 1;
        FOUND.frame_count.store(count, Relaxed);
        count < MAX_FRAMES
    });
    FOUND.ready.store(true, Release);
    wait_for_the_end(signal);
}

fn tell() {
    // SAFETY: writes one byte from a live constant to our own pipe; allowed in a handler.
    unsafe { libc::write(PIPE.load(Acquire), c"!".as_ptr().cast(), 1) };
}

/// Waits for the control thread to end the process; if it cannot, ends it here.
fn wait_for_the_end(signal: c_int) -> ! {
    let nap = libc::timespec { tv_sec: 0, tv_nsec: 300_000_000 };
    for _ in 0..3 {
        // SAFETY: the time is valid; no remainder is asked for.
        unsafe { libc::nanosleep(&raw const nap, ptr::null_mut()) };
    }
    // SAFETY: ends the process; allowed in a handler.
    unsafe { libc::_exit(128 + signal) }
}

/// Walks the stack of this thread, innermost frame first, until `visit` says stop.
fn walk(visit: &mut dyn FnMut(u64) -> bool) {
    struct State<'a>(&'a mut dyn FnMut(u64) -> bool);
    extern "C" fn step(context: *mut c_void, state: *mut c_void) -> c_int {
        // SAFETY: `walk` passes its own state, alive during the walk.
        let state = unsafe { &mut *state.cast::<State<'_>>() };
        // SAFETY: the unwinder passes a valid context.
        let ip = unsafe { _Unwind_GetIP(context) };
        if ip != 0 && (state.0)(ip as u64) { 0 } else { 5 }
    }
    unsafe extern "C" {
        fn _Unwind_Backtrace(step: extern "C" fn(*mut c_void, *mut c_void) -> c_int, state: *mut c_void) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }
    let mut state = State(visit);
    // SAFETY: the unwinder that std itself links calls `step` with the state, during this call only.
    unsafe { _Unwind_Backtrace(step, (&raw mut state).cast()) };
}

/// What the handler found, copied out.
pub(crate) struct Raw {
    fault: Fault,
    function: u64,
    frames: Vec<u64>,
}

/// Reads what the handler found. Called by the control thread, when the pipe is readable.
pub(crate) fn collect() -> Option<Raw> {
    // The unwinder may itself hang in a process whose memory is damaged: give it a bounded time.
    let deadline = Instant::now() + WALK_LIMIT;
    while !FOUND.ready.load(Acquire) && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
    if !FOUND.claimed.load(Acquire) {
        return None;
    }
    let fault = Fault {
        context: FOUND.context.load(Relaxed) as u32,
        tag: FOUND.tag.load(Relaxed),
        signal: FOUND.signal.load(Relaxed),
        address: FOUND.address.load(Relaxed),
        args: (0..FOUND.arg_count.load(Relaxed)).map(|index| FOUND.args[index].load(Relaxed)).collect(),
        ..Fault::default()
    };
    let frames = (0..FOUND.frame_count.load(Acquire)).map(|index| FOUND.frames[index].load(Relaxed)).collect();
    Some(Raw { fault, function: FOUND.function.load(Relaxed), frames })
}

impl Raw {
    pub(crate) fn signal(&self) -> i32 {
        self.fault.signal
    }

    /// The report without names.
    pub(crate) fn bare(&self) -> Fault {
        let function = match (self.function, self.fault.tag) {
            (_, 0) => "a thread of a kernel's own".into(),
            (0, _) => "a library that was being loaded".into(),
            (function, _) => format!("{function:#x}"),
        };
        Fault { function, frames: self.frames.iter().map(|ip| format!("{ip:#x}")).collect(), ..self.fault.clone() }
    }

    /// The report with the names of functions and libraries.
    pub(crate) fn with_names(&self) -> Fault {
        // The innermost frames are the handler's own; the kernel's come after the one that the system put there, and end
        // with the function that was called.
        let own = self.frames.iter().position(|&ip| is_signal_return(ip)).map_or(0, |at| at + 1);
        let kernel = self.frames.get(own..).unwrap_or_default();
        let called = kernel.iter().position(|&ip| symbol_start(ip) == Some(self.function));
        let kernel = &kernel[..called.map_or(kernel.len(), |at| at + 1)];
        let info = if self.function == 0 { None } else { look_up(self.function) };
        let bare = self.bare();
        Fault {
            function: info.and_then(|info| text(info.dli_sname)).unwrap_or(bare.function),
            library: info.and_then(|info| text(info.dli_fname)).unwrap_or_default(),
            frames: kernel.iter().map(|&ip| describe(ip)).collect(),
            ..bare
        }
    }
}

/// What the loader knows about an address.
fn look_up(address: u64) -> Option<libc::Dl_info> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: any address may be asked for; the result is written to a valid object.
    let found = unsafe { libc::dladdr(ptr::with_exposed_provenance(address as usize), info.as_mut_ptr()) };
    // SAFETY: zeroed is a valid Dl_info, and the call filled it.
    (found != 0).then(|| unsafe { info.assume_init() })
}

fn symbol_start(address: u64) -> Option<u64> {
    look_up(address).map(|info| info.dli_saddr as u64).filter(|&start| start != 0)
}

/// Whether this is the code by which a handler returns: `__restore_rt`, which has no symbol of its own, but these bytes.
fn is_signal_return(address: u64) -> bool {
    const RESTORE: [u8; 9] = [0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05];
    let code = ptr::with_exposed_provenance::<[u8; 9]>(address as usize);
    look_up(address).is_some() && {
        // SAFETY: the unwinder returned this address as code, and the loader knows its library, so it is mapped.
        unsafe { code.read_unaligned() == RESTORE }
    }
}

/// `symbol+0x12 (library)`, as far as the loader knows them.
fn describe(address: u64) -> String {
    let Some(info) = look_up(address) else { return format!("{address:#x}") };
    let library = text(info.dli_fname).unwrap_or_default();
    match text(info.dli_sname) {
        Some(symbol) => format!("{symbol}+{:#x} ({library})", address.saturating_sub(info.dli_saddr as u64)),
        None => format!("{library}+{:#x}", address.saturating_sub(info.dli_fbase as u64)),
    }
}

/// A name that the loader gave, if it gave one.
fn text(name: *const c_char) -> Option<String> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, so the loader's own NUL-terminated string; libraries are not unloaded while we report.
    let name = unsafe { CStr::from_ptr(name) }.to_string_lossy();
    // C++ names can be longer than a message.
    Some(name.chars().take(MAX_TEXT).collect())
}
