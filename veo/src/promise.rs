//! Host functions that were given to libveo, and happen even if libveo forgets them.
//!
//! The embedded engine calls every host function, whatever becomes of the VE process. NEC's libveo drops those that stand in
//! a queue when the process ends. So each one is noted until it was called, and what is left is called at the process's end.

use std::ffi::c_void;
use std::fmt;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Release};
use std::sync::atomic::{AtomicBool, AtomicUsize};
use std::sync::{Arc, Mutex};

use crate::lock::lock;

/// What is to be called.
pub(crate) trait Callback: Send + Sync {
    /// The first call counts, all others do nothing.
    fn call(&self);

    /// Whether it is called in its turn even if everything is cancelled.
    fn stays(&self) -> bool {
        false
    }

    /// It will not be called.
    fn cancelled(&self) {}

    /// Something before it was cancelled.
    fn stir(&self) {}

    /// It is one of our own functions, and the engine has refused it: the process or the context has ended.
    fn refused(&self) {
        self.call();
    }

    /// The stamp that it will have in its queue. Told before it is submitted.
    fn placed(&self, _stamp: u64) {}
}

/// A host function that libveo has been given.
pub(crate) struct Promise {
    /// Until it is called.
    callback: Mutex<Option<Arc<dyn Callback>>>,
    stays: bool,
    /// Whether libveo has called it: it will not again, and has given its reference back.
    called: AtomicBool,
}

impl Promise {
    fn new(callback: Arc<dyn Callback>) -> Arc<Self> {
        let stays = callback.stays();
        Arc::new(Self { callback: Mutex::new(Some(callback)), stays, called: AtomicBool::new(false) })
    }

    /// Whether it is kept even if everything is cancelled.
    pub(crate) fn stays(&self) -> bool {
        self.stays
    }

    /// It will not be called.
    pub(crate) fn cancel(&self) {
        let callback = lock(&self.callback).take();
        if let Some(callback) = callback {
            callback.cancelled();
        }
    }

    /// Something before it was cancelled.
    pub(crate) fn stir(&self) {
        let callback = lock(&self.callback).clone();
        if let Some(callback) = callback {
            callback.stir();
        }
    }

    fn keep(&self) {
        // Not under the lock, nor held any longer: it is foreign code, with foreign results.
        let callback = lock(&self.callback).take();
        if let Some(callback) = callback {
            callback.call();
        }
    }
}

/// The host functions of one VE process that libveo has not called yet.
#[derive(Default)]
pub(crate) struct Promises(Mutex<List>);

#[derive(Default)]
struct List {
    /// In the order of submission; some may have been called already.
    noted: Vec<Arc<Promise>>,
    /// Those that were called are dropped when there are so many.
    sweep_at: usize,
    /// The process has ended: nothing more is noted.
    ended: bool,
}

/// A function and an argument for C, to be called once, from any thread.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) function: unsafe extern "C" fn(*mut c_void) -> u64,
    pub(crate) argument: *mut c_void,
}

impl Given {
    /// Wraps a callback.
    pub(crate) fn new(callback: Arc<dyn Callback>) -> Self {
        Self::of(Promise::new(callback))
    }

    fn of(promise: Arc<Promise>) -> Self {
        Self { function: call, argument: Arc::into_raw(promise).cast_mut().cast() }
    }

    /// What it was made of.
    ///
    /// # Safety
    /// C has not called the function, and does not before this returns.
    pub(crate) unsafe fn promise(self) -> Arc<Promise> {
        let promise = self.argument.cast_const().cast::<Promise>();
        // SAFETY: `of` made the argument of a reference, which only `call` takes; so there is one more.
        unsafe { Arc::increment_strong_count(promise) };
        // SAFETY: the reference that was just added.
        unsafe { Arc::from_raw(promise) }
    }

    /// Takes it back, and has it forgotten where it was noted.
    ///
    /// # Safety
    /// C has not called the function, and never will.
    pub(crate) unsafe fn take_back(self, noted_in: Option<&Promises>) {
        // SAFETY: `of` made the argument of a reference, which only `call` would have taken.
        let promise = unsafe { Arc::from_raw(self.argument.cast_const().cast::<Promise>()) };
        if let Some(promises) = noted_in {
            lock(&promises.0).noted.retain(|noted| !Arc::ptr_eq(noted, &promise));
        }
    }
}

/// The host functions that libveo is calling.
static RUNNING: AtomicUsize = AtomicUsize::new(0);

/// Whether libveo is calling a host function.
pub(crate) fn is_running() -> bool {
    RUNNING.load(Acquire) > 0
}

unsafe extern "C" fn call(argument: *mut c_void) -> u64 {
    // SAFETY: `Given::of` made the argument of a reference that is ours to take: C calls this once.
    let promise = unsafe { Arc::from_raw(argument.cast_const().cast::<Promise>()) };
    promise.called.store(true, Release);
    RUNNING.fetch_add(1, AcqRel);
    promise.keep();
    RUNNING.fetch_sub(1, AcqRel);
    0
}

impl Promises {
    /// Wraps a callback, and notes it. `None` when the process has ended.
    pub(crate) fn note(&self, callback: Arc<dyn Callback>) -> Option<Given> {
        let promise = Promise::new(callback);
        let mut list = lock(&self.0);
        if list.ended {
            return None;
        }
        if list.noted.len() >= list.sweep_at {
            list.noted.retain(|promise| !promise.called.load(Acquire));
            list.sweep_at = 2 * list.noted.len().max(32);
        }
        list.noted.push(Arc::clone(&promise));
        Some(Given::of(promise))
    }

    /// Calls everything that libveo has not called: the process has ended.
    pub(crate) fn keep(&self) {
        let noted = {
            let mut list = lock(&self.0);
            list.ended = true;
            list.noted.clone()
        };
        noted.into_iter().for_each(|promise| promise.keep());
    }

    /// Lets everything go.
    ///
    /// # Safety
    /// The process is destroyed: libveo calls nothing more.
    pub(crate) unsafe fn clear(&self) {
        let noted = std::mem::take(&mut lock(&self.0).noted);
        for promise in noted {
            if !promise.called.swap(true, AcqRel) {
                // SAFETY: C has not called it, and by the caller's word never will.
                drop(unsafe { Arc::from_raw(Arc::as_ptr(&promise)) });
            }
        }
    }
}

impl fmt::Debug for Promises {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Promises").field("noted", &lock(&self.0).noted.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::SeqCst;

    use super::*;

    #[derive(Default)]
    struct Once {
        called: AtomicBool,
        count: AtomicUsize,
    }

    impl Callback for Once {
        fn call(&self) {
            if !self.called.swap(true, SeqCst) {
                self.count.fetch_add(1, SeqCst);
            }
        }
    }

    #[test]
    fn what_libveo_forgets_is_called_once_and_freed() {
        let promises = Promises::default();
        let callbacks: Vec<_> = (0..200).map(|_| Arc::new(Once::default())).collect();
        for (index, callback) in callbacks.iter().enumerate() {
            let given = promises.note(Arc::clone(callback) as Arc<dyn Callback>).unwrap();
            match index % 3 {
                // SAFETY: called once.
                0 => assert_eq!(unsafe { (given.function)(given.argument) }, 0),
                // SAFETY: neither called before nor later.
                1 => unsafe { given.take_back(Some(&promises)) },
                _ => {}
            }
        }
        promises.keep();
        assert!(promises.note(Arc::new(Once::default())).is_none());
        // SAFETY: nothing is called after this.
        unsafe { promises.clear() };
        for (index, callback) in callbacks.into_iter().enumerate() {
            assert_eq!(callback.count.load(SeqCst), usize::from(index % 3 != 1), "{index}");
            assert_eq!(Arc::strong_count(&callback), 1, "{index}");
        }
    }
}
