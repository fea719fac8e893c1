//! Uses of a libveo handle by those who do not hold the object that owns it: it stays until they have gone.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::lock::lock;

/// As good as for ever, and no overflow.
const A_YEAR: Duration = Duration::from_secs(365 * 24 * 3600);

/// The uses of one handle, and how far its end has come.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    state: Mutex<State>,
    news: Condvar,
}

#[derive(Debug, Default)]
struct State {
    visitors: usize,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    #[default]
    Open,
    /// Nobody may come any more.
    Closing,
    /// The handle dangles.
    Closed,
}

/// One use. The handle is valid until it is dropped.
#[derive(Debug)]
pub(crate) struct Visit(Arc<Visits>);

impl Visits {
    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }

    /// Begins a use. `None` when the end has begun.
    pub(crate) fn enter(self: &Arc<Self>) -> Option<Visit> {
        let mut state = self.state();
        if state.stage != Stage::Open {
            return None;
        }
        state.visitors += 1;
        Some(Visit(Arc::clone(self)))
    }

    /// From now on nobody may come. Says whether someone is there.
    pub(crate) fn start_closing(&self) -> bool {
        let mut state = self.state();
        state.stage = Stage::Closing;
        state.visitors > 0
    }

    /// Waits until everybody has gone.
    pub(crate) fn wait_for_visitors(&self) {
        self.wait_while(None, |state| state.visitors > 0);
    }

    /// The handle is not valid any more.
    pub(crate) fn close(&self) {
        self.state().stage = Stage::Closed;
        self.news.notify_all();
    }

    /// Waits for [`close`](Self::close), but not longer than `limit`. Says whether it has come.
    pub(crate) fn wait_for_end(&self, limit: Option<Duration>) -> bool {
        self.wait_while(limit, |state| state.stage != Stage::Closed)
    }

    /// Says whether the condition does not hold any more.
    fn wait_while(&self, limit: Option<Duration>, condition: impl Fn(&State) -> bool) -> bool {
        let limit = limit.unwrap_or(A_YEAR);
        let waited = self.news.wait_timeout_while(self.state(), limit, |state| condition(state));
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.state().visitors -= 1;
        self.0.news.notify_all();
    }
}
