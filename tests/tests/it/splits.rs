//! Halves of a buffer, on one context and on several: those that overlap keep their order, others do not wait.

use veo::{Context, Proc, VeBuffer, VeSliceMut};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, process, within};

const N: usize = 1000;
const HALF: usize = N / 2;

/// How long a kernel naps before it works: enough for a use that is not ordered to get in first.
const NAP_US: u64 = 30_000;

/// A process with its main context and two more, and a buffer of zeros.
fn shared() -> (Proc, [Context; 3], VeBuffer<i32>) {
    let (proc, main) = process();
    let contexts = [main, proc.open_context().unwrap(), proc.open_context().unwrap()];
    let buffer = proc.zeroed(N).unwrap();
    (proc, contexts, buffer)
}

#[test]
fn both_halves_in_one_call() {
    let (_proc, [ctx, ..], mut buffer) = shared();
    buffer.slice_mut(..HALF).write(&[7; HALF]).unwrap();
    let (left, right) = buffer.split_at_mut(HALF);
    assert_ne!(compare(&ctx, left.as_slice(), right.as_slice(), HALF).wait().unwrap(), 0);
    ctx.copy(left.as_slice(), right);
    let (left, right) = buffer.split_at(HALF);
    assert_eq!(compare(&ctx, left, right, 4 * HALF).wait().unwrap(), 0);
}

#[test]
fn halves_are_written_side_by_side() {
    within(NEVER, || {
        let (proc, [_, one, two], mut buffer) = shared();
        let gate = Gate::new(&proc);
        gate.close(&one);
        let (left, mut right) = buffer.split_at_mut(HALF);
        let held = fill(&one, HALF, 1, left);
        // Neither another context nor the host waits for the left half.
        fill(&two, HALF, 2, right.reborrow()).wait().unwrap();
        push(&two, HALF, 3, right.reborrow());
        assert_eq!(right.as_slice().to_vec().unwrap(), [7; HALF]);
        right.write(&[8; HALF]).unwrap();
        gate.open();
        held.wait().unwrap();
        assert_eq!(buffer.to_vec().unwrap(), [[1; HALF], [8; HALF]].concat());
    });
}

#[test]
fn chunks_are_written_side_by_side() {
    within(NEVER, || {
        let (proc, [_, one, two], mut buffer) = shared();
        let gate = Gate::new(&proc);
        gate.close(&one);
        let mut held = Vec::new();
        for (i, chunk) in buffer.chunks_mut(3).enumerate() {
            let (ctx, n) = (if i % 2 == 0 { &one } else { &two }, chunk.len());
            let request = fill(ctx, n, i as i32, chunk);
            if i % 2 == 0 { held.push(request) } else { request.wait().unwrap() }
        }
        gate.open();
        held.into_iter().for_each(|request| request.wait().unwrap());
        let expected: Vec<_> = (0..N).map(|i| (i / 3) as i32).collect();
        assert_eq!(buffer.to_vec().unwrap(), expected);
    });
}

#[test]
fn a_use_of_the_whole_waits_for_both_halves() {
    for way in 0..4 {
        let (proc, [main, one, two], mut buffer) = shared();
        let third = proc.open_context().unwrap();
        let (left, right) = buffer.split_at_mut(HALF);
        // The later one ends first.
        slow_fill(&one, 2 * NAP_US, HALF, 1, left);
        slow_fill(&two, NAP_US, HALF, 2, right);
        let all = match way {
            0 => buffer.to_vec().unwrap(),
            1 => third.read(&buffer, vec![0; N]).wait().unwrap(),
            2 => {
                push(&third, N, 0, &mut buffer);
                let doubled = buffer.to_vec().unwrap();
                doubled.iter().map(|x| x / 2).collect()
            }
            _ => {
                let mut other = proc.alloc(N).unwrap();
                main.copy(&buffer, &mut other);
                other.to_vec().unwrap()
            }
        };
        assert_eq!(all, [[1; HALF], [2; HALF]].concat(), "way {way}");
    }
}

#[test]
fn a_half_waits_for_a_use_of_the_whole() {
    let (_proc, [_, one, two], mut buffer) = shared();
    slow_fill(&one, NAP_US, N, 3, &mut buffer);
    let (left, right) = buffer.split_at_mut(HALF);
    assert_eq!(total(&two, HALF, right.as_slice()).wait().unwrap(), 3 * HALF as i64);
    push(&two, HALF, 1, left);
    assert_eq!(buffer.to_vec().unwrap(), [[7; HALF], [3; HALF]].concat());

    let sum = slow_total(&one, NAP_US, N, &buffer);
    fill(&two, HALF, 0, buffer.split_at_mut(HALF).1);
    assert_eq!(sum.wait().unwrap(), 10 * HALF as i64);
}

#[test]
fn parts_that_overlap_wait_for_each_other() {
    let (_proc, [_, one, two], mut buffer) = shared();
    slow_fill(&one, NAP_US, 600, 1, buffer.split_at_mut(600).0);
    // Of the part that was just written, and the rest.
    push(&two, HALF, 5, buffer.split_at_mut(HALF).1);
    assert_eq!(buffer.to_vec().unwrap(), [vec![1; HALF], vec![7; 100], vec![5; 400]].concat());

    let sum = slow_total(&one, NAP_US, HALF, buffer.split_at(HALF).0);
    fill(&two, 10, 100, buffer.split_at_mut(10).0);
    assert_eq!(sum.wait().unwrap(), HALF as i64);
}

#[test]
fn halves_of_halves_and_nothing() {
    let (_proc, [ctx, other, _], mut buffer) = shared();
    {
        let (nothing, all) = buffer.split_at_mut(0);
        assert!(nothing.is_empty());
        fill(&other, 0, -1, nothing);
        let (all, nothing) = all.split_at_mut(N);
        assert!(nothing.is_empty());
        let (left, right) = all.split_at_mut(HALF);
        let (a, b) = left.split_at_mut(200);
        let (c, d) = right.split_at_mut(200);
        for (i, (ctx, part)) in [(&ctx, a), (&other, b), (&other, c), (&ctx, d)].into_iter().enumerate() {
            fill(ctx, part.len(), i as i32, part);
        }
    }
    let parts = [vec![0; 200], vec![1; 300], vec![2; 200], vec![3; 300]];
    assert_eq!(buffer.to_vec().unwrap(), parts.concat());
    let (mut b, _) = buffer.as_mut_slice().slice_mut(200..).split_at_mut(300);
    push(&ctx, 300, 0, b.reborrow());
    push(&other, 100, 1, b.slice_mut(200..));
    assert_eq!(buffer.slice(399..401).to_vec().unwrap(), [2, 5]);
    assert_eq!(buffer.chunks(300).map(|chunk| chunk.len()).collect::<Vec<_>>(), [300, 300, 300, 100]);
    assert_eq!((buffer.chunks(N).len(), buffer.chunks_mut(N + 1).len(), buffer.chunks(7).len()), (1, 1, 143));
    assert_eq!(buffer.slice(5..5).chunks(3).count(), 0);
}

#[test]
fn splitting_outside_panics_here_and_not_there() {
    let (_proc, _, buffer) = shared();
    let outside: [fn(&VeBuffer<i32>); 3] =
        [|b| _ = b.split_at(N + 1), |b| _ = b.slice(5..).split_at(N - 4), |b| _ = b.chunks(0)];
    for (split, words) in outside.into_iter().zip(["not inside", "not inside", "pieces of no elements"]) {
        let split = std::panic::AssertUnwindSafe(|| split(&buffer));
        let panic = std::panic::catch_unwind(split).unwrap_err();
        let text = panic.downcast_ref::<String>().cloned();
        assert_says(text.unwrap_or_else(|| (*panic.downcast_ref::<&str>().unwrap()).into()), &[words]);
    }
}

#[test]
fn a_buffer_may_go_while_its_halves_are_in_use() {
    let (proc, [_, one, two], mut buffer) = shared();
    let side = proc.open_context().unwrap();
    buffer.write(&[3; N]).unwrap();
    let gate = Gate::new(&proc);
    [&one, &two].into_iter().for_each(|ctx| gate.close(ctx));
    let (left, right) = buffer.split_at(HALF);
    let sums = [total(&one, HALF, left), total(&two, HALF, right)];
    drop(buffer);
    // Whoever gets the memory next would be seen in the sums.
    let mut others: Vec<_> = (0..8).map(|_| proc.alloc::<i32>(N).unwrap()).collect();
    others.iter_mut().for_each(|other| fill(&side, N, -1, other).wait().unwrap());
    gate.open();
    assert_eq!(sums.map(|sum| sum.wait().unwrap()), [3 * HALF as i64; 2]);
}

#[test]
fn forgotten_halves_are_harmless() {
    let (proc, [ctx, other, _], mut buffer) = shared();
    let gate = Gate::new(&proc);
    gate.close(&other);
    let (left, right) = buffer.split_at_mut(HALF);
    std::mem::forget((fill(&other, HALF, 1, left), push(&other, HALF, 1, right)));
    std::mem::forget(buffer);
    gate.open();
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn two_threads_with_a_half_each() {
    let (_proc, [_, one, two], mut buffer) = shared();
    let (left, right) = buffer.split_at_mut(HALF);
    let work = |ctx: &Context, mut part: VeSliceMut<'_, i32>, seed: i32| {
        let mut expected = 0_i32;
        for i in 0..200 {
            push(ctx, HALF, seed + i, part.reborrow());
            expected = expected.wrapping_mul(2).wrapping_add(seed + i);
            if i % 20 == 0 {
                assert_eq!(part.as_slice().to_vec().unwrap(), [expected; HALF]);
            }
        }
        expected
    };
    let [left, right] = std::thread::scope(|threads| {
        let left = threads.spawn(|| work(&one, left, 1));
        let right = threads.spawn(|| work(&two, right, 1000));
        [left, right].map(|thread| thread.join().unwrap())
    });
    assert_eq!(buffer.to_vec().unwrap(), [[left; HALF], [right; HALF]].concat());
}

/// Whatever is done with whatever part, on whichever context, has the same result as if it were done one after the other.
#[test]
fn any_sequence_of_uses_keeps_its_order() {
    const SIZE: usize = 24;
    let (proc, contexts, _) = shared();
    let mut dice = 2026_u64;
    let mut roll = |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    for round in 0..30 {
        let mut buffer = proc.zeroed::<i32>(SIZE).unwrap();
        let mut model = vec![0_i32; SIZE];
        for step in 0..120_i32 {
            let ctx = &contexts[roll(3)];
            let (mid, add) = (roll(SIZE + 1), step);
            let double = |x: &mut i32| *x = x.wrapping_mul(2).wrapping_add(add);
            match roll(9) {
                0 => {
                    push(ctx, mid, add, buffer.split_at_mut(mid).0);
                    model[..mid].iter_mut().for_each(double);
                }
                1 => {
                    push(ctx, SIZE - mid, add, buffer.split_at_mut(mid).1);
                    model[mid..].iter_mut().for_each(double);
                }
                2 => {
                    push(ctx, SIZE, add, &mut buffer);
                    model.iter_mut().for_each(double);
                }
                3 => {
                    push(ctx, mid, add, buffer.slice_mut(..mid));
                    model[..mid].iter_mut().for_each(double);
                }
                4 => {
                    nap_us(ctx, 300);
                    let sum: i64 = model[..mid].iter().copied().map(i64::from).sum();
                    let read = total(ctx, mid, buffer.split_at(mid).0);
                    // Most are dropped, and still read.
                    if roll(4) == 0 {
                        assert_eq!(read.wait().unwrap(), sum, "round {round}, step {step}");
                    }
                }
                5 => {
                    let (left, right) = buffer.split_at_mut(mid);
                    let n = mid.min(SIZE - mid);
                    ctx.copy(left.as_slice().slice(..n), right.slice_mut(..n));
                    model.copy_within(..n, mid);
                }
                6 => {
                    ctx.fill(buffer.split_at_mut(mid).1, add);
                    model[mid..].fill(add);
                }
                7 => {
                    ctx.write(buffer.split_at_mut(mid).0, vec![add; mid]);
                    model[..mid].fill(add);
                }
                _ => {
                    let part = buffer.split_at(mid).0;
                    let read = if roll(2) == 0 { part.to_vec() } else { ctx.read(part, vec![0; mid]).wait() };
                    assert_eq!(read.unwrap(), model[..mid], "round {round}, step {step}");
                }
            }
        }
        assert_eq!(buffer.to_vec().unwrap(), model, "round {round}");
    }
}
