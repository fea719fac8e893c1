//! One context's ring of requests, from both ends.
//!
//! ```text
//!   host                                              worker
//!   fill slot[seq % 256], state ← posted(seq) (Release)  →   state == posted(seq) (Acquire): read it, do it
//!   state == done(seq) (Acquire): read the value        ←   value, then state ← done(seq) (Release)
//!
//!   to sleep:  host    WAKE_AT ← min(seq), look again, futex on HOST_FUTEX
//!              worker  WORKER_SLEEPS ← 1, look again, futex on WORKER_SLEEPS
//!   to wake:   each side publishes, and looks whether the other announced that it sleeps (`Barrier` orders the two)
//!
//!   to cancel: host    CANCELLED_BELOW ← n, barrier, read BEGUN: calls from there to n will not run
//!              worker  BEGUN ← "about to begin seq", barrier, read CANCELLED_BELOW: seq < n is not run; else BEGUN ← "begun"
//! ```
//!
//! A slot belongs to one side at a time, and its state says to which. A request's place in the ring is its sequence number,
//! `seq`, which both sides count for themselves, so neither trusts a position that the other one wrote. (Callers know
//! requests by other numbers: `engine/slots.rs`.) A worker gone wild can make requests look complete that are not; what
//! the host itself still does for them is never concluded from the ring.

use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::time::{Duration, Instant};

use super::layout::{self, Command, SLOTS};
#[cfg(loom)]
use super::model as words;
use super::wait::{self, Barrier};
#[cfg(not(loom))]
use super::words;
use words::{AtomicBool, AtomicU64};

pub(crate) use words::Ring;

/// A sleeping host looks again at least this often, in case a kernel scribbled over the words that should wake it.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// A worker that looks whether a call was cancelled has found out by then, unless it was stopped meanwhile.
const DECISION_LIMIT: Duration = if cfg!(loom) { Duration::ZERO } else { Duration::from_millis(100) };

/// A sleeping worker, too. Less often, since idle contexts sleep all the time.
const WORKER_LOOKS_AGAIN: Duration = if cfg!(loom) { Duration::MAX } else { Duration::from_secs(1) };

impl Ring {
    /// A word of the slot of request `seq`.
    #[inline]
    fn slot(&self, seq: u64, field: usize) -> &AtomicU64 {
        self.word(layout::SLOTS_AT + (seq % SLOTS) as usize * layout::SLOT_SIZE + field)
    }
}

/// The host's end.
#[derive(Debug)]
pub(crate) struct HostRing {
    ring: Ring,
    barrier: Barrier,
    /// Requests with smaller numbers have left the ring; their results are with the context.
    floor: AtomicU64,
    /// Counted up when requests are final of which the ring does not know it: whoever sleeps looks again.
    stirs: AtomicU64,
    /// The worker died, or the context was closed: nothing more will come.
    ended: AtomicBool,
}

impl HostRing {
    /// The host's end of a ring, with the barrier that both sides agreed on.
    pub(crate) fn new(ring: Ring, barrier: Barrier) -> Self {
        ring.word(layout::WAKE_AT).store(u64::MAX, Relaxed);
        Self { ring, barrier, floor: AtomicU64::new(0), stirs: AtomicU64::new(0), ended: AtomicBool::new(false) }
    }

    /// Writes one inline argument of the command that will be published as `seq`.
    pub(crate) fn set_arg(&self, seq: u64, index: usize, value: u64) {
        debug_assert!(index < layout::INLINE_ARGS);
        self.ring.slot(seq, layout::ARGS + index * 8).store(value, Relaxed);
    }

    /// Publishes request `seq`, and wakes the worker if it sleeps. One thread at a time: the context's lock is held.
    pub(crate) fn publish(&self, seq: u64, command: Command) {
        if command.block != 0 {
            self.ring.slot(seq, layout::ARGS).store(command.block, Relaxed);
        }
        self.ring.slot(seq, layout::TARGET).store(command.target, Relaxed);
        self.ring.slot(seq, layout::HEAD).store(command.head(), Relaxed);
        // Release: pairs with the Acquire in `WorkerRing::next`.
        self.ring.slot(seq, layout::STATE).store(layout::posted(seq), Release);
        self.wake_worker();
    }

    #[inline]
    fn wake_worker(&self) {
        // Orders the published state before the look at the flag; pairs with the sleeper's in `WorkerRing::sleep`.
        self.barrier.publisher();
        let sleeps = self.ring.futex_word(layout::WORKER_SLEEPS);
        if sleeps.load(Relaxed) != 0 {
            sleeps.store(0, Relaxed);
            words::futex_wake(sleeps);
        }
    }

    /// The status and value of request `seq`, if the worker has completed it. Only for those that are in the ring.
    pub(crate) fn completion(&self, seq: u64) -> Option<(u8, u64)> {
        // Acquire: pairs with the Release in `WorkerRing::complete`.
        let status = layout::result(self.ring.slot(seq, layout::STATE).load(Acquire), seq)?;
        Some((status, self.ring.slot(seq, layout::VALUE).load(Relaxed)))
    }

    /// Whether the state of request `seq` is one that the two sides give it. Only for those that are in the ring and published.
    pub(crate) fn is_sound(&self, seq: u64) -> bool {
        let state = self.ring.slot(seq, layout::STATE).load(Relaxed);
        state == layout::posted(seq) || layout::result(state, seq).is_some()
    }

    /// Requests below `floor` have left the ring.
    pub(crate) fn set_floor(&self, floor: u64) {
        self.floor.store(floor, Release);
    }

    /// Cancels the calls before request `below` that are not begun, and not marked to be kept. Gives the first of those that
    /// will never be: whether the worker runs one before that, or says that it was cancelled, is the worker's to decide.
    pub(crate) fn cancel(&self, below: u64) -> u64 {
        self.ring.word(layout::CANCELLED_BELOW).store(below, Relaxed);
        // Orders it before the look; pairs with the publisher's in `WorkerRing::begin`.
        let trusted = self.barrier.sleeper();
        if trusted < LOOK_AGAIN {
            // By then the worker's writes have arrived, barrier or not.
            std::thread::sleep(trusted);
        }
        // A worker that is just looking says in a moment what it has found.
        let undecided = || match layout::after_begun(self.ring.word(layout::BEGUN).load(Acquire)) {
            (_, Some(seq)) => !self.is_settled(seq),
            _ => false,
        };
        let start = Instant::now();
        while !wait::spin(|| !undecided()) && start.elapsed() < DECISION_LIMIT {
            std::thread::yield_now();
        }
        layout::after_begun(self.ring.word(layout::BEGUN).load(Acquire)).0
    }

    /// Where the calls begin that are not cancelled, as the worker sees it.
    pub(crate) fn cancelled_below(&self) -> u64 {
        self.ring.word(layout::CANCELLED_BELOW).load(Relaxed)
    }

    /// How often [`stir`](Self::stir) was called.
    pub(crate) fn stirs(&self) -> u64 {
        self.stirs.load(Acquire)
    }

    /// Has everybody who sleeps in [`wait_for_result`](Self::wait_for_result) look again.
    pub(crate) fn stir(&self) {
        self.stirs.fetch_add(1, SeqCst);
        self.wake_host();
    }

    /// Lets every waiter go: nothing more will complete.
    pub(crate) fn end(&self) {
        self.ended.store(true, SeqCst);
        self.wake_host();
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.ended.load(Acquire)
    }

    /// Whether request `seq` is complete, has left the ring, or will never complete.
    pub(crate) fn is_settled(&self, seq: u64) -> bool {
        self.completion(seq).is_some() || self.floor.load(Acquire) > seq || self.has_ended()
    }

    /// Waits a moment for request `seq`, without sleeping, unless `hurry` says that somebody else is held up. Says whether
    /// the request is settled.
    #[inline]
    pub(crate) fn spin_for(&self, seq: u64, hurry: impl Fn() -> bool) -> bool {
        wait::spin_briefly(|| self.is_settled(seq), hurry)
    }

    /// Returns when request `seq` is complete, has left the ring, will never complete, or when `deadline` is over.
    #[inline]
    pub(crate) fn wait_for(&self, seq: u64, deadline: Option<Instant>) {
        let settled = || self.is_settled(seq);
        if !wait::spin(settled) {
            self.sleep_until(seq, settled, deadline);
        }
    }

    /// The same, and also when [`stir`](Self::stir) was called after it had been called `stirs` times.
    #[inline]
    pub(crate) fn wait_for_result(&self, seq: u64, stirs: u64) {
        let news = || self.is_settled(seq) || self.stirs() != stirs;
        if !wait::spin(news) {
            self.sleep_until(seq, news, None);
        }
    }

    #[cold]
    fn sleep_until(&self, seq: u64, news: impl Fn() -> bool, deadline: Option<Instant>) {
        let futex = self.ring.futex_word(layout::HOST_FUTEX);
        loop {
            let seen = futex.load(Acquire);
            self.ring.word(layout::WAKE_AT).fetch_min(seq, SeqCst);
            // Orders the announcement before the last look; pairs with the publisher's in `WorkerRing::complete`.
            let mut nap = self.barrier.sleeper().min(LOOK_AGAIN);
            if news() {
                return;
            }
            if let Some(deadline) = deadline {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return;
                }
                nap = nap.min(left);
            }
            words::futex_wait(futex, seen, nap);
        }
    }

    fn wake_host(&self) {
        let futex = self.ring.futex_word(layout::HOST_FUTEX);
        futex.fetch_add(1, SeqCst);
        words::futex_wake(futex);
    }
}

/// A kernel wrote over the states of the ring, so that the two sides no longer agree on what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Corrupted;

/// The worker's end. It trusts what the host wrote.
#[derive(Debug)]
pub(crate) struct WorkerRing {
    ring: Ring,
    barrier: Barrier,
}

impl WorkerRing {
    pub(crate) fn new(ring: Ring, barrier: Barrier) -> Self {
        Self { ring, barrier }
    }

    /// Waits for request `seq` and returns it.
    #[inline]
    pub(crate) fn next(&self, seq: u64) -> Result<Command, Corrupted> {
        let state = self.ring.slot(seq, layout::STATE);
        // Acquire: pairs with the Release in `HostRing::publish`.
        if !wait::spin(|| state.load(Acquire) == layout::posted(seq)) {
            self.sleep_until(seq)?;
        }
        let head = self.ring.slot(seq, layout::HEAD).load(Relaxed);
        let (target, block) = (self.ring.slot(seq, layout::TARGET).load(Relaxed), self.arg(seq, 0));
        Ok(Command::from_head(head, target, block))
    }

    #[cold]
    fn sleep_until(&self, seq: u64) -> Result<(), Corrupted> {
        let state = self.ring.slot(seq, layout::STATE);
        let sleeps = self.ring.futex_word(layout::WORKER_SLEEPS);
        let mut looked = Instant::now();
        while state.load(Acquire) != layout::posted(seq) {
            sleeps.store(1, Relaxed);
            // Orders the announcement before the last look; pairs with the publisher's in `HostRing::wake_worker`.
            let nap = self.barrier.sleeper().min(WORKER_LOOKS_AGAIN);
            if state.load(Acquire) != layout::posted(seq) {
                words::futex_wait(sleeps, 1, nap);
            }
            sleeps.store(0, Relaxed);
            if looked.elapsed() >= WORKER_LOOKS_AGAIN {
                self.check(seq)?;
                looked = Instant::now();
            }
        }
        Ok(())
    }

    /// Whether every slot is in a state that the two sides can have given it, now that the worker waits for request `seq`:
    /// its last request is complete, or its next one is posted. In any other state, the host would wait for the worker
    /// and the worker for the host.
    fn check(&self, seq: u64) -> Result<(), Corrupted> {
        let sound = |next: u64| {
            let state = self.ring.slot(next, layout::STATE).load(Relaxed);
            let rests = next.checked_sub(SLOTS).map_or(state == 0, |last| layout::result(state, last).is_some());
            rests || state == layout::posted(next)
        };
        if (seq..seq + SLOTS).all(sound) { Ok(()) } else { Err(Corrupted) }
    }

    /// Announces that request `seq`, a call, is begun. `false` when the host has cancelled it: then it must not run.
    #[inline]
    pub(crate) fn begin(&self, seq: u64) -> bool {
        let begun = self.ring.word(layout::BEGUN);
        begun.store(layout::about_to_begin(seq), Relaxed);
        // Orders the announcement before the look; pairs with the sleeper's in `HostRing::cancel`.
        self.barrier.publisher();
        if seq < self.ring.word(layout::CANCELLED_BELOW).load(Relaxed) {
            return false;
        }
        begun.store(layout::begun(seq), Relaxed);
        true
    }

    /// One inline argument of request `seq`.
    pub(crate) fn arg(&self, seq: u64, index: usize) -> u64 {
        self.ring.slot(seq, layout::ARGS + index * 8).load(Relaxed)
    }

    /// Publishes the result of request `seq`, and wakes the host if it sleeps for this one or an earlier one.
    pub(crate) fn complete(&self, seq: u64, status: u8, value: u64) {
        self.ring.slot(seq, layout::VALUE).store(value, Relaxed);
        // Release: pairs with the Acquire in `HostRing::completion`.
        self.ring.slot(seq, layout::STATE).store(layout::done(seq, status), Release);
        // Orders the completion before the look; pairs with the sleeper's in `HostRing::sleep_until`.
        self.barrier.publisher();
        let wake_at = self.ring.word(layout::WAKE_AT);
        if seq >= wake_at.load(Relaxed) {
            // A host that announces itself between these lines sees the changed futex word and looks again.
            // A swap, though the old value is of no use: on x86 it is the same instruction as such a store, and loom knows
            // an order of all writes to a word only if they are read-modify-writes.
            wake_at.swap(u64::MAX, SeqCst);
            let futex = self.ring.futex_word(layout::HOST_FUTEX);
            futex.fetch_add(1, SeqCst);
            words::futex_wake(futex);
        }
    }
}

#[cfg(test)]
#[cfg(not(loom))]
mod tests {
    use super::*;
    use crate::shared::layout::{OK, RING_SIZE, done, posted};
    use crate::shared::map;
    use std::thread;

    /// Both ends of a ring, and its memory, as a kernel has it.
    fn ends() -> (HostRing, WorkerRing, Ring) {
        let fd = map::memfd(c"veo-ring-test", RING_SIZE).unwrap();
        let [host, worker, kernel] = [(); 3].map(|()| Ring::map(&fd).unwrap());
        (HostRing::new(host, Barrier::Fence), WorkerRing::new(worker, Barrier::Fence), kernel)
    }

    fn call(target: u64) -> Command {
        Command { target, ..Command::NOP }
    }

    /// Has the worker do some requests, and gives the one that comes next.
    fn after_some(host: &HostRing, worker: &WorkerRing, count: u64) -> u64 {
        for seq in 0..count {
            host.publish(seq, call(seq));
            assert_eq!(worker.next(seq).unwrap().target, seq);
            worker.complete(seq, OK, seq);
            host.set_floor(seq);
        }
        count
    }

    #[test]
    fn a_ring_is_sound_wherever_the_host_may_be() {
        for count in [0, 1, SLOTS - 1, SLOTS, 3 * SLOTS + 5] {
            let (host, worker, _) = ends();
            let seq = after_some(&host, &worker, count);
            assert_eq!(worker.check(seq), Ok(()));
            // As many as there is room for, the first ones last: they may be host work.
            for ahead in (seq..seq + SLOTS).rev() {
                host.publish(ahead, call(ahead));
                assert_eq!(worker.check(seq), Ok(()));
            }
        }
    }

    #[test]
    fn every_other_state_is_noticed() {
        let (host, worker, kernel) = ends();
        let seq = after_some(&host, &worker, 2 * SLOTS + 7);
        for slot in seq - SLOTS..seq + SLOTS {
            let word = kernel.slot(slot, layout::STATE);
            let right = word.load(Relaxed);
            // Zeros, noise, and what would be right at other times or in other slots.
            let wrong = [0, 1, u64::MAX, 0x4141_4141_4141_4141, posted(seq - 1), posted(seq + SLOTS), done(seq, OK)];
            let early = [done(seq + 1, OK), done(seq - 2 * SLOTS - 1, OK), posted(seq - SLOTS + 1)];
            for state in wrong.into_iter().chain(early) {
                let last = if slot < seq { slot } else { slot - SLOTS };
                let allowed = state == posted(last + SLOTS) || layout::result(state, last).is_some();
                if allowed {
                    continue;
                }
                word.store(state, Relaxed);
                assert_eq!(worker.check(seq), Err(Corrupted), "state {state:#x} of slot {slot}, waiting for {seq}");
                word.store(right, Relaxed);
            }
        }
        assert_eq!(worker.check(seq), Ok(()));
    }

    /// Both sides believe that it is the other's turn.
    #[test]
    fn a_request_that_was_overwritten_is_noticed_by_one_side() {
        for (slot, state) in [(0, 0x1234), (0, done(0, OK)), (1, 0), (1, posted(0)), (2, posted(2 + SLOTS))] {
            let (host, worker, kernel) = ends();
            (0..3).for_each(|seq| host.publish(seq, call(seq)));
            kernel.slot(slot, layout::STATE).store(state, Relaxed);
            for seq in 0..slot {
                worker.next(seq).unwrap();
                worker.complete(seq, OK, seq);
            }
            assert!(worker.check(slot).is_err() || !host.is_sound(slot), "slot {slot}, state {state:#x}");
        }
    }

    #[test]
    fn the_host_takes_no_other_state_for_a_request_s() {
        let (host, worker, kernel) = ends();
        host.publish(7, call(7));
        assert!(host.is_sound(7));
        worker.complete(7, layout::ERROR, 0);
        assert!(host.is_sound(7));
        for state in [0, 7, posted(8), posted(7 + SLOTS), done(6, OK), u64::MAX] {
            kernel.slot(7, layout::STATE).store(state, Relaxed);
            assert!(!host.is_sound(7), "{state:#x}");
        }
    }

    #[test]
    fn a_result_that_was_overwritten_is_noticed() {
        let (host, worker, kernel) = ends();
        let seq = after_some(&host, &worker, 3);
        kernel.slot(seq - 1, layout::STATE).store(posted(seq - 1), Relaxed);
        assert_eq!(worker.next(seq).err(), Some(Corrupted));
    }

    #[test]
    fn announcements_that_were_overwritten_only_cost_time() {
        let (host, worker, kernel) = ends();
        let worker = thread::spawn(move || {
            for seq in 0..2 {
                worker.next(seq).unwrap();
                thread::sleep(Duration::from_millis(50));
                worker.complete(seq, OK, seq);
            }
        });
        thread::scope(|scope| {
            for seq in 0..2 {
                // The worker sleeps, or is about to.
                thread::sleep(Duration::from_millis(50));
                kernel.futex_word(layout::WORKER_SLEEPS).store(0, Relaxed);
                host.publish(seq, call(seq));
                let waiter = scope.spawn({
                    let host = &host;
                    move || host.wait_for(seq, None)
                });
                thread::sleep(Duration::from_millis(20));
                kernel.word(layout::WAKE_AT).store(u64::MAX, Relaxed);
                waiter.join().unwrap();
                assert_eq!(host.completion(seq), Some((OK, seq)));
            }
        });
        worker.join().unwrap();
    }
}
