//! Data to the worker and back.

use crate::channel::{FRAGMENT, NEVER};
use crate::host::Host;
use crate::wire::{Payload, command};

/// Bytes that no shift by a page or a fragment makes look right.
fn pattern(length: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(next).flatten().take(length).collect()
}

#[test]
fn sizes_and_addresses_may_be_odd() {
    let mut host = Host::start();
    let memory = host.main.alloc(20_000);
    for size in (1..=17).chain([63, 64, 65, 4095, 4096, 4097, 10_001]) {
        for offset in [0, 1, 3, 7, 9, 4095] {
            let mut expected = vec![0x55; size + 2];
            host.main.write(memory + offset, &expected);
            let data = pattern(size);
            host.main.write(memory + offset + 1, &data);
            expected[1..=size].copy_from_slice(&data);
            assert!(host.main.read(memory + offset, size + 2) == expected, "{size} bytes at {offset}");
        }
    }
    host.exit();
}

#[test]
fn a_transfer_may_fill_a_queue() {
    for threads in [1, 4] {
        let mut host = Host::start_with(threads, |_| {});
        let most = host.main.segment.payload_limit() - 16;
        let memory = host.main.alloc(most as u64);
        for size in [most, most - 1, most - 8, most / 2] {
            let data = pattern(size);
            host.main.write(memory, &data);
            assert!(host.main.read(memory, size) == data, "{size}");
            assert!(host.main.read(memory + 1, size - 1) == data[1..], "{size}");
        }
        host.exit();
    }
}

#[test]
fn large_transfers_come_in_fragments() {
    const SIZE: usize = 64 << 20;
    let mut host = Host::start();
    let memory = host.main.alloc(SIZE as u64);
    let data = pattern(SIZE);
    for (index, piece) in data.chunks(FRAGMENT).enumerate() {
        host.main.send(command::SEND, Payload::new().u64(memory + (index * FRAGMENT) as u64).bytes(piece));
    }
    for _ in data.chunks(FRAGMENT) {
        host.main.receive().acknowledged();
    }
    for index in 0..SIZE / FRAGMENT {
        let at = (index * FRAGMENT) as u64;
        host.main.send(command::RECEIVE, Payload::new().u64(memory + at).u64(at).u64(FRAGMENT as u64));
    }
    for (index, piece) in data.chunks(FRAGMENT).enumerate() {
        let reply = host.main.receive();
        let (to, received) = reply.data();
        assert_eq!(to, (index * FRAGMENT) as u64);
        assert!(received == piece, "fragment {index}");
    }
    host.exit();
}

/// Payloads of replies go round and round in their queue, and wait for room.
#[test]
fn replies_of_all_sizes_wait_for_room() {
    let mut host = Host::start();
    let most = host.main.segment.payload_limit() - 16;
    let data = pattern(most);
    let memory = host.main.alloc(most as u64);
    host.main.write(memory, &data);
    let sizes = [most, 1, most / 2, most / 2 + 1, 3 << 20, 2 << 20, 100, most / 3, most / 3, most / 3, 7, most - 7];
    let sizes: Vec<usize> = sizes.into_iter().cycle().take(240).collect();
    for &size in &sizes {
        host.main.send(command::RECEIVE, Payload::new().u64(memory).u64(size as u64).u64(size as u64));
    }
    for (id, &size) in sizes.iter().enumerate() {
        let reply = host.main.receive_within(NEVER).unwrap();
        let (to, received) = reply.data();
        assert_eq!((to, received.len()), (size as u64, size), "reply {id}");
        assert!(received == &data[..size], "reply {id}");
    }
    host.exit();
}
