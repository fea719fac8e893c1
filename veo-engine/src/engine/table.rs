//! The processes of this program: libveo's table, whose indexes are the process identifiers.

use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::{Duration, Instant};

use super::process::Process;
use super::{lock, spawn};

/// A live process, and the handle that C knows it by.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) process: Arc<Process>,
    pub(crate) handle: *mut veo_sys::veo_proc_handle,
    /// The program that made it, by its pid: a forked child has the table, too.
    owner: i32,
}

// SAFETY: the handle is an address that every thread may know; what it points to is never freed and thread-safe.
unsafe impl Send for Entry {}

impl Entry {
    pub(crate) fn is(&self, process: &Arc<Process>) -> bool {
        Arc::ptr_eq(&self.process, process)
    }
}

/// Puts a new process into the table, at the first free place.
pub(crate) fn insert(process: Arc<Process>, handle: *mut veo_sys::veo_proc_handle) {
    let entry = Entry { process, handle, owner: spawn::own_pid() };
    destroy_all_at_exit(entry.owner);
    let mut table = lock(table());
    match table.iter_mut().find(|slot| slot.is_none()) {
        Some(slot) => *slot = Some(entry),
        None => table.push(Some(entry)),
    }
}

/// How long the end of the program waits for what is still under way.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// Has the live processes destroyed when the program ends, so that kernels' files are flushed before it is gone.
fn destroy_all_at_exit(program: i32) {
    static PROGRAM: AtomicI32 = AtomicI32::new(0);
    extern "C" fn destroy_all() {
        // A child that was forked off has copies of everything, but none of its parent's processes are its own.
        let program = spawn::own_pid();
        if PROGRAM.load(SeqCst) != program {
            return;
        }
        let own = |slot: &mut Option<Entry>| slot.take_if(|entry| entry.owner == program);
        let processes: Vec<_> = lock(table()).iter_mut().filter_map(own).map(|entry| entry.process).collect();
        let deadline = Instant::now() + EXIT_LIMIT;
        let asked: Vec<_> = processes.iter().map(|process| process.ask_to_end(deadline)).collect();
        for (process, asked) in processes.iter().zip(asked) {
            // The contexts stay as they are: a host function that never returns must not keep the program.
            process.ensure_end(asked);
        }
    }
    if PROGRAM.swap(program, SeqCst) == 0 {
        // SAFETY: the function may run at any time, and this code stays loaded until the program ends.
        unsafe { libc::atexit(destroy_all) };
    }
}

/// libveo's table of live processes: a slot's index is the process identifier.
pub(crate) fn table() -> &'static Mutex<Vec<Option<Entry>>> {
    static TABLE: OnceLock<Mutex<Vec<Option<Entry>>>> = OnceLock::new();
    TABLE.get_or_init(Mutex::default)
}
