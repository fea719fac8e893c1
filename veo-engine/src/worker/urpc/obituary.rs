//! What the host says in the place of a worker that has ended without a word.
//!
//! libveo 3.0.2 looks after its child only while it waits for a command. Once a host function or `veo_context_sync` stands
//! behind a command, it waits for the reply and for nothing else: if the worker is killed, for ever. So whoever knows of the
//! end writes that reply. The segments are still attached to this process, and the worker writes nothing any more.

use std::fs;
use std::ops::Range;
use std::ptr;
use std::sync::atomic::Ordering::Acquire;

use super::channel::{COMMAND, exception, mailbox, payload_of};
use super::command;
use super::segment::{EXCEPTION, EXITED, Segment, Side};

/// The segments of `worker`, a child of this process: those that both have attached.
pub(crate) fn segments_of(worker: i32) -> Vec<i32> {
    let own = attached("self");
    let mut shared = attached(&worker.to_string());
    shared.retain(|id| own.contains(id));
    shared
}

/// The SysV segments that a process has attached.
fn attached(process: &str) -> Vec<i32> {
    let mut ids: Vec<i32> = mappings(process).into_iter().map(|(id, _)| id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// The same, with the addresses.
fn mappings(process: &str) -> Vec<(i32, Range<usize>)> {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap_or_default();
    maps.lines().filter_map(segment_in).collect()
}

/// `7f…-7f… rw-s 00000000 00:01 <id>  /SYSV00000000 (deleted)`
fn segment_in(line: &str) -> Option<(i32, Range<usize>)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let range = usize::from_str_radix(start, 16).ok()?..usize::from_str_radix(end, 16).ok()?;
    let mut words = words.skip(3);
    let id = words.next()?.parse::<u32>().ok()?;
    words.next()?.starts_with("/SYSV").then_some((id.cast_signed(), range))
}

/// Gives the memory of a segment back that libveo keeps attached though it has destroyed the process: after a crash it
/// detaches nothing, and huge pages are few. Empty memory takes its place, so that whoever still has the address harms nobody.
pub(crate) fn give_back(segment: i32) {
    for (_, range) in mappings("self").into_iter().filter(|(id, _)| *id == segment) {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
        let start = ptr::with_exposed_provenance_mut(range.start);
        // SAFETY: the range is a mapping of this segment, which libveo alone has made; it has no use for what is in it, and
        // what takes its place can be read and written in the same way.
        unsafe { libc::mmap(start, range.len(), protection, flags, -1, 0) };
    }
}

/// Tells libveo, on the channel with this segment, that the worker has ended. `false` if there is no such segment any more.
pub(crate) fn announce_end(segment: i32) -> bool {
    Segment::inherit(segment).is_some_and(|segment| {
        announce(&segment);
        true
    })
}

fn announce(segment: &Segment) {
    // From here on libveo refuses commands. One that it is just sending is for the next look.
    segment.raise(EXCEPTION | EXITED);
    let last = segment.last_put(Side::Replies).load(Acquire);
    let is_told = kind(segment, Side::Replies, last) == command::EXCEPTION;
    // One answer is enough, and libveo must not come across another one later; but who closes a context waits for its own.
    if !is_told {
        reply_to_next(segment, |_| true);
    }
    reply_to_next(segment, |command| command == command::EXIT);
}

fn kind(segment: &Segment, side: Side, id: i64) -> u8 {
    (segment.mailbox(side, id).load(Acquire) & COMMAND) as u8
}

/// Answers the first command without an answer, if there is one of these.
fn reply_to_next(segment: &Segment, which: impl Fn(u8) -> bool) {
    let Some(next) = segment.last_put(Side::Replies).load(Acquire).checked_add(1) else { return };
    let commanded = segment.last_put(Side::Commands).load(Acquire) >= next;
    let is_free = kind(segment, Side::Replies, next) == 0;
    if commanded && is_free && which(kind(segment, Side::Commands, next)) {
        reply(segment, next);
    }
}

/// Answers a command so that libveo gives the channel up.
fn reply(segment: &Segment, id: i64) {
    let word = segment.mailbox(Side::Commands, id).load(Acquire);
    // The very end of the payload area: libveo may not have read yet what the worker has put before it.
    let end = segment.capacity() + 4096;
    let (kind, offset, payload) = match (word & COMMAND) as u8 {
        command::EXIT => (command::ACK, 0, Vec::new()),
        // Any other answer makes libveo crash, or wait for a minute. This one has none of the bytes that it expects.
        command::RECEIVE => (command::SEND, end - 32, [destination_of_read(segment, word), [0; 8]].concat()),
        _ => (command::EXCEPTION, end - 64, exception(libc::SIGKILL, "")),
    };
    let Some(to) = segment.payload(Side::Replies, offset, payload.len()) else { return };
    // SAFETY: the range is inside the segment, and the worker has ended, which is who writes there.
    unsafe { to.copy_from_nonoverlapping(payload.as_ptr(), payload.len()) };
    segment.publish_reply(id, mailbox(kind, offset, payload.len()));
}

/// Where a read's data are to go in the host.
fn destination_of_read(segment: &Segment, word: u64) -> [u8; 8] {
    let (offset, _) = payload_of(word);
    let field = segment.payload(Side::Commands, offset, 16).map(|payload| payload.wrapping_add(8));
    // SAFETY: the 8 bytes are inside the segment.
    field.map_or([0; 8], |field| unsafe { field.cast::<[u8; 8]>().read() })
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering::Release;

    use super::*;
    use crate::worker::urpc::channel::tests::segment;

    /// As libveo makes it, with one command.
    fn commanded(word: u64) -> (Segment, Segment) {
        let (ours, host) = segment();
        for side in [Side::Commands, Side::Replies] {
            host.last_put(side).store(-1, Release);
        }
        host.mailbox(Side::Commands, 0).store(word, Release);
        host.last_put(Side::Commands).store(0, Release);
        (ours, host)
    }

    #[test]
    fn a_call_ends_in_an_exception_once() {
        let (ours, host) = commanded(mailbox(command::CALL, 0, 16));
        announce(&ours);
        announce(&ours);
        assert_eq!(kind(&host, Side::Replies, 0), command::EXCEPTION);
        assert_eq!(host.last_put(Side::Replies).load(Acquire), 0);
        assert_eq!(host.receiver_flags(Side::Commands).load(Acquire) & EXITED, EXITED);
    }

    #[test]
    fn a_read_ends_without_its_data() {
        let (ours, host) = commanded(mailbox(command::RECEIVE, 64, 24));
        let to = host.payload(Side::Commands, 64 + 8, 8).unwrap();
        // SAFETY: inside the segment, and aligned.
        unsafe { to.cast::<u64>().write(0x1234) };
        announce(&ours);
        assert_eq!(kind(&host, Side::Replies, 0), command::SEND);
        let payload = host.payload(Side::Replies, host.capacity() + 4096 - 32, 16).unwrap();
        // SAFETY: inside the segment, and aligned.
        assert_eq!(unsafe { payload.cast::<[u64; 2]>().read() }, [0x1234, 0]);
    }

    #[test]
    fn one_answer_is_enough_but_for_the_last_command() {
        let (ours, host) = commanded(mailbox(command::CALL, 0, 16));
        host.mailbox(Side::Commands, 1).store(mailbox(command::EXIT, 0, 0), Release);
        host.last_put(Side::Commands).store(1, Release);
        announce(&ours);
        assert_eq!([0, 1].map(|id| kind(&host, Side::Replies, id)), [command::EXCEPTION, command::ACK]);

        let (ours, host) = commanded(mailbox(command::CALL, 0, 16));
        host.mailbox(Side::Commands, 1).store(mailbox(command::ALLOCATE, 0, 8), Release);
        host.last_put(Side::Commands).store(1, Release);
        announce(&ours);
        announce(&ours);
        assert_eq!([0, 1].map(|id| kind(&host, Side::Replies, id)), [command::EXCEPTION, 0]);
        assert_eq!(host.last_put(Side::Replies).load(Acquire), 0);
    }

    #[test]
    fn an_idle_channel_is_only_closed() {
        let (ours, host) = commanded(mailbox(command::CALL, 0, 16));
        host.last_put(Side::Replies).store(0, Release);
        announce(&ours);
        assert_eq!([0, 1].map(|id| kind(&host, Side::Replies, id)), [0, 0]);
        assert_eq!(host.receiver_flags(Side::Commands).load(Acquire) & EXITED, EXITED);
    }

    #[test]
    fn garbage_is_no_reason_to_panic() {
        for last in [i64::MIN, -2, i64::MAX] {
            let (ours, host) = commanded(u64::MAX);
            host.last_put(Side::Replies).store(last, Release);
            announce(&ours);
        }
        let (ours, host) = commanded(u64::from(command::RECEIVE) | u64::MAX << 8);
        announce(&ours);
        assert_eq!(kind(&host, Side::Replies, 0), command::SEND);
    }

    #[test]
    fn segments_are_found_among_mappings() {
        let line = "7f5c00000000-7f5c02000000 rw-s 00000000 00:0f 98312    /SYSV00000000 (deleted)";
        assert_eq!(segment_in(line), Some((98312, 0x7f5c_0000_0000..0x7f5c_0200_0000)));
        assert_eq!(segment_in("7f5c00000000-7f5c02000000 rw-s 00000000 00:0f 12 /memfd:x (deleted)"), None);
        assert_eq!(segment_in("7f5c00000000-7f5c02000000 rw-p 00000000 00:00 0"), None);
    }

    #[test]
    fn what_is_given_back_is_detached_and_can_be_touched() {
        let (ours, host) = commanded(mailbox(command::CALL, 4096, 16));
        let id = attached("self").into_iter().find(|&id| {
            let flags = Segment::inherit(id).map(|segment| segment.mailbox(Side::Commands, 0).load(Acquire));
            flags == Some(mailbox(command::CALL, 4096, 16))
        });
        give_back(id.unwrap());
        assert!(!attached("self").contains(&id.unwrap()));
        assert_eq!(host.mailbox(Side::Commands, 0).load(Acquire), 0);
        ours.mailbox(Side::Commands, 0).store(1, Release);
    }
}
