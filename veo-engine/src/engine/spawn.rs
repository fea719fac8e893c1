//! Starting a worker: which program, with which environment, and the handshake.

use std::ffi::{CStr, CString, OsStr, OsString, c_char};
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::ptr;
use std::time::Duration;

use super::environment::{Environment, c_string};
use crate::shared::control::{self, Message};
use crate::shared::map;
use crate::shared::wait::Barrier;
use crate::worker;

/// A worker that has not said hello by then is taken for a program that is not ours.
const HANDSHAKE: Duration = Duration::from_secs(4);

/// libveo's limit of words in the command line of a worker.
const MAX_WORDS: usize = 63;

/// The command line of a worker, and where it comes from, for error messages.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    words: Vec<OsString>,
    origin: &'static str,
}

impl Program {
    /// The one place that decides which program becomes the worker: `URPC_VE_BIN`, then the caller's command line, then
    /// `VEORUN_BIN`, then this very program if the engine is linked into it, then the `veorun` beside the engine's library
    /// or on `PATH`.
    pub(crate) fn choose(command_line: Option<&OsStr>) -> io::Result<Self> {
        if worker::entry::is_privileged() {
            return Err(io::Error::other(
                "a program with set-uid or file capabilities may not start VE processes: its environment is not to be trusted",
            ));
        }
        if let Some(line) = std::env::var_os("URPC_VE_BIN") {
            return Self::split(&line, "the environment variable URPC_VE_BIN");
        }
        if let Some(line) = command_line {
            return Self::split(line, "the program given to veo_proc_create_static");
        }
        if let Some(line) = std::env::var_os("VEORUN_BIN") {
            return Self::split(&line, "the environment variable VEORUN_BIN");
        }
        if worker::entry::is_in_main_program() {
            return Ok(Self { words: vec!["/proc/self/exe".into()], origin: "this program itself" });
        }
        let path = beside_library().or_else(on_path).ok_or_else(|| {
            io::Error::other(
                "found no veorun beside libveo.so nor on PATH; set VEORUN_BIN to the veorun of this libveo",
            )
        })?;
        Ok(Self { words: vec![path.into()], origin: "the veorun that belongs to this library" })
    }

    fn split(line: &OsStr, origin: &'static str) -> io::Result<Self> {
        let words: Vec<OsString> = line
            .as_bytes()
            .split(|&byte| byte == b' ')
            .filter(|word| !word.is_empty())
            .map(|word| OsString::from_vec(word.to_vec()))
            .collect();
        let program = Self { words, origin };
        if program.words.is_empty() || program.words.len() > MAX_WORDS {
            let count = program.words.len();
            return Err(program.error(&format!("a command line has 1 to {MAX_WORDS} words, this one has {count}")));
        }
        if !Path::new(&program.words[0]).is_file() {
            return Err(program.error("there is no such file; expected the path of a veorun"));
        }
        Ok(program)
    }

    fn error(&self, what: &str) -> io::Error {
        let line: Vec<_> = self.words.iter().map(|word| word.to_string_lossy()).collect();
        io::Error::other(format!("{} is `{}`: {what}", self.origin, line.join(" ")))
    }

    /// Starts the program, sends it the two descriptors, and waits for its hello.
    pub(crate) fn start(
        &self,
        environment: &Environment,
        memory_size: u64,
        shared: &[BorrowedFd<'_>],
    ) -> io::Result<Worker> {
        let ends = control::pair().and_then(|ends| Ok((ends, pipe()?)));
        let ((control, far), (errors, error_end)) =
            ends.map_err(|error| self.error(&format!("cannot make a connection to it: {error}")))?;
        let pid = self.spawn(environment, &far, &error_end)?;
        drop((far, error_end));
        let pidfd = pidfd_open(pid).and_then(map::above_stdio).inspect_err(|_| end_by_pid(pid))?;
        let setup = Message::Setup { memory: memory_size, barrier: Barrier::register() };
        // A worker that is already gone shows in the answer.
        let _ = control::send(control.as_fd(), &setup, shared);
        match hello(&control) {
            Ok((base, barrier)) => Ok(Worker { pid, pidfd, control, errors, base, barrier }),
            Err(reason) => {
                kill(&pidfd);
                collect(&pidfd);
                Err(self.error(&reason))
            }
        }
    }

    fn spawn(&self, environment: &Environment, far: &OwnedFd, errors: &OwnedFd) -> io::Result<i32> {
        let words: Vec<CString> = self.words.iter().map(|word| c_string(word)).collect::<io::Result<_>>()?;
        let mut argv: Vec<*mut c_char> = words.iter().map(|word| word.as_ptr().cast_mut()).collect();
        argv.push(ptr::null_mut());
        let variables = environment.of_worker(far.as_raw_fd())?;
        let mut envp: Vec<*mut c_char> = variables.iter().map(|word| word.as_ptr().cast_mut()).collect();
        envp.push(ptr::null_mut());
        let mut actions = FileActions::new()?;
        actions.inherit(far, far.as_raw_fd())?;
        actions.inherit(errors, libc::STDERR_FILENO)?;
        let attributes = Attributes::new()?;
        let mut pid = 0;
        // SAFETY: program, argv and envp are NUL-terminated and alive; actions and attributes are initialised.
        let error = unsafe {
            libc::posix_spawn(
                &raw mut pid,
                words[0].as_ptr(),
                actions.0.as_ptr(),
                attributes.0.as_ptr(),
                argv.as_ptr(),
                envp.as_ptr(),
            )
        };
        if error != 0 {
            return Err(self.error(&format!("cannot start it: {}", io::Error::from_raw_os_error(error))));
        }
        Ok(pid)
    }
}

/// A worker that was started and has answered.
#[derive(Debug)]
pub(crate) struct Worker {
    pub(crate) pid: i32,
    pub(crate) pidfd: OwnedFd,
    pub(crate) control: OwnedFd,
    /// The end of its standard error that can be read.
    pub(crate) errors: OwnedFd,
    /// Where it has VE memory mapped.
    pub(crate) base: u64,
    /// What both sides agreed on.
    pub(crate) barrier: Barrier,
}

/// Waits for a worker's first message.
fn hello(control: &OwnedFd) -> Result<(u64, Barrier), String> {
    const EXPECTED: &str = "expected a veorun of this version of veo";
    if !control::readable(&[control.as_raw_fd()], Some(HANDSHAKE))[0] {
        return Err(format!("did not answer within {} s; {EXPECTED}", HANDSHAKE.as_secs()));
    }
    match control::receive(control.as_fd()) {
        Ok(Some((Message::Hello { base, barrier }, _))) => Ok((base, barrier)),
        Ok(None) => Err(format!("ended without answering; {EXPECTED}")),
        Ok(Some(_)) => Err(format!("answered out of turn; {EXPECTED}")),
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {
            Err(format!("ended without answering; {EXPECTED}"))
        }
        Err(error) => Err(format!("{error}; {EXPECTED}")),
    }
}

pub(crate) fn own_pid() -> i32 {
    // SAFETY: no preconditions.
    unsafe { libc::getpid() }
}

/// Keeps the application's signals, and the one for a broken pipe, away from this thread of ours.
pub(crate) fn block_signals() {
    let mut signals = MaybeUninit::uninit();
    // SAFETY: fills the set that the pointer refers to.
    unsafe { libc::sigfillset(signals.as_mut_ptr()) };
    // SAFETY: the set is initialised; the old one is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, signals.as_ptr(), ptr::null_mut()) };
}

/// Sends SIGKILL. The pidfd can only mean our child, even after its pid was given to another process.
pub(crate) fn kill(pidfd: &OwnedFd) {
    // SAFETY: plain system call on a descriptor that we own.
    unsafe {
        libc::syscall(libc::SYS_pidfd_send_signal, pidfd.as_raw_fd(), libc::SIGKILL, ptr::null::<libc::siginfo_t>(), 0);
    }
}

/// How a child ended.
pub(crate) enum Status {
    Exited(i32),
    Killed(i32),
    Unknown,
}

/// Waits for the end of a child and collects its status, unless the application did so behind our back.
pub(crate) fn collect(pidfd: &OwnedFd) -> Status {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    loop {
        let id = pidfd.as_raw_fd().cast_unsigned();
        // SAFETY: the buffer is a valid, writable siginfo.
        let result = unsafe { libc::waitid(libc::P_PIDFD, id, info.as_mut_ptr(), libc::WEXITED) };
        if result == 0 {
            break;
        }
        if io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return Status::Unknown;
        }
    }
    // SAFETY: zeroed is a valid siginfo, and the call filled it.
    let info = unsafe { info.assume_init() };
    // SAFETY: WEXITED fills the fields of a SIGCHLD siginfo.
    let status = unsafe { info.si_status() };
    match info.si_code {
        libc::CLD_EXITED => Status::Exited(status),
        libc::CLD_KILLED | libc::CLD_DUMPED => Status::Killed(status),
        _ => Status::Unknown,
    }
}

/// A pipe: the end to read from, which does not block, and the end to write to. Both closed on exec.
fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    // SAFETY: the array has room for both descriptors.
    if unsafe { libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor.
    let read = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: the kernel just gave us this descriptor.
    let write = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    // SAFETY: plain system call on a descriptor that we own.
    if unsafe { libc::fcntl(read.as_raw_fd(), libc::F_SETFL, libc::O_NONBLOCK) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok((map::above_stdio(read)?, map::above_stdio(write)?))
}

fn pidfd_open(pid: i32) -> io::Result<OwnedFd> {
    // SAFETY: plain system call; the child is not collected yet, so the pid is still its.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor, closed on exec.
    Ok(unsafe { OwnedFd::from_raw_fd(fd as i32) })
}

struct FileActions(Box<MaybeUninit<libc::posix_spawn_file_actions_t>>);

impl FileActions {
    fn new() -> io::Result<Self> {
        let mut actions = Box::new(MaybeUninit::uninit());
        // SAFETY: initialises the object that the pointer refers to.
        match unsafe { libc::posix_spawn_file_actions_init(actions.as_mut_ptr()) } {
            0 => Ok(Self(actions)),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }

    /// Lets the child inherit `fd` as `number`. If that is the same, "dup2" clears close-on-exec, in the child alone.
    fn inherit(&mut self, fd: &OwnedFd, number: i32) -> io::Result<()> {
        // SAFETY: the object was initialised in `new`.
        match unsafe { libc::posix_spawn_file_actions_adddup2(self.0.as_mut_ptr(), fd.as_raw_fd(), number) } {
            0 => Ok(()),
            error => Err(io::Error::from_raw_os_error(error)),
        }
    }
}

impl Drop for FileActions {
    fn drop(&mut self) {
        // SAFETY: the object was initialised in `new` and is destroyed once.
        unsafe { libc::posix_spawn_file_actions_destroy(self.0.as_mut_ptr()) };
    }
}

/// A worker starts with no signal blocked and none ignored, whatever the host does with its own.
struct Attributes(Box<MaybeUninit<libc::posix_spawnattr_t>>);

impl Attributes {
    fn new() -> io::Result<Self> {
        let check = |error| if error == 0 { Ok(()) } else { Err(io::Error::from_raw_os_error(error)) };
        let mut attributes = Box::new(MaybeUninit::uninit());
        // SAFETY: initialises the object that the pointer refers to.
        check(unsafe { libc::posix_spawnattr_init(attributes.as_mut_ptr()) })?;
        let mut new = Self(attributes);
        let mut signals = MaybeUninit::uninit();
        // SAFETY: initialises the set that the pointer refers to.
        unsafe { libc::sigemptyset(signals.as_mut_ptr()) };
        // SAFETY: attributes and set are initialised.
        check(unsafe { libc::posix_spawnattr_setsigmask(new.0.as_mut_ptr(), signals.as_ptr()) })?;
        // SAFETY: fills the set that the pointer refers to.
        unsafe { libc::sigfillset(signals.as_mut_ptr()) };
        // SAFETY: attributes and set are initialised.
        check(unsafe { libc::posix_spawnattr_setsigdefault(new.0.as_mut_ptr(), signals.as_ptr()) })?;
        let flags = libc::POSIX_SPAWN_SETSIGMASK | libc::POSIX_SPAWN_SETSIGDEF;
        // SAFETY: the attributes are initialised.
        check(unsafe { libc::posix_spawnattr_setflags(new.0.as_mut_ptr(), flags as libc::c_short) })?;
        Ok(new)
    }
}

impl Drop for Attributes {
    fn drop(&mut self) {
        // SAFETY: the object was initialised in `new` and is destroyed once.
        unsafe { libc::posix_spawnattr_destroy(self.0.as_mut_ptr()) };
    }
}

/// Ends a child of which there is no pidfd, for want of descriptors.
fn end_by_pid(pid: i32) {
    // SAFETY: the child is not collected yet, so the pid is still its.
    unsafe { libc::kill(pid, libc::SIGKILL) };
    // SAFETY: no status is asked for.
    unsafe { libc::waitpid(pid, ptr::null_mut(), 0) };
}

/// The `veorun` that was installed with the shared library which contains this code: beside it, or in `../libexec`. The
/// library may have been found by a link elsewhere.
fn beside_library() -> Option<PathBuf> {
    let mut info = MaybeUninit::<libc::Dl_info>::zeroed();
    let here = beside_library as fn() -> Option<PathBuf>;
    // SAFETY: any address may be asked for; the result is written to a valid object.
    if unsafe { libc::dladdr(here as *const _, info.as_mut_ptr()) } == 0 {
        return None;
    }
    // SAFETY: zeroed is a valid Dl_info, and the call filled it.
    let info = unsafe { info.assume_init() };
    if info.dli_fname.is_null() {
        return None;
    }
    // SAFETY: dladdr gives the loader's own NUL-terminated path, which lives as long as the library.
    let path = unsafe { CStr::from_ptr(info.dli_fname) };
    let path = Path::new(OsStr::from_bytes(path.to_bytes()));
    let origin = std::fs::canonicalize(path).ok();
    let folders = [Some(path), origin.as_deref()].into_iter().flatten().filter_map(Path::parent);
    folders.flat_map(|folder| ["veorun", "../libexec/veorun"].map(|name| folder.join(name))).find(|path| path.is_file())
}

fn on_path() -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join("veorun")).find(|path| path.is_file())
}
