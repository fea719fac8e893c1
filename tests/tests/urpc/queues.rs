//! Many commands: slots and payloads go round, replies keep their order, and kernels can look back.

use std::thread;
use std::time::Duration;

use crate::channel::{DEPTH, wait};
use crate::host::{Host, USUAL_STACK};
use crate::segment::{Queue, SLOTS};
use crate::wire::{Payload, command};

/// How many commands, with how many under way at a time.
#[track_caller]
fn pipelined(count: usize, depth: usize) {
    let mut host = Host::start();
    let weigh_eight = host.function("untyped", "weigh_eight");
    let first = host.main.replies();
    let mut received = 0;
    for number in 0..count {
        if number >= depth {
            expect(&mut host, &mut received, first);
        }
        host.main.send(command::CALL, Payload::new().u64(weigh_eight).words(&[number as u64, 1, 1, 1, 1, 1, 1, 1]));
    }
    while received < count {
        expect(&mut host, &mut received, first);
    }
    assert_eq!(host.main.replies(), first + count as i64, "one reply for each command");
    host.exit();
}

#[track_caller]
fn expect(host: &mut Host, received: &mut usize, first: i64) {
    let reply = host.main.receive();
    assert_eq!((reply.id, reply.result()), (first + *received as i64, *received as u64 + 35));
    *received += 1;
}

#[test]
fn thousands_of_calls_are_under_way() {
    pipelined(3000, DEPTH);
}

#[test]
fn calls_one_by_one_go_round_the_queue() {
    pipelined(1000, 1);
}

/// A queue of replies that nobody reads holds the worker up, and loses nothing.
#[test]
fn replies_that_nobody_reads_wait() {
    pipelined(2 * SLOTS, 2 * SLOTS);
}

#[test]
fn slots_are_freed_when_the_command_is_done() {
    let mut host = Host::start();
    for id in 1..600 {
        host.main.ping();
        wait("the slot of a command that is answered", || host.main.segment.is_free(Queue::Commands, id));
    }
    host.exit();
}

/// Commands take turns: none begins before the one before it has ended.
#[test]
fn commands_are_executed_in_order() {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let [push, slow_fill, element] = ["push", "slow_fill", "element"].map(|name| host.main.symbol(library, name));
    let memory = host.main.alloc(4);
    host.main.send(command::CALL, Payload::new().u64(slow_fill).words(&[100_000, 1, 1, memory]));
    host.main.send(command::SEND, Payload::new().u64(memory).bytes(&[5, 0, 0, 0]));
    host.main.send(command::CALL, Payload::new().u64(push).words(&[1, 3, memory]));
    host.main.send(command::CALL, Payload::new().u64(element).words(&[memory, 0]));
    assert_eq!(host.main.receive().kind, command::RESULT);
    host.main.receive().acknowledged();
    assert_eq!(host.main.receive().kind, command::RESULT);
    assert_eq!(host.main.receive().result() as u32, 13);
    host.exit();
}

/// Every command counts, whatever it is; those whose replies are empty have no result.
#[test]
fn kernels_see_what_commands_before_them_returned() {
    let mut host = Host::start();
    let library = host.load("untyped");
    let previous = host.main.symbol(library, "previous");
    let answer = host.main.symbol(library, "answer");
    let look_back = |host: &mut Host, offset: i64| host.main.call(previous, &[offset.cast_unsigned()]).cast_signed();

    assert_eq!(look_back(&mut host, 0), answer.cast_signed());
    assert_eq!(look_back(&mut host, 2), previous.cast_signed());
    let memory = host.main.alloc(8);
    assert_eq!(host.main.call(answer, &[]), 42);
    host.main.ping();
    host.main.write(memory, b"12345678");
    assert_eq!(look_back(&mut host, 0), -1, "an acknowledgement");
    assert_eq!(look_back(&mut host, 1 + 1), -1, "another one");
    assert_eq!(look_back(&mut host, 2 + 2), 42);
    assert_eq!(look_back(&mut host, 3 + 3), memory.cast_signed());
    host.main.read(memory, 8);
    assert_eq!(look_back(&mut host, 0), 0x1234_5678_9abc, "a transfer begins with its address");

    assert_eq!(host.main.call(answer, &[]), 42);
    for _ in 0..255 {
        host.main.ping();
    }
    assert_eq!(look_back(&mut host, 255), 42);
    assert_eq!(look_back(&mut host, 256), -1, "too long ago");
    assert_eq!(look_back(&mut host, -1), -1);
    host.exit();
}

#[test]
fn each_channel_has_results_of_its_own() {
    let mut host = Host::start();
    let library = host.load("untyped");
    let previous = host.main.symbol(library, "previous");
    let answer = host.main.symbol(library, "answer");
    let mut further = host.open(1, USUAL_STACK);
    assert_eq!(further.call(answer, &[]), 42);
    host.main.ping();
    assert_eq!(further.call(previous, &[0]), 42);
    assert_eq!(host.main.call(previous, &[0]).cast_signed(), -1);
    host.exit();
}

/// A worker that has been idle for long sleeps more and more, and wakes up all the same.
#[test]
fn a_worker_that_sleeps_wakes_up() {
    let mut host = Host::start();
    for pause in [0, 1, 10, 100, 500] {
        thread::sleep(Duration::from_millis(pause));
        host.main.ping();
    }
    host.exit();
}
