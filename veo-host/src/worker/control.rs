//! The control thread, and the start and end of the worker.

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

/// Runs the worker on this, the process's main thread, and ends the process. Returns only if the first message is not a
/// host's: then this process was not meant, and `initialise` was not called.
pub(crate) fn serve(socket: OwnedFd, initialise: impl FnOnce()) {
    let Ok(Some((Message::Setup { memory, barrier }, mut descriptors))) = control::receive(socket.as_fd()) else {
        return;
    };
    let (Some(ring), Some(memory_fd)) = (descriptors.pop(), descriptors.pop()) else {
        return;
    };
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
    let faults = fault::install()?;
    std::thread::Builder::new().name("veorun".into()).spawn(move || run(socket, &parent, faults, barrier))?;
    control::send(socket.as_fd(), &Message::Hello { base, barrier }, &[])?;
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
                // The bare facts first: finding names may hang, if the crashed thread holds the loader's lock.
                let _ = control::send(socket.as_fd(), &Message::Fault(raw.bare()), &[]);
                let _ = control::send(socket.as_fd(), &Message::Fault(raw.with_names()), &[]);
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
        let thread = std::thread::Builder::new().name(format!("context-{context}")).stack_size(stack);
        thread.spawn(move || queue::run(context, &WorkerRing::new(ring, barrier)))
    });
    started.err().map_or(0, |error| error.raw_os_error().unwrap_or(libc::EAGAIN))
}

/// Ends the process as `exit` does, so that kernels' files are flushed; a kernel that holds their locks has a second.
fn end(status: i32) -> ! {
    end_in_a_second(status);
    // SAFETY: ends the process; exit handlers of kernels run, as they do on a VE.
    unsafe { libc::exit(status) }
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
    let started = std::thread::Builder::new().spawn(move || {
        std::thread::sleep(Duration::from_secs(1));
        // SAFETY: ends the process without further code.
        unsafe { libc::_exit(status) }
    });
    if started.is_err() {
        // SAFETY: sets a timer whose default action ends the process.
        unsafe { libc::alarm(1) };
    }
}
