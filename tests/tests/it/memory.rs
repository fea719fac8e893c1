//! VE memory: sizes, lengths, parts, foreign addresses, and the end of it.

use veo::{Error, VePtr};
use veo_tests::kernels::*;

use crate::engines::NO_REASONS;
use crate::support::{Gate, assert_says, child, differs, output_of, process};

/// What is different on NEC's library.
const BEHIND_MAIN: &str =
    "what is done on the process itself, and the opening of a context, waits for the main context";
const HOST_MEMORY: &str = "VE memory is all that the worker's `malloc` has; `VEO_HOST_MEMORY` means nothing";

const SIZES: [usize; 10] = [0, 1, 63, 64, 65, 4095, 4096, 4097, 100_000, (1 << 20) + 3];

fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7 + i / 256) as u8).collect()
}

#[test]
fn what_is_uploaded_comes_back() {
    let (proc, _ctx) = process();
    let buffers: Vec<_> = SIZES.iter().map(|&n| proc.upload(&pattern(n)).unwrap()).collect();
    for (buffer, n) in buffers.iter().zip(SIZES) {
        assert_eq!((buffer.len(), buffer.is_empty()), (n, n == 0));
        assert_eq!(buffer.to_vec().unwrap(), pattern(n), "{n} bytes");
        let mut back = vec![0xee; n];
        buffer.read(&mut back).unwrap();
        assert_eq!(back, pattern(n), "{n} bytes");
    }
}

#[test]
fn zeroed_memory_is_zero_though_it_was_used_before() {
    let (proc, _ctx) = process();
    for n in SIZES {
        drop(proc.upload(&vec![0xff_u8; n]).unwrap());
        assert!(proc.zeroed::<u8>(n).unwrap().to_vec().unwrap().iter().all(|&byte| byte == 0), "{n} bytes");
    }
}

#[test]
fn elements_of_every_width() {
    let (proc, _ctx) = process();
    assert_eq!(proc.upload(&[i16::MIN, -1, i16::MAX]).unwrap().to_vec().unwrap(), [i16::MIN, -1, i16::MAX]);
    assert_eq!(proc.upload(&[u128::MAX, 1]).unwrap().to_vec().unwrap(), [u128::MAX, 1]);
    let particles = [Particle { charge: 1, ..Particle::default() }, Particle { mass: 2, ..Particle::default() }];
    assert_eq!(proc.upload(&particles).unwrap().to_vec().unwrap(), particles);
    assert_eq!(proc.upload(&[(), (), ()]).unwrap().len(), 3);
}

#[test]
fn parts_are_read_and_written_alone() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&[0, 1, 2, 3, 4, 5, 6, 7]).unwrap();
    assert_eq!(buffer.slice(2..5).to_vec().unwrap(), [2, 3, 4]);
    assert_eq!(buffer.slice(..=1).to_vec().unwrap(), [0, 1]);
    assert_eq!(buffer.slice(3..).slice(1..3).to_vec().unwrap(), [4, 5]);
    assert!(buffer.slice(8..).to_vec().unwrap().is_empty());
    buffer.slice_mut(6..).write(&[60, 70]).unwrap();
    fill(&ctx, 2, -1, buffer.slice_mut(1..3));
    let mut part = buffer.slice_mut(3..6);
    push(&ctx, 3, 0, part.reborrow());
    push(&ctx, 3, 1, part);
    assert_eq!(buffer.to_vec().unwrap(), [0, -1, -1, 13, 17, 21, 60, 70]);
    assert_eq!(buffer.slice(1..).as_ptr(), buffer.as_ptr().offset(1));
}

#[test]
fn ranges_outside_panic_here_and_not_there() {
    let (proc, _ctx) = process();
    let buffer = proc.zeroed::<i32>(8).unwrap();
    let outside: [fn(&veo::VeBuffer<i32>); 5] = [
        |b| drop(b.slice(..9).to_vec()),
        |b| drop(b.slice(9..).to_vec()),
        |b| drop(b.slice(..=usize::MAX).to_vec()),
        |b| drop(b.slice(4..).slice(..5).to_vec()),
        #[expect(clippy::reversed_empty_ranges, reason = "that is the mistake")]
        |b| drop(b.slice(5..4).to_vec()),
    ];
    for take in outside {
        let take = std::panic::AssertUnwindSafe(|| take(&buffer));
        let panic = std::panic::catch_unwind(take).unwrap_err();
        assert_says(panic.downcast_ref::<String>().unwrap(), &["not inside a VE buffer of"]);
    }
}

#[test]
fn wrong_lengths_are_errors_that_name_both() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&[1, 2, 3]).unwrap();
    assert_says(buffer.write(&[1, 2]).unwrap_err(), &["write", "3 elements", "2"]);
    assert_says(buffer.read(&mut [0; 4]).unwrap_err(), &["read", "3 elements", "4"]);
    assert_says(buffer.slice_mut(1..).write(&[0; 3]).unwrap_err(), &["2 elements", "3"]);
    assert_says(ctx.read(&buffer, vec![0; 2]).wait().unwrap_err(), &["read", "3 elements", "2"]);
    assert_says(ctx.write(&mut buffer, vec![0; 9]).wait().unwrap_err(), &["write", "3 elements", "9"]);
    assert_eq!(buffer.to_vec().unwrap(), [1, 2, 3]);
}

#[test]
fn a_buffer_of_another_process_is_refused() {
    let (proc, ctx) = process();
    let (other, other_ctx) = process();
    let mut buffer = other.upload(&[1, 2, 3]).unwrap();
    let words = [&*format!("VE process {}", other.id()), &*format!("VE process {}", proc.id())];
    assert_says(total(&ctx, 3, &buffer).wait().unwrap_err(), &words);
    assert_says(fill(&ctx, 3, 0, &mut buffer).wait().unwrap_err(), &words);
    assert_says(fill(&ctx, 1, 0, buffer.slice_mut(..1)).wait().unwrap_err(), &words);
    assert_says(ctx.read(&buffer, vec![0; 3]).wait().unwrap_err(), &words);
    assert_says(ctx.write(&mut buffer, vec![0; 3]).wait().unwrap_err(), &words);
    let error = ctx.scope(|s| s.read(&buffer, Vec::leak(vec![0; 3])).wait()).unwrap_err();
    assert!(matches!(error, Error::WrongProcess { .. }));
    assert_eq!(total(&other_ctx, 3, &buffer).wait().unwrap(), 6);
}

#[test]
fn memory_that_a_kernel_has_is_read_and_written_by_address() {
    let (proc, ctx) = process();
    let table = table_address(&ctx).wait().unwrap();
    let mut entries = [0; 4];
    proc.read_mem(&mut entries, table).unwrap();
    assert_eq!(entries, [10, 20, 30, 40]);
    proc.write_mem(table.offset(1), &[-5, -6]).unwrap();
    assert_eq!(table_entry(&ctx, 2).wait().unwrap(), -6);

    let memory = get_memory(&ctx, 64).wait().unwrap().cast::<u64>();
    proc.write_mem(memory, &[u64::MAX; 8]).unwrap();
    let mut back = [0_u64; 8];
    proc.read_mem(&mut back, memory).unwrap();
    assert_eq!(back, [u64::MAX; 8]);
    proc.free_mem(memory).unwrap();
}

#[test]
fn symbols_of_a_library_are_addresses() {
    let (proc, _ctx) = process();
    let library = proc.load_library(crate::declarations::built("libtestkernels.so")).unwrap();
    let table = library.get_symbol::<i32>("exported_table").unwrap();
    let mut entries = [0; 3];
    proc.read_mem(&mut entries, table).unwrap();
    assert_eq!(entries, [7, 8, 9]);
}

#[test]
fn bad_addresses_are_errors() {
    if differs("a bad address in a transfer ends the VE process") {
        return;
    }
    let (proc, ctx) = process();
    for address in [0, 8, 0x1000, u64::MAX - 100, 0x5fff_ffff_f000] {
        let error = proc.read_mem(&mut [0_u8; 16], VePtr::from_addr(address)).unwrap_err();
        assert_says(error, &["cannot read 16 bytes", &format!("{address:#x}")]);
        let error = proc.write_mem(VePtr::from_addr(address), &[0_u8; 16]).unwrap_err();
        assert_says(error, &["cannot write 16 bytes", &format!("{address:#x}")]);
    }
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn bytes_are_freed_once() {
    if differs("an address that is freed twice may end the VE process") {
        return;
    }
    let (proc, _ctx) = process();
    let memory = proc.alloc_bytes(100).unwrap();
    proc.free_mem(memory).unwrap();
    assert_says(proc.free_mem(memory).unwrap_err(), &["freeing", &format!("{:#x}", memory.addr())]);
    proc.free_mem(VePtr::<u8>::null()).unwrap();
}

#[test]
fn memory_is_used_up_and_comes_back() {
    if differs(HOST_MEMORY) {
        return;
    }
    let report = output_of({
        let mut command = child(&["memory"]);
        command.env("VEO_HOST_MEMORY", "8M");
        command
    });
    assert_says(report, &["cannot allocate 16777216 bytes", "VEO_HOST_MEMORY", "everything came back"]);
}

#[test]
fn a_wrong_size_of_memory_is_an_error_that_names_the_variable() {
    if differs(HOST_MEMORY) || differs(NO_REASONS) {
        return;
    }
    for wrong in ["lots", "-1", "1K", ""] {
        let report = output_of({
            let mut command = child(&["call"]);
            command.env("VEO_HOST_MEMORY", wrong);
            command
        });
        assert_says(report, &["error:", "VEO_HOST_MEMORY", &format!("{wrong:?}"), "expected"]);
    }
}

#[test]
fn sizes_that_no_machine_has() {
    let (proc, ctx) = process();
    for n in [usize::MAX, usize::MAX / 8, 1 << 60, 1 << 45] {
        let error = proc.alloc::<u64>(n).unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }), "{n}: {error}");
    }
    assert!(matches!(proc.alloc_bytes(usize::MAX).unwrap_err(), Error::OutOfMemory { .. }));
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn a_buffer_may_go_while_a_kernel_still_uses_it() {
    let (proc, ctx) = process();
    let [other, third, side] = [(); 3].map(|()| proc.open_context().unwrap());
    let mut users = vec![vec![&other], vec![&other, &third]];
    if !differs(BEHIND_MAIN) {
        users.extend([vec![&ctx], vec![&ctx, &other]]);
    }
    for used_by in users {
        let gate = Gate::new(&proc);
        let buffer = proc.upload(&[3; 1000]).unwrap();
        used_by.iter().for_each(|ctx| gate.close(ctx));
        let sums: Vec<_> = used_by.iter().map(|ctx| total(ctx, 1000, &buffer)).collect();
        drop(buffer);
        // Whoever gets the memory next would be seen in the sums.
        let mut others: Vec<_> = (0..8).map(|_| proc.alloc::<i32>(1000).unwrap()).collect();
        others.iter_mut().for_each(|other| fill(&side, 1000, -1, other).wait().unwrap());
        gate.open();
        for sum in sums {
            assert_eq!(sum.wait().unwrap(), 3000);
        }
    }
}

#[test]
fn twenty_thousand_allocations_of_mixed_sizes() {
    let (proc, ctx) = process();
    let mut live = Vec::new();
    let mut dice = 12_345_u64;
    for round in 0..20_000_i32 {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let n = (dice >> 40) as usize % if round % 100 == 0 { 100_000 } else { 300 };
        let mut buffer = proc.alloc::<i32>(n.max(1)).unwrap();
        fill(&ctx, n.max(1), round, &mut buffer);
        live.push((round, buffer));
        if live.len() > 50 {
            let (round, buffer) = live.swap_remove((dice >> 33) as usize % live.len());
            if round % 50 == 0 {
                assert!(buffer.to_vec().unwrap().iter().all(|&x| x == round));
            }
        }
    }
    for (round, buffer) in live {
        assert!(buffer.to_vec().unwrap().iter().all(|&x| x == round));
    }
    ctx.sync().unwrap();
}
