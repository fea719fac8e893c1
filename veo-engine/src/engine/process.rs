//! One VE process: a worker, its memory and its contexts.

mod watcher;

use std::collections::HashMap;
use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Acquire;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::context::{Context, Look, Outcome};
use super::environment::Environment;
use super::fragments::Fragments;
use super::lock;
use super::memory::{self, Memory};
use super::replies::Reply;
use super::report::Report;
use super::spawn::{self, Program, Worker};
use super::stderr::Stderr;
use crate::shared::control::{self, Fault, Message};
use crate::shared::layout::{self, Op, RING_SIZE};
use crate::shared::map;
use crate::shared::ring::{HostRing, Ring};
use crate::shared::wait::Barrier;

/// How long `veo_context_open` waits for the worker's thread, as libveo does.
const OPEN_LIMIT: Duration = Duration::from_secs(50);

/// How long `veo_proc_destroy` lets outstanding requests run, as libveo does.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);

/// How long a worker that was asked to end may flush its files before it is killed.
const QUIT_LIMIT: Duration = Duration::from_secs(2);

/// A VE process.
#[derive(Debug)]
pub(crate) struct Process {
    pub(super) pid: i32,
    pidfd: OwnedFd,
    control: OwnedFd,
    pub(super) memory: Memory,
    /// What both sides agreed on.
    barrier: Barrier,
    fragments: Fragments,
    /// Context 0, the one on the worker's main thread. It exists from the start, whether opened or not.
    main: OnceLock<&'static Context>,
    contexts: Mutex<Contexts>,
    /// Contexts are opened one at a time; the watcher puts the worker's answer here.
    opening: Mutex<()>,
    opened: Mutex<Option<(u32, i32)>>,
    symbols: Mutex<HashMap<(u64, Vec<u8>), u64>>,
    /// Whether the child was collected: from then on its pid may mean another process.
    pub(super) collected: RwLock<bool>,
    ended: AtomicBool,
    end: Mutex<End>,
    /// `opened` or `end` changed.
    news: Condvar,
    end_news: Condvar,
}

#[derive(Debug, Default)]
struct Contexts {
    /// Those that were opened, in the order of their opening.
    open: Vec<&'static Context>,
    /// All that are not closed: each must learn of the process's end.
    all: Vec<&'static Context>,
    /// How many were ever made, but for the main one: the next one's number.
    made: u32,
    /// The process is being destroyed: no more of them.
    closed: bool,
}

#[derive(Debug, Default)]
struct End {
    fault: Option<Fault>,
    report: Option<Arc<Report>>,
    destroying: bool,
    /// The host program has killed it.
    killed: bool,
    /// The worker found its rings overwritten.
    corrupted: bool,
}

impl Process {
    /// Starts a worker on `node`.
    pub(crate) fn create(node: i32, command_line: Option<&OsStr>) -> io::Result<Arc<Self>> {
        let program = Program::choose(command_line)?;
        let environment = Environment::read(node)?;
        let (mut memory, memory_fd) = Memory::new(node, memory::limit()?)?;
        let (ring, ring_fd) = new_ring()?;
        let worker = program.start(&environment, memory.size() as u64, &[memory_fd.as_fd(), ring_fd.as_fd()])?;
        let Worker { pid, pidfd, control, errors, base, barrier } = worker;
        memory.set_base(base);
        let ring = HostRing::new(ring, barrier);
        let process = Arc::new(Self {
            pid,
            pidfd,
            control,
            memory,
            barrier,
            fragments: environment.fragments(),
            main: OnceLock::new(),
            contexts: Mutex::default(),
            opening: Mutex::default(),
            opened: Mutex::default(),
            symbols: Mutex::default(),
            collected: RwLock::default(),
            ended: AtomicBool::new(false),
            end: Mutex::default(),
            news: Condvar::new(),
            end_news: Condvar::new(),
        });
        let main = process.main.get_or_init(|| Context::new(0, Arc::clone(&process), ring));
        lock(&process.contexts).all.push(main);
        let watched = Arc::clone(&process);
        let watcher =
            std::thread::Builder::new().name("veo-watch".into()).spawn(move || watched.watch(Stderr::new(errors)));
        if let Err(error) = watcher {
            spawn::kill(&process.pidfd);
            spawn::collect(&process.pidfd);
            main.close(true);
            return Err(error);
        }
        Ok(process)
    }

    pub(crate) fn pid(&self) -> i32 {
        self.pid
    }

    pub(crate) fn memory(&self) -> &Memory {
        &self.memory
    }

    /// libveo's settings for a transfer of this size.
    pub(super) fn fragments(&self, size: usize) -> Fragments {
        self.fragments.now(size)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// How the process ended, once it has.
    pub(crate) fn report(&self) -> Option<Arc<Report>> {
        lock(&self.end).report.clone()
    }

    /// The outcome of a request that the worker's end left incomplete.
    pub(crate) fn verdict(&self, context: u32, id: u64) -> Outcome {
        match &lock(&self.end).fault {
            Some(fault) if fault.context == context && fault.tag == id + 1 => {
                Outcome::exception(u64::from(fault.signal.cast_unsigned()))
            }
            _ => Outcome::ERROR,
        }
    }

    // ---- contexts ----

    /// The main context, on which all process-level functions run.
    #[inline]
    pub(crate) fn main(&self) -> Option<&'static Context> {
        self.main.get().copied()
    }

    /// Opens a context: first the main one, then new ones with threads of their own.
    pub(crate) fn open_context(self: &Arc<Self>, stack: usize) -> io::Result<&'static Context> {
        // Before the lock: a host function of the main context may open a context while another thread waits here for it.
        let turn = self.main().map(|main| main.turn(1, Reply::Unseen));
        let _one_at_a_time = lock(&self.opening);
        let index = {
            let mut contexts = lock(&self.contexts);
            if contexts.closed {
                return Err(io::Error::other("the VE process was destroyed"));
            }
            if contexts.open.is_empty()
                && let Some(main) = self.main()
            {
                // Even that of a dead process is given out, as in libveo.
                contexts.open.push(main);
                return Ok(main);
            }
            contexts.made += 1;
            contexts.made
        };
        if self.has_ended() || turn.is_none_or(|turn| turn.is_err()) {
            return Err(io::Error::other("the VE process has ended"));
        }
        let (ring, ring_fd) = new_ring()?;
        let ring = HostRing::new(ring, self.barrier);
        *lock(&self.opened) = None;
        let request = Message::Open { context: index, stack: stack as u64 };
        control::send(self.control.as_fd(), &request, &[ring_fd.as_fd()])?;
        self.await_thread(index)?;
        let context = Context::new(index, Arc::clone(self), ring);
        let mut contexts = lock(&self.contexts);
        if contexts.closed {
            drop(contexts);
            context.close(true);
            return Err(io::Error::other("the VE process was destroyed"));
        }
        contexts.open.push(context);
        contexts.all.push(context);
        drop(contexts);
        if self.has_ended() {
            // The watcher may have looked before the context was in the list.
            context.end();
        }
        Ok(context)
    }

    /// Does the frees that are due in every queue.
    pub(super) fn reap(&self) {
        lock(&self.contexts).all.clone().iter().for_each(|context| context.reap());
    }

    fn await_thread(&self, index: u32) -> io::Result<()> {
        let deadline = Instant::now() + OPEN_LIMIT;
        let mut opened = lock(&self.opened);
        loop {
            match *opened {
                Some((context, 0)) if context == index => return Ok(()),
                Some((context, errno)) if context == index => {
                    return Err(io::Error::from_raw_os_error(errno));
                }
                _ => {}
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() || self.has_ended() {
                return Err(io::Error::other("the worker did not start the thread"));
            }
            opened = self
                .news
                .wait_timeout(opened, left.min(Duration::from_millis(100)))
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Closes a context other than the main one, after its requests.
    pub(crate) fn close_context(&self, context: &'static Context) {
        if self.main().is_some_and(|main| std::ptr::eq(main, context)) {
            return;
        }
        lock(&self.contexts).open.retain(|other| !std::ptr::eq(*other, context));
        // A thread cannot be ended from outside: a kernel that never returns keeps its thread until the process ends.
        let quiet = context.quiesce(Some(Instant::now() + DRAIN_LIMIT));
        if quiet {
            // Refused only if the process has ended, and the thread with it.
            let _ = context.order(Op::Quit, layout::QUIT, &[]);
        }
        context.close(quiet);
        lock(&self.contexts).all.retain(|other| !std::ptr::eq(*other, context));
    }

    /// The opened contexts.
    pub(crate) fn contexts(&self) -> Vec<&'static Context> {
        lock(&self.contexts).open.clone()
    }

    // ---- libraries and symbols ----

    /// Sends an order on the main context and waits for its outcome.
    fn order_outcome(&self, op: Op, target: u64, bytes: &[u8]) -> Option<Outcome> {
        // A host function of the main context stands in front of what it would wait for.
        let main = self.main().filter(|main| !main.is_on_host_thread())?;
        let id = main.order(op, target, bytes).ok()?;
        match main.wait(id) {
            Look::Taken(outcome) => Some(outcome),
            _ => None,
        }
    }

    /// Sends an order on the main context and waits for its value.
    pub(super) fn order(&self, op: Op, target: u64, bytes: &[u8]) -> Option<u64> {
        let outcome = self.order_outcome(op, target, bytes)?;
        (outcome.status == layout::OK).then_some(outcome.value)
    }

    /// `dlopen` in the worker. 0 when it failed.
    pub(crate) fn load(&self, path: &[u8]) -> u64 {
        self.order(Op::Load, 0, path).unwrap_or(0)
    }

    /// `dlclose` in the worker, and its result; the signal's number if it crashes.
    pub(crate) fn unload(&self, library: u64) -> i32 {
        let forget = || lock(&self.symbols).retain(|(owner, _), _| *owner != library);
        forget();
        let outcome = self.order_outcome(Op::Unload, library, &[]);
        // A look-up may have been under way. The next library may come to have this handle.
        forget();
        match outcome {
            Some(Outcome { status: layout::OK | layout::EXCEPTION, value }) => value as i32,
            _ => -1,
        }
    }

    /// The address of a symbol, 0 when there is none. Addresses that were found are remembered.
    pub(crate) fn resolve(&self, library: u64, name: &[u8]) -> u64 {
        let key = (library, name.to_vec());
        if let Some(&address) = lock(&self.symbols).get(&key) {
            return address;
        }
        let address = self.order(Op::Resolve, library, name).unwrap_or(0);
        if address != 0 {
            lock(&self.symbols).insert(key, address);
        }
        address
    }

    // ---- the end ----

    /// Lets outstanding requests finish, for as long as libveo does, and ends the worker.
    pub(crate) fn destroy(&self) {
        let asked = self.ask_to_end(Instant::now() + DRAIN_LIMIT);
        for context in self.ensure_end(asked) {
            context.close(true);
        }
        // The contexts hold the process, and it held them.
        lock(&self.contexts).all.clear();
    }

    /// Lets outstanding requests finish until `deadline`, and asks the worker to end. Says whether they did.
    pub(super) fn ask_to_end(&self, deadline: Instant) -> bool {
        let contexts = {
            let mut contexts = lock(&self.contexts);
            contexts.closed = true;
            contexts.open.clear();
            // They stay in the other list, so that the watcher can tell them of the worker's end meanwhile.
            contexts.all.clone()
        };
        let drained = contexts.iter().all(|context| context.quiesce(Some(deadline)));
        lock(&self.end).destroying = true;
        drained && control::send(self.control.as_fd(), &Message::Quit, &[]).is_ok()
    }

    /// Waits until a worker that was asked to end has done so, and kills one that does not. Nobody waits for its requests
    /// afterwards. The contexts are still to be closed.
    pub(super) fn ensure_end(&self, asked: bool) -> Vec<&'static Context> {
        if !(asked && self.await_end(QUIT_LIMIT)) {
            self.kill();
            self.await_end(QUIT_LIMIT);
        }
        let contexts = lock(&self.contexts).all.clone();
        contexts.iter().for_each(|context| context.end());
        contexts
    }

    /// Ends the worker at once.
    pub(crate) fn kill(&self) {
        spawn::kill(&self.pidfd);
    }

    /// The same, as the host program wishes, which the report then says. Waits for the end a little.
    pub(crate) fn kill_by_wish(&self) {
        lock(&self.end).killed = true;
        self.kill();
        self.await_end(QUIT_LIMIT);
    }

    fn await_end(&self, limit: Duration) -> bool {
        let deadline = Instant::now() + limit;
        let mut end = lock(&self.end);
        while end.report.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            end = self.end_news.wait_timeout(end, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }
}

/// The memory of a context's ring, and the descriptor of it for the worker.
fn new_ring() -> io::Result<(Ring, OwnedFd)> {
    let made = map::memfd(c"veo-ring", RING_SIZE).and_then(|fd| Ok((Ring::map(&fd)?, fd)));
    made.map_err(|error| io::Error::new(error.kind(), format!("cannot make the shared memory of a context: {error}")))
}
