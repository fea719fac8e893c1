//! The thread that creates VE processes.
//!
//! libveo lets a VE process die with the thread that created it, so all of them are created on one thread that lives as
//! long as the program.

use std::cell::Cell;
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use crate::lock::lock;

type Job = Box<dyn FnOnce() + Send>;

/// The long-lived thread, started at the first use.
fn creator() -> Option<Sender<Job>> {
    static CREATOR: OnceLock<Option<Mutex<Sender<Job>>>> = OnceLock::new();
    let sender = CREATOR.get_or_init(|| {
        let (sender, jobs) = mpsc::channel::<Job>();
        let run = move || jobs.into_iter().for_each(|job| job());
        thread::Builder::new().name("veo-create".into()).spawn(run).ok().map(|_| Mutex::new(sender))
    });
    sender.as_ref().map(|sender| lock(sender).clone())
}

/// Runs `job` on the creating thread, which sends its result. `None` when there is no such thread.
pub(crate) fn start<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> Option<Receiver<T>> {
    let (sender, result) = mpsc::sync_channel(1);
    let send = move || drop(sender.send(job()));
    creator()?.send(Box::new(send)).ok()?;
    Some(result)
}

/// Runs `job` on a thread of its own. Without a thread the job is forgotten, not dropped: it owns what is still in use.
pub(crate) fn run_aside<F: FnOnce() + Send + 'static>(name: &str, job: F) {
    let job = Arc::new(Mutex::new(Some(job)));
    let taken = Arc::clone(&job);
    let run = move || {
        let job = lock(&taken).take();
        if let Some(job) = job {
            job();
        }
    };
    if let Err(error) = thread::Builder::new().name(name.into()).spawn(run) {
        tracing::error!(target: "veo::create", %error, "no thread to clean up with; what is left ends with the program");
        std::mem::forget(job);
    }
}

thread_local! {
    /// Whether a host function of ours runs on this thread, which is one of the engine's own.
    static ON_ENGINE_THREAD: Cell<bool> = const { Cell::new(false) };

    /// The queue whose host function runs on this thread, and its place there. There is no queue 0.
    static HOST_FUNCTION: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

/// Runs foreign code in a host function of a queue.
pub(crate) fn in_host_function<T>(queue: u64, stamp: u64, code: impl FnOnce() -> T) -> T {
    let before = HOST_FUNCTION.replace((queue, stamp));
    let result = on_engine_thread(code);
    HOST_FUNCTION.set(before);
    result
}

/// The place of this function, if it is a host function of that queue: what is before it there is complete, and what is behind
/// it waits for it.
pub(crate) fn place_in(queue: u64) -> Option<u64> {
    let (of, stamp) = HOST_FUNCTION.get();
    (of == queue).then_some(stamp)
}

/// Runs foreign code on a thread of the engine. If it drops the last handle of a process, it must not wait for the
/// engine's threads, of which this is one.
pub(crate) fn on_engine_thread<T>(code: impl FnOnce() -> T) -> T {
    let before = ON_ENGINE_THREAD.replace(true);
    let result = code();
    ON_ENGINE_THREAD.set(before);
    result
}

/// Whether this is a thread of the engine, that must not wait for the engine.
pub(crate) fn is_engine_thread() -> bool {
    ON_ENGINE_THREAD.get()
}

/// Runs `job` on a thread of its own and waits for it, but not longer than `limit`: it goes on alone then. Says whether it
/// is done. On a thread of the engine it does not wait, and says yes.
pub(crate) fn run_for(limit: Duration, job: impl FnOnce() + Send + 'static) -> bool {
    let (sender, done) = mpsc::sync_channel(1);
    run_aside("veo-destroy", move || {
        job();
        // Nobody may be waiting any more.
        let _ = sender.send(());
    });
    is_engine_thread() || done.recv_timeout(limit).is_ok()
}
