//! The thread that watches a worker: takes its messages, passes on its standard error, and sees its end.

use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::atomic::Ordering::Release;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use super::Process;
use crate::engine::lock;
use crate::engine::report::{Cause, Crash, Report};
use crate::engine::spawn::{self, Status};
use crate::engine::stderr::Stderr;
use crate::shared::control::{self, Message};

/// The time between a worker's hang-up, or its report of a crash, and its end, at most, when it ends by itself.
const HANG_UP_LIMIT: Duration = Duration::from_millis(500);

/// How often the rings are checked.
const LOOK_AGAIN: Duration = Duration::from_secs(1);

/// Messages that a dead worker may have left: more than the socket holds of those that a worker sends.
const LAST_MESSAGES: usize = 64;

impl Process {
    /// The watcher thread: takes messages until the worker is gone, then tells everybody.
    pub(super) fn watch(&self, mut stderr: Stderr) {
        spawn::block_signals();
        let mut listening = true;
        let mut checked = Instant::now();
        loop {
            let mut polled = vec![control::for_input(self.pidfd.as_raw_fd())];
            polled.extend(listening.then(|| control::for_input(self.control.as_raw_fd())));
            polled.extend(stderr.wanted());
            control::poll(&mut polled, Some(LOOK_AGAIN));
            self.check_rings(&mut checked);
            let ready = |fd| polled.iter().any(|polled| polled.fd == fd && polled.revents != 0);
            stderr.pass_on();
            if ready(self.pidfd.as_raw_fd()) {
                self.take_last_messages();
                break;
            }
            if ready(self.control.as_raw_fd()) {
                listening = self.take_message();
                // A worker that closed its socket but lives on cannot be talked to any more: end it.
                if !listening && !control::readable(&[self.pidfd.as_raw_fd()], Some(HANG_UP_LIMIT))[0] {
                    self.kill();
                }
            }
        }
        let mut collected = self.collected.write().unwrap_or_else(PoisonError::into_inner);
        let status = spawn::collect(&self.pidfd);
        *collected = true;
        drop(collected);
        self.finish(&status, stderr.finish());
    }

    /// Looks, from time to time, whether a kernel overwrote requests in the rings, which nobody would complete then.
    fn check_rings(&self, last: &mut Instant) {
        if last.elapsed() < LOOK_AGAIN {
            return;
        }
        *last = Instant::now();
        let all = lock(&self.contexts).all.clone();
        if !all.iter().all(|context| context.is_sound()) {
            self.kill_corrupted();
        }
    }

    fn kill_corrupted(&self) {
        lock(&self.end).corrupted = true;
        self.kill();
    }

    /// Takes what the worker said before it died. A child of a kernel may hold the socket and go on talking, so not for long.
    fn take_last_messages(&self) {
        for _ in 0..LAST_MESSAGES {
            if !(control::readable(&[self.control.as_raw_fd()], Some(Duration::ZERO))[0] && self.take_message()) {
                return;
            }
        }
    }

    /// Takes one message. `false` when no more will come.
    fn take_message(&self) -> bool {
        match control::receive(self.control.as_fd()) {
            Ok(Some((Message::Opened { context, errno }, _))) => {
                *lock(&self.opened) = Some((context, errno));
                self.news.notify_all();
                true
            }
            Ok(Some((Message::Fault(fault), _))) => {
                // The second report of a crash is the first one with names.
                let mut end = lock(&self.end);
                let same =
                    end.fault.as_ref().is_none_or(|first| (first.tag, first.signal) == (fault.tag, fault.signal));
                if same {
                    end.fault = Some(fault);
                }
                true
            }
            Ok(Some((Message::Gone { context }, _))) => {
                let all = lock(&self.contexts).all.clone();
                all.iter().filter(|other| other.number() == Some(context)).for_each(|context| context.end());
                true
            }
            Ok(Some((Message::Corrupted, _))) => {
                self.kill_corrupted();
                true
            }
            // Not something a worker says: a kernel got hold of the socket. It is ignored.
            Ok(Some(_)) => true,
            Err(error) => matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::Interrupted),
            Ok(None) => false,
        }
    }

    fn finish(&self, status: &Status, stderr: String) {
        // Before anybody can know that it has ended.
        self.memory.give_back();
        {
            let mut end = lock(&self.end);
            let cause = match (&end.fault, status) {
                (Some(fault), _) => Cause::Crashed(fault.signal),
                (None, _) if end.corrupted => Cause::Corrupted,
                (None, Status::Killed(libc::SIGKILL)) if end.killed => Cause::KilledByHost,
                (None, _) if end.destroying => Cause::Destroyed,
                (None, Status::Exited(code)) => Cause::Exited(*code),
                (None, Status::Killed(signal)) => Cause::Killed(*signal),
                (None, Status::Unknown) => Cause::Vanished,
            };
            let crash = end.fault.as_ref().map(Crash::from);
            end.report = Some(Arc::new(Report { cause, crash, stderr }));
        }
        self.ended.store(true, Release);
        for context in lock(&self.contexts).all.clone() {
            context.end();
        }
        self.news.notify_all();
        self.end_news.notify_all();
    }
}
