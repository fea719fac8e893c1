//! Starting VE processes: which program, how long it may take, and what watches it.

use std::env;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::api::{Api, ContextHandle, Pack, ProcHandle};
use crate::lock::lock;
use crate::pidfd::{self, Pidfd};
use crate::{creator, diagnose, group, watch};

/// A worker on this host that has not answered by then is taken for a program that is not ours. NEC's libveo itself waits 50 s.
const ANSWER_LIMIT: Duration = Duration::from_secs(10);

/// A card takes longer to load a program: there libveo's own limit holds.
const ANSWER_LIMIT_OF_A_CARD: Duration = Duration::from_secs(55);

/// libveo's limit of words in the command line of a worker.
const MAX_WORDS: usize = 63;

/// The command line of a worker, and who named it, for messages.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// `None`: libveo chooses.
    line: Option<CString>,
    origin: &'static str,
}

impl Program {
    /// The program that an engine will start, in libveo's order; where no card is and nobody names one, this very program.
    pub(crate) fn choose(api: Api, given: Option<&Path>) -> Result<Self, String> {
        let variable = |name| env::var_os(name).filter(|_| !api.is_host());
        let (line, origin) = if let Some(line) = variable("URPC_VE_BIN") {
            (Some(line), "the environment variable URPC_VE_BIN")
        } else if let Some(line) = given {
            (Some(line.as_os_str().to_owned()), "the program given to `ProcBuilder::veorun`")
        } else if let Some(line) = variable("VEORUN_BIN") {
            (Some(line), "the environment variable VEORUN_BIN")
        } else if api.is_host() || veo_sys::card_present() {
            (None, "the engine's own program")
        } else {
            let own = veo_engine::own_veorun().map(|path| OsStr::from_bytes(path.to_bytes()).to_owned());
            (own, "this program itself")
        };
        let line = line.map(|line: OsString| CString::new(line.as_bytes())).transpose();
        let line = line.map_err(|_| format!("{origin} has a zero byte"))?;
        let program = Self { line, origin };
        // The embedded engine looks for itself.
        if !api.is_host() { program.check().map(|()| program) } else { Ok(program) }
    }

    /// What can be known before libveo is asked, which gives no reasons.
    fn check(&self) -> Result<(), String> {
        let Some(line) = &self.line else { return Ok(()) };
        let words: Vec<_> = line.to_bytes().split(|&byte| byte == b' ').filter(|word| !word.is_empty()).collect();
        if words.is_empty() || words.len() > MAX_WORDS {
            let count = words.len();
            return Err(self.error(&format!("a command line has 1 to {MAX_WORDS} words, this one has {count}")));
        }
        let path = PathBuf::from(OsStr::from_bytes(words[0]));
        if !path.is_file() {
            return Err(self.error(
                "there is no such file; expected the path of a veorun, without blanks, as PATH is not searched",
            ));
        }
        // SAFETY: the path came from a NUL-terminated text, of which it has no NUL.
        let refused = CString::new(words[0]).is_ok_and(|path| unsafe { libc::access(path.as_ptr(), libc::X_OK) } != 0);
        if refused {
            return Err(self.error(&format!("cannot start it: {}", io::Error::last_os_error())));
        }
        Ok(())
    }

    /// A message that names the program and who named it.
    pub(crate) fn error(&self, what: &str) -> String {
        match &self.line {
            Some(line) => format!("{} is `{}`: {what}", self.origin, line.to_string_lossy().trim()),
            None => format!("{}: {what}", self.origin),
        }
    }
}

/// The program of the workers, if it is not this one.
pub(crate) fn other_program(api: Api, given: Option<&Path>) -> Option<PathBuf> {
    let line = if api.is_host() {
        let given = || given.map(|line| line.as_os_str().to_owned());
        env::var_os("URPC_VE_BIN").or_else(given).or_else(|| env::var_os("VEORUN_BIN"))
    } else {
        let line = Program::choose(api, given).ok()?.line?;
        Some(OsString::from_vec(line.into_bytes()))
    };
    let line = line?;
    let first = line.as_bytes().split(|&byte| byte == b' ').find(|word| !word.is_empty())?;
    let path = PathBuf::from(OsStr::from_bytes(first));
    (path != Path::new("/proc/self/exe")).then_some(path)
}

/// A VE process with its main context.
pub(crate) type Started = (ProcHandle, ContextHandle);

/// What is known about a creation that is under way.
#[derive(Default)]
struct Progress(Mutex<Option<Begun>>);

struct Begun {
    at: Instant,
    /// The creating thread, and the children that it had.
    thread: i32,
    children: Vec<i32>,
}

/// Starts a VE process on the creating thread.
pub(crate) fn start(api: Api, node: i32, given: Option<&Path>) -> Result<Started, String> {
    let program = Program::choose(api, given)?;
    let line = program.line.clone();
    let progress = Arc::new(Progress::default());
    let of_job = Arc::clone(&progress);
    let result = creator::start(move || {
        if api.is_host() {
            create(api, node, line.as_deref())
        } else {
            create_and_watch(api, node, line.as_deref(), &of_job)
        }
    });
    let result = result.ok_or("the thread that creates VE processes cannot be started")?;
    let (created, late) = if api.is_host() { (result.recv().ok(), false) } else { progress.supervise(&result) };
    match created {
        Some(Ok(started)) => Ok(started),
        Some(Err(Some(reason))) => Err(reason),
        Some(Err(None)) => {
            let late = late.then_some(answer_limit());
            Err(diagnose::creation(api, &program, node, late, progress.so_far()))
        }
        None => Err("the thread that creates VE processes is gone".into()),
    }
}

/// Starts it; an error has a reason if the engine knows one.
fn create(api: Api, node: i32, line: Option<&CStr>) -> Result<Started, Option<String>> {
    let handle = api.proc_create(node, line).ok_or_else(|| api.last_error())?;
    api.main_context(handle).map(|main| (handle, main)).ok_or_else(|| {
        let reason = api.last_error();
        api.proc_destroy(handle);
        reason
    })
}

/// The same, and finds the child that the process is.
fn create_and_watch(api: Api, node: i32, line: Option<&CStr>, progress: &Progress) -> Result<Started, Option<String>> {
    let before = pidfd::children(None).unwrap_or_default();
    progress.begin(before.clone());
    let (handle, main) = create(api, node, line)?;
    progress.end();
    let segment = watch_child(api, handle, &before).unwrap_or_else(|error| {
        tracing::warn!(
            target: "veo::create",
            %error,
            "cannot watch this VE process: when it dies, futures, time limits and host functions may wait for ever, and \
             dropping it may, too"
        );
        None
    });
    Ok((handle, main.with_segment(segment)))
}

/// Gives the segment of the main context.
fn watch_child(api: Api, handle: ProcHandle, before: &[i32]) -> io::Result<Option<i32>> {
    let mut new = pidfd::children(None)?;
    new.retain(|pid| !before.contains(pid));
    let [pid] = new[..] else {
        return Err(io::Error::other(format!("it is one of {} new child processes, expected 1", new.len())));
    };
    let pidfd = Pidfd::of_child(pid, None)?;
    watch::start(api, handle, pid, pidfd, report_file(api, handle))
}

/// A file in which the worker will leave the report of a crash, if it can.
fn report_file(api: Api, handle: ProcHandle) -> Option<File> {
    let function = api.get_sym(handle, 0, "veorun_report_to");
    if function == 0 {
        return None;
    }
    // SAFETY: the name is NUL-terminated.
    let fd = unsafe { libc::memfd_create(c"veo-report".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return None;
    }
    // SAFETY: the kernel just gave us this descriptor.
    let file = File::from(unsafe { OwnedFd::from_raw_fd(fd) });
    let mut pack = Pack::new(api).ok()?;
    pack.word(u64::try_from(file.as_raw_fd()).ok()?);
    let result = api.call_sync(handle, function, &pack)?;
    if result != 0 {
        let error = io::Error::from_raw_os_error(result as i32);
        tracing::warn!(target: "veo::create", %error, "the worker cannot open the file for its report: crashes will have no details");
        return None;
    }
    Some(file)
}

/// Opens a further context, or says why that was refused.
pub(crate) fn open_context(api: Api, (proc, main): Started, stack: Option<usize>) -> Result<ContextHandle, String> {
    let opened = if api.is_host() { api.context_open(proc, stack) } else { open_watched(api, (proc, main), stack)? };
    opened.ok_or_else(|| {
        let known = api.report(proc).or_else(|| api.last_error());
        known.unwrap_or_else(|| diagnose::context(api, stack))
    })
}

fn open_watched(api: Api, (proc, main): Started, stack: Option<usize>) -> Result<Option<ContextHandle>, String> {
    if let Some(child) = group::uncollected_child() {
        return Err(format!(
            "process {child}, a child of this program, has ended and was not waited for; libveo would take it for the VE \
             process. Wait for it, for instance with `std::process::Child::wait`"
        ));
    }
    Ok(match watch::of(proc) {
        Some(watched) => watched.open_context(api, main, stack),
        None => api.context_open(proc, stack),
    })
}

fn answer_limit() -> Duration {
    if veo_sys::card_present() { ANSWER_LIMIT_OF_A_CARD } else { ANSWER_LIMIT }
}

impl Progress {
    fn begin(&self, children: Vec<i32>) {
        *lock(&self.0) = Some(Begun { at: Instant::now(), thread: pidfd::this_thread(), children });
    }

    /// How long it is under way.
    fn so_far(&self) -> Duration {
        lock(&self.0).as_ref().map_or(Duration::ZERO, |begun| begun.at.elapsed())
    }

    /// It has answered.
    fn end(&self) {
        *lock(&self.0) = None;
    }

    /// Waits for the result of a creation; ends the program that libveo has started, if it is late. Says whether it was.
    fn supervise<T>(&self, result: &Receiver<T>) -> (Option<T>, bool) {
        let limit = answer_limit();
        let mut left = limit;
        let mut late = false;
        loop {
            match result.recv_timeout(left) {
                Ok(value) => return (Some(value), late),
                Err(RecvTimeoutError::Disconnected) => return (None, late),
                Err(RecvTimeoutError::Timeout) => {}
            }
            left = limit;
            // Others may stand in front of it.
            if let Some(begun) = &*lock(&self.0) {
                left = limit.saturating_sub(begun.at.elapsed());
                if left.is_zero() {
                    late = true;
                    begun.end_children();
                    left = limit;
                }
            }
        }
    }
}

impl Begun {
    /// Ends what the creating thread has started since.
    fn end_children(&self) {
        let now = pidfd::children(Some(self.thread)).unwrap_or_default();
        for pid in now.into_iter().filter(|pid| !self.children.contains(pid)) {
            if let Ok(pidfd) = Pidfd::of_child(pid, Some(self.thread)) {
                pidfd.kill();
            }
        }
    }
}
