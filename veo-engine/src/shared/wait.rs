//! Waiting: spin for a bounded time, then sleep on a futex.
//!
//! A round trip between two spinning processes takes about a tenth of a microsecond, waking a sleeper tens of them; so
//! both sides spin first. The spin is bounded, and yields the processor after a few microseconds, since host and worker
//! may share few cores.

use std::sync::OnceLock;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::atomic::compiler_fence;
use std::time::{Duration, Instant};

#[cfg(loom)]
use super::model::fence;
#[cfg(not(loom))]
use super::words::fence;

/// Microseconds to spin before sleeping; `VEO_SPIN_US` overrides it.
const DEFAULT_SPIN_US: u64 = 50;

/// The most that may be asked for.
const MAX_SPIN_US: u64 = 10_000;

/// Rounds of plain spinning before the clock is read for the first time, and between two readings.
const ROUNDS: u32 = if cfg!(loom) { 1 } else { 64 };

/// Time after which a spinner offers its processor to others at every round.
const POLITE_AFTER: Duration = Duration::from_micros(5);

fn spin_budget() -> Duration {
    static BUDGET: OnceLock<Duration> = OnceLock::new();
    *BUDGET.get_or_init(|| {
        let default =
            if std::thread::available_parallelism().is_ok_and(|cores| cores.get() > 1) { DEFAULT_SPIN_US } else { 0 };
        let spin = std::env::var("VEO_SPIN_US").ok().and_then(|text| text.trim().parse().ok()).unwrap_or(default);
        // More would keep a waiter from seeing its deadline.
        Duration::from_micros(spin.min(MAX_SPIN_US))
    })
}

/// Spins until `ready`, for a microsecond or two at most, and no longer than until `hurry`. Says whether it became ready.
#[inline]
pub(crate) fn spin_briefly(mut ready: impl FnMut() -> bool, hurry: impl Fn() -> bool) -> bool {
    for _ in 0..ROUNDS {
        if ready() {
            return true;
        }
        if hurry() {
            return false;
        }
        std::hint::spin_loop();
    }
    false
}

/// Spins until `ready`, at most for the spin budget. Says whether it became ready.
#[inline]
pub(crate) fn spin(mut ready: impl FnMut() -> bool) -> bool {
    for _ in 0..ROUNDS {
        if ready() {
            return true;
        }
        std::hint::spin_loop();
    }
    // A model has no time to spend: one look is as good as many.
    !cfg!(loom) && spin_by_the_clock(&mut ready)
}

#[cold]
fn spin_by_the_clock(ready: &mut dyn FnMut() -> bool) -> bool {
    let budget = spin_budget();
    let start = Instant::now();
    loop {
        let elapsed = start.elapsed();
        if elapsed >= budget {
            return ready();
        }
        let polite = elapsed >= POLITE_AFTER;
        for _ in 0..if polite { 1 } else { ROUNDS } {
            if ready() {
                return true;
            }
            std::hint::spin_loop();
        }
        if polite {
            std::thread::yield_now();
        }
    }
}

/// How one side orders "publish, then look whether the other sleeps" against the other's "announce, then look again".
///
/// The side that publishes does so with every request, the one that sleeps seldom. So where the system can, only the
/// sleeper pays: its `membarrier` makes every processor that runs one of the two programs execute a full barrier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Barrier {
    /// Both sides use a full fence.
    Fence,
    /// The sleeper uses `membarrier`, for which both programs are registered; the publisher a fence for the compiler.
    Membarrier,
}

impl Barrier {
    /// Registers this program for `membarrier`, once. `Fence` where the system has none.
    pub(crate) fn register() -> Self {
        static REGISTERED: OnceLock<Barrier> = OnceLock::new();
        *REGISTERED.get_or_init(|| {
            let result = membarrier(libc::MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED);
            if result == 0 { Self::Membarrier } else { Self::Fence }
        })
    }

    /// After publishing, before looking whether the other side sleeps.
    #[inline]
    pub(crate) fn publisher(self) {
        match self {
            Self::Fence => fence(SeqCst),
            Self::Membarrier => compiler_fence(SeqCst),
        }
    }

    /// After announcing that this side sleeps, before the last look. The result is how long it may then sleep: not long
    /// if the system has come to forbid `membarrier`, since the other side may have missed the announcement.
    pub(crate) fn sleeper(self) -> Duration {
        fence(SeqCst);
        if self == Self::Membarrier && membarrier(libc::MEMBARRIER_CMD_GLOBAL_EXPEDITED) != 0 {
            return Duration::from_millis(1);
        }
        Duration::from_secs(3600)
    }
}

fn membarrier(command: libc::c_int) -> libc::c_long {
    // SAFETY: the call takes plain numbers, and touches no memory of ours.
    unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) }
}
