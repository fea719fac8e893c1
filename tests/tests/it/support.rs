//! Processes to test with, gates that hold a queue back, and limits of time.

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use veo::{Context, Engine, Proc, Request, VeBuffer};
use veo_tests::kernels::{raise_flag, wait_for_flag};

/// How soon the host must know of an event: the promise of the documentation.
pub(crate) const PROMPTLY: Duration = Duration::from_secs(1);

/// Longer than anything takes that does not hang, on a machine that is busy with other tests.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

/// A new process with its main context.
pub(crate) fn process() -> (Proc, Context) {
    let proc = Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    (proc, ctx)
}

/// Looks until `done`, and fails the test if that does not come.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < limit, "not within {limit:?}: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Runs `code` on a thread of its own, so that the test fails, and does not hang, if `code` hangs.
#[track_caller]
pub(crate) fn within<T: Send + 'static>(limit: Duration, code: impl FnOnce() -> T + Send + 'static) -> T {
    let (sender, result) = mpsc::channel();
    let thread = thread::spawn(move || sender.send(code()));
    match result.recv_timeout(limit) {
        Ok(value) => value,
        Err(mpsc::RecvTimeoutError::Timeout) => panic!("still running after {limit:?}"),
        Err(mpsc::RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => std::panic::resume_unwind(panic),
            Ok(_) => unreachable!("the thread sends before it ends"),
        },
    }
}

/// The error of a request that must fail, and fail promptly.
#[track_caller]
pub(crate) fn failure<T>(mut request: Request<'_, T>) -> veo::Error {
    let start = Instant::now();
    match request.wait_timeout(NEVER) {
        Ok(None) => panic!("no error within {NEVER:?}"),
        Ok(Some(_)) => panic!("no error, but a result"),
        Err(error) => {
            assert!(start.elapsed() < PROMPTLY, "the error came after {:?}: {error}", start.elapsed());
            error
        }
    }
}

/// An engine under test: a column of the table in `docs/engines.md`.
enum Column {
    Nec,
    Host,
    /// Our own engine, loaded like NEC's.
    Ours,
}

impl Column {
    fn under_test() -> Self {
        let path = match Engine::choose().unwrap() {
            Engine::Host => return Self::Host,
            Engine::Path(path) => Some(path),
            _ => None,
        };
        let arch = veo_sys::load(path.as_deref()).unwrap().veo_get_ve_arch;
        // SAFETY: any number is allowed.
        let node_is_pretended = arch.is_some_and(|arch| unsafe { arch(0) } == 1);
        if node_is_pretended && !veo_sys::card_present() { Self::Ours } else { Self::Nec }
    }
}

/// Whether the engine under test differs from the host engine in this: a row's first column in `docs/engines.md`. Says so on
/// standard error, past the harness, for people and for CI to count.
#[track_caller]
pub(crate) fn differs(row: &str) -> bool {
    const TABLE: &str = include_str!("../../../docs/engines.md");
    let cells = TABLE.lines().find_map(|line| line.strip_prefix(&format!("| {row} |")));
    let cells: Vec<_> = cells.unwrap_or_else(|| panic!("docs/engines.md has no row {row:?}")).split('|').collect();
    let differs = match Column::under_test() {
        Column::Host => false,
        Column::Nec => true,
        Column::Ours => cells[1].trim() != "as the host engine",
    };
    if differs {
        let place = std::panic::Location::caller();
        let line = format!("DIFFERS: {}:{}: {row}\n", place.file(), place.line());
        std::io::stderr().write_all(line.as_bytes()).unwrap();
    }
    differs
}

/// Fails unless every word is in the text.
#[track_caller]
pub(crate) fn assert_says(text: impl ToString, words: &[&str]) {
    let text = text.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is missing in:\n{text}");
    }
}

/// Holds a context back: what is queued behind [`close`](Self::close) runs when the gate is opened.
pub(crate) struct Gate {
    flag: VeBuffer<i32>,
    /// From which the flag is raised.
    side: Context,
}

impl Gate {
    pub(crate) fn new(proc: &Proc) -> Self {
        proc.open_context().unwrap(); // the main context, if nobody has opened it yet
        let side = proc.open_context_with_stack(4 << 20).unwrap();
        Self { flag: proc.zeroed(1).unwrap(), side }
    }

    /// Queues a kernel that waits for the gate to be opened.
    pub(crate) fn close(&self, ctx: &Context) {
        wait_for_flag(ctx, &self.flag);
    }

    /// The same, with its request.
    pub(crate) fn close_again(&self, ctx: &Context) -> Request<'static, ()> {
        wait_for_flag(ctx, &self.flag)
    }

    /// Lets everything pass, now and later. By address: it must not wait for those who wait.
    pub(crate) fn open(&self) {
        raise_flag(&self.side, self.flag.as_ptr()).wait().unwrap();
    }
}

impl Drop for Gate {
    /// So that a test that fails does not wait for its own gate.
    fn drop(&mut self) {
        let _ = raise_flag(&self.side, self.flag.as_ptr()).wait();
    }
}

/// The variables that choose what is tested.
const ENGINE: [&str; 2] = ["VEO_ENGINE", "VEORUN_BIN"];

/// One of the programs in `src/bin`, with an environment of which the engines know nothing but which one it is.
pub(crate) fn program(path: &str) -> Command {
    let mut command = Command::new(path);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if ENGINE.contains(&&*text) {
            continue;
        }
        if text.starts_with("VE_") || text.starts_with("VEO") || text.starts_with("URPC_") {
            command.env_remove(&name);
        }
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// The program that does one thing, chosen by its arguments.
pub(crate) fn child(arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_veo-test-child"));
    command.args(arguments);
    command
}

/// What a program printed that must succeed.
#[track_caller]
pub(crate) fn output_of(mut command: Command) -> String {
    let Output { status, stdout, stderr } = command.output().unwrap();
    let stderr = String::from_utf8_lossy(&stderr);
    assert!(status.success(), "{command:?}: {status}\n{stderr}");
    String::from_utf8(stdout).unwrap()
}
