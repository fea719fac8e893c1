//! The watch on the VE processes of a loaded libveo.
//!
//! NEC's libveo notices the end of a process only when somebody asks for a result, and forgets the host functions that stand
//! in its queues then. So one thread watches all of them, by pidfd, and sleeps until one ends. It notes how a process
//! ended and collects it then: a child that has ended would keep libveo from opening contexts.
//!
//! The system's word comes to libveo through this thread, too ([`veo_engine::announce_end`]).
//!
//! The embedded engine watches its processes itself.

use std::fmt;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::thread;
use std::time::{Duration, Instant};

use veo_engine::{Cause, Report};

use crate::api::{Api, ContextHandle, End, ProcHandle};
use crate::at_exit;
use crate::creator;
use crate::group::Group;
use crate::lock::lock;
use crate::pidfd::{self, Pidfd};
use crate::promise::Promises;
use crate::queue::Queue;
use crate::visit::Visits;

/// The most that is read of a report: the rest of the file is what a kernel wrote there.
const REPORT_LIMIT: usize = 256 << 10;

/// Between libveo's word that a process has ended and the end, when it ends by itself.
const END_LIMIT: Duration = Duration::from_millis(1500);

/// By when a process that was killed has ended, on a busy machine.
const KILL_LIMIT: Duration = Duration::from_secs(5);

/// When libveo is told of an end: also later, since it may have been about to send a command.
const ANNOUNCEMENTS: [Duration; 4] =
    [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(100), Duration::from_secs(1)];

/// A context, and the shared memory by which libveo talks to it.
struct Channel {
    queue: Weak<Queue>,
    segment: i32,
}

/// A VE process that is watched.
pub(crate) struct Watched {
    proc: ProcHandle,
    pid: i32,
    pidfd: Pidfd,
    /// `None`: it stays in this program's.
    group: Option<Group>,
    /// How it ended, noted before it was collected.
    cause: OnceLock<Cause>,
    /// Where the worker leaves the report of a crash, if it can.
    report: Option<File>,
    /// The end was seen.
    ended: AtomicBool,
    /// The end is this program's own wish.
    wanted: AtomicBool,
    /// This program has killed it.
    killed: AtomicBool,
    kill_at: Mutex<Option<Instant>>,
    pub(crate) promises: Promises,
    /// The main context's.
    main: OnceLock<Weak<Queue>>,
    channels: Mutex<Vec<Channel>>,
    /// Those that are known, and open as far as is known.
    segments: Mutex<Vec<i32>>,
    /// Uses of handles by threads that do not hold the process.
    pub(crate) visits: Arc<Visits>,
}

impl Watched {
    /// Whether its end was seen: a look at memory, that may be late.
    #[inline]
    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// How it ended; `None` while it runs, and nothing has crashed.
    pub(crate) fn end(&self) -> Option<End> {
        let wanted = |cause| match cause {
            Cause::Killed(libc::SIGKILL) if self.killed.load(Acquire) => Cause::KilledByHost,
            _ if self.wanted.load(Acquire) => Cause::Destroyed,
            cause => cause,
        };
        let cause = || self.cause.get().copied().or_else(|| self.pidfd.cause());
        let report = self.crash().or_else(|| cause().map(wanted).map(Report::from));
        report.as_ref().map(End::from)
    }

    /// How it ended, when libveo says that it has: the end is not far then.
    pub(crate) fn imminent_end(&self) -> Option<End> {
        self.end().or_else(|| {
            if !self.lives_on() {
                self.pidfd.wait(END_LIMIT);
            }
            self.end()
        })
    }

    /// Whether only a context has ended, by the word of a libveo without segments: ours, which tells all contexts of an end
    /// before it fails their requests.
    fn lives_on(&self) -> bool {
        let main = self.main.get().and_then(Weak::upgrade);
        lock(&self.segments).is_empty() && main.is_some_and(|main| !main.api.context_has_ended(main.handle))
    }

    /// What the worker wrote before it ended.
    fn crash(&self) -> Option<Report> {
        let file = self.report.as_ref()?;
        let length = usize::try_from(file.metadata().ok()?.len()).ok()?.min(REPORT_LIMIT);
        let mut bytes = vec![0; length];
        file.read_exact_at(&mut bytes, 0).ok()?;
        veo_engine::report_from(&bytes)
    }

    /// From now on its end is what this program wants.
    pub(crate) fn want_end(&self) {
        self.wanted.store(true, Release);
    }

    /// Waits for the end, but not longer than `limit`. Says whether it has come.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        self.pidfd.wait(limit)
    }

    /// Ends it at once, whatever runs in it.
    pub(crate) fn kill(&self) {
        self.pidfd.kill();
    }

    /// The same, as the program wishes, which the reports then say. Waits for the end a little.
    pub(crate) fn kill_by_wish(&self) {
        if self.pidfd.cause().is_none() {
            self.killed.store(true, Release);
            self.kill();
            self.wait(KILL_LIMIT);
        }
    }

    /// Ends it when `limit` is over, if it is still there.
    pub(crate) fn kill_after(&self, limit: Duration) {
        *lock(&self.kill_at) = Instant::now().checked_add(limit);
        if let Some(watcher) = watcher() {
            watcher.wake();
        }
    }

    /// The deadline, unless it was met.
    fn deadline(&self) -> Option<Instant> {
        let mut kill_at = lock(&self.kill_at);
        if kill_at.is_some_and(|deadline| deadline <= Instant::now()) {
            *kill_at = None;
            self.pidfd.kill();
        }
        *kill_at
    }

    /// Its end is there.
    fn note_end(self: &Arc<Self>) {
        if let Some(cause) = self.pidfd.cause() {
            self.cause.get_or_init(|| cause);
        }
        if !self.ended.swap(true, Release) {
            let this = Arc::clone(self);
            // Foreign code, that may take its time.
            creator::run_aside("veo-ended", move || creator::on_engine_thread(|| this.spread_the_news()));
        }
    }

    /// Tells libveo, and calls what it forgets.
    fn spread_the_news(&self) {
        // Not left to libveo: other children may come to harm (see `group`). And without it, libveo can only learn it from us.
        self.pidfd.collect();
        for (round, pause) in ANNOUNCEMENTS.into_iter().enumerate() {
            thread::sleep(pause);
            let channels: Vec<_> =
                lock(&self.channels).iter().map(|channel| (channel.queue.clone(), channel.segment)).collect();
            channels.into_iter().for_each(|(queue, segment)| self.announce(&queue, segment));
            if round == 0 {
                self.promises.keep();
            }
        }
    }

    fn announce(&self, queue: &Weak<Queue>, segment: i32) {
        // While the two are there, the handle is valid. Who destroys or closes it waits, but only in libveo.
        let visits = self.visits.enter().zip(queue.upgrade());
        let known = visits.is_some_and(|(_process, queue)| queue.visit().is_some_and(|_context| queue.knows_the_end()));
        if !known {
            veo_engine::announce_end(segment);
        }
    }

    /// Notes the queue of a new context.
    pub(crate) fn note_context(&self, queue: &Arc<Queue>) {
        if queue.index == 0 {
            self.main.get_or_init(|| Arc::downgrade(queue));
        }
        let mut channels = lock(&self.channels);
        channels.retain(|channel| channel.queue.strong_count() > 0);
        channels.extend(queue.handle.segment().map(|segment| Channel { queue: Arc::downgrade(queue), segment }));
    }

    /// Opens a context of it.
    pub(crate) fn open_context(&self, api: Api, main: ContextHandle, stack: Option<usize>) -> Option<ContextHandle> {
        // One at a time, so that it can be told which segment is the new one.
        let mut known = lock(&self.segments);
        let context = match &self.group {
            Some(group) => group.open(api, self.proc, main, stack),
            None => api.context_open(self.proc, stack),
        };
        Some(context?.with_segment(new_segment(self.pid, &mut known)))
    }

    /// Ends the watch, and collects what libveo has left.
    ///
    /// # Safety
    /// libveo has destroyed the process, and calls nothing of it any more.
    pub(crate) unsafe fn finish(&self) {
        // SAFETY: by the caller's word.
        unsafe { self.promises.clear() };
        // libveo does not collect a process that crashed.
        if self.pidfd.wait(END_LIMIT) {
            self.pidfd.collect();
            // Nor does it detach what it shared with it.
            lock(&self.segments).iter().for_each(|&segment| veo_engine::give_back_segment(segment));
        }
        if let Some(watcher) = watcher() {
            lock(&watcher.all).retain(|watched| !std::ptr::eq(Arc::as_ptr(watched), self));
            watcher.wake();
        }
    }
}

impl fmt::Debug for Watched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("ended", &self.has_ended()).finish_non_exhaustive()
    }
}

/// The segment that a worker did not have before; `known` is what it has now.
fn new_segment(worker: i32, known: &mut Vec<i32>) -> Option<i32> {
    let before = std::mem::replace(known, veo_engine::segments_of(worker));
    let mut new = known.iter().copied().filter(|segment| !before.contains(segment));
    let (Some(segment), None) = (new.next(), new.next()) else {
        // Without any, libveo does not talk that way. Ours does not, and notices ends itself.
        let own = std::process::id().cast_signed();
        if veo_engine::segments_of(own).is_empty() {
            return None;
        }
        tracing::warn!(
            target: "veo::create",
            "cannot tell which shared memory belongs to a new context: its requests may not notice the end of the VE process"
        );
        return None;
    };
    Some(segment)
}

/// Watches a new process from now on. Gives the segment of its main context.
pub(crate) fn start(
    api: Api,
    proc: ProcHandle,
    pid: i32,
    pidfd: Pidfd,
    report: Option<File>,
) -> io::Result<Option<i32>> {
    let mut segments = Vec::new();
    let segment = new_segment(pid, &mut segments);
    let watcher =
        watcher().ok_or_else(|| io::Error::other("the thread that watches VE processes cannot be started"))?;
    let watched = Arc::new(Watched {
        proc,
        pid,
        pidfd,
        group: Group::of_its_own(api, proc),
        cause: OnceLock::new(),
        report,
        ended: AtomicBool::new(false),
        wanted: AtomicBool::new(false),
        killed: AtomicBool::new(false),
        kill_at: Mutex::default(),
        promises: Promises::default(),
        main: OnceLock::new(),
        channels: Mutex::default(),
        segments: Mutex::new(segments),
        visits: Arc::default(),
    });
    lock(&watcher.all).push(watched);
    watcher.wake();
    Ok(segment)
}

/// Ends all processes when `limit` is over, if they are still there. Says whether there are any.
pub(crate) fn kill_all_after(limit: Duration) -> bool {
    let all = watcher().map(|watcher| lock(&watcher.all).clone()).unwrap_or_default();
    all.iter().for_each(|watched| watched.kill_after(limit));
    !all.is_empty()
}

/// The watch on a process, if there is one.
pub(crate) fn of(proc: ProcHandle) -> Option<Arc<Watched>> {
    let all = lock(&watcher()?.all);
    all.iter().rev().find(|watched| watched.proc == proc).cloned()
}

struct Watcher {
    all: Mutex<Vec<Arc<Watched>>>,
    /// Readable when there is something new to look at.
    news: OwnedFd,
}

/// The watcher, with its thread, started at the first use.
fn watcher() -> Option<&'static Watcher> {
    static WATCHER: OnceLock<Option<Watcher>> = OnceLock::new();
    static THREAD: OnceLock<bool> = OnceLock::new();
    let watcher = WATCHER.get_or_init(Watcher::new).as_ref()?;
    let run = || {
        at_exit::prepare();
        thread::Builder::new().name("veo-watch".into()).spawn(|| watcher.watch()).is_ok()
    };
    THREAD.get_or_init(run).then_some(watcher)
}

impl Watcher {
    fn new() -> Option<Self> {
        // SAFETY: plain system call.
        let fd = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC | libc::EFD_NONBLOCK) };
        if fd < 0 {
            return None;
        }
        // SAFETY: the kernel just gave us this descriptor.
        let news = unsafe { OwnedFd::from_raw_fd(fd) };
        Some(Self { all: Mutex::default(), news })
    }

    /// Has the thread look again.
    fn wake(&self) {
        // SAFETY: plain system call. A counter that is full wakes the thread, too.
        unsafe { libc::eventfd_write(self.news.as_raw_fd(), 1) };
    }

    fn watch(&self) {
        block_signals();
        loop {
            let mut all = lock(&self.all).clone();
            all.retain(|watched| !watched.has_ended());
            let deadline = all.iter().filter_map(|watched| watched.deadline()).min();
            let mut polled = vec![pidfd::for_input(self.news.as_raw_fd())];
            polled.extend(all.iter().map(|watched| pidfd::for_input(watched.pidfd.fd())));
            pidfd::poll(&mut polled, deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())));
            if polled[0].revents != 0 {
                let mut count = 0;
                // SAFETY: the number goes to a live variable.
                unsafe { libc::eventfd_read(self.news.as_raw_fd(), &raw mut count) };
            }
            let ended = all.iter().zip(&polled[1..]).filter(|(_, polled)| polled.revents != 0);
            ended.for_each(|(watched, _)| watched.note_end());
        }
    }
}

/// Keeps the application's signals away from this thread of ours.
fn block_signals() {
    let mut signals = std::mem::MaybeUninit::uninit();
    // SAFETY: fills the set that the pointer refers to.
    unsafe { libc::sigfillset(signals.as_mut_ptr()) };
    // SAFETY: the set is initialised; the old one is not asked for.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, signals.as_ptr(), std::ptr::null_mut()) };
}
