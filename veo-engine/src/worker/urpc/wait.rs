//! Waiting for the other side of a channel. URPC has no way to wake anybody, so whoever waits looks again and again: at
//! once while something is going on, and less and less often when nothing is.

use std::thread;
use std::time::{Duration, Instant};

use crate::shared::wait;

const SHORTEST_NAP: Duration = Duration::from_micros(20);

/// What the first command after a long pause waits for at most. At this rate an idle context uses two percent of a core.
const LONGEST_NAP: Duration = Duration::from_millis(1);

/// A nap is this fraction of the time that was waited before, so that it never makes a wait much longer.
const FRACTION: u32 = 16;

/// Waits until `ready`.
pub(super) fn until(ready: impl FnMut() -> bool) {
    until_or(ready, None);
}

/// Waits until `ready`, at most for `limit`. Says whether it was.
pub(super) fn within(limit: Duration, ready: impl FnMut() -> bool) -> bool {
    until_or(ready, Some(limit))
}

fn until_or(mut ready: impl FnMut() -> bool, limit: Option<Duration>) -> bool {
    if wait::spin(&mut ready) {
        return true;
    }
    let start = Instant::now();
    loop {
        let waited = start.elapsed();
        if limit.is_some_and(|limit| waited >= limit) {
            return false;
        }
        thread::sleep((waited / FRACTION).clamp(SHORTEST_NAP, LONGEST_NAP));
        if ready() {
            return true;
        }
    }
}

/// Has the naps of this thread end when they should: the system would let them last 50 µs longer.
pub(super) fn nap_precisely() {
    // SAFETY: sets a number of this thread's own.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1) };
}
