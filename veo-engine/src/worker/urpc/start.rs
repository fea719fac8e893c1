//! The start of a worker that libveo has started, its control thread, and further contexts.

use std::env;
use std::ffi::c_char;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::arena::Arena;
use super::channel::{self, Channel};
use super::segment::{self, Segment};
use super::serve as server;
use crate::engine::report::report_of;
use crate::shared::{control, map};
use crate::worker::process::{self, CANNOT_START, end};
use crate::worker::{fault, report};

/// The environment variable that tells a new process that it is a worker, and with which segment.
const SEGMENT_VARIABLE: &str = "URPC_SHM_SEGID";

/// How long the host may take to read that a kernel crashed. The handler's patience must last for this and the report.
const REPORT_LIMIT: Duration = Duration::from_millis(300);

/// The host, and the segment that it announced: if it is one.
fn announced() -> Result<(i32, i32), String> {
    let text = env::var(SEGMENT_VARIABLE).map_err(|error| error.to_string())?;
    let id = text.trim().parse().map_err(|_| format!("`{text}` is not the number of a segment"))?;
    // SAFETY: no preconditions.
    let host = unsafe { libc::getppid() };
    segment::check(id, host).map(|_| (id, host))
}

/// Whether the environment says that libveo has started this process.
pub(in crate::worker) fn is_announced() -> bool {
    env::var_os(SEGMENT_VARIABLE).is_some()
}

/// Why this process is no worker of libveo, although the environment says so. `None` if it does not.
pub(crate) fn refusal() -> Option<String> {
    let reason = if is_announced() { announced().err()? } else { return None };
    Some(format!("{SEGMENT_VARIABLE} names a shared memory segment that is not for this process: {reason}"))
}

/// Runs the worker on this, the process's main thread, and ends the process. Returns only if no libveo has started it: then
/// `initialise` was not called.
pub(in crate::worker) fn serve(argv: *mut *mut c_char, initialise: impl FnOnce()) {
    let Ok((segment, host)) = announced() else { return };
    map::open_stdio();
    translate_environment(argv);
    // Children of kernels must not take themselves for workers.
    // SAFETY: initialisers run before there is a second thread.
    unsafe { env::remove_var(SEGMENT_VARIABLE) };
    receive_signals();
    initialise();
    if let Err(reason) = start(segment, host) {
        eprintln!("veorun: cannot start: {reason}");
        // SAFETY: ends the process without the exit handlers of code that was never to run here.
        unsafe { libc::_exit(CANNOT_START) }
    }
    end(0)
}

/// Everything that can fail, then the attachment: that is what the host waits for.
fn start(segment: i32, host: i32) -> Result<(), String> {
    let because = |what: &'static str| move |error: io::Error| format!("{what}: {error}");
    let parent = process::parent_pidfd().map_err(because("cannot watch the host"))?;
    // SAFETY: no preconditions.
    if unsafe { libc::getppid() } != host {
        return Err("the host has ended".into());
    }
    process::grow_main_stack();
    let arena = Arena::new().map_err(because("no address space for stacks"))?;
    let faults = fault::install().map_err(because("cannot catch signals"))?;
    process::start_control(move || watch(faults, &parent)).map_err(because("cannot start a thread"))?;
    HOST.get_or_init(|| host);
    let channel = Channel::new(0, Segment::attach(segment, host)?);
    if let Some(core) = env::var("URPC_VE_CORE").ok().and_then(|text| text.parse().ok()) {
        process::pin(core);
    }
    server::run(channel, arena);
    Ok(())
}

/// The process that started us, whose segments alone are attached.
static HOST: OnceLock<i32> = OnceLock::new();

/// Sets what the loader and OpenMP look at from what a VE's would look at. They do so when a program starts, so this one
/// starts again, if need be; it is the same process then, and has not attached anything.
fn translate_environment(argv: *mut *mut c_char) {
    let mut changed = false;
    for (theirs, ours) in [("VE_OMP_NUM_THREADS", "OMP_NUM_THREADS"), ("VE_LD_LIBRARY_PATH", "LD_LIBRARY_PATH")] {
        let wanted = env::var_os(theirs);
        if wanted.is_some() && wanted != env::var_os(ours) {
            changed = true;
            // SAFETY: initialisers run before there is a second thread.
            unsafe { env::set_var(ours, wanted.unwrap_or_default()) };
        }
    }
    if changed {
        // SAFETY: path and arguments are NUL-terminated, as the system passed them. If it fails, the environment is at
        // least right for children.
        unsafe { libc::execv(c"/proc/self/exe".as_ptr(), argv.cast_const().cast()) };
    }
}

/// Undoes what a host may have done to signals, which a new process inherits: they must be able to report a fault, and to end
/// the process.
fn receive_signals() {
    // SAFETY: all-zero is a valid, empty set.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    for signal in fault::CAUGHT.into_iter().chain([libc::SIGTERM]) {
        // SAFETY: the set is valid.
        unsafe { libc::sigaddset(&raw mut set, signal) };
        // SAFETY: sets a default action.
        unsafe { libc::signal(signal, libc::SIG_DFL) };
    }
    // SAFETY: the set is valid; the old one is not asked for.
    unsafe { libc::sigprocmask(libc::SIG_UNBLOCK, &raw const set, std::ptr::null_mut()) };
    // libveo asks for a signal when the *thread* ends that started us. The control thread watches the host itself.
    // SAFETY: sets a number of this process's own.
    unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, 0) };
}

/// The control thread: a signal handler needs a thread that is not hit itself; this one runs no kernels.
fn watch(faults: RawFd, parent: &OwnedFd) {
    loop {
        let ready = control::readable(&[faults, parent.as_raw_fd()], None);
        if ready[0] {
            report_fault();
        } else if ready[1] {
            end(0);
        }
    }
}

/// Tells the host that a kernel crashed, and ends the process.
fn report_fault() {
    let Some(raw) = fault::collect() else { return };
    let mut known = raw.bare();
    raw.name(|more| known = more);
    report::write(&known);
    channel::close_all();
    if let Some(request) = known.tag.checked_sub(1) {
        let text = report_of(&known).to_string();
        channel::report_exception(known.context, request.cast_signed(), known.signal, &text, REPORT_LIMIT);
    }
    process::end_after_fault(known.signal);
}

/// A kernel has ended the thread of a context. libveo would wait for its requests and for the functions behind them as long as
/// the process lives; so it ends, as after a crash.
pub(super) fn gone(context: u32) {
    channel::close_all();
    channel::report_gone(context, REPORT_LIMIT);
    end(0)
}

/// How long the host may take to settle.
const SETTLE_LIMIT: Duration = Duration::from_millis(100);

/// Waits until no thread of the host is about to run but the one that opens a context and waits in a loop.
///
/// libveo takes the answer to that order in this thread alone. If its background thread comes across the answer, which looks
/// once more for answers before it goes to sleep, libveo ends the program. On a VE, the answer takes longer than that.
pub(super) fn let_host_settle() {
    let host = HOST.get().copied().unwrap_or_default();
    let start = Instant::now();
    let mut quiet = 0;
    // Three times: a thread that is not running may be waiting for a lock for a moment.
    while quiet < 3 && start.elapsed() < SETTLE_LIMIT {
        std::thread::sleep(Duration::from_millis(1));
        quiet = if running_threads(host) <= 1 { quiet + 1 } else { 0 };
    }
}

/// The threads of a process that run, or would if there were a processor for them.
fn running_threads(process: i32) -> usize {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let runs = |stat: String| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.starts_with(" R"));
    tasks.filter(|task| std::fs::read_to_string(task.path().join("stat")).is_ok_and(runs)).count()
}

/// Why a further context was not opened.
#[derive(Debug)]
pub(super) enum NotOpened {
    /// Its segment cannot be attached, or must not be.
    Segment(String),
    /// It has no thread. The host expects to find its segment attached.
    Thread(io::Error, Segment),
}

/// Opens a further context, with the segment that the host has made for it.
pub(super) fn open(id: i32, core: i32, stack: u64) -> Result<(), NotOpened> {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let host = HOST.get().copied().unwrap_or_default();
    let segment = Segment::attach(id, host).map_err(NotOpened::Segment)?;
    let arena = match Arena::new() {
        Ok(arena) => arena,
        Err(error) => return Err(NotOpened::Thread(error, segment)),
    };
    let number = NEXT.fetch_add(1, Relaxed);
    let (sender, receiver) = std::sync::mpsc::sync_channel::<Segment>(1);
    let stack = usize::try_from(stack).unwrap_or(usize::MAX);
    let started = process::start_context(number, stack, move || {
        if let Ok(core) = usize::try_from(core) {
            process::pin(core);
        }
        if let Ok(segment) = receiver.recv() {
            server::run(Channel::new(number, segment), arena);
        }
    });
    match started {
        Ok(_) => {
            // The thread is waiting for it.
            let _ = sender.send(segment);
            Ok(())
        }
        Err(error) => Err(NotOpened::Thread(error, segment)),
    }
}
