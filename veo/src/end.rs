//! How VE processes end: by `Proc::destroy`, and with their last handle.
//!
//! The embedded engine's handles outlive their process. Those of NEC's libveo dangle after `veo_proc_destroy`, so there that
//! function is left to the drop of the last handle; `Proc::destroy` has the process itself end, by `exit`, and then every
//! function of libveo answers that it has. Whatever does not end in time is killed.

use std::sync::Arc;
use std::time::Duration;

use veo_engine::signature::{Class, Record};

use crate::api::{Api, Pack, ProcHandle};
use crate::creator;
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::queue::Queue;
use crate::registry;
use crate::visit::Visits;
use crate::watch::{self, Watched};

/// How long requests may still run when the last handle of their process is dropped.
pub(crate) const DROP_LIMIT: Duration = Duration::from_secs(2);

/// How long requests may still run when their process is destroyed.
pub(crate) const DESTROY_LIMIT: Duration = Duration::from_secs(20);

/// How long the kernels' exit handlers may run.
const EXIT_LIMIT: Duration = Duration::from_secs(1);

/// By when libveo has noticed that a process was killed, on a busy machine.
const NOTICE_LIMIT: Duration = Duration::from_secs(5);

/// Before a process is destroyed: if it has a deadline, its requests have no longer than that, and then it is killed.
pub(crate) fn meet_deadline(proc: &ProcInner) {
    let Some(deadline) = proc.main.deadline.filter(|deadline| *deadline < DESTROY_LIMIT) else { return };
    let limit = Limit::new(Some(deadline));
    if !proc.queues().iter().all(|queue| queue.drain_within(&limit).is_ok()) {
        proc.api.kill(proc.handle);
    }
}

/// Ends a process of a loaded libveo, though there are handles of it.
pub(crate) fn destroy(proc: &Arc<ProcInner>) {
    // Without other handles the drop that follows does it.
    let Some(watched) = watch::of(proc.handle).filter(|_| Arc::strong_count(proc) > 1) else { return };
    if creator::is_engine_thread() {
        // It would wait for itself.
        let proc = Arc::clone(proc);
        creator::run_aside("veo-destroy", move || end_at_once(&proc, &watched));
    } else {
        end_at_once(proc, &watched);
    }
}

fn end_at_once(proc: &ProcInner, watched: &Watched) {
    watched.want_end();
    // Whatever waits in the following is woken by that.
    watched.kill_after(DESTROY_LIMIT);
    proc.queues().iter().for_each(|queue| queue.drain());
    let quits = quit(proc.api, proc.handle, &proc.main_queue());
    if !(quits && watched.wait(EXIT_LIMIT)) {
        watched.kill();
        watched.wait(NOTICE_LIMIT);
    }
}

/// Has the main thread of a process call `exit`, so that what kernels have printed is not lost. Says whether it will.
fn quit(api: Api, proc: ProcHandle, main: &Queue) -> bool {
    let libc = api.load_library(proc, c"libc.so.6");
    let exit = Record { library: libc, name: "exit", ret: Class::Void, params: &[Class::I32] };
    let exit = if libc == 0 { 0 } else { registry::own_function(api, proc, &exit) };
    let Ok(mut pack) = Pack::new(api) else { return false };
    pack.word(0);
    let _order = main.locked();
    // SAFETY: the arguments have no buffers.
    exit != 0 && unsafe { api.call_async(main.handle, exit, &pack) }.is_some()
}

/// Destroys a process of a loaded libveo whose last handle is dropped. Waits for it, but not for long.
pub(crate) fn release(proc: &mut ProcInner, main: Arc<Queue>, visits: Arc<Visits>, limit: Duration) {
    let (api, handle) = (proc.api, proc.handle);
    let watched = watch::of(handle);
    if let Some(watched) = &watched {
        watched.want_end();
        watched.kill_after(limit);
    }
    visits.start_closing();
    let destroyed = creator::run_for(limit + NOTICE_LIMIT, move || {
        visits.wait_for_visitors();
        api.proc_destroy(handle);
        if let Some(watched) = watched {
            // SAFETY: it is destroyed.
            unsafe { watched.finish() };
        }
        // Memory that requests still used is kept with the queue.
        drop(main);
    });
    if !destroyed {
        tracing::error!(target: "veo::create", process = proc.id(), "libveo does not end a VE process; it is left alone");
    }
}
