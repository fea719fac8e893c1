//! A channel: commands from the host in order, and one reply to each, with the command's own number.

use std::collections::VecDeque;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::payload::Payload;
use super::segment::{EXCEPTION, EXITED, READY, SLOTS, Segment, Side};
use super::{command, wait};
use crate::worker::guarded;

/// The last bits of a mailbox hold the command. Without one the mailbox is free.
pub(super) const COMMAND: u64 = 0xff;

/// What others than a channel's own thread know of it: whoever reports that this thread is hit, or gone.
#[derive(Debug)]
pub(super) struct Line {
    number: u32,
    segment: Segment,
    /// The command that is being worked on.
    current: AtomicI64,
}

/// Every channel that is open.
static LINES: Mutex<Vec<Arc<Line>>> = Mutex::new(Vec::new());

/// A channel, as its own thread has it.
#[derive(Debug)]
pub(super) struct Channel {
    line: Arc<Line>,
    /// The next command's number.
    next: i64,
    /// Replies whose payloads the host may not have read yet: number, and where the payload is.
    unread: VecDeque<(i64, usize)>,
    /// Where the next payload may be.
    free: usize,
}

/// A command as it is in the mailbox.
#[derive(Debug)]
pub(super) struct Command<'c> {
    pub(super) id: i64,
    pub(super) number: u8,
    /// `None` if it is not inside the segment.
    pub(super) payload: Option<Payload<'c>>,
}

pub(super) fn mailbox(command: u8, offset: usize, length: usize) -> u64 {
    u64::from(command) | (offset as u64) << 8 | (length as u64) << 37
}

/// Where the payload of such a word is: offset and length.
pub(super) fn payload_of(word: u64) -> (usize, usize) {
    ((word >> 8) as usize & ((1 << 29) - 1), (word >> 37) as usize)
}

impl Line {
    fn command(&self) -> &AtomicI64 {
        self.segment.last_put(Side::Commands)
    }

    /// Whether the host has read reply `id`.
    fn is_read(&self, id: i64) -> bool {
        self.segment.mailbox(Side::Replies, id).load(Acquire) & COMMAND == 0
    }

    /// Replies in the place of the channel's own thread, and waits until the host has read it: in all not longer than `limit`.
    fn reply_aside(&self, id: i64, limit: Duration, command: u8, payload: &[u8]) {
        // Behind what is allocated from: there this needs nothing that the other thread has.
        let offset = self.segment.capacity();
        let Some(to) = self.segment.payload(Side::Replies, offset, payload.len()) else { return };
        let start = Instant::now();
        if !wait::within(limit, || self.is_read(id)) {
            return;
        }
        // SAFETY: the range is inside the segment, which nobody else writes behind its capacity.
        unsafe { to.copy_from_nonoverlapping(payload.as_ptr(), payload.len()) };
        self.segment.publish_reply(id, mailbox(command, offset, payload.len()));
        wait::within(limit.saturating_sub(start.elapsed()), || self.is_read(id));
        self.segment.raise(EXCEPTION | EXITED);
    }
}

/// The payload of an exception: its code, and a text of which as much as there is room for.
pub(super) fn exception(code: i32, text: &str) -> Vec<u8> {
    const LONGEST: usize = 4000;
    let mut end = text.len().min(LONGEST);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let text = text.as_bytes()[..end].iter().copied().filter(|&byte| byte != 0).chain([0]);
    let text: Vec<u8> = text.collect();
    let mut payload = i64::from(code).to_le_bytes().to_vec();
    payload.extend((text.len() as u64).to_le_bytes());
    payload.extend(text);
    payload.resize(payload.len().next_multiple_of(8), 0);
    payload
}

fn line(number: u32) -> Option<Arc<Line>> {
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().find(|line| line.number == number).map(Arc::clone)
}

/// Whether the process is about to end.
static ENDING: AtomicBool = AtomicBool::new(false);

pub(super) fn is_ending() -> bool {
    ENDING.load(Relaxed)
}

/// Has libveo refuse further commands on every channel, for the process is about to end; those that still come are left
/// alone. libveo looks for the end of its children only while it waits for a reply; without this, it would wait 20 s for an
/// idle context to end in order.
pub(super) fn close_all() {
    ENDING.store(true, Relaxed);
    let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().for_each(|line| line.segment.raise(EXITED));
}

/// Reports that command `id` of a channel ended in an exception, in the place of its thread, and waits until the host knows.
pub(super) fn report_exception(number: u32, id: i64, code: i32, text: &str, limit: Duration) {
    if let Some(line) = line(number) {
        line.reply_aside(id, limit, command::EXCEPTION, &exception(code, text));
    }
}

/// Reports that the thread of a channel is gone, and with it the command that it was working on.
pub(super) fn report_gone(number: u32, limit: Duration) {
    if let Some(line) = line(number) {
        // No signal. With any other failure libveo would make up the value of the request.
        let payload = exception(0, "a kernel has ended the thread of its context");
        line.reply_aside(line.current.load(Acquire), limit, command::EXCEPTION, &payload);
    }
}

impl Channel {
    pub(super) fn new(number: u32, segment: Segment) -> Self {
        let line = Arc::new(Line { number, segment, current: AtomicI64::new(-1) });
        LINES.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&line));
        Self { line, next: 0, unread: VecDeque::new(), free: 0 }
    }

    pub(super) fn number(&self) -> u32 {
        self.line.number
    }

    /// Lets the host send commands, which on a further channel it does not before.
    pub(super) fn open(&self) {
        self.line.segment.receiver_flags(Side::Commands).fetch_or(READY, Release);
    }

    /// Waits for the next command.
    pub(super) fn next(&mut self) -> Command<'_> {
        let (line, id) = (&*self.line, self.next);
        let mailbox = line.segment.mailbox(Side::Commands, id);
        // The counter alone would do, if nobody but the host could write it.
        wait::until(|| line.command().load(Acquire) >= id && mailbox.load(Acquire) & COMMAND != 0);
        let word = mailbox.load(Acquire);
        self.next += 1;
        line.current.store(id, Release);
        line.segment.last_get(Side::Commands).store(id, Release);
        let (offset, length) = payload_of(word);
        let at =
            if length == 0 { Some(std::ptr::null_mut()) } else { line.segment.payload(Side::Commands, offset, length) };
        // SAFETY: the range was found to be inside the segment; an empty one is never read.
        let payload = at.map(|at| unsafe { Payload::new(at, length, &line.segment) });
        Command { id, number: (word & COMMAND) as u8, payload }
    }

    /// Gives the mailbox of a command, and so its payload, back to the host.
    pub(super) fn done(&self, id: i64) {
        let mailbox = self.line.segment.mailbox(Side::Commands, id);
        mailbox.store(mailbox.load(Relaxed) & !COMMAND, Release);
    }

    pub(super) fn ack(&mut self, id: i64) {
        self.reply(id, command::ACK, 0, |_| 0);
    }

    pub(super) fn result(&mut self, id: i64, value: u64) {
        self.reply(id, command::RESULT, 8, |to| {
            put(to, 0, value);
            8
        });
    }

    /// A result, and `bytes` bytes at `from`, of which the host expects all. `false` if they cannot be read, or are more
    /// than a reply can have: then the host gets none.
    pub(super) fn result_and_bytes(&mut self, id: i64, command: u8, value: u64, from: u64, bytes: usize) -> bool {
        let from = std::ptr::with_exposed_provenance(from as usize);
        let fits = bytes <= self.line.segment.capacity() - 16;
        let length = if fits { 16 + bytes } else { 16 };
        let mut copied = false;
        self.reply(id, command, length, |to| {
            // SAFETY: `to` has room for this many bytes in the segment, on which nothing relies.
            copied = fits && unsafe { guarded::copy(to.wrapping_add(16), from, bytes) };
            put(to, 0, value);
            put(to, 8, if copied { bytes as u64 } else { 0 });
            if copied { length } else { 16 }
        });
        copied
    }

    /// The command has ended in an exception; waits until the host knows, and marks the channel as dead.
    pub(super) fn fail(&mut self, id: i64, code: i32, text: &str, limit: Duration) {
        let payload = exception(code, text);
        self.reply(id, command::EXCEPTION, payload.len(), |to| {
            // SAFETY: `to` has room for this many bytes in the segment.
            unsafe { to.copy_from_nonoverlapping(payload.as_ptr(), payload.len()) };
            payload.len()
        });
        self.flush(id, limit);
        self.line.segment.raise(EXCEPTION | EXITED);
    }

    /// Waits until the host has read reply `id`.
    pub(super) fn flush(&self, id: i64, limit: Duration) {
        wait::within(limit, || self.line.is_read(id));
    }

    /// No more commands will be taken.
    pub(super) fn close(self) {
        self.line.segment.raise(EXITED);
        LINES.lock().unwrap_or_else(PoisonError::into_inner).retain(|line| !Arc::ptr_eq(line, &self.line));
    }

    /// Publishes a reply of at most `room` bytes; `fill` writes them, and says how many there are.
    fn reply(&mut self, id: i64, command: u8, room: usize, fill: impl FnOnce(*mut u8) -> usize) {
        wait::until(|| self.line.is_read(id));
        let offset = self.allocate(room.next_multiple_of(8));
        let at = self.line.segment.payload(Side::Replies, offset, room);
        let length = at.map_or(0, fill).next_multiple_of(8);
        if length > 0 {
            self.unread.push_back((id, offset));
            self.free = offset + length;
        }
        self.line.segment.publish_reply(id, mailbox(command, offset, length));
    }

    /// Finds room for a payload, of at most the segment's capacity. The host reads in order, so what is unread is one range
    /// of a circle.
    fn allocate(&mut self, bytes: usize) -> usize {
        let capacity = self.line.segment.capacity();
        loop {
            while let Some(&(id, _)) = self.unread.front() {
                if !self.line.is_read(id) {
                    break;
                }
                self.unread.pop_front();
            }
            let Some(&(oldest, tail)) = self.unread.front() else { return 0 };
            if self.free > tail {
                if bytes <= capacity - self.free {
                    return self.free;
                }
                if bytes < tail {
                    return 0;
                }
            } else if bytes < tail - self.free {
                return self.free;
            }
            wait::until(|| self.line.is_read(oldest));
        }
    }
}

/// Writes a word of a payload.
fn put(payload: *mut u8, offset: usize, value: u64) {
    // SAFETY: the caller's payload is inside the segment, at a multiple of 8, and has room for this word.
    unsafe { payload.wrapping_add(offset).cast::<u64>().write(value) };
}

const _: () = assert!(SLOTS == 256, "a reply's mailbox is that of the command with the same number");

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use std::ptr;

    /// A segment as a host makes it, whose other end is this process, too.
    pub(in crate::worker::urpc) fn segment() -> (Segment, Segment) {
        // SAFETY: no preconditions.
        let id = unsafe { libc::shmget(libc::IPC_PRIVATE, 8 << 20, 0o700) };
        assert!(id >= 0);
        let own = std::process::id().cast_signed();
        assert!(Segment::attach(id, own).unwrap_err().contains("expected the host alone"), "nobody has attached it");
        // SAFETY: the system chooses the address.
        let first = unsafe { libc::shmat(id, ptr::null(), 0) };
        assert!(Segment::attach(id, own + 1).unwrap_err().contains("made it"), "of another host");
        let ours = Segment::attach(id, own).unwrap();
        // SAFETY: detaches what was attached above.
        unsafe { libc::shmdt(first) };
        let host = Segment::attach(id, own).unwrap();
        // SAFETY: the segment goes with its last user.
        unsafe { libc::shmctl(id, libc::IPC_RMID, ptr::null_mut()) };
        (ours, host)
    }

    /// The byte at a place of the payload of reply `id`.
    fn pattern(id: i64, index: usize) -> u8 {
        (id as usize).wrapping_mul(31).wrapping_add(index / 8) as u8
    }

    /// Reads replies in order, and checks that each payload is still what was written.
    fn read_all(host: &Segment, count: i64) {
        for id in 0..count {
            while host.last_put(Side::Replies).load(Acquire) < id {
                std::thread::yield_now();
            }
            if id % 700 == 0 {
                // The other end runs out of room.
                std::thread::sleep(Duration::from_millis(3));
            }
            let mailbox = host.mailbox(Side::Replies, id);
            let word = mailbox.load(Acquire);
            let (offset, length) = ((word >> 8) as usize & ((1 << 29) - 1), (word >> 37) as usize);
            assert_eq!(word & COMMAND, u64::from(command::RESULT));
            assert!(offset + length <= host.capacity());
            let payload = host.payload(Side::Replies, offset, length).unwrap();
            for index in (0..length).step_by(8) {
                // SAFETY: the index is inside the payload.
                let byte = unsafe { payload.wrapping_add(index).read() };
                assert_eq!(byte, pattern(id, index), "reply {id} at {index} of {length}");
            }
            mailbox.store(word & !COMMAND, Release);
        }
    }

    #[test]
    fn payloads_stay_until_they_are_read_whatever_their_sizes() {
        const COUNT: i64 = 3_000;
        let (ours, host) = segment();
        host.last_put(Side::Replies).store(-1, Release);
        let capacity = ours.capacity();
        let mut channel = Channel::new(u32::MAX, ours);
        let mut random = 1_u64;
        std::thread::scope(|scope| {
            scope.spawn(|| read_all(&host, COUNT));
            for id in 0..COUNT {
                random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                // Mostly small, some as large as there is room at all, some empty.
                let size = capacity >> (random >> 60) >> (random >> 40 & 7);
                let size = if random >> 33 & 15 == 0 { 0 } else { size & !7 };
                channel.reply(id, command::RESULT, size, |to| {
                    for index in (0..size).step_by(8) {
                        // SAFETY: the index is inside the payload, for which there is room.
                        unsafe { to.wrapping_add(index).write(pattern(id, index)) };
                    }
                    size
                });
            }
        });
        channel.close();
    }

    #[test]
    fn an_exception_has_its_code_and_a_text_that_ends() {
        let payload = exception(11, "a\0b");
        assert_eq!(payload, [&11_u64.to_le_bytes()[..], &3_u64.to_le_bytes(), b"ab\0\0\0\0\0\0"].concat());
        let long = exception(6, &"ä".repeat(5000));
        assert!(long.len() <= 4096 - 8 && long.len().is_multiple_of(8));
        assert_eq!(exception(6, "").len(), 24);
    }
}
