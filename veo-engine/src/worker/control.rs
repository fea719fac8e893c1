//! The control thread, and the start and end of the worker.

use std::ffi::c_void;
use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::time::Duration;

use super::{fault, queue};
use crate::engine::memory::PREFERRED_BASE;
use crate::shared::control::{self, Message};
use crate::shared::map::Mapping;
use crate::shared::ring::{Ring, WorkerRing};
use crate::shared::wait::Barrier;

/// The socket to the host, for the whole life of the worker.
static SOCKET: OnceLock<OwnedFd> = OnceLock::new();

/// Exit status of a worker that could not start.
const CANNOT_START: i32 = 70;

/// Exit status of a worker whose rings were overwritten.
const CORRUPTED: i32 = 71;

/// Runs the worker on this, the process's main thread, and ends the process. Returns only if the first message is not a
/// host's: then this process was not meant, and `initialise` was not called.
pub(crate) fn serve(socket: OwnedFd, initialise: impl FnOnce()) {
    crate::shared::map::open_stdio();
    let Ok(Some((Message::Setup { memory, barrier }, mut descriptors))) = control::receive(socket.as_fd()) else {
        return;
    };
    let (Some(ring), Some(memory_fd)) = (descriptors.pop(), descriptors.pop()) else {
        return;
    };
    name_ftrace_file();
    initialise();
    let barrier = if barrier == Barrier::Membarrier { Barrier::register() } else { barrier };
    let Err(error) = start(socket, memory_fd, memory, &ring, barrier);
    eprintln!("veorun: cannot start: {error}");
    std::process::exit(CANNOT_START);
}

fn start(
    socket: OwnedFd,
    memory_fd: OwnedFd,
    memory: u64,
    ring: &OwnedFd,
    barrier: Barrier,
) -> io::Result<std::convert::Infallible> {
    let parent = parent_pidfd()?;
    let memory = Mapping::new(memory_fd, memory as usize, Some(PREFERRED_BASE))?;
    let ring = WorkerRing::new(Ring::map(ring)?, barrier);
    let base = memory.base() as u64;
    // VE memory stays mapped until the process ends.
    std::mem::forget(memory);
    let socket = SOCKET.get_or_init(|| socket);
    grow_main_stack();
    let faults = fault::install()?;
    std::thread::Builder::new().name("veorun".into()).spawn(move || run(socket, &parent, faults, barrier))?;
    control::send(socket.as_fd(), &Message::Hello { base, barrier }, &[])?;
    pin(0);
    queue::run(0, &ring);
    // The main context is never told to end its thread; but if it were, this is what it would mean.
    end(0)
}

/// A descriptor that becomes readable when the host dies, whichever of its threads started us.
fn parent_pidfd() -> io::Result<OwnedFd> {
    use std::os::fd::FromRawFd;
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

/// The control thread.
fn run(socket: &'static OwnedFd, parent: &OwnedFd, faults: RawFd, barrier: Barrier) {
    // A signal handler needs a thread that is not hit itself; this one runs no kernels.
    loop {
        let ready = control::readable(&[faults, socket.as_raw_fd(), parent.as_raw_fd()], None);
        if ready[0] {
            if let Some(raw) = fault::collect() {
                // The bare facts first: finding names takes time, and may meet what crashed the kernel.
                let report = |fault| drop(control::send(socket.as_fd(), &Message::Fault(fault), &[]));
                report(raw.bare());
                raw.name(report);
                end_after_fault(raw.signal());
            }
        } else if ready[1] {
            match control::receive(socket.as_fd()) {
                Ok(Some((Message::Open { context, stack }, mut descriptors))) => {
                    let errno = open(context, stack as usize, descriptors.pop(), barrier);
                    let _ = control::send(socket.as_fd(), &Message::Opened { context, errno }, &[]);
                }
                Ok(Some((Message::Quit, _))) | Ok(None) => end(0),
                Ok(Some(_)) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => end(CANNOT_START),
            }
        } else if ready[2] {
            end(0);
        }
    }
}

/// Starts the thread of a further context. 0, or the error number.
fn open(context: u32, stack: usize, ring: Option<OwnedFd>, barrier: Barrier) -> i32 {
    let Some(ring) = ring else { return libc::EBADF };
    let started = Ring::map(ring).and_then(|ring| {
        let stack =
            stack.checked_add(STACK_OVERHEAD).filter(|&stack| stack <= MAX_STACK).ok_or(io::ErrorKind::OutOfMemory)?;
        let thread = std::thread::Builder::new().name(format!("context-{context}")).stack_size(stack);
        thread.spawn(move || {
            pin(context);
            queue::run(context, &WorkerRing::new(ring, barrier));
        })
    });
    started.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::ENOMEM))
}

/// Sets the name of the file in which NEC's ftrace puts its figures. The process has only this thread so far.
fn name_ftrace_file() {
    let variable = |name| std::env::var(name).ok();
    let node = variable("VE_NODE_NUMBER").unwrap_or_default();
    let mpi = variable("MPIUNIVERSE").zip(variable("MPIRANK")).map(|(universe, rank)| format!("{universe}.{rank}."));
    let name = format!("ftrace.out.{}veo.{node}.{}", mpi.unwrap_or_default(), std::process::id());
    // SAFETY: initialisers run before there is a second thread.
    unsafe { std::env::set_var("VE_FTRACE_OUT_NAME", name) };
}

/// What a thread's stack holds besides the kernel's frames: the loader's thread-local data and our own.
const STACK_OVERHEAD: usize = 256 << 10;

/// Stacks larger than the address space are refused before the system's library has to calculate with them.
const MAX_STACK: usize = 1 << 46;

/// The stack of the main context: what further ones have by default, a little less than what the system keeps free for it.
const MAIN_STACK: libc::rlim_t = 120 << 20;

/// Lets the main thread's stack grow as large as a VE's. The system looks at the limit whenever the stack grows.
fn grow_main_stack() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes to a valid object.
    if unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) } != 0 || limit.rlim_cur >= MAIN_STACK {
        return;
    }
    limit.rlim_cur = MAIN_STACK.min(limit.rlim_max);
    // SAFETY: reads a valid object. If it is refused, the stack is as large as it is.
    unsafe { libc::setrlimit(libc::RLIMIT_STACK, &raw const limit) };
}

/// Pins the thread of a context to its core, if the host was told which (`VE_CORE_NUMBER`): each further context has the
/// next one. Where there is no such core, the thread stays free.
fn pin(context: u32) {
    let first = std::env::var("URPC_VE_CORE").ok().and_then(|text| text.parse::<usize>().ok());
    let Some(core) = first.and_then(|first| first.checked_add(context as usize)) else { return };
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

/// A key whose destructor sees a context's thread end, with the context's number plus one as its value.
fn thread_key() -> Option<libc::pthread_key_t> {
    static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();
    extern "C" fn gone(value: *mut c_void) {
        if let (Some(socket), Some(context)) = (SOCKET.get(), (value.addr() as u32).checked_sub(1)) {
            let _ = control::send(socket.as_fd(), &Message::Gone { context }, &[]);
        }
    }
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: writes the key to a valid object; the destructor has the type that it must have.
        (unsafe { libc::pthread_key_create(&raw mut key, Some(gone)) } == 0).then_some(key)
    })
}

/// From here on, the host is told if a kernel ends this thread of `context` with `pthread_exit`.
pub(super) fn thread_begins(context: u32) {
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
fn end(status: i32) -> ! {
    end_in_a_second(status);
    // SAFETY: ends the process; exit handlers of kernels run, as they do on a VE.
    unsafe { libc::exit(status) }
}

/// Ends the process because a kernel wrote over a ring, so that requests would be waited for in vain.
pub(super) fn end_corrupted() -> ! {
    if let Some(socket) = SOCKET.get() {
        let _ = control::send(socket.as_fd(), &Message::Corrupted, &[]);
    }
    // SAFETY: ends the process without further code; its memory is not to be trusted.
    unsafe { libc::_exit(CORRUPTED) }
}

/// Ends the process after a crash: files are flushed if that is still possible, exit handlers are not run.
fn end_after_fault(signal: i32) -> ! {
    end_in_a_second(128 + signal);
    // SAFETY: flushes all streams; if the crashed thread holds a stream's lock, the other thread ends the wait.
    unsafe { libc::fflush(std::ptr::null_mut()) };
    // SAFETY: ends the process without further code.
    unsafe { libc::_exit(128 + signal) }
}

/// Has the process ended by a thread of its own, whatever becomes of this one. Not by an alarm: kernels may catch it.
fn end_in_a_second(status: i32) {
    let started = fault::bare_thread(move || {
        std::thread::sleep(Duration::from_secs(1));
        // SAFETY: ends the process without further code.
        unsafe { libc::_exit(status) }
    });
    if !started {
        // SAFETY: sets a timer whose default action ends the process.
        unsafe { libc::alarm(1) };
    }
}
