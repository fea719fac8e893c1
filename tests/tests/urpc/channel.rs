//! The host's end of one channel: commands out, replies in.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::thread;
use std::time::{Duration, Instant};

use crate::segment::{Queue, SLOTS, Segment};
use crate::wire::{Argument, Call, Fields, Payload, Word, command};

/// Longer than anything takes that does not hang, on a machine that is busy with other tests.
pub(crate) const NEVER: Duration = Duration::from_secs(20);

/// How many requests can be under way.
pub(crate) const DEPTH: usize = SLOTS;

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: i64,
    pub(crate) kind: u8,
    pub(crate) payload: Vec<u8>,
}

impl Reply {
    #[track_caller]
    pub(crate) fn result(&self) -> u64 {
        assert_eq!((self.kind, self.payload.len()), (command::RESULT, 8), "{self:?}");
        Fields(&self.payload).u64()
    }

    #[track_caller]
    pub(crate) fn acknowledged(&self) {
        assert_eq!((self.kind, self.payload.len()), (command::ACK, 0), "{self:?}");
    }

    /// The value and the stack image.
    #[track_caller]
    pub(crate) fn result_with_image(&self) -> (u64, &[u8]) {
        assert_eq!(self.kind, command::RESULT_WITH_IMAGE, "{self:?}");
        let mut fields = Fields(&self.payload);
        (fields.u64(), fields.bytes())
    }

    /// Where to the data are to go, and the data.
    #[track_caller]
    pub(crate) fn data(&self) -> (u64, &[u8]) {
        assert_eq!(self.kind, command::SEND, "{self:?}");
        let mut fields = Fields(&self.payload);
        (fields.u64(), fields.bytes())
    }

    /// The code and the text, which is as libveo needs it.
    #[track_caller]
    pub(crate) fn exception(&self) -> (u64, String) {
        assert_eq!(self.kind, command::EXCEPTION, "{self:?}");
        let mut fields = Fields(&self.payload);
        let (code, text) = (fields.u64(), fields.bytes());
        let (&end, text) = text.split_last().expect("a text has at least its NUL");
        assert_eq!(end, 0, "libveo prints it up to the NUL");
        assert!(!text.is_empty() && !text.contains(&0), "{text:?}");
        (code, String::from_utf8(text.to_vec()).unwrap())
    }
}

/// A queue of commands to the worker, and its replies.
#[derive(Debug)]
pub(crate) struct Channel {
    pub(crate) segment: Segment,
    /// The stack pointer that the worker named for this channel.
    pub(crate) sp: u64,
    /// The id of the next command.
    next: i64,
    /// The id of the next reply.
    awaited: i64,
    /// Where the payloads of commands are that the worker has not freed yet, oldest first.
    payloads: VecDeque<(i64, Range<usize>)>,
    /// Behind the newest payload.
    cursor: usize,
}

impl Channel {
    pub(crate) fn new(segment: Segment) -> Self {
        Self { segment, sp: 0, next: 0, awaited: 0, payloads: VecDeque::new(), cursor: 0 }
    }

    /// Asks for the stack pointer, as libveo does first of all.
    pub(crate) fn greet(&mut self) {
        self.sp = self.call(0, &[]);
    }

    // Queues.

    /// Sends a command. Its id.
    #[track_caller]
    pub(crate) fn send(&mut self, command: u8, payload: Payload) -> i64 {
        let bytes = payload.padded();
        let offset = if bytes.is_empty() { 0 } else { self.place(bytes.len()) };
        self.segment.write_payload(offset, &bytes);
        self.put(Word { command, offset, length: bytes.len() }.pack())
    }

    /// Room for a payload, in turns through the whole queue.
    #[track_caller]
    fn place(&mut self, length: usize) -> usize {
        let limit = self.segment.payload_limit();
        assert!(length <= limit, "{length} bytes do not fit into a queue");
        let start = if self.cursor + length > limit { 0 } else { self.cursor };
        let place = start..start + length;
        let Self { segment, payloads, .. } = self;
        wait("room for a payload", || {
            while payloads.front().is_some_and(|(id, _)| segment.is_free(Queue::Commands, *id)) {
                payloads.pop_front();
            }
            payloads.iter().all(|(_, used)| used.end <= place.start || place.end <= used.start)
        });
        self.payloads.push_back((self.next, place));
        self.cursor = start + length;
        start
    }

    /// Publishes a word, whatever it says. Its id.
    #[track_caller]
    pub(crate) fn put(&mut self, word: u64) -> i64 {
        let id = self.next;
        wait("a free slot", || self.segment.is_free(Queue::Commands, id));
        self.segment.slot(Queue::Commands, id).store(word, Release);
        self.segment.last_put(Queue::Commands).store(id, Release);
        self.next += 1;
        id
    }

    /// The next reply, if it comes in time.
    pub(crate) fn receive_within(&mut self, limit: Duration) -> Option<Reply> {
        let id = self.awaited;
        let came = until(limit, || self.segment.last_put(Queue::Replies).load(Acquire) >= id);
        if !came {
            return None;
        }
        let Word { command: kind, offset, length } = Word::unpack(self.segment.slot(Queue::Replies, id).load(Relaxed));
        // The exception of a crash may stand behind the limit.
        let limit = self.segment.payload_limit() + if kind == command::EXCEPTION { 4088 } else { 0 };
        assert!(offset % 8 == 0 && length % 8 == 0 && offset + length <= limit, "{kind}: {length} bytes at {offset}");
        let payload = self.segment.read_payload(offset, length);
        self.segment.last_get(Queue::Replies).store(id, Release);
        self.segment.free(Queue::Replies, id);
        self.awaited += 1;
        Some(Reply { id, kind, payload })
    }

    #[track_caller]
    pub(crate) fn receive(&mut self) -> Reply {
        let id = self.awaited;
        self.receive_within(NEVER).unwrap_or_else(|| panic!("no reply to command {id} within {NEVER:?}"))
    }

    /// Sends a command when none is under way, and gives its reply.
    #[track_caller]
    pub(crate) fn ask(&mut self, command: u8, payload: Payload) -> Reply {
        assert_eq!(self.awaited, self.next, "a command is under way");
        let id = self.send(command, payload);
        let reply = self.receive();
        assert_eq!(reply.id, id);
        reply
    }

    /// How many replies the worker has sent.
    pub(crate) fn replies(&self) -> i64 {
        self.segment.last_put(Queue::Replies).load(Acquire) + 1
    }

    // Commands.

    #[track_caller]
    pub(crate) fn ping(&mut self) {
        self.ask(command::PING, Payload::new()).acknowledged();
    }

    #[track_caller]
    pub(crate) fn load(&mut self, path: &str) -> u64 {
        self.ask(command::LOAD, Payload::new().text(path)).result()
    }

    #[track_caller]
    pub(crate) fn unload(&mut self, library: u64) -> u64 {
        self.ask(command::UNLOAD, Payload::new().u64(library)).result()
    }

    /// A symbol's address, or 0.
    #[track_caller]
    pub(crate) fn resolve(&mut self, library: u64, name: &str) -> u64 {
        self.ask(command::RESOLVE, Payload::new().u64(library).text(name)).result()
    }

    /// The address of a symbol that must be there.
    #[track_caller]
    pub(crate) fn symbol(&mut self, library: u64, name: &str) -> u64 {
        let address = self.resolve(library, name);
        assert_ne!(address, 0, "{name}");
        address
    }

    #[track_caller]
    pub(crate) fn alloc(&mut self, size: u64) -> u64 {
        self.ask(command::ALLOC, Payload::new().u64(size)).result()
    }

    #[track_caller]
    pub(crate) fn free(&mut self, address: u64) {
        self.ask(command::FREE, Payload::new().u64(address)).acknowledged();
    }

    #[track_caller]
    pub(crate) fn write(&mut self, address: u64, bytes: &[u8]) {
        self.ask(command::SEND, Payload::new().u64(address).bytes(bytes)).acknowledged();
    }

    #[track_caller]
    pub(crate) fn read(&mut self, address: u64, size: usize) -> Vec<u8> {
        const HERE: u64 = 0x1234_5678_9abc;
        let reply = self.ask(command::RECEIVE, Payload::new().u64(address).u64(HERE).u64(size as u64));
        let (to, data) = reply.data();
        assert_eq!((to, data.len()), (HERE, size));
        data.to_vec()
    }

    #[track_caller]
    pub(crate) fn copy(&mut self, to: u64, from: u64, size: u64) {
        self.ask(command::COPY, Payload::new().u64(to).u64(from).u64(size)).acknowledged();
    }

    /// A call with arguments in registers alone.
    #[track_caller]
    pub(crate) fn call(&mut self, function: u64, words: &[u64]) -> u64 {
        self.ask(command::CALL, Payload::new().u64(function).words(words)).result()
    }

    /// A call with arguments of any kind, as libveo makes it. The value, and the buffers that come back.
    #[track_caller]
    pub(crate) fn call_with(&mut self, function: u64, arguments: &[Argument<'_>]) -> (u64, Vec<Vec<u8>>) {
        let call = Call::new(self.sp, arguments);
        let capped = self.segment.payload_limit() - 40 - 8 * call.registers.len();
        let capped = capped.min(call.image.len());
        let (rest_at, mut image) = (call.top + capped as u64, call.image.clone());
        for (piece, at) in image[capped..].chunks(FRAGMENT).zip((rest_at..).step_by(FRAGMENT)) {
            self.write(at, piece);
        }
        let reply = self.ask(call.command, call.payload(function, self.sp, capped));
        if call.results.is_empty() {
            return (reply.result(), Vec::new());
        }
        let (value, start) = reply.result_with_image();
        image[..capped].copy_from_slice(start);
        for (piece, at) in image[capped..].chunks_mut(FRAGMENT).zip((rest_at..).step_by(FRAGMENT)) {
            piece.copy_from_slice(&self.read(at, piece.len()));
        }
        (value, call.results.iter().map(|place| image[place.clone()].to_vec()).collect())
    }

    /// Ends the channel.
    #[track_caller]
    pub(crate) fn exit(&mut self) {
        self.ask(command::EXIT, Payload::new()).acknowledged();
    }
}

/// The pieces that a large transfer is cut into.
pub(crate) const FRAGMENT: usize = 1 << 20;

/// Looks until `done` or the limit. Whether it is done.
pub(crate) fn until(limit: Duration, mut done: impl FnMut() -> bool) -> bool {
    let start = Instant::now();
    for round in 0_u64.. {
        if done() {
            return true;
        }
        if round > 2000 {
            if start.elapsed() > limit {
                return false;
            }
            thread::sleep(Duration::from_micros(50));
        }
        std::hint::spin_loop();
    }
    false
}

/// Looks until `done`, and fails the test if that does not come.
#[track_caller]
pub(crate) fn wait(what: &str, done: impl FnMut() -> bool) {
    assert!(until(NEVER, done), "not within {NEVER:?}: {what}");
}
