//! Copies within a VE process, between two, and of rectangles; fills; transfers of parts, and by address.

use std::mem::forget;

use veo::{Context, Copy2d, Error, VePtr};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, differs, failure, process, within};

fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7 + i / 256) as u8).collect()
}

#[test]
fn transfers_take_parts() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&[0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
    assert_eq!(ctx.read(buffer.slice(2..4), vec![0; 2]).wait().unwrap(), [2, 3]);
    assert_eq!(ctx.read(buffer.split_at(6).1, vec![0; 2]).wait().unwrap(), [6, 7]);
    assert_eq!(ctx.read(&mut buffer, vec![0; 8]).wait().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    assert_eq!(ctx.write(buffer.slice_mut(..2), vec![-1, -2]).wait().unwrap(), [-1, -2]);
    let (mut left, right) = buffer.split_at_mut(4);
    ctx.write(right, vec![-5, -6, -7, -8]);
    ctx.write(&mut left, vec![-1, -2, -3, -4]);
    assert_eq!(ctx.read(&left, vec![0; 4]).wait().unwrap(), [-1, -2, -3, -4]);
    let (mut back, data) = ([0; 3], [10, 20]);
    ctx.scope(|s| {
        s.write(buffer.slice_mut(5..7), &data);
        s.read(buffer.slice(4..7), &mut back);
    });
    assert_eq!(back, [-5, 10, 20]);
    assert_says(ctx.read(buffer.slice(1..), vec![0; 8]).wait().unwrap_err(), &["read", "7 elements", "8"]);
}

#[test]
fn copies_within_a_process() {
    let (proc, ctx) = process();
    for n in [0, 1, 7, 4096, (1 << 20) + 1] {
        let from = proc.upload(&pattern(n)).unwrap();
        let (mut first, mut second) = (proc.zeroed::<u8>(n).unwrap(), proc.zeroed::<u8>(n + 2).unwrap());
        ctx.copy(&from, &mut first).wait().unwrap();
        second.slice_mut(1..=n).copy_from(&first).unwrap();
        assert_eq!(first.to_vec().unwrap(), pattern(n), "{n} bytes");
        assert_eq!(second.to_vec().unwrap(), [&[0][..], &pattern(n), &[0]].concat(), "{n} bytes");
    }
    let mut buffer = proc.upload(&[1_u16, 2, 3, 4]).unwrap();
    let (left, mut right) = buffer.split_at_mut(2);
    right.copy_from(&left).unwrap();
    assert_eq!(buffer.to_vec().unwrap(), [1, 2, 1, 2]);
}

#[test]
fn copies_keep_the_order_of_the_two() {
    let (proc, ctx) = process();
    let [one, two] = [(); 2].map(|()| proc.open_context().unwrap());
    let (mut x, mut y) = (proc.zeroed::<i32>(1000).unwrap(), proc.zeroed::<i32>(1000).unwrap());
    for copier in [&ctx, &two] {
        slow_fill(&one, 30_000, 1000, 5, &mut x);
        let held = slow_total(&one, 30_000, 1000, &y);
        let before = y.as_ptr();
        copier.copy(&x, &mut y);
        push(&one, 1000, 1, &mut x);
        assert_eq!((held.wait().unwrap() % 5, before), (0, y.as_ptr()));
        assert_eq!(total(&one, 1000, &y).wait().unwrap(), 5000);
        assert_eq!(x.to_vec().unwrap(), [11; 1000]);
    }
    slow_fill(&one, 30_000, 1000, 8, &mut x);
    let held = slow_total(&one, 30_000, 1000, &y);
    y.copy_from(&x).unwrap();
    assert_eq!((held.wait().unwrap(), y.to_vec().unwrap()), (5000, vec![8; 1000]));
}

#[test]
fn copies_between_processes() {
    let ((here, _), (there, _)) = (process(), process());
    for n in [0, 1, 4096, (1 << 20) - 1, 1 << 20, (3 << 20) + 5] {
        let from = here.upload(&pattern(n)).unwrap();
        let mut to = there.zeroed::<u8>(n + 2).unwrap();
        to.slice_mut(1..=n).copy_from(&from).unwrap();
        assert_eq!(to.to_vec().unwrap(), [&[0][..], &pattern(n), &[0]].concat(), "{n} bytes");
    }
    // After what the two processes still do with them.
    let (mut x, mut y) = (here.zeroed::<i32>(1000).unwrap(), there.zeroed::<i32>(1000).unwrap());
    let (ctx, other) = (here.open_context().unwrap(), there.open_context().unwrap());
    slow_fill(&ctx, 30_000, 1000, 5, &mut x);
    slow_fill(&other, 30_000, 1000, 6, &mut y);
    y.copy_from(&x).unwrap();
    assert_eq!(y.to_vec().unwrap(), [5; 1000]);
    // On a context it is an error that says what to do.
    let error = ctx.copy(&x, &mut y).wait().unwrap_err();
    assert!(matches!(error, Error::WrongProcess { .. }));
    assert_says(error, &[&format!("VE process {}", there.id()), &format!("VE process {}", here.id()), "copy"]);
    let mut other_x = there.zeroed::<i32>(1000).unwrap();
    assert!(matches!(ctx.fill(&mut other_x, 1).wait().unwrap_err(), Error::WrongProcess { .. }));
    assert!(matches!(ctx.copy(&y, &mut x).wait().unwrap_err(), Error::WrongProcess { .. }));
}

#[test]
fn wrong_lengths_of_copies_are_errors() {
    let (proc, ctx) = process();
    let (x, mut y) = (proc.zeroed::<i32>(3).unwrap(), proc.zeroed::<i32>(4).unwrap());
    assert_says(ctx.copy(&x, &mut y).wait().unwrap_err(), &["copy", "3", "4 elements"]);
    assert_says(y.copy_from(&x).unwrap_err(), &["copy_from", "3", "4 elements"]);
}

#[test]
fn fills_of_every_size() {
    let (proc, ctx) = process();
    for n in [0, 1, 2, 3, 16_383, 16_384, 16_385, 32_768, 32_769, 100_000, (1 << 20) + 1] {
        let mut buffer = proc.upload(&vec![-1; n + 2]).unwrap();
        for (value, at_once) in [(n as i32, false), (-7, true)] {
            match at_once {
                true => buffer.slice_mut(1..=n).fill(value).unwrap(),
                false => ctx.fill(buffer.slice_mut(1..=n), value).wait().unwrap(),
            }
            let all = buffer.to_vec().unwrap();
            assert!(all[1..=n].iter().all(|&x| x == value) && (all[0], all[n + 1]) == (-1, -1), "{n} elements");
        }
    }
}

#[test]
fn fills_of_every_type() {
    let (proc, ctx) = process();
    let mut bytes = proc.alloc::<u8>(70_001).unwrap();
    bytes.fill(0xa5).unwrap();
    assert_eq!(bytes.to_vec().unwrap(), [0xa5; 70_001]);
    let particle = Particle { charge: -3, mass: 5, ..Particle::default() };
    let mut particles = proc.alloc(5000).unwrap();
    ctx.fill(&mut particles, particle);
    assert_eq!(particles.to_vec().unwrap(), [particle; 5000]);
    // One element is more than what travels at once.
    let large = [0x0123_4567_89ab_cdef_u64; 10_000];
    let mut larges = proc.alloc(3).unwrap();
    larges.fill(large).unwrap();
    assert!(larges.to_vec().unwrap() == [large; 3]);
    let mut nothing = proc.alloc::<()>(100_000).unwrap();
    nothing.fill(()).unwrap();
    ctx.fill(&mut nothing, ()).wait().unwrap();
}

#[test]
fn fills_wait_and_are_waited_for() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let [one, two] = [(); 2].map(|()| proc.open_context().unwrap());
        let mut x = proc.zeroed::<i32>(50_000).unwrap();
        let gate = Gate::new(&proc);
        gate.close(&one);
        one.fill(&mut x, 3); // queued, not waited for
        gate.open();
        assert_eq!(total(&two, 50_000, &x).wait().unwrap(), 150_000);
        let held = slow_total(&one, 30_000, 50_000, &x);
        x.fill(4).unwrap();
        assert_eq!(held.wait().unwrap(), 150_000);
        let held = slow_total(&one, 30_000, 50_000, &x);
        two.fill(&mut x, 5);
        assert_eq!((held.wait().unwrap(), x.to_vec().unwrap()), (200_000, vec![5; 50_000]));
        // Dropped and forgotten while it is queued.
        let gate = Gate::new(&proc);
        gate.close(&one);
        forget(one.fill(&mut x, 6));
        one.fill(&mut x, 7);
        drop(x);
        gate.open();
        one.sync().unwrap();
        assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
    });
}

/// A rectangle in memory of 8 × 10 elements, somewhere else on either side.
const SHAPE: Copy2d = Copy2d::new(3, 4).from_pitch(10).to_pitch(6);
const FROM: usize = 23;
const TO: usize = 5;

fn expected(to: &[i32]) -> Vec<i32> {
    let mut expected = to.to_vec();
    for row in 0..3 {
        for column in 0..4 {
            expected[TO + row * 6 + column] = (FROM + row * 10 + column) as i32;
        }
    }
    expected
}

#[test]
fn rectangles_in_every_way() {
    let (proc, ctx) = process();
    let source: Vec<i32> = (0..80).collect();
    let from = proc.upload(&source).unwrap();
    let blank = vec![-1; 40];
    let host = |copy: &dyn Fn(&mut [i32])| {
        let mut to = blank.clone();
        copy(&mut to);
        assert_eq!(to, expected(&blank));
    };
    host(&|to| from.slice(FROM..).read_2d(&mut to[TO..], SHAPE).unwrap());
    host(&|to| ctx.scope(|s| s.read_2d(from.slice(FROM..), &mut to[TO..], SHAPE).wait()).unwrap());
    host(&|to| ctx.scope(|s| drop(s.read_2d(from.slice(FROM..), &mut to[TO..], SHAPE))));
    host(&|to| to[TO..].copy_from_slice(&ctx.read_2d(from.slice(FROM..), vec![-1; 35], SHAPE).wait().unwrap()));

    let (other, _other_ctx) = process();
    let elsewhere = other.upload(&source).unwrap();
    let ve = |copy: &dyn Fn(&Context, &mut veo::VeBuffer<i32>)| {
        let mut to = proc.upload(&blank).unwrap();
        copy(&ctx, &mut to);
        assert_eq!(to.to_vec().unwrap(), expected(&blank));
    };
    ve(&|_, to| to.slice_mut(TO..).write_2d(&source[FROM..], SHAPE).unwrap());
    ve(&|ctx, to| ctx.scope(|s| drop(s.write_2d(to.slice_mut(TO..), &source[FROM..], SHAPE))));
    ve(&|ctx, to| drop(ctx.write_2d(to.slice_mut(TO..), source[FROM..].to_vec(), SHAPE).wait().unwrap()));
    ve(&|ctx, to| forget(ctx.write_2d(to.slice_mut(TO..), source[FROM..].to_vec(), SHAPE)));
    ve(&|ctx, to| ctx.copy_2d(from.slice(FROM..), to.slice_mut(TO..), SHAPE).wait().unwrap());
    ve(&|ctx, to| drop(ctx.copy_2d(from.slice(FROM..), to.slice_mut(TO..), SHAPE)));
    ve(&|_, to| to.slice_mut(TO..).copy_from_2d(from.slice(FROM..), SHAPE).unwrap());
    ve(&|_, to| to.slice_mut(TO..).copy_from_2d(elsewhere.slice(FROM..), SHAPE).unwrap());
    ctx.sync().unwrap();
}

#[test]
fn rectangles_on_the_edge() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&(0..12).collect::<Vec<i32>>()).unwrap();
    let mut host = [0; 12];
    // All of it, with and without gaps; nothing; one row, one column.
    buffer.read_2d(&mut host, Copy2d::new(3, 4)).unwrap();
    assert_eq!(host, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
    buffer.read_2d(&mut host[..11], Copy2d::new(3, 3).from_pitch(4).to_pitch(4)).unwrap();
    for empty in [(0, 0), (0, 4), (3, 0), (usize::MAX, 0), (0, usize::MAX)] {
        let shape = Copy2d::new(empty.0, empty.1);
        buffer.read_2d(&mut [], shape).unwrap();
        buffer.write_2d(&[], shape).unwrap();
        assert_eq!(ctx.read_2d(&buffer, vec![1], shape).wait().unwrap(), [1]);
        ctx.copy_2d(buffer.split_at(6).0, proc.alloc(0).unwrap().as_mut_slice(), shape).wait().unwrap();
    }
    let wide = Copy2d::new(1, 4).from_pitch(usize::MAX).to_pitch(usize::MAX);
    assert_eq!(ctx.read_2d(buffer.slice(8..), vec![0; 4], wide).wait().unwrap(), [8, 9, 10, 11]);
    let column = ctx.read_2d(buffer.slice(1..), vec![0; 3], Copy2d::new(3, 1).from_pitch(4)).wait().unwrap();
    assert_eq!(column, [1, 5, 9]);
    // Bytes, so that rows are not aligned to anything.
    let bytes = proc.upload(&pattern(1000)).unwrap();
    let rows = ctx.read_2d(bytes.slice(3..), vec![0; 99], Copy2d::new(9, 11).from_pitch(37)).wait().unwrap();
    assert!(rows.chunks(11).enumerate().all(|(i, row)| row == &pattern(1000)[3 + 37 * i..14 + 37 * i]));
}

#[test]
fn rectangles_outside_are_errors() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&[1; 12]).unwrap();
    let wrong = [
        (Copy2d::new(3, 5), "it takes 15 elements, and the source has 12"),
        (Copy2d::new(3, 4).from_pitch(5), "it takes 14 elements, and the source has 12"),
        (Copy2d::new(3, 4).to_pitch(5), "it takes 14 elements, and the target has 12"),
        (Copy2d::new(2, 4).to_pitch(3), "at least the number of columns"),
        (Copy2d::new(usize::MAX, 1), "elements, and the source has 12"),
        (Copy2d::new(1, usize::MAX), "elements, and the source has 12"),
        (Copy2d::new(usize::MAX, usize::MAX), "no memory is as large"),
        (Copy2d::new(2, 1).from_pitch(usize::MAX), "no memory is as large"),
        (Copy2d::new(3, 1).to_pitch(usize::MAX / 2), "elements, and the target has 12"),
    ];
    for (shape, words) in wrong {
        let mut to = proc.upload(&[2; 12]).unwrap();
        let says = |error: Error, operation: &str| assert_says(error, &[operation, "rows of", words]);
        says(buffer.read_2d(&mut [0; 12], shape).unwrap_err(), "VeBuffer::read_2d");
        says(buffer.write_2d(&[0; 12], shape).unwrap_err(), "VeBuffer::write_2d");
        says(to.copy_from_2d(&buffer, shape).unwrap_err(), "VeBuffer::copy_from_2d");
        says(ctx.read_2d(&buffer, vec![0; 12], shape).wait().unwrap_err(), "Context::read_2d");
        says(ctx.write_2d(&mut buffer, vec![0; 12], shape).wait().unwrap_err(), "Context::write_2d");
        says(ctx.copy_2d(&buffer, &mut to, shape).wait().unwrap_err(), "Context::copy_2d");
        let mut back = [0; 12];
        says(ctx.scope(|s| s.read_2d(&buffer, &mut back, shape).wait()).unwrap_err(), "Context::read_2d");
        assert_eq!((buffer.to_vec().unwrap(), to.to_vec().unwrap()), (vec![1; 12], vec![2; 12]));
    }
    let (other, _) = process();
    let mut foreign = other.upload(&[1; 12]).unwrap();
    let shape = Copy2d::new(2, 2).from_pitch(4).to_pitch(4);
    for error in [
        ctx.read_2d(&foreign, vec![0; 12], shape).wait().unwrap_err(),
        ctx.write_2d(&mut foreign, vec![0; 12], shape).wait().unwrap_err(),
        ctx.copy_2d(&buffer, &mut foreign, shape).wait().unwrap_err(),
    ] {
        assert!(matches!(error, Error::WrongProcess { .. }), "{error}");
    }
}

#[test]
fn many_rows_keep_their_order() {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    let mut x = proc.zeroed::<i32>(3 * 5000).unwrap();
    let shape = Copy2d::new(5000, 2).from_pitch(3).to_pitch(2);
    slow_fill(&other, 30_000, 3 * 5000, 4, &mut x);
    let mut y = proc.zeroed::<i32>(2 * 5000).unwrap();
    let read = ctx.read_2d(&x, vec![0; 2 * 5000], shape);
    ctx.copy_2d(&x, &mut y, shape);
    fill(&other, 3 * 5000, 9, &mut x);
    assert_eq!(total(&other, 2 * 5000, &y).wait().unwrap(), 40_000);
    assert_eq!(read.wait().unwrap(), [4; 2 * 5000]);
}

#[test]
fn copies_and_fills_of_a_process_that_dies() {
    if differs("a VE process that is killed in the middle of a transfer may end the program, or leave it waiting") {
        return;
    }
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let gate = Gate::new(&proc);
        let (x, mut y) = (proc.zeroed::<i32>(100_000).unwrap(), proc.zeroed::<i32>(100_000).unwrap());
        let mut z = proc.zeroed::<i32>(100_000).unwrap();
        gate.close(&other);
        read_null(&other);
        let shape = Copy2d::new(100, 10).from_pitch(1000).to_pitch(1000);
        let read = other.read_2d(&x, vec![0; 100_000], shape);
        let requests =
            [other.copy(&x, &mut y), other.fill(&mut y, 1), other.copy_2d(&x, &mut z, shape), other.fill(&mut z, 2)];
        gate.open();
        assert_says(failure(read), &["reading 4000 bytes", "SIGSEGV"]);
        requests.into_iter().map(failure).for_each(|error| assert_says(error, &["SIGSEGV"]));
        // And afterwards.
        assert_says(y.fill(1).unwrap_err(), &["bytes", "SIGSEGV"]);
        assert_says(y.copy_from(&x).unwrap_err(), &["copy 400000 bytes", "SIGSEGV"]);
        assert_says(failure(ctx.copy(&x, &mut y)), &["copying 400000 bytes", "SIGSEGV"]);
        assert_says(failure(ctx.fill(&mut y, 1)), &["SIGSEGV"]);
        assert_says(failure(ctx.read_2d(&x, vec![0; 100_000], shape)), &["SIGSEGV"]);
        assert_says(failure(ctx.alloc_bytes(10)), &["allocating 10 bytes", "SIGSEGV"]);
        assert_says(failure(ctx.read_mem(x.as_ptr(), vec![0; 3])), &["reading 12 bytes", "SIGSEGV"]);
    });
}

#[test]
fn raw_memory_in_the_queue() {
    let (proc, _) = process();
    let ctx = proc.open_context().unwrap();
    let memory = ctx.alloc_bytes(800).wait().unwrap().cast::<u64>();
    assert!(!memory.is_null() && memory.is_aligned());
    ctx.write_mem(memory, (0..100).collect());
    assert_eq!(ctx.read_mem(memory.add(10), vec![0; 3]).wait().unwrap(), [10, 11, 12]);
    let (data, mut back) = ([7_u64, 8], [0_u64; 3]);
    ctx.scope(|s| {
        s.write_mem(memory.add(1), &data);
        s.read_mem(memory, &mut back);
    });
    assert_eq!(back, [0, 7, 8]);
    // Addresses need not be aligned to anything.
    let odd = memory.byte_add(83);
    ctx.write_mem(odd, vec![u64::MAX - 5, 6]).wait().unwrap();
    proc.read_mem(&mut back[..2], odd).unwrap();
    assert_eq!((back, odd.is_aligned()), ([u64::MAX - 5, 6, 8], false));
    assert!(ctx.read_mem(memory, Vec::<u64>::new()).wait().unwrap().is_empty());
    forget(ctx.read_mem(memory, vec![0_u64; 100]));
    drop(ctx.write_mem(memory, vec![0_u64; 100]));
    ctx.free_mem(memory).wait().unwrap();
    assert!(!ctx.alloc_bytes(0).wait().unwrap().is_null());
    for bytes in [usize::MAX, 1 << 45] {
        let error = ctx.alloc_bytes(bytes).wait().unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }), "{bytes}: {error}");
    }
    forget(ctx.alloc_bytes(10));
    drop(ctx.alloc_bytes(10));
    ctx.free_mem(VePtr::<u8>::null()).wait().unwrap();
    ctx.sync().unwrap();
}

#[test]
fn bad_addresses_in_the_queue() {
    if differs("a bad address in a transfer ends the VE process") {
        return;
    }
    let (_proc, ctx) = process();
    let bad = VePtr::<u32>::from_addr(0x1000);
    assert_says(ctx.read_mem(bad, vec![0; 4]).wait().unwrap_err(), &["cannot read 16 bytes", "0x1000"]);
    assert_says(ctx.write_mem(bad, vec![0; 4]).wait().unwrap_err(), &["cannot write 16 bytes", "0x1000"]);
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

/// A host function of the main context stands in front of what it would wait for.
#[test]
fn copies_in_a_host_function_of_the_main_context() {
    if differs("synchronous calls in a host function of the main context block for ever") {
        return;
    }
    within(NEVER, || {
        let (proc, ctx) = process();
        let mut x = proc.zeroed::<i32>(100_000).unwrap();
        let error = ctx.host_fn(move || x.fill(1)).wait().unwrap().unwrap_err();
        assert_says(error, &["copy", "host function of the main context"]);
    });
}

#[test]
fn pointers_are_counted_in_elements() {
    let p = VePtr::<u64>::from_addr(0x6000_0000_0000);
    assert_eq!((p.add(3).addr(), p.byte_add(3).addr()), (0x6000_0000_0018, 0x6000_0000_0003));
    assert_eq!((p.add(3).offset_from(p), p.offset_from(p.add(3))), (3, -3));
    assert_eq!(
        (p.is_aligned(), p.byte_add(4).is_aligned(), p.byte_add(4).cast::<u32>().is_aligned()),
        (true, false, true)
    );
    assert_eq!(VePtr::<()>::from_addr(8).offset_from(VePtr::null()), 0);
    assert_eq!(p.add(usize::MAX).addr(), p.addr() - 8);
    assert!(std::collections::HashSet::from([p, p.add(1)]).contains(&p));
}
