//! Transfers that borrow host memory.

use std::fs::File;
use std::mem::forget;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::Duration;

use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, differs, eventually, process, within};

#[test]
fn borrowed_memory_goes_there_and_back() {
    let (proc, ctx) = process();
    let data: Vec<i32> = (0..100_000).collect();
    let mut back = vec![0; data.len()];
    let mut buffer = proc.zeroed(data.len()).unwrap();
    let sum = ctx.scope(|s| {
        s.write(&mut buffer, &data);
        push(s.context(), data.len(), 1, &mut buffer);
        s.read(&buffer, &mut back);
        total(s.context(), data.len(), &buffer).wait()
    });
    assert!(back.iter().zip(&data).all(|(back, data)| *back == 2 * data + 1));
    assert_eq!(sum.unwrap(), back.iter().copied().map(i64::from).sum::<i64>());
}

#[test]
fn requests_in_a_scope_can_be_waited_for() {
    let (proc, ctx) = process();
    let mut buffer = proc.zeroed::<i32>(2).unwrap();
    let (mut first, mut second) = ([0; 1], [0; 1]);
    ctx.scope(|s| {
        s.write(&mut buffer, &[4, 5]).wait()?;
        let requests = [s.read(&buffer, &mut second), s.write(&mut buffer, &[6, 7])];
        for request in requests {
            let _ = request.wait();
        }
        s.read(&buffer, &mut first).wait()
    })
    .unwrap_err(); // two elements into one
    let mut both = [0; 2];
    ctx.scope(|s| s.read(&buffer, &mut both).wait()).unwrap();
    assert_eq!(both, [6, 7]);
}

#[test]
fn the_end_of_a_scope_waits_for_dropped_and_forgotten_requests() {
    let (proc, ctx) = process();
    let mut buffer = proc.upload(&[1; 10_000]).unwrap();
    for forgotten in [false, true] {
        let mut back = vec![0; 10_000];
        nap_us(&ctx, 20_000);
        push(&ctx, 10_000, 3, &mut buffer);
        ctx.scope(|s| {
            let request = s.read(&buffer, &mut back);
            if forgotten { forget(request) } else { drop(request) }
        });
        let expected = buffer.to_vec().unwrap();
        assert!(back == expected && back[0] > 1, "forgotten: {forgotten}");
    }
}

#[test]
fn a_panic_in_a_scope_waits_too() {
    let (proc, ctx) = process();
    let buffer = proc.upload(&[6; 10_000]).unwrap();
    let mut back = vec![0; 10_000];
    nap_us(&ctx, 20_000);
    let scope = AssertUnwindSafe(|| {
        ctx.scope(|s| {
            forget(s.read(&buffer, &mut back));
            panic!("on purpose");
        })
    });
    let _ = catch_unwind(scope).unwrap_err();
    assert_eq!(back, vec![6; 10_000]);
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn scopes_on_several_threads_and_contexts() {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    thread::scope(|threads| {
        for ctx in [&ctx, &other, &ctx, &other] {
            let proc = &proc;
            threads.spawn(move || {
                let mut buffer = proc.zeroed::<i32>(1000).unwrap();
                for i in 0..50 {
                    let (data, mut back) = (vec![i; 1000], vec![0; 1000]);
                    ctx.scope(|s| {
                        s.write(&mut buffer, &data);
                        s.read(&buffer, &mut back);
                    });
                    assert_eq!(back, data);
                }
            });
        }
    });
}

#[test]
fn a_scope_ends_when_its_process_crashes() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let gate = Gate::new(&proc);
        let buffer = proc.alloc::<i32>(1000).unwrap();
        gate.close(&ctx);
        let mut back = vec![0; 1000];
        ctx.scope(|s| {
            read_null(s.context());
            let read = s.read(&buffer, &mut back);
            gate.open();
            let _ = read.wait().unwrap_err();
        });
    });
}

/// The engine's own thread copies. If the scope ended before it, the copy would go to memory that is not borrowed any
/// more. To see that, the copy is made long: 256 MiB of VE memory that nobody has touched yet, so each page must be made.
#[test]
fn a_scope_does_not_end_before_a_copy_that_a_crash_overtakes() {
    if differs("a VE process that is killed in the middle of a transfer may end the program, or leave it waiting") {
        return;
    }
    const BYTES: usize = 256 << 20;
    within(3 * NEVER, || {
        for _ in 0..3 {
            let (proc, ctx) = process();
            let killer = proc.open_context().unwrap();
            let source = proc.alloc::<u8>(BYTES).unwrap();
            let mut back = vec![0xaa_u8; BYTES];
            // Not quite the ends, which `memcpy` does apart. It goes upwards or downwards.
            let start = back.as_ptr().addr();
            let ends = [1 << 16, BYTES - (1 << 16)];
            let copied = |end| byte_at(start + end) == 0;
            ctx.scope(|s| {
                let read = s.read(&source, &mut back);
                eventually("the beginning of the copy", NEVER, || ends.into_iter().any(copied));
                forget(read);
                let _ = raise_signal(&killer, 9).wait().unwrap_err();
            });
            let late = ends.into_iter().find(|&end| !copied(end));
            thread::sleep(Duration::from_millis(300));
            assert!(late.is_none_or(|end| !copied(end)), "written after the end of the scope");
        }
    });
}

/// A byte of this process, as the system sees it: also while the engine writes it.
fn byte_at(address: usize) -> u8 {
    let mut byte = [0];
    File::open("/proc/self/mem").unwrap().read_exact_at(&mut byte, address as u64).unwrap();
    byte[0]
}
