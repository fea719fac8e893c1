//! The end of the program, on a loaded libveo: its own exit handler waits for everything that runs, however long that takes.

use std::ffi::{c_int, c_void};
use std::sync::OnceLock;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::thread;
use std::time::Duration;

use crate::{promise, watch};

/// How long requests may still run when the program ends.
const EXIT_LIMIT: Duration = Duration::from_secs(2);

/// How long host functions may still run then.
const HOST_FUNCTION_LIMIT: Duration = Duration::from_secs(3);

/// The program's exit status.
static STATUS: AtomicI32 = AtomicI32::new(0);

type Handler = extern "C" fn(c_int, *mut c_void);

/// Has everything end in time, from now on. Called when libveo is loaded: so this runs before what libveo does at the exit.
pub(crate) fn prepare() {
    static PREPARED: OnceLock<()> = OnceLock::new();
    PREPARED.get_or_init(|| {
        // Not in every C library, but in the one that NEC's libveo is made for.
        // SAFETY: the name is NUL-terminated.
        let on_exit = unsafe { libc::dlsym(libc::RTLD_DEFAULT, c"on_exit".as_ptr()) };
        if on_exit.is_null() {
            return;
        }
        // SAFETY: `int on_exit(void (*)(int, void *), void *)`
        let on_exit: extern "C" fn(Handler, *mut c_void) -> c_int = unsafe { std::mem::transmute(on_exit) };
        on_exit(at_exit, std::ptr::null_mut());
    });
}

extern "C" fn at_exit(status: c_int, _: *mut c_void) {
    if !watch::kill_all_after(EXIT_LIMIT) {
        return;
    }
    STATUS.store(status, Release);
    // Without this thread, the program may wait for a host function for ever.
    let _ = thread::Builder::new().name("veo-exit".into()).spawn(|| {
        thread::sleep(HOST_FUNCTION_LIMIT);
        if promise::is_running() {
            // libveo waits for it, and nobody can end it. What the program has done at its exit so far is done.
            // SAFETY: ends the process without further code.
            unsafe { libc::_exit(STATUS.load(Acquire)) }
        }
    });
}
