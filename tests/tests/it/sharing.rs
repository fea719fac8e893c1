//! One buffer, two contexts: a use waits for what it conflicts with, wherever that is queued, and for nothing else.

use std::time::{Duration, Instant};

use veo::{Context, Proc, VeBuffer};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, process, within};

const N: usize = 1000;

/// How long a kernel naps before it works: enough for a use that is not ordered to get in first.
const NAP_US: u64 = 30_000;

fn shared() -> (Proc, Context, Context, VeBuffer<i32>) {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    let buffer = proc.zeroed(N).unwrap();
    (proc, ctx, other, buffer)
}

#[test]
fn a_read_waits_for_the_write_of_another_context() {
    let (_proc, ctx, other, mut buffer) = shared();
    for (writer, reader, value) in [(&ctx, &other, 1), (&other, &ctx, 2)] {
        slow_fill(writer, NAP_US, N, value, &mut buffer);
        assert_eq!(total(reader, N, &buffer).wait().unwrap(), i64::from(value) * N as i64);
    }
}

#[test]
fn a_write_waits_for_the_read_of_another_context() {
    let (_proc, ctx, other, mut buffer) = shared();
    for (reader, writer, value) in [(&ctx, &other, 1), (&other, &ctx, 2)] {
        buffer.write(&[5; N]).unwrap();
        let sum = slow_total(reader, NAP_US, N, &buffer);
        fill(writer, N, value, &mut buffer).wait().unwrap();
        assert_eq!(sum.wait().unwrap(), 5 * N as i64);
        assert_eq!(buffer.to_vec().unwrap(), [value; N]);
    }
}

#[test]
fn a_write_waits_for_the_reads_of_all_contexts() {
    let (proc, ctx, other, mut buffer) = shared();
    let third = proc.open_context().unwrap();
    buffer.write(&[5; N]).unwrap();
    let naps = [3 * NAP_US, NAP_US, 2 * NAP_US];
    let sums = [&ctx, &other, &third].into_iter().zip(naps).map(|(ctx, us)| slow_total(ctx, us, N, &buffer));
    let sums: Vec<_> = sums.collect();
    let fourth = proc.open_context().unwrap();
    fill(&fourth, N, 0, &mut buffer);
    for sum in sums {
        assert_eq!(sum.wait().unwrap(), 5 * N as i64);
    }
}

#[test]
fn the_host_waits_for_kernels_of_every_context() {
    let (_proc, ctx, other, mut buffer) = shared();
    for ctx in [&ctx, &other] {
        slow_fill(ctx, NAP_US, N, 7, &mut buffer);
        assert_eq!(buffer.to_vec().unwrap(), [7; N], "context {}", ctx.index());

        let sum = slow_total(ctx, NAP_US, N, &buffer);
        buffer.write(&[1; N]).unwrap();
        assert_eq!(sum.wait().unwrap(), 7 * N as i64, "context {}", ctx.index());

        slow_fill(ctx, NAP_US, 10, 8, buffer.slice_mut(..10));
        assert_eq!(buffer.slice(5..15).to_vec().unwrap(), [8, 8, 8, 8, 8, 1, 1, 1, 1, 1]);
    }
}

#[test]
fn transfers_of_one_context_wait_for_kernels_of_another() {
    let (_proc, ctx, other, mut buffer) = shared();
    slow_fill(&other, NAP_US, N, 3, &mut buffer);
    assert_eq!(ctx.read(&buffer, vec![0; N]).wait().unwrap(), [3; N]);
    let sum = slow_total(&other, NAP_US, N, &buffer);
    ctx.write(&mut buffer, vec![4; N]);
    assert_eq!(sum.wait().unwrap(), 3 * N as i64);
    assert_eq!(total(&other, N, &buffer).wait().unwrap(), 4 * N as i64);
}

#[test]
fn a_chain_over_two_contexts_keeps_its_order() {
    let (_proc, ctx, other, mut buffer) = shared();
    let mut expected = 0_i32;
    for i in 0..60 {
        push(if i % 2 == 0 { &ctx } else { &other }, N, i, &mut buffer);
        expected = expected.wrapping_mul(2).wrapping_add(i);
    }
    assert_eq!(buffer.to_vec().unwrap(), [expected; N]);
}

#[test]
fn reads_of_two_contexts_go_side_by_side() {
    within(NEVER, || {
        let (proc, ctx, other, mut buffer) = shared();
        buffer.write(&[1; N]).unwrap();
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let held = total(&ctx, N, &buffer);
        assert_eq!(total(&other, N, &buffer).wait().unwrap(), N as i64);
        gate.open();
        assert_eq!(held.wait().unwrap(), N as i64);
    });
}

#[test]
fn other_buffers_are_not_waited_for() {
    within(NEVER, || {
        let (proc, ctx, other, mut buffer) = shared();
        let mut second = proc.zeroed::<i32>(N).unwrap();
        let gate = Gate::new(&proc);
        gate.close(&other);
        fill(&other, N, 1, &mut buffer);
        fill(&ctx, N, 2, &mut second);
        assert_eq!(second.to_vec().unwrap(), [2; N]);
        gate.open();
        assert_eq!(buffer.to_vec().unwrap(), [1; N]);
    });
}

/// What came before a host function in its own queue is over, and waiting for it there would be waiting for oneself.
#[test]
fn a_host_function_reads_what_its_queue_has_written() {
    within(NEVER, || {
        let (_proc, _ctx, other, mut buffer) = shared();
        slow_fill(&other, NAP_US, N, 3, &mut buffer);
        let back = other.host_fn(move || {
            let first = buffer.to_vec()?;
            buffer.write(&[4; N])?;
            Ok::<_, veo::Error>((first, buffer))
        });
        let (first, mut buffer) = back.wait().unwrap().unwrap();
        assert_eq!(first, [3; N]);
        // And on another thread it does not stand in the way of what comes behind it.
        fill(&other, N, 5, &mut buffer);
        assert_eq!(buffer.to_vec().unwrap(), [5; N]);
    });
}

#[test]
fn a_kernel_goes_on_with_the_buffer_when_its_context_is_dropped() {
    let (_proc, _ctx, other, mut buffer) = shared();
    slow_fill(&other, 5 * NAP_US, N, 9, &mut buffer);
    drop(other);
    assert!(buffer.to_vec().unwrap() == [9; N], "read before the kernel had written");
}

#[test]
fn and_the_memory_stays_its_own() {
    let (proc, ctx, other, mut buffer) = shared();
    slow_fill(&other, 5 * NAP_US, N, 9, &mut buffer);
    drop(other);
    let address = buffer.as_ptr();
    drop(buffer);
    ctx.sync().unwrap();
    let start = Instant::now();
    // It may come back when the kernel has finished, not before.
    let others: Vec<_> = (0..64).map(|_| proc.alloc::<i32>(N).unwrap()).collect();
    let early = start.elapsed() < Duration::from_micros(NAP_US);
    assert!(!early || others.iter().all(|other| other.as_ptr() != address), "the memory was given away under a kernel");
}
