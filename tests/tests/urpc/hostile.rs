//! Hosts that break the rules. What they get is an exception or the end of their worker; they never get it to hang.

use std::sync::atomic::Ordering::{Relaxed, Release};
use std::thread;
use std::time::Duration;

use crate::channel::{NEVER, Reply, wait};
use crate::host::{Host, USUAL_STACK};
use crate::segment::{Queue, SLOTS, Segment};
use crate::wire::{Argument, Call, Payload, Word, command};

/// The reply to a command that breaks the rules, after which the worker ends.
#[track_caller]
fn refused(mut host: Host, number: u8, payload: Payload) -> String {
    let (_, text) = host.main.ask(number, payload).exception();
    assert!(!host.ends_within(NEVER).success(), "{text}");
    text
}

/// The same for a word that says something of its payload that is not so.
#[track_caller]
fn refused_word(offset: usize, length: usize) {
    for number in
        [command::LOAD, command::RESOLVE, command::SEND, command::RECEIVE, command::CALL, command::CALL_IN_OUT]
    {
        let mut host = Host::start();
        host.main.put(Word { command: number, offset, length }.pack());
        let reply = host.main.receive();
        assert_eq!(reply.id, 1);
        reply.exception();
        host.ends_within(NEVER);
    }
}

#[test]
fn payloads_outside_of_the_segment_are_refused() {
    let area = Segment::new(1).payload_limit() + 4088;
    refused_word(area, 8);
    refused_word(area - 8, 16);
    refused_word(0, area + 8);
    refused_word((1 << 29) - 8, (1 << 27) - 8);
    refused_word(0, (1 << 27) - 1);
}

#[test]
fn payloads_at_odd_places_are_refused() {
    refused_word(4, 64);
    refused_word(1, 64);
}

#[test]
fn payloads_that_are_too_short_are_refused() {
    let commands = [command::LOAD, command::UNLOAD, command::RESOLVE, command::ALLOC, command::FREE, command::SEND];
    let more = [command::RECEIVE, command::CALL, command::CALL_IN, command::CALL_OUT, command::CALL_IN_OUT];
    for number in commands.into_iter().chain(more).chain([command::NEW_PEER, command::COPY]) {
        refused(Host::start(), number, Payload::new());
    }
    let function = Payload::new().u64(1);
    for number in [command::RESOLVE, command::SEND, command::RECEIVE, command::CALL, command::CALL_OUT, command::COPY] {
        refused(Host::start(), number, function.clone());
    }
    let call = Payload::new().u64(1).words(&[]).u64(0).u64(0);
    for number in [command::CALL_IN, command::CALL_OUT, command::CALL_IN_OUT] {
        refused(Host::start(), number, call.clone());
    }
}

#[test]
fn counts_beyond_the_payload_are_refused() {
    for count in [9, 100, 1 << 20, 1 << 32, u64::MAX - 7, u64::MAX] {
        refused(Host::start(), command::LOAD, Payload::new().u64(count).raw(b"12345678"));
        refused(Host::start(), command::RESOLVE, Payload::new().u64(0).u64(count).raw(b"12345678"));
        refused(Host::start(), command::CALL, Payload::new().u64(1).u64(count).raw(b"12345678"));
        let mut host = Host::start();
        let memory = host.main.alloc(16);
        refused(host, command::SEND, Payload::new().u64(memory).u64(count).raw(b"12345678"));
    }
    let mut host = Host::start();
    let call = Call::new(host.main.sp, &[Argument::InOut(b"x")]);
    let answer = host.function("untyped", "answer");
    let payload = Payload::new().u64(answer).words(&call.registers).u64(call.top).u64(host.main.sp);
    refused(host, command::CALL_IN_OUT, payload.u64(1 << 20).raw(&call.image));
}

#[test]
fn texts_without_an_end_are_refused() {
    for text in [&b""[..], b"12345678", &[b'x'; 4096]] {
        refused(Host::start(), command::LOAD, Payload::new().bytes(text));
        refused(Host::start(), command::RESOLVE, Payload::new().u64(0).bytes(text));
    }
}

#[test]
fn calls_with_too_many_registers_are_refused() {
    for words in [9, 100, 100_000] {
        let mut host = Host::start();
        let answer = host.function("untyped", "answer");
        refused(host, command::CALL, Payload::new().u64(answer).words(&vec![1; words]));
    }
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    refused(host, command::CALL, Payload::new().u64(answer).bytes(b"1234567"));
}

/// A call of nothing asks for the stack pointer only if it is one of nothing with nothing.
#[test]
fn calls_of_what_is_no_function_crash() {
    for (function, words) in [(0, &[1][..]), (1, &[]), (0x1234_5678_9000, &[]), (u64::MAX, &[]), (1 << 63, &[])] {
        let mut host = Host::start();
        let (code, _) = host.main.ask(command::CALL, Payload::new().u64(function).words(words)).exception();
        assert_eq!(code, libc::SIGSEGV as u64, "{function:#x}");
        host.ends_within(NEVER);
    }
    let host = Host::start();
    let sp = host.main.sp;
    refused(host, command::CALL, Payload::new().u64(sp - 4096).words(&[]));
}

#[test]
fn images_outside_of_their_place_are_refused() {
    let image = [0xff; 224];
    let places: [fn(u64) -> (u64, u64); 9] = [
        |sp| (0, sp),
        |sp| (u64::MAX - 100, sp),
        |sp| (sp, sp),
        |sp| (sp - (512 << 10) - 100, sp),
        |sp| (sp - (512 << 10) - 223, sp),
        |sp| (sp - (64 << 20), sp),
        |sp| (sp - (512 << 10) - 224, sp + 64),
        |sp| (sp - (512 << 10) - 224, 0),
        |sp| (1 << 63, sp),
    ];
    for place in places {
        for number in [command::CALL_IN, command::CALL_OUT, command::CALL_IN_OUT] {
            let mut host = Host::start();
            let answer = host.function("untyped", "answer");
            let (top, sp) = place(host.main.sp);
            refused(host, number, Payload::new().u64(answer).words(&[]).u64(top).u64(sp).bytes(&image));
        }
    }
}

/// Stack pointers of other channels are other channels'.
#[test]
fn images_on_the_stack_of_another_channel_are_refused() {
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    let further = host.open(1, USUAL_STACK);
    let call = Call::new(further.sp, &[Argument::InOut(b"x")]);
    let payload = call.payload(answer, further.sp, usize::MAX);
    refused(host, command::CALL_IN_OUT, payload);
}

const NOWHERE: [u64; 6] = [0, 1, 0x1234_5678_9000, 0x7fff_ffff_f000, 1 << 63, u64::MAX - 4095];

#[test]
fn writes_to_bad_addresses_are_refused() {
    for address in NOWHERE {
        let text = refused(Host::start(), command::SEND, Payload::new().u64(address).bytes(&[1; 100]));
        assert!(text.contains(&format!("{address:#x}")), "{text}");
    }
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    refused(host, command::SEND, Payload::new().u64(answer).bytes(&[1; 100]));
    // Part of it is there.
    let host = Host::start();
    let end = host.main.sp + 4096;
    refused(host, command::SEND, Payload::new().u64(end - (1 << 20)).bytes(&vec![1; 2 << 20]));
}

/// Any other reply makes libveo crash, or wait for a minute.
#[test]
fn reads_of_bad_addresses_give_nothing() {
    const TO: u64 = 0xabcd_ef01_2345;
    let unreadable = NOWHERE.map(|address| (address, 100));
    for (address, size) in unreadable.into_iter().chain([(1, u64::MAX), (1 << 40, 1 << 40)]) {
        let mut host = Host::start();
        let reply = host.main.ask(command::RECEIVE, Payload::new().u64(address).u64(TO).u64(size));
        assert_eq!(reply.data(), (TO, &[][..]), "{size} bytes at {address:#x}");
        host.ends_within(NEVER);
    }
    // More than there is, or than a reply can have.
    for size in [(64_u64 << 20) + 1, 100 << 20] {
        let mut host = Host::start();
        let memory = host.main.sp + 4096 - (64 << 20);
        let reply = host.main.ask(command::RECEIVE, Payload::new().u64(memory).u64(TO).u64(size));
        assert_eq!(reply.data(), (TO, &[][..]), "{size}");
        host.ends_within(NEVER);
    }
}

#[test]
fn copies_of_bad_addresses_are_refused() {
    for address in NOWHERE {
        let mut host = Host::start();
        let memory = host.main.alloc(100);
        refused(host, command::COPY, Payload::new().u64(memory).u64(address).u64(100));
        let mut host = Host::start();
        let memory = host.main.alloc(100);
        refused(host, command::COPY, Payload::new().u64(address).u64(memory).u64(100));
    }
    let mut host = Host::start();
    let memory = host.main.alloc(100);
    refused(host, command::COPY, Payload::new().u64(memory).u64(memory + 50).u64(u64::MAX));
}

#[test]
fn freeing_what_was_not_allocated_is_refused() {
    let not_zero = NOWHERE.into_iter().skip(1);
    for address in not_zero {
        refused(Host::start(), command::FREE, Payload::new().u64(address));
    }
    for offset in [8, 16] {
        let mut host = Host::start();
        let memory = host.main.alloc(100);
        refused(host, command::FREE, Payload::new().u64(memory + offset));
    }
    let host = Host::start();
    let sp = host.main.sp;
    refused(host, command::FREE, Payload::new().u64(sp));
    let mut host = Host::start();
    let memory = host.main.alloc(1 << 20);
    host.main.free(memory);
    refused(host, command::FREE, Payload::new().u64(memory));
}

/// The host waits for the segment of a further channel to be attached, and gives up after 50 s. Better it sees an end.
#[test]
fn further_channels_on_other_segments_are_refused() {
    for id in [-1, i32::MAX, i32::MIN] {
        let mut host = Host::start();
        host.offer(id, USUAL_STACK).exception();
        host.ends_within(NEVER);
    }
    for size in [1, 4096, 12320, (8 << 20) - 4096, (8 << 20) + 4096] {
        let segment = Segment::of_size(size);
        let mut host = Host::start();
        host.offer(segment.id(), USUAL_STACK).exception();
        host.ends_within(NEVER);
        assert_eq!(segment.last_user(), std::process::id() as i32, "never attached");
    }
    let mut host = Host::start();
    let own = host.main.segment.id();
    host.offer(own, USUAL_STACK).exception();
    host.ends_within(NEVER);
    // One that the worker has made itself, and that it alone has attached.
    let mut host = Host::start();
    let [shmget, shmat, shmctl] = ["shmget", "shmat", "shmctl"].map(|name| host.function("untyped", name));
    let id = host.main.call(shmget, &[libc::IPC_PRIVATE as u64, 8 << 20, (libc::IPC_CREAT | 0o700) as u64]) as u32;
    host.main.call(shmat, &[id.into(), 0, 0]);
    host.main.call(shmctl, &[id.into(), libc::IPC_RMID as u64, 0]);
    let (_, text) = host.offer(id.cast_signed(), USUAL_STACK).exception();
    assert!(text.contains(&host.pid().to_string()), "who made it: {text}");
    host.ends_within(NEVER);
    // That of another worker.
    let (mut host, other) = (Host::start(), Host::start());
    host.offer(other.main.segment.id(), USUAL_STACK).exception();
    host.ends_within(NEVER);
    other.exit();
}

#[test]
fn a_further_channel_cannot_open_others() {
    let mut host = Host::start();
    let mut further = host.open(1, USUAL_STACK);
    let segment = Segment::new(1);
    let payload = Payload::new().u32(segment.id().cast_unsigned()).u32(0).u64(USUAL_STACK);
    further.ask(command::NEW_PEER, payload).exception();
    host.ends_within(NEVER);
}

/// What a host may do to the header of its segment, and to the worker's.
#[test]
fn headers_may_say_anything() {
    let changes: [fn(&Segment); 8] = [
        |segment| segment.last_put(Queue::Commands).store(1 << 40, Release),
        |segment| segment.last_put(Queue::Commands).store(i64::MAX, Release),
        |segment| segment.last_put(Queue::Commands).store(i64::MIN, Release),
        |segment| segment.last_put(Queue::Commands).store(-1, Release),
        |segment| segment.last_get(Queue::Commands).store(12345, Release),
        |segment| segment.last_put(Queue::Replies).store(-7, Release),
        |segment| segment.last_get(Queue::Replies).store(i64::MAX, Release),
        |segment| (0..SLOTS as i64).for_each(|id| segment.slot(Queue::Replies, id).store(u64::MAX, Release)),
    ];
    for (number, change) in changes.into_iter().enumerate() {
        for busy in [false, true] {
            let mut host = Host::start();
            if busy {
                for _ in 0..100 {
                    host.main.send(command::PING, Payload::new());
                }
            }
            change(&host.main.segment);
            // Whether there are replies or not, the worker can be ended.
            thread::sleep(Duration::from_millis(20));
            let pid = host.pid();
            // SAFETY: sends a signal to a child that has not been collected.
            unsafe { libc::kill(pid, libc::SIGTERM) };
            host.ends_within(NEVER);
            assert_eq!(host.main.segment.attached(), 1, "change {number}");
        }
    }
}

/// A slot that is overwritten while it waits is what it says then.
#[test]
fn slots_may_change_while_they_wait() {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let nap_us = host.main.symbol(library, "nap_us");
    for word in [u64::MAX, 0xff, 1 << 8 | 7, command::EXCEPTION.into()] {
        let mut host = Host::start();
        let nap_us = {
            let library = host.load("testkernels");
            assert_ne!(library, 0);
            host.main.symbol(library, "nap_us")
        };
        host.main.send(command::CALL, Payload::new().u64(nap_us).words(&[50_000]));
        let id = host.main.send(command::PING, Payload::new());
        host.main.segment.slot(Queue::Commands, id).store(word, Relaxed);
        host.main.receive().result();
        host.main.receive().exception();
        host.ends_within(NEVER);
    }
    host.main.call(nap_us, &[1]);
    host.exit();
}

/// A slot without a command is free: the worker waits until there is one.
#[test]
fn an_empty_slot_is_waited_for() {
    let mut host = Host::start();
    let id = host.main.put(0);
    let reply: Option<Reply> = host.main.receive_within(Duration::from_millis(50));
    assert_eq!(reply, None);
    host.main.segment.slot(Queue::Commands, id).store(command::PING.into(), Release);
    host.main.receive().acknowledged();
    wait("the slot", || host.main.segment.is_free(Queue::Commands, id));
    host.exit();
}
