//! The alarms of deadlines: one thread for the whole program, started with the first alarm, that sleeps until the next one.

use std::collections::BTreeMap;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError, Weak};
use std::thread;
use std::time::{Duration, Instant};

use crate::lock::lock;
use crate::notify::Notify;

/// When, and a number that tells those of one moment apart.
type Key = (Instant, u64);

#[derive(Debug)]
struct Timer {
    alarms: Mutex<BTreeMap<Key, Weak<Notify>>>,
    changed: Condvar,
}

static TIMER: Timer = Timer { alarms: Mutex::new(BTreeMap::new()), changed: Condvar::new() };

/// An alarm that was set. Dropping it takes it back.
#[derive(Debug)]
pub(crate) struct Alarm(Key);

/// Has `notify` stirred when `limit` is over. `None` when there is no such moment, or no thread.
pub(crate) fn set(limit: Duration, notify: &Arc<Notify>) -> Option<Alarm> {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    static RUNS: OnceLock<bool> = OnceLock::new();
    let key = (Instant::now().checked_add(limit)?, NEXT.fetch_add(1, Relaxed));
    let start = || {
        let started = thread::Builder::new().name("veo-timer".into()).spawn(|| TIMER.run());
        if let Err(error) = &started {
            tracing::error!(target: "veo::call", %error, "no thread for deadlines: futures may wait for ever");
        }
        started.is_ok()
    };
    RUNS.get_or_init(start).then_some(())?;
    let mut alarms = lock(&TIMER.alarms);
    alarms.insert(key, Arc::downgrade(notify));
    let is_next = alarms.first_key_value().is_some_and(|(first, _)| *first == key);
    drop(alarms);
    if is_next {
        TIMER.changed.notify_one();
    }
    Some(Alarm(key))
}

impl Alarm {
    pub(crate) fn at(&self) -> Instant {
        self.0.0
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        lock(&TIMER.alarms).remove(&self.0);
    }
}

impl Timer {
    fn run(&self) {
        let mut alarms = lock(&self.alarms);
        loop {
            let now = Instant::now();
            let later = alarms.split_off(&(now, u64::MAX));
            let due = std::mem::replace(&mut *alarms, later);
            if !due.is_empty() {
                drop(alarms);
                // Foreign code, that may set and take back alarms.
                due.values().filter_map(Weak::upgrade).for_each(|notify| notify.stir());
                alarms = lock(&self.alarms);
                continue;
            }
            let next = alarms.first_key_value().map(|((at, _), _)| at.saturating_duration_since(now));
            alarms = match next {
                Some(left) => self.changed.wait_timeout(alarms, left).unwrap_or_else(PoisonError::into_inner).0,
                None => self.changed.wait(alarms).unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
