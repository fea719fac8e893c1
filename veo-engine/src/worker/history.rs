//! The results of a context's last requests, for kernels that ask with `veo_prev_req_result`.

use std::cell::Cell;
use std::ptr;

/// How far a kernel can look back.
const DEPTH: usize = 256;

/// The answers to the last requests of one context; one without a value is `None`.
#[derive(Debug)]
pub(crate) struct History {
    last: [Cell<Option<u64>>; DEPTH],
    count: Cell<usize>,
}

thread_local! {
    static HISTORY: Cell<*const History> = const { Cell::new(ptr::null()) };
}

impl History {
    /// An empty history, which [`previous`] of this thread looks at as long as it lives.
    pub(crate) fn of_this_thread() -> Box<Self> {
        let history = Box::new(Self { last: [const { Cell::new(None) }; DEPTH], count: Cell::new(0) });
        HISTORY.set(&raw const *history);
        history
    }

    #[inline]
    pub(crate) fn push(&self, answer: Option<u64>) {
        let count = self.count.get();
        self.last[count % DEPTH].set(answer);
        self.count.set(count + 1);
    }

    /// Adds `count` answers without a value.
    #[inline]
    pub(crate) fn skip(&self, count: u32) {
        for _ in 0..count.min(DEPTH as u32) {
            self.push(None);
        }
    }

    fn get(&self, back: usize) -> Option<u64> {
        let count = self.count.get();
        if back >= DEPTH || back >= count {
            return None;
        }
        self.last[(count - 1 - back) % DEPTH].get()
    }
}

impl Drop for History {
    fn drop(&mut self) {
        HISTORY.set(ptr::null());
    }
}

/// The value of an earlier request of the calling thread's context: the one directly before for 0, the one before that
/// for 1. `None` if it had no value, is too long ago, or if this is not a context's thread.
pub(crate) fn previous(offset: i32) -> Option<u64> {
    let back = usize::try_from(offset).ok()?;
    // SAFETY: the pointer is this thread's own, and is reset when the history goes.
    unsafe { HISTORY.get().as_ref() }?.get(back)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_found_back_to_front() {
        let history = History::of_this_thread();
        assert_eq!(previous(0), None);
        for value in 0..300 {
            history.push(Some(value));
        }
        assert_eq!((previous(0), previous(1), previous(255)), (Some(299), Some(298), Some(44)));
        assert_eq!((previous(256), previous(-1)), (None, None));
        history.skip(2);
        assert_eq!((previous(0), previous(1), previous(2)), (None, None, Some(299)));
        drop(history);
        assert_eq!(previous(0), None);
    }
}
