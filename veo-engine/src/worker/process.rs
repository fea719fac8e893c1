//! The worker as a process: its parent, its stacks and cores, and its end. Both doors stand on this.

use std::ffi::c_void;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::fault;

/// Exit status of a worker that could not start.
pub(super) const CANNOT_START: i32 = 70;

/// A descriptor that becomes readable when the host dies, whichever of its threads started us.
pub(super) fn parent_pidfd() -> io::Result<OwnedFd> {
    // SAFETY: no preconditions.
    let parent = unsafe { libc::getppid() };
    // SAFETY: plain system call.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, parent, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

/// What a thread's stack holds besides the kernel's frames: the loader's thread-local data and our own.
const STACK_OVERHEAD: usize = 256 << 10;

/// Stacks larger than the address space are refused before the system's library has to calculate with them.
const MAX_STACK: usize = 1 << 46;

/// The stack of the main context: what further ones have by default, a little less than what the system keeps free for it.
const MAIN_STACK: libc::rlim_t = 120 << 20;

/// Lets the main thread's stack grow as large as a VE's. The system looks at the limit whenever the stack grows.
pub(super) fn grow_main_stack() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes to a valid object.
    if unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } != 0 || limit.rlim_cur >= MAIN_STACK {
        return;
    }
    limit.rlim_cur = MAIN_STACK.min(limit.rlim_max);
    // SAFETY: reads a valid object. If it is refused, the stack is as large as it is.
    unsafe { libc::setrlimit(libc::RLIMIT_STACK, &raw const limit) };
}

/// Starts the control thread, and returns when it runs. A thread that starts waits for the loader's lock, which is not free
/// while a library is loaded; and the very first command may be to load one that crashes.
pub(super) fn start_control(run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let (sender, runs) = std::sync::mpsc::sync_channel(0);
    let control = thread::Builder::new().name("veorun".into());
    control.spawn(move || {
        // Received below.
        let _ = sender.send(());
        run();
    })?;
    runs.recv().map_err(io::Error::other)
}

/// Starts the thread of a further context, with room for `stack` bytes of kernels' frames.
pub(super) fn start_context(
    context: u32,
    stack: usize,
    run: impl FnOnce() + Send + 'static,
) -> io::Result<JoinHandle<()>> {
    let stack =
        stack.checked_add(STACK_OVERHEAD).filter(|&stack| stack <= MAX_STACK).ok_or(io::ErrorKind::OutOfMemory)?;
    thread::Builder::new().name(format!("context-{context}")).stack_size(stack).spawn(run)
}

/// Pins this thread to a core. Where there is no such core, it stays free.
pub(super) fn pin(core: usize) {
    // SAFETY: all-zero is a valid, empty set.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    if core >= 8 * size_of::<libc::cpu_set_t>() {
        return;
    }
    // SAFETY: the core is inside the set.
    unsafe { libc::CPU_SET(core, &mut set) };
    // SAFETY: reads a valid set; 0 is the calling thread.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &raw const set) };
}

/// What to do when a kernel ends the thread of a context with `pthread_exit`. Called on that thread.
pub(super) type Gone = fn(context: u32);

static GONE: OnceLock<Gone> = OnceLock::new();

/// A key whose destructor sees a context's thread end, with the context's number plus one as its value.
fn thread_key() -> Option<libc::pthread_key_t> {
    static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();
    extern "C" fn ended(value: *mut c_void) {
        if let (Some(gone), Some(context)) = (GONE.get(), (value.addr() as u32).checked_sub(1)) {
            gone(context);
        }
    }
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: writes the key to a valid object; the destructor has the type that it must have.
        (unsafe { libc::pthread_key_create(&raw mut key, Some(ended)) } == 0).then_some(key)
    })
}

/// From here on, `gone` is called if a kernel ends this thread of `context`.
pub(super) fn thread_begins(context: u32, gone: Gone) {
    GONE.get_or_init(|| gone);
    note_thread(context as usize + 1);
}

/// This thread ends in order.
pub(super) fn thread_ends() {
    note_thread(0);
}

fn note_thread(value: usize) {
    if let Some(key) = thread_key() {
        // SAFETY: the key exists until the process ends; the value is a number, and never used as an address.
        unsafe { libc::pthread_setspecific(key, std::ptr::without_provenance(value)) };
    }
}

/// Ends the process as `exit` does, so that kernels' files are flushed; a kernel that holds their locks has a second.
pub(super) fn end(status: i32) -> ! {
    end_in_a_second(status);
    // SAFETY: ends the process; exit handlers of kernels run, as they do on a VE.
    unsafe { libc::exit(status) }
}

/// Ends the process after a crash: files are flushed if that is still possible, exit handlers are not run.
pub(super) fn end_after_fault(signal: i32) -> ! {
    end_in_a_second(128 + signal);
    // SAFETY: flushes all streams; if the crashed thread holds a stream's lock, the other thread ends the wait.
    unsafe { libc::fflush(std::ptr::null_mut()) };
    // SAFETY: ends the process without further code.
    unsafe { libc::_exit(128 + signal) }
}

/// Has the process ended by a thread of its own, whatever becomes of this one. Not by an alarm: kernels may catch it.
fn end_in_a_second(status: i32) {
    let started = fault::bare_thread(move || {
        thread::sleep(Duration::from_secs(1));
        // SAFETY: ends the process without further code.
        unsafe { libc::_exit(status) }
    });
    if !started {
        // SAFETY: sets a timer whose default action ends the process.
        unsafe { libc::alarm(1) };
    }
}
