//! The notification that a request is final.
//!
//! In libveo a lone call completes only when somebody asks for it. A host function queued behind it does both: it drives
//! the queue, and it wakes whoever waits.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::task::Waker;
use std::time::Duration;

use crate::context::Context;
use crate::creator;
use crate::lock::lock;
use crate::promise::Callback;

/// Fires once.
#[derive(Default)]
pub(crate) struct Notify {
    state: Mutex<State>,
    fired: Condvar,
}

#[derive(Default)]
struct State {
    fired: bool,
    waker: Option<Waker>,
}

impl Notify {
    /// Queues a notification behind everything that was submitted so far. `None` when the engine refuses.
    pub(crate) fn submit(context: &Context) -> Option<Arc<Self>> {
        let notify = Arc::new(Self::default());
        context.notify(Arc::clone(&notify) as Arc<dyn Callback>).then_some(notify)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Waits until it fires or the limit is over.
    pub(crate) fn wait(&self, limit: Duration) {
        let state = self.state();
        // A year is as good as for ever, and no overflow.
        let limit = limit.min(Duration::from_secs(365 * 24 * 3600));
        if state.fired {
            // The request is final, or will be at the next look.
            drop(state);
            std::thread::yield_now();
            return;
        }
        drop(self.fired.wait_timeout(state, limit));
    }

    /// Has `waker` woken when it fires. Says whether it has fired already.
    pub(crate) fn register(&self, waker: &Waker) -> bool {
        let mut state = self.state();
        if !state.fired && !state.waker.as_ref().is_some_and(|old| old.will_wake(waker)) {
            state.waker = Some(waker.clone());
        }
        state.fired
    }
}

impl Callback for Notify {
    fn call(&self) {
        let waker = {
            let mut state = self.state();
            state.fired = true;
            state.waker.take()
        };
        self.fired.notify_all();
        if let Some(waker) = waker {
            // A waker is foreign code; its panic must not reach C.
            let wake = std::panic::AssertUnwindSafe(|| waker.wake());
            if creator::on_engine_thread(|| std::panic::catch_unwind(wake)).is_err() {
                tracing::error!(target: "veo::call", "a waker panicked");
            }
        }
    }
}

impl fmt::Debug for Notify {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notify").finish_non_exhaustive()
    }
}
