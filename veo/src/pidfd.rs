//! A child process that cannot be taken for another one, even after its number was given away.

use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::{Duration, Instant};

use veo_engine::Cause;

/// A descriptor of a child process, readable from its end on.
#[derive(Debug)]
pub(crate) struct Pidfd(OwnedFd);

/// The children that a thread of this program has started, ended but uncollected ones included. `None`: this thread.
pub(crate) fn children(thread: Option<i32>) -> io::Result<Vec<i32>> {
    let path = match thread {
        Some(thread) => format!("/proc/self/task/{thread}/children"),
        None => "/proc/thread-self/children".to_owned(),
    };
    let text = fs::read_to_string(&path).map_err(|error| io::Error::new(error.kind(), format!("{path}: {error}")))?;
    Ok(text.split_whitespace().filter_map(|pid| pid.parse().ok()).collect())
}

/// This thread's number in the system.
pub(crate) fn this_thread() -> i32 {
    // SAFETY: no preconditions.
    unsafe { libc::gettid() }
}

impl Pidfd {
    /// Of a child of `thread` (`None`: of this thread).
    pub(crate) fn of_child(pid: i32, thread: Option<i32>) -> io::Result<Self> {
        // SAFETY: plain system call.
        let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel just gave us this descriptor, closed on exec.
        let pidfd = Self(unsafe { OwnedFd::from_raw_fd(fd as RawFd) });
        // The child may have ended and been collected before, and its number given away. If it is still listed, it is that one.
        if children(thread)?.contains(&pid) { Ok(pidfd) } else { Err(io::Error::from_raw_os_error(libc::ESRCH)) }
    }

    pub(crate) fn fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }

    /// Waits for the end, but not longer than `limit`. Says whether it has come.
    pub(crate) fn wait(&self, limit: Duration) -> bool {
        let deadline = Instant::now().checked_add(limit);
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
            let mut polled = [for_input(self.fd())];
            poll(&mut polled, left);
            if polled[0].revents != 0 || left.is_some_and(|left| left.is_zero()) {
                return polled[0].revents != 0;
            }
        }
    }

    /// Ends the process at once.
    pub(crate) fn kill(&self) {
        let info = ptr::null::<libc::siginfo_t>();
        // SAFETY: plain system call on a descriptor that we own, which means our child even after its end.
        unsafe { libc::syscall(libc::SYS_pidfd_send_signal, self.fd(), libc::SIGKILL, info, 0) };
    }

    /// How the process ended; `None` while it runs. It stays uncollected: that is libveo's to do.
    pub(crate) fn cause(&self) -> Option<Cause> {
        match self.status(libc::WEXITED | libc::WNOWAIT | libc::WNOHANG) {
            Some(known) => known,
            None => Some(self.status_after_collection().unwrap_or(Cause::Vanished)),
        }
    }

    /// Collects the process if it has ended and nobody else has done so.
    pub(crate) fn collect(&self) {
        self.status(libc::WEXITED | libc::WNOHANG);
    }

    /// The status, as `waitid` gives it. `None`: somebody has collected it. `Some(None)`: the process runs.
    fn status(&self, options: i32) -> Option<Option<Cause>> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        let id = self.fd().cast_unsigned();
        // SAFETY: the buffer is a valid, writable siginfo.
        if unsafe { libc::waitid(libc::P_PIDFD, id, info.as_mut_ptr(), options) } != 0 {
            return None;
        }
        // SAFETY: zeroed is a valid siginfo, and the call filled it.
        let info = unsafe { info.assume_init() };
        // SAFETY: WEXITED fills the fields of a SIGCHLD siginfo; without an ended child they stay zero.
        let status = unsafe { info.si_status() };
        Some(match info.si_code {
            0 => None,
            libc::CLD_EXITED => Some(Cause::Exited(status)),
            _ => Some(Cause::Killed(status)),
        })
    }

    /// The status of a process that somebody else has collected: kernels from 6.15 on remember it for those who have a pidfd.
    fn status_after_collection(&self) -> Option<Cause> {
        /// `struct pidfd_info` of `linux/pidfd.h`, in its first version.
        #[repr(C)]
        struct PidfdInfo {
            mask: u64,
            cgroup: u64,
            ids: [u32; 11],
            exit_code: i32,
        }
        /// `PIDFD_INFO_EXIT`.
        const EXIT: u64 = 1 << 3;
        /// `PIDFD_GET_INFO`: read and write, 64 bytes, type 0xff, number 11.
        const GET_INFO: libc::c_ulong = 3 << 30 | (size_of::<PidfdInfo>() as libc::c_ulong) << 16 | 0xff << 8 | 11;
        let mut info = PidfdInfo { mask: EXIT, cgroup: 0, ids: [0; 11], exit_code: 0 };
        // SAFETY: the request's number has the size of the object, which the kernel reads and writes.
        if unsafe { libc::ioctl(self.fd(), GET_INFO, &raw mut info) } != 0 || info.mask & EXIT == 0 {
            return None;
        }
        let status = info.exit_code;
        if libc::WIFEXITED(status) {
            return Some(Cause::Exited(libc::WEXITSTATUS(status)));
        }
        Some(Cause::Killed(libc::WTERMSIG(status)))
    }
}

/// What `poll` is to look at: whether there is something to read.
pub(crate) fn for_input(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

/// Waits until a descriptor is ready, or the limit is over, or a signal comes.
pub(crate) fn poll(polled: &mut [libc::pollfd], limit: Option<Duration>) {
    // Rounded up, lest the last millisecond be spent in a loop.
    let milliseconds =
        limit.map_or(-1, |limit| i32::try_from(limit.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX));
    // SAFETY: the array is valid, with this length.
    let result = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, milliseconds) };
    if result < 0 {
        polled.iter_mut().for_each(|polled| polled.revents = 0);
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn child(script: &str) -> (std::process::Child, Pidfd) {
        let child = Command::new("sh").args(["-c", script]).spawn().unwrap();
        let pidfd = Pidfd::of_child(child.id().cast_signed(), None).unwrap();
        (child, pidfd)
    }

    #[test]
    fn the_cause_is_known_and_the_child_still_its_parents() {
        let (mut child, pidfd) = child("exit 7");
        assert!(pidfd.wait(Duration::from_secs(10)));
        assert_eq!(pidfd.cause(), Some(Cause::Exited(7)));
        assert_eq!(child.wait().unwrap().code(), Some(7));
        assert!(matches!(pidfd.cause(), Some(Cause::Exited(7) | Cause::Vanished)), "{:?}", pidfd.cause());
    }

    #[test]
    fn a_child_is_killed() {
        let (mut child, pidfd) = child("sleep 100");
        assert!(!pidfd.wait(Duration::ZERO));
        assert_eq!(pidfd.cause(), None);
        pidfd.kill();
        assert!(pidfd.wait(Duration::from_secs(10)));
        assert_eq!(pidfd.cause(), Some(Cause::Killed(libc::SIGKILL)));
        child.wait().unwrap();
    }

    #[test]
    fn what_is_no_child_of_this_thread_is_refused() {
        let (mut child, _pidfd) = child("sleep 100");
        let pid = child.id().cast_signed();
        std::thread::spawn(move || assert!(Pidfd::of_child(pid, None).is_err())).join().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
