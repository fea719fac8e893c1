//! The notification that a request is final.
//!
//! In libveo a lone call completes only when somebody asks for it. A host function queued behind it does both: it drives
//! the queue, and it wakes whoever waits.

use std::fmt;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::time::{Duration, Instant};

use crate::creator;
use crate::lock::lock;
use crate::promise::Callback;
use crate::queue::Queue;
use crate::timer::{self, Alarm};

/// Fires once, when everything before it is complete. Whoever waits for it is woken also when it is stirred, to look again.
pub(crate) struct Notify {
    queue: u64,
    state: Mutex<State>,
    woken: Condvar,
    /// Its own place in the queue; 0 before it has one.
    stamp: AtomicU64,
}

#[derive(Default)]
struct State {
    fired: bool,
    stirs: u64,
    waker: Option<Waker>,
    /// When the request's deadline is over.
    alarm: Option<Alarm>,
}

impl Notify {
    /// Queues a notification behind everything that was submitted so far. `None` when the engine refuses. It waits for nobody.
    pub(crate) fn submit(queue: &Queue) -> Option<Arc<Self>> {
        let notify = Arc::new(Self {
            queue: queue.id,
            stamp: AtomicU64::new(0),
            state: Mutex::default(),
            woken: Condvar::new(),
        });
        queue.queue_own(Arc::clone(&notify) as Arc<dyn Callback>).then_some(notify)
    }

    /// It has fired: notes what that means for its queue.
    pub(crate) fn note_stamp(&self, queue: &Queue) {
        queue.note_done(self.stamp.load(Relaxed));
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    pub(crate) fn has_fired(&self) -> bool {
        self.state().fired
    }

    /// How often it was stirred.
    pub(crate) fn stirs(&self) -> u64 {
        self.state().stirs
    }

    /// Waits until it fires, or is stirred more than `stirs` times, or the limit is over.
    pub(crate) fn wait(&self, limit: Duration, stirs: u64) {
        let state = self.state();
        // A year is as good as for ever, and no overflow.
        let limit = limit.min(Duration::from_secs(365 * 24 * 3600));
        if state.fired {
            // The request is final, or will be at the next look.
            drop(state);
            std::thread::yield_now();
            return;
        }
        drop(self.woken.wait_timeout_while(state, limit, |state| !state.fired && state.stirs == stirs));
    }

    /// Has `waker` woken when it fires. Says whether it has fired already.
    pub(crate) fn register(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        if state.fired || state.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            return state.fired;
        }
        let old = state.waker.replace(waker.clone());
        drop(state);
        // Foreign code, that may come back here.
        drop(old);
        false
    }

    /// Wakes nobody any more.
    pub(crate) fn forget_waker(&self) {
        let mut state = self.state();
        let forgotten = (state.waker.take(), state.alarm.take());
        drop(state);
        drop(forgotten);
    }

    /// Whether the deadline, which begins with the first question, is over. Whoever waits is stirred then.
    pub(crate) fn is_late(self: &Arc<Self>, limit: Duration) -> bool {
        let mut state = self.state();
        if let Some(alarm) = &state.alarm {
            return alarm.at() <= Instant::now();
        }
        state.alarm = timer::set(limit, self);
        false
    }

    /// Wakes whoever waits, to look again.
    pub(crate) fn stir(&self) {
        self.wake(|state| state.stirs += 1);
    }

    fn wake(&self, change: impl FnOnce(&mut State)) {
        let waker = {
            let mut state = self.state();
            change(&mut state);
            state.waker.take()
        };
        self.woken.notify_all();
        if let Some(waker) = waker {
            // A waker is foreign code; its panic must not reach C.
            let wake = std::panic::AssertUnwindSafe(|| waker.wake());
            let stamp = self.stamp.load(Relaxed);
            if creator::in_host_function(self.queue, stamp, || std::panic::catch_unwind(wake)).is_err() {
                tracing::error!(target: "veo::call", "a waker panicked");
            }
        }
    }
}

impl Callback for Notify {
    fn call(&self) {
        self.wake(|state| state.fired = true);
    }

    /// Requests that were not cancelled, and that it stands for, are still to come.
    fn stays(&self) -> bool {
        true
    }

    fn stir(&self) {
        Self::stir(self);
    }

    fn placed(&self, stamp: u64) {
        self.stamp.store(stamp, Relaxed);
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").finish_non_exhaustive()
    }
}
