//! Further contexts.

use std::sync::atomic::Ordering::Relaxed;
use std::{fs, thread};

use crate::channel::{Channel, wait};
use crate::host::{Host, USUAL_STACK};
use crate::segment::{Queue, Side};
use crate::wire::{Argument, Payload, command, flag};

const SMALL_STACK: u64 = 4 << 20;

#[test]
fn channels_run_in_parallel() {
    let mut host = Host::start();
    let library = host.load("untyped");
    let [sum, weigh_eight] = ["sum", "weigh_eight"].map(|name| host.main.symbol(library, name));
    let further: Vec<Channel> = (0..4).map(|_| host.open(1, USUAL_STACK)).collect();
    let users: Vec<_> = further
        .into_iter()
        .enumerate()
        .map(|(number, channel)| thread::spawn(move || use_up(channel, number as u8 + 1, sum, weigh_eight)))
        .collect();
    for _ in 0..300 {
        assert_eq!(host.main.call(weigh_eight, &[1; 8]), 36);
    }
    for user in users {
        user.join().unwrap();
    }
    assert_eq!(host.main.call(weigh_eight, &[2; 8]), 72);
    host.exit();
}

/// Mixed traffic, of which each result is checked.
fn use_up(mut channel: Channel, number: u8, sum: u64, weigh_eight: u64) {
    let memory = channel.alloc(10_000);
    let data = vec![number; 10_000];
    for round in 0..100 {
        channel.write(memory, &data);
        assert_eq!(channel.call(sum, &[memory, 10_000]), u64::from(number) * 10_000);
        assert!(channel.read(memory, 10_000) == data);
        assert_eq!(channel.call(weigh_eight, &[round; 8]), 36 * round);
        let arguments = [Argument::In(&data[..500]), Argument::I64(500)];
        assert_eq!(channel.call_with(sum, &arguments).0, u64::from(number) * 500);
    }
    channel.free(memory);
    channel.exit();
}

/// A kernel that waits on one channel is let go by one on another.
#[test]
fn channels_do_not_wait_for_each_other() {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let [wait_for_flag, raise_flag] = ["wait_for_flag", "raise_flag"].map(|name| host.main.symbol(library, name));
    let mut further = host.open(1, USUAL_STACK);
    let memory = host.main.alloc(4);
    host.main.write(memory, &[0; 4]);
    host.main.send(command::CALL, Payload::new().u64(wait_for_flag).words(&[memory]));
    further.call(raise_flag, &[memory]);
    assert_eq!(host.main.receive().kind, command::RESULT);
    host.main.write(memory, &[0; 4]);
    further.send(command::CALL, Payload::new().u64(wait_for_flag).words(&[memory]));
    host.main.call(raise_flag, &[memory]);
    assert_eq!(further.receive().kind, command::RESULT);
    host.exit();
}

/// The size of a further channel is nowhere announced.
#[test]
fn channels_may_have_another_size() {
    for (first, second) in [(1, 4), (4, 1), (1, 3)] {
        let mut host = Host::start_with(first, |_| {});
        let mut further = host.open(second, USUAL_STACK);
        for channel in [&mut host.main, &mut further] {
            let size = channel.segment.payload_limit() - 16;
            let memory = channel.alloc(size as u64);
            let data: Vec<u8> = (0..size).map(|i| (i % 249) as u8).collect();
            channel.write(memory, &data);
            assert!(channel.read(memory, size) == data);
            channel.free(memory);
        }
        host.exit();
    }
}

#[test]
fn every_channel_has_a_stack_pointer_and_memory_below_it() {
    let mut host = Host::start();
    let mut channels: Vec<Channel> = (0..3).map(|_| host.open(1, SMALL_STACK)).collect();
    let mut blocks: Vec<u64> = channels.iter().map(|channel| channel.sp >> 26).chain([host.main.sp >> 26]).collect();
    blocks.sort_unstable();
    blocks.dedup();
    assert_eq!(blocks.len(), 4, "each has 64 MiB of its own");
    for (number, channel) in channels.iter_mut().enumerate() {
        let lowest = channel.sp - (512 << 10) - (63 << 20);
        assert_eq!(channel.read(lowest, 100), [0; 100]);
        channel.write(lowest, &[number as u8 + 1; 100]);
    }
    for (number, channel) in channels.iter_mut().enumerate() {
        let lowest = channel.sp - (512 << 10) - (63 << 20);
        assert_eq!(channel.read(lowest, 100), [number as u8 + 1; 100]);
    }
    host.exit();
}

/// A frame of `recurse` is a little more than 1 KiB.
#[test]
fn stacks_have_the_size_that_was_asked_for() {
    let mut host = Host::start();
    let recurse = host.function("testkernels", "recurse");
    assert_eq!(host.main.call(recurse, &[55_000]), 55_000, "code for a VE expects 64 MiB");
    for (stack, depth) in [(USUAL_STACK, 110_000), (300 << 20, 270_000), (SMALL_STACK, 3500)] {
        let mut further = host.open(1, stack);
        assert_eq!(further.call(recurse, &[depth]), depth, "{stack}");
        further.exit();
    }
    host.exit();
}

/// Odd sizes are the host's right, impossible ones an error, after which the main channel is as before.
#[test]
fn impossible_stacks_are_refused() {
    let mut host = Host::start();
    for stack in [1 << 46, 1 << 60, u64::MAX, u64::MAX - 4095] {
        let segment = crate::segment::Segment::new(1);
        assert_ne!(host.offer(segment.id(), stack).result(), 0, "{stack:#x}");
        wait("the end of the attachment", || segment.attached() == 1);
    }
    for stack in [0, 1, SMALL_STACK + 1] {
        host.open(1, stack).ping();
    }
    host.main.ping();
    host.exit();
}

#[test]
fn closing_a_channel_leaves_the_others_alone() {
    let mut host = Host::start();
    let mut staying = host.open(1, SMALL_STACK);
    let mut closing = host.open(1, SMALL_STACK);
    closing.ping();
    closing.exit();
    wait("the end of the attachment", || closing.segment.attached() == 1);
    assert_eq!(closing.segment.flags(Queue::Commands, Side::Receiver) & flag::EXITED, flag::EXITED);
    assert_eq!(closing.segment.flags(Queue::Replies, Side::Sender) & flag::EXITED, flag::EXITED);
    for channel in [&mut staying, &mut host.main] {
        channel.ping();
        assert_eq!(channel.segment.flags(Queue::Commands, Side::Receiver), flag::READY);
        assert_eq!(channel.segment.flags(Queue::Replies, Side::Sender), 0);
    }
    host.exit();
}

#[test]
fn ids_of_channels_are_their_own() {
    let mut host = Host::start();
    for _ in 0..300 {
        host.main.ping();
    }
    let mut further = host.open(1, SMALL_STACK);
    assert_eq!(further.replies(), 1, "the stack pointer");
    further.ping();
    assert_eq!(further.segment.last_put(Queue::Replies).load(Relaxed), 1);
    host.exit();
}

#[test]
fn channels_that_were_closed_leave_nothing() {
    let mut host = Host::start();
    let threads = entries(&host, "task");
    let cycle = |host: &mut Host| {
        let mut further = host.open(1, SMALL_STACK);
        further.ping();
        further.exit();
        wait("the end of the attachment", || further.segment.attached() == 1);
        wait("the end of the thread", || entries(host, "task") == threads);
    };
    cycle(&mut host);
    let before = mappings(&host);
    for _ in 0..50 {
        cycle(&mut host);
    }
    let after = mappings(&host);
    assert!(after <= before + 5, "{before} mappings, then {after}");
    host.exit();
}

/// How many entries a folder of the worker has in `/proc`.
fn entries(host: &Host, folder: &str) -> usize {
    fs::read_dir(format!("/proc/{}/{folder}", host.pid())).unwrap().count()
}

fn mappings(host: &Host) -> usize {
    fs::read_to_string(format!("/proc/{}/maps", host.pid())).unwrap().lines().count()
}
