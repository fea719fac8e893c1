//! The processes of this program: libveo's table, whose indexes are the process identifiers.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::process::Process;
use super::{lock, spawn};

/// A live process, and the handle that C knows it by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) process: Arc<Process>,
    pub(crate) handle: *mut veo_sys::veo_proc_handle,
}

// SAFETY: the handle is an address that every thread may know; what it points to is never freed and thread-safe.
unsafe impl Send for Entry {}

impl Entry {
    pub(crate) fn is(&self, process: &Arc<Process>) -> bool {
        Arc::ptr_eq(&self.process, process)
    }
}

/// How long the end of the program waits for what is still under way.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// Has the live processes destroyed when the program ends, so that kernels' files are flushed before it is gone.
pub(crate) fn destroy_all_at_exit() {
    static REGISTERED: OnceLock<i32> = OnceLock::new();
    extern "C" fn destroy_all() {
        // A child that was forked off has copies of everything, but none of the processes are its own.
        if REGISTERED.get() != Some(&spawn::own_pid()) {
            return;
        }
        let processes: Vec<_> = lock(table()).iter_mut().filter_map(Option::take).map(|entry| entry.process).collect();
        for process in processes {
            process.destroy_within(EXIT_LIMIT);
        }
    }
    REGISTERED.get_or_init(|| {
        // SAFETY: the function may run at any time, and this code stays loaded until the program ends.
        unsafe { libc::atexit(destroy_all) };
        spawn::own_pid()
    });
}

/// libveo's table of live processes: a slot's index is the process identifier.
pub(crate) fn table() -> &'static Mutex<Vec<Option<Entry>>> {
    static TABLE: OnceLock<Mutex<Vec<Option<Entry>>>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}
