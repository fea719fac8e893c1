//! Process groups of VE processes, for the sake of NEC's libveo.
//!
//! While it opens a context, libveo 3.0.2 collects *any* child of this program that has ended, if it is in the program's own
//! process group, and fails then; and the VE process is out of step with it from then on. So each VE process lives in a group
//! of its own, where the end of one does not harm the others, and comes into this program's group while a context is opened:
//! without any child there libveo fails, too. The main context must be out of use then (see `traffic`).

use std::mem::MaybeUninit;
use std::thread;
use std::time::{Duration, Instant};

use veo_engine::signature::{Class, Record};

use crate::api::{Api, ContextHandle, Pack, ProcHandle, State};
use crate::registry;

/// How long a child that has ended may stay uncollected by whoever started it.
const COLLECTION_LIMIT: Duration = Duration::from_secs(2);

/// How long a main context may be kept from everybody.
const STOP_LIMIT: Duration = Duration::from_millis(2);

/// Between two looks.
const LOOK_AGAIN: Duration = Duration::from_micros(100);

/// The group of a VE process.
#[derive(Debug)]
pub(crate) struct Group {
    /// The VE address of `setpgid`.
    function: u64,
}

impl Group {
    /// Moves a new process to a group of its own. `None` if it cannot be moved, or runs on a card: nobody has tried what that
    /// does to a process of VEOS.
    pub(crate) fn of_its_own(api: Api, proc: ProcHandle) -> Option<Self> {
        if api.get_sym(proc, 0, "veorun_declare") == 0 {
            return None;
        }
        let libc = api.load_library(proc, c"libc.so.6");
        let setpgid = Record { library: libc, name: "setpgid", ret: Class::I32, params: &[Class::I32, Class::I32] };
        let function = if libc == 0 { 0 } else { registry::own_function(api, proc, &setpgid) };
        let group = Self { function };
        (function != 0 && group.move_to(api, proc, 0)).then_some(group)
    }

    /// Says whether the process went there.
    fn move_to(&self, api: Api, proc: ProcHandle, group: i32) -> bool {
        let Ok(mut pack) = Pack::new(api) else { return false };
        pack.word(0);
        pack.word(i64::from(group).cast_unsigned());
        api.call_sync(proc, self.function, &pack).is_some_and(|result| result as i32 == 0)
    }

    /// Opens a context, with the process in this program's group, and its main context idle and out of use. For one thread at
    /// a time.
    pub(crate) fn open(
        &self,
        api: Api,
        proc: ProcHandle,
        main: ContextHandle,
        stack: Option<usize>,
    ) -> Option<ContextHandle> {
        let mut marker = None;
        loop {
            // What has been submitted may take its time, and does not stop anybody.
            self.is_idle(api, main, &mut marker, Duration::MAX)?;
            let Some(_stopped) = proc.try_stop() else {
                thread::sleep(LOOK_AGAIN);
                continue;
            };
            let (proc, main) = (proc.alone(), main.alone());
            if !self.is_idle(api, main, &mut marker, STOP_LIMIT)? {
                continue;
            }
            // libveo's own thread looks once more before it goes to sleep.
            thread::sleep(LOOK_AGAIN);
            // SAFETY: no preconditions.
            self.move_to(api, proc, unsafe { libc::getpgrp() });
            let context = api.context_open(proc, stack);
            self.move_to(api, proc, 0);
            return context;
        }
    }

    /// Whether everything that was submitted to the main context has finished, within a limit. `None` when the process has
    /// ended. `marker` is the request, behind all others, that tells.
    fn is_idle(&self, api: Api, main: ContextHandle, marker: &mut Option<u64>, limit: Duration) -> Option<bool> {
        let start = Instant::now();
        let id = match marker.take() {
            Some(id) => id,
            None => self.submit_marker(api, main)?,
        };
        loop {
            match api.peek_result(main, id) {
                State::Done(_) => return Some(true),
                State::Unfinished => {}
                State::Exception(_) | State::Failed | State::Cancelled => return None,
            }
            if start.elapsed() > limit {
                *marker = Some(id);
                return Some(false);
            }
            thread::sleep(LOOK_AGAIN);
        }
    }

    /// A request that changes nothing: the process stays where it is.
    fn submit_marker(&self, api: Api, main: ContextHandle) -> Option<u64> {
        let mut pack = Pack::new(api).ok()?;
        pack.word(0);
        pack.word(0);
        // SAFETY: the arguments have no buffers.
        unsafe { api.call_async(main, self.function, &pack) }
    }
}

/// Waits until no ended child of this program is left that libveo would come across. Gives the one that stays.
pub(crate) fn uncollected_child() -> Option<i32> {
    let start = Instant::now();
    loop {
        let child = ended_child()?;
        if start.elapsed() > COLLECTION_LIMIT {
            return Some(child);
        }
        thread::sleep(Duration::from_millis(1));
    }
}

/// A child in this program's process group that has ended, and was not collected.
fn ended_child() -> Option<i32> {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the buffer is a valid, writable siginfo.
    if unsafe { libc::waitid(libc::P_PGID, 0, info.as_mut_ptr(), options) } != 0 {
        return None;
    }
    // SAFETY: zeroed is a valid siginfo, and the call filled it.
    let info = unsafe { info.assume_init() };
    // SAFETY: these options fill the fields of a SIGCHLD siginfo; without an ended child they stay zero.
    let child = unsafe { info.si_pid() };
    (child != 0).then_some(child)
}
