//! The control thread, and the start and end of the worker.

use std::io;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use super::queue;
use crate::engine::memory::PREFERRED_BASE;
use crate::shared::control::{self, Fault, Message};
use crate::shared::map::Mapping;
use crate::shared::ring::{Ring, WorkerRing};
use crate::shared::wait::Barrier;
use crate::worker::process::{self, CANNOT_START, end};
use crate::worker::{fault, report};

/// The socket to the host, for the whole life of the worker.
static SOCKET: OnceLock<OwnedFd> = OnceLock::new();

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
    let parent = process::parent_pidfd()?;
    let memory = Mapping::new(memory_fd, memory as usize, Some(PREFERRED_BASE))?;
    let ring = WorkerRing::new(Ring::map(ring)?, barrier);
    let base = memory.base() as u64;
    // VE memory stays mapped until the process ends.
    std::mem::forget(memory);
    let socket = SOCKET.get_or_init(|| socket);
    process::grow_main_stack();
    let faults = fault::install()?;
    process::start_control(move || run(socket, &parent, faults, barrier))?;
    control::send(socket.as_fd(), &Message::Hello { base, barrier }, &[])?;
    pin(0);
    queue::run(0, &ring);
    // The main context is never told to end its thread; but if it were, this is what it would mean.
    end(0)
}

/// The control thread.
fn run(socket: &'static OwnedFd, parent: &OwnedFd, faults: RawFd, barrier: Barrier) {
    // A signal handler needs a thread that is not hit itself; this one runs no kernels.
    loop {
        let ready = control::readable(&[faults, socket.as_raw_fd(), parent.as_raw_fd()], None);
        if ready[0] {
            if let Some(raw) = fault::collect() {
                // The bare facts first: finding names takes time, and may meet what crashed the kernel.
                let tell = |fault: &Fault| drop(control::send(socket.as_fd(), &Message::Fault(fault.clone()), &[]));
                let mut known = raw.bare();
                tell(&known);
                raw.name(|more| {
                    tell(&more);
                    known = more;
                });
                report::write(&known);
                process::end_after_fault(raw.signal());
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
        process::start_context(context, stack, move || {
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

/// Pins the thread of a context to its core, if the host was told which (`VE_CORE_NUMBER`): each further context has the
/// next one.
fn pin(context: u32) {
    let first = std::env::var("URPC_VE_CORE").ok().and_then(|text| text.parse::<usize>().ok());
    if let Some(core) = first.and_then(|first| first.checked_add(context as usize)) {
        process::pin(core);
    }
}

/// Tells the host that a kernel ended the thread of this context.
pub(super) fn gone(context: u32) {
    if let Some(socket) = SOCKET.get() {
        let _ = control::send(socket.as_fd(), &Message::Gone { context }, &[]);
    }
}

/// Ends the process because a kernel wrote over a ring, so that requests would be waited for in vain.
pub(super) fn end_corrupted() -> ! {
    if let Some(socket) = SOCKET.get() {
        let _ = control::send(socket.as_fd(), &Message::Corrupted, &[]);
    }
    // SAFETY: ends the process without further code; its memory is not to be trusted.
    unsafe { libc::_exit(CORRUPTED) }
}
