//! A host program that starts our worker as libveo does.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;
use std::{env, io};

use crate::channel::{Channel, NEVER, Reply, until, wait};
use crate::segment::{FORK, Queue, Segment, Side};
use crate::wire::{Payload, command, flag};

/// The stack that libveo asks for when its caller does not say.
pub(crate) const USUAL_STACK: u64 = 128 << 20;

/// How soon a worker is gone that must go.
pub(crate) const PROMPTLY: Duration = Duration::from_secs(1);

/// A worker, and its main channel.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) main: Channel,
    worker: Child,
}

impl Host {
    /// A worker with small queues.
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::start_with(1, |_| {})
    }

    /// A worker with queues for `VE_OMP_NUM_THREADS=threads`, started by a command that `change` has had a look at.
    #[track_caller]
    pub(crate) fn start_with(threads: usize, change: impl FnOnce(&mut Command)) -> Self {
        Self::start_on(Segment::new(threads), change)
    }

    /// A worker on this segment.
    #[track_caller]
    pub(crate) fn start_on(segment: Segment, change: impl FnOnce(&mut Command)) -> Self {
        let mut command = veorun(&segment);
        change(&mut command);
        Self::start_by(command, segment)
    }

    /// A worker that is started by this command.
    #[track_caller]
    pub(crate) fn start_by(mut command: Command, segment: Segment) -> Self {
        let worker = spawn(&mut command);
        let mut this = Self { main: Channel::new(segment), worker };
        // The system counts an attachment twice while it is made.
        let attached = until(NEVER, || this.main.segment.attached() == 2 || this.has_ended());
        assert!(attached && !this.has_ended(), "the worker attaches the segment");
        this.main.greet();
        assert_eq!(this.main.segment.attached(), 2);
        this
    }

    pub(crate) fn pid(&self) -> i32 {
        self.worker.id() as i32
    }

    /// Loads the library of test kernels of this name.
    #[track_caller]
    pub(crate) fn load(&mut self, name: &str) -> u64 {
        let library = self.main.load(&kernels(name));
        assert_ne!(library, 0, "{name}");
        library
    }

    /// The address of a function in a library of test kernels.
    #[track_caller]
    pub(crate) fn function(&mut self, library: &str, name: &str) -> u64 {
        let library = self.load(library);
        self.main.symbol(library, name)
    }

    /// A further channel.
    #[track_caller]
    pub(crate) fn open(&mut self, threads: usize, stack: u64) -> Channel {
        let segment = Segment::new(threads);
        assert_eq!(self.offer(segment.id(), stack).result(), 0);
        assert_eq!(segment.attached(), 2);
        wait("the ready flag", || segment.flags(Queue::Commands, Side::Receiver) & flag::READY != 0);
        let mut channel = Channel::new(segment);
        channel.greet();
        channel
    }

    /// Offers a segment for a further channel.
    #[track_caller]
    pub(crate) fn offer(&mut self, segment: i32, stack: u64) -> Reply {
        const ANY_CORE: u32 = u32::MAX;
        self.main.ask(command::NEW_PEER, Payload::new().u32(segment.cast_unsigned()).u32(ANY_CORE).u64(stack))
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        self.worker.try_wait().unwrap().is_some()
    }

    /// How the worker ended, which it must within `limit`.
    #[track_caller]
    pub(crate) fn ends_within(&mut self, limit: Duration) -> ExitStatus {
        let ended = until(limit, || self.has_ended());
        assert!(ended, "the worker still runs after {limit:?}");
        self.worker.wait().unwrap()
    }

    /// Ends the worker in peace.
    #[track_caller]
    pub(crate) fn exit(mut self) {
        self.main.exit();
        let status = self.ends_within(NEVER);
        assert!(status.success(), "{status}");
        assert_eq!(self.main.segment.attached(), 1);
    }

    /// What the worker, which has ended, wrote to standard output and to standard error.
    pub(crate) fn output(&mut self) -> (String, String) {
        (text(self.worker.stdout.take()), text(self.worker.stderr.take()))
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let ended = self.worker.try_wait();
        let _ = self.worker.kill();
        let _ = self.worker.wait();
        if std::thread::panicking() {
            eprintln!("the worker: {ended:?}\n{}", text(self.worker.stderr.take()));
        }
    }
}

/// Starts a program, when no other test is in the middle of something.
pub(crate) fn spawn(command: &mut Command) -> Child {
    let _nobody = FORK.lock();
    command.spawn().unwrap()
}

/// What is left in a pipe.
fn text(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The command that starts our worker on a segment.
pub(crate) fn veorun(segment: &Segment) -> Command {
    worker(env!("CARGO_BIN_EXE_veo-test-veorun"), segment)
}

/// The command that starts a program as a worker on a segment.
pub(crate) fn worker(program: &str, segment: &Segment) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if ["VE_", "VEO", "URPC_", "OMP_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
        .env("URPC_SHM_SEGID", segment.id().to_string())
        .env("URPC_DATA_BUFF_LEN", segment.announced_length().to_string())
        .env("VE_NODE_NUMBER", "0")
        .env("VE_PDMA_IO", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let as_libveo_does = || {
        // SAFETY: plain system call, allowed after `fork`.
        let result = unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    };
    // SAFETY: the function makes one system call.
    unsafe { command.pre_exec(as_libveo_does) };
    command
}

/// The path of a library of test kernels.
pub(crate) fn kernels(name: &str) -> String {
    format!("{}/lib{name}.so", env!("VEO_KERNEL_DIR"))
}
