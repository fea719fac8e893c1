//! Transfers that borrow host memory.

use std::mem::forget;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, process, within};

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
        gate.close(&ctx);
        let buffer = proc.upload_on_the_side();
        let mut back = vec![0; 1000];
        ctx.scope(|s| {
            read_null(s.context());
            let read = s.read(&buffer, &mut back);
            gate.open();
            let _ = read.wait().unwrap_err();
        });
    });
}

/// `upload` would wait for the main context.
trait UploadOnTheSide {
    fn upload_on_the_side(&self) -> veo::VeBuffer<i32>;
}

impl UploadOnTheSide for veo::Proc {
    fn upload_on_the_side(&self) -> veo::VeBuffer<i32> {
        self.alloc(1000).unwrap()
    }
}

/// The engine's own thread copies. If the scope ended before it, the copy would go to memory that is not borrowed any
/// more. To see that, the copy is made long: pages that nobody has touched yet, on both sides.
#[test]
fn a_scope_does_not_end_before_a_copy_that_a_crash_overtakes() {
    const BYTES: usize = 256 << 20;
    within(3 * NEVER, || {
        for _ in 0..3 {
            let (proc, ctx) = process();
            let killer = proc.open_context().unwrap();
            let source = proc.alloc::<u8>(BYTES).unwrap();
            let mut back = vec![0_u8; BYTES];
            let address = back.as_mut_ptr().expose_provenance();
            let last = back.len() - 1;
            ctx.scope(|s| {
                let read = s.read(&source, &mut back);
                // The copy has begun when the first pages of its target are there.
                crate::support::eventually("a first page", NEVER, || resident(address));
                forget(read);
                let _ = raise_signal(&killer, 9).wait().unwrap_err();
            });
            back.fill(0xaa);
            let start = Instant::now();
            while start.elapsed() < Duration::from_millis(100) {
                assert!(back[0] == 0xaa && back[last / 2] == 0xaa && back[last] == 0xaa, "written after the scope");
                thread::sleep(Duration::from_millis(5));
            }
            assert!(back.iter().all(|&byte| byte == 0xaa), "written after the scope");
        }
    });
}

/// Whether the page at an address is in memory.
fn resident(address: usize) -> bool {
    let page = std::ptr::with_exposed_provenance_mut(address.next_multiple_of(4096) + 4096);
    let mut present = 0_u8;
    // SAFETY: asks about one page, and writes one byte for it; `mincore` refuses addresses that are not mapped.
    let result = unsafe { libc::mincore(page, 4096, &raw mut present) };
    result == 0 && present & 1 == 1
}
