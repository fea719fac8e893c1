//! Signals become reports.
//!
//! The handler runs on the thread that was hit, on a stack of its own, and does only what a handler may: it walks the
//! stack, stores numbers in memory that was set aside, and writes to a pipe. The control thread, which runs no kernels,
//! turns the numbers into text, tells the host, and ends the process.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::RawFd;
use std::ptr;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicPtr, AtomicU64, AtomicUsize};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::names::{self, Place};
use super::stack::{self, Stack};
use super::{guarded, trampoline};
use crate::shared::control::Fault;

/// The signals that AVEO reports, too.
pub(super) const CAUGHT: [c_int; 5] = [libc::SIGABRT, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGSEGV];

const MAX_FRAMES: usize = 48;
const MAX_ARGS: usize = 32;
/// Bytes of a backtrace: it must fit into a message.
const MAX_TEXT: usize = 40 << 10;
/// How long the control thread waits for the backtrace. Well below the handler's own patience, also on a busy machine.
const WALK_LIMIT: Duration = Duration::from_millis(100);
/// How long it waits for names and lines, of which large programs have many. The handler's patience must last longer than
/// both waits.
const NAMES_LIMIT: Duration = Duration::from_millis(300);
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
    stack: Stack,
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
    /// Where the thread was, and its stack pointer.
    at: AtomicU64,
    stack_pointer: AtomicU64,
    /// Of a context's thread: its stack; 0 and 0 for the main one.
    stack_low: AtomicU64,
    stack_size: AtomicU64,
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
    at: AtomicU64::new(0),
    stack_pointer: AtomicU64::new(0),
    stack_low: AtomicU64::new(0),
    stack_size: AtomicU64::new(0),
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
        stack: if context == 0 { Stack::Main } else { Stack::of_this_thread() },
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

extern "C" fn handler(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel passes the state of the thread, which nobody else uses before this returns.
    let registers = unsafe { &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs };
    if guarded::rescue(signal, registers) {
        return;
    }
    if FOUND.claimed.swap(true, SeqCst) {
        // Another thread reports, or this very handler was hit: the process is about to end.
        wait_for_the_end(signal);
    }
    FOUND.signal.store(signal, Relaxed);
    // SAFETY: the kernel passes a valid siginfo.
    let info = unsafe { &*info };
    // SAFETY: these signals have an address, unless they were sent by a process; then it is not used.
    let address = unsafe { info.si_addr() } as u64;
    FOUND.address.store(if info.si_code <= 0 { 0 } else { address }, Relaxed);
    FOUND.at.store(registers[libc::REG_RIP as usize].cast_unsigned(), Relaxed);
    FOUND.stack_pointer.store(registers[libc::REG_RSP as usize].cast_unsigned(), Relaxed);
    // SAFETY: the note lives as long as its thread is inside; other threads than those of contexts have none.
    if let Some(running) = unsafe { RUNNING.get().as_ref() } {
        FOUND.context.store(u64::from(running.context), Relaxed);
        if let Stack::Fixed { low, size } = running.stack {
            FOUND.stack_low.store(low, Relaxed);
            FOUND.stack_size.store(size, Relaxed);
        }
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
    /// From the kernel's innermost one to the function that was called.
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
        overflowed_stack: overflowed_stack().unwrap_or(0),
        args: (0..FOUND.arg_count.load(Relaxed)).map(|index| FOUND.args[index].load(Relaxed)).collect(),
        ..Fault::default()
    };
    let frames: Vec<_> = (0..FOUND.frame_count.load(Acquire)).map(|index| FOUND.frames[index].load(Relaxed)).collect();
    Some(Raw { fault, function: FOUND.function.load(Relaxed), frames: of_the_kernel(&frames, FOUND.at.load(Relaxed)) })
}

/// The frames from the one that was hit to the function that was called: before them are the handler's own, behind them
/// ours. (Without this, naming them would read the symbols of a program that may be large.)
fn of_the_kernel(frames: &[u64], hit: u64) -> Vec<u64> {
    let Some(first) = frames.iter().position(|&frame| frame == hit) else {
        // The unwinder finds no way out of the handler after a jump to nowhere.
        return vec![hit];
    };
    frames[first..].iter().copied().take_while(|&frame| !trampoline::is_inside(frame)).collect()
}

/// The size of the stack that overflowed, if that is what happened.
fn overflowed_stack() -> Option<u64> {
    if FOUND.tag.load(Relaxed) == 0 || FOUND.signal.load(Relaxed) != libc::SIGSEGV {
        return None;
    }
    let stack = match (FOUND.stack_low.load(Relaxed), FOUND.stack_size.load(Relaxed)) {
        (_, 0) => Stack::Main,
        (low, size) => Stack::Fixed { low, size },
    };
    stack::overflowed(stack, FOUND.stack_pointer.load(Relaxed), FOUND.address.load(Relaxed))
}

/// What the search for names has found since it was last asked.
#[derive(Default)]
struct Search {
    found: Option<Vec<Place>>,
    done: bool,
}

/// Passes on what a search finds, until it is done or its time is up.
fn follow(shared: &(Mutex<Search>, Condvar), mut tell: impl FnMut(&[Place])) {
    let deadline = Instant::now() + NAMES_LIMIT;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        let search = shared.0.lock().unwrap_or_else(PoisonError::into_inner);
        let waiting = |search: &mut Search| search.found.is_none() && !search.done;
        let (mut search, _) =
            shared.1.wait_timeout_while(search, left, waiting).unwrap_or_else(PoisonError::into_inner);
        let (found, done) = (search.found.take(), search.done);
        drop(search);
        if let Some(places) = found {
            tell(&places);
        }
        if done || left.is_zero() {
            return;
        }
    }
}

/// Starts a thread, as `std` does, but for the thread's own record of itself: glibc makes that wait for the loader's lock,
/// which is not free when a library crashes or hangs while it is loaded. `false` if it cannot be started.
pub(super) fn bare_thread<F: FnOnce() + Send + 'static>(run: F) -> bool {
    extern "C" fn start<F: FnOnce()>(run: *mut c_void) -> *mut c_void {
        // SAFETY: `bare_thread` passes a box of this type to this one thread.
        let run = unsafe { Box::from_raw(run.cast::<F>()) };
        run();
        ptr::null_mut()
    }
    let run = Box::into_raw(Box::new(run)).cast::<c_void>();
    let mut thread: libc::pthread_t = 0;
    // SAFETY: the start routine takes the box that it gets.
    let result = unsafe { libc::pthread_create(&raw mut thread, ptr::null(), start::<F>, run) };
    if result != 0 {
        // SAFETY: no thread was started that would use the box.
        drop(unsafe { Box::from_raw(run.cast::<F>()) });
        return false;
    }
    // SAFETY: the thread was just started, and nobody joins it.
    unsafe { libc::pthread_detach(thread) };
    true
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

    /// Passes on the report with the names of functions and libraries, and again when more is known. Takes a bounded time:
    /// the names are looked for on a thread of its own, which may meet damaged memory, or a lock that the thread that was
    /// hit holds. What it does not find in time is missing; it ends with the process.
    pub(crate) fn name(&self, mut report: impl FnMut(Fault)) {
        let shared = Arc::new((Mutex::new(Search::default()), Condvar::new()));
        let (mut places, finder) = (self.places(), Arc::clone(&shared));
        let started = bare_thread(move || {
            let note = |known: Option<&[Place]>| {
                let mut search = finder.0.lock().unwrap_or_else(PoisonError::into_inner);
                search.found = known.map(<[_]>::to_vec).or(search.found.take());
                search.done = known.is_none();
                finder.1.notify_one();
            };
            names::find(&mut places, |known| note(Some(known)));
            note(None);
        });
        if started {
            follow(&shared, |places| report(self.with_names(places)));
        }
    }

    /// The function that was called, and the backtrace.
    fn places(&self) -> Vec<Place> {
        let frames = self.frames.iter().enumerate().map(|(depth, &frame)| Place::new(frame, depth > 0));
        [Place::new(self.function, false)].into_iter().chain(frames).collect()
    }

    fn with_names(&self, places: &[Place]) -> Fault {
        let bare = self.bare();
        let Some((called, backtrace)) = places.split_first() else { return bare };
        let mut left = MAX_TEXT;
        let fits = |frame: &String| {
            left = left.saturating_sub(frame.len());
            left > 0
        };
        Fault {
            function: called.function().unwrap_or(bare.function),
            library: called.library.clone().unwrap_or_default(),
            frames: backtrace.iter().flat_map(Place::frames).take_while(fits).collect(),
            ..bare
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_takes_too_long_is_left_alone() {
        let known = Search { found: Some(vec![Place::new(1, false)]), done: false };
        let mut told = 0;
        follow(&(Mutex::new(known), Condvar::new()), |places| told += places.len());
        assert_eq!(told, 1);
    }

    #[test]
    fn the_kernels_frames_are_between_ours() {
        let ours = trampoline::enter as *const () as u64 + 20;
        assert_eq!(of_the_kernel(&[1, 2, 30, 31, ours, 4], 30), [30, 31]);
        assert_eq!(of_the_kernel(&[1, 2, 30, 31], 30), [30, 31]);
        assert_eq!(of_the_kernel(&[1, 2], 0), [0]);
    }
}
