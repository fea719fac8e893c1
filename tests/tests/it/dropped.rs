//! Requests that nobody waits for, or that are forgotten: nothing is written to memory that may be gone, nothing hangs,
//! and errors come out of `sync`.

use std::future::Future;
use std::mem::{MaybeUninit, forget};
use std::time::Duration;

use veo::{Context, Copy2d, OnStack, Proc, Request, VeBuffer, ve_offload};
use veo_tests::kernels::*;

use crate::support::{Gate, NEVER, assert_says, process, within};

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    fn missing_and_dropped();
}

#[test]
fn calls_run_though_nobody_waits() {
    let (_proc, ctx) = process();
    for i in 0..1000 {
        match i % 3 {
            0 => count_call(&ctx),
            1 => {
                forget(count_call(&ctx));
                continue;
            }
            _ => {
                let mut request = count_call(&ctx);
                let _ = request.is_done();
                request
            }
        };
    }
    assert_eq!(calls_so_far(&ctx).wait().unwrap(), 1000);
    ctx.sync().unwrap();
}

/// How a request may end that is not waited for.
const WAYS: [fn(veo::Request<'_, ()>); 4] = [
    |request| drop(request),
    |request| forget(request),
    |mut request| {
        let _ = request.peek();
        forget(request);
    },
    |mut request| {
        let _ = request.wait_timeout(Duration::from_millis(1));
    },
];

#[test]
fn host_memory_of_calls_is_not_touched_when_the_borrow_is_over() {
    let (proc, ctx) = process();
    for end in WAYS {
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let mut inout = vec![1_u8; 100_000];
        let mut small = [1_u8; 8];
        let mut out = [MaybeUninit::new(7_u32); 100];
        let mut pointer = [1, 2, 3];
        end(invert_bytes(&ctx, inout.len(), &mut inout));
        end(invert_bytes(&ctx, 8, &mut small));
        end(count_up(&ctx, 100, &mut out));
        end(push(&ctx, 3, 1, OnStack::inout_slice(&mut pointer)));
        gate.open();
        ctx.sync().unwrap();
        let _ = echo_i32(&ctx, 1).wait().unwrap();
        assert!(inout.iter().all(|&byte| byte == 1));
        assert_eq!((small, pointer), ([1; 8], [1, 2, 3]));
        // SAFETY: all elements were initialised above, and nothing but bytes of `u32`s can have been written since.
        assert!(out.iter().all(|number| unsafe { number.assume_init() } == 7));
    }
}

#[test]
fn transfers_keep_their_memory() {
    let (proc, ctx) = process();
    let mut buffer = proc.zeroed::<i32>(100_000).unwrap();
    for forgotten in [false, true] {
        let gate = Gate::new(&proc);
        gate.close(&ctx);
        let write = ctx.write(&mut buffer, vec![5; 100_000]);
        let read = ctx.read(&buffer, vec![0; 100_000]);
        if forgotten {
            forget((write, read));
        } else {
            drop((write, read));
        }
        gate.open();
        assert!(buffer.to_vec().unwrap().iter().all(|&x| x == 5));
        buffer.write(&vec![0; 100_000]).unwrap();
    }
    ctx.sync().unwrap();
}

/// Submits a request of every kind, and forgets it in every state. What it borrows is freed when this returns.
fn forget_every_kind(proc: &Proc, ctx: &Context, buffer: &mut VeBuffer<i32>, state: fn(&mut dyn Asked)) {
    fn leave<T>(request: Request<'_, T>, state: fn(&mut dyn Asked)) {
        let mut request = request;
        state(&mut request);
        forget(request);
    }
    let (mut inout, mut small, mut pointer) = (vec![1_u8; 70_000], Box::new([1_u8; 8]), vec![1, 2, 3]);
    let mut out = vec![MaybeUninit::<u32>::uninit(); 1000];
    leave(invert_bytes(ctx, inout.len(), &mut inout), state);
    leave(invert_bytes(ctx, 8, &mut small[..]), state);
    leave(count_up(ctx, 1000, &mut out[..]), state);
    leave(push(ctx, 3, 1, OnStack::inout_slice(&mut pointer)), state);
    leave(sum_bytes(ctx, 3, &vec![1, 2, 3]), state);
    leave(ctx.read(&*buffer, vec![0; 1000]), state);
    leave(ctx.write(&mut *buffer, vec![3; 1000]), state);
    leave(ctx.read_mem(buffer.as_ptr(), vec![0; 1000]), state);
    leave(ctx.write_mem(buffer.as_ptr(), vec![3; 1000]), state);
    let rectangle = Copy2d::new(10, 20);
    leave(ctx.read_2d(&*buffer, vec![0; 1000], rectangle.from_pitch(100).to_pitch(50)), state);
    leave(ctx.write_2d(&mut *buffer, vec![3; 1000], rectangle.from_pitch(50).to_pitch(100)), state);
    leave(ctx.fill(&mut *buffer, 3), state);
    {
        let (left, right) = buffer.split_at_mut(500);
        leave(ctx.copy(left, right), state);
    }
    leave(ctx.alloc_bytes(100), state);
    let owned = Box::new([1_u8; 1000]);
    leave(ctx.host_fn(move || owned), state);
    leave(ctx.host_fn(|| panic!("on purpose")), state);
    let library = proc.load_library(crate::declarations::built("libtestkernels.so"));
    if let Ok(library) = library {
        let name = library.find_function("invert_bytes").unwrap().args_type(["size_t", "char *"]).unwrap();
        leave(name.call(ctx, veo::args![1000, OnStack::inout_slice(&mut inout[..1000])]), state);
    }
    ctx.batch(|b| {
        leave(echo_i32(b, 1), state);
        leave(invert_bytes(b, 8, &mut small[..]), state);
    })
    .unwrap();
    let (source, mut target) = (vec![3; 1000], vec![0; 1000]);
    ctx.scope(|s| {
        leave(s.write(&mut *buffer, &source), state);
        leave(s.read(&*buffer, &mut target), state);
    });
}

/// A request of any type, asked for its result.
trait Asked {
    fn peek(&mut self);
    fn wait_a_moment(&mut self);
    fn poll(&mut self);
}

impl<T> Asked for Request<'_, T> {
    fn peek(&mut self) {
        let _ = self.is_done();
    }

    fn wait_a_moment(&mut self) {
        let _ = self.wait_timeout(Duration::from_millis(1));
    }

    fn poll(&mut self) {
        let _ = std::pin::Pin::new(self).poll(&mut std::task::Context::from_waker(std::task::Waker::noop()));
    }
}

/// Nothing writes to memory that is gone (the address sanitizer sees that), nobody waits for ever, and the process goes on.
#[test]
fn forgetting_is_harmless_whatever_it_is_and_whatever_comes_after() {
    const STATES: [fn(&mut dyn Asked); 4] =
        [|_| {}, |request| request.peek(), |request| request.wait_a_moment(), |request| request.poll()];
    const AFTER: [fn(&Proc, &Context); 4] = [
        |_, ctx| {
            ctx.sync().unwrap();
            assert_eq!(echo_i32(ctx, 5).wait().unwrap(), 5);
        },
        |proc, _| proc.kill().unwrap(),
        |proc, _| proc.clone().destroy().unwrap(),
        |_, ctx| drop(read_null(ctx)),
    ];
    for state in STATES {
        for after in AFTER {
            within(NEVER, move || {
                let (proc, main) = process();
                let further = proc.open_context().unwrap();
                let mut buffer = proc.upload(&[3; 1000]).unwrap();
                for ctx in [&main, &further] {
                    nap_us(ctx, 2_000);
                    forget_every_kind(&proc, ctx, &mut buffer, state);
                    nap_us(ctx, 500);
                    forget_every_kind(&proc, ctx, &mut buffer, state);
                }
                after(&proc, &main);
            });
        }
    }
}

#[test]
fn requests_outlive_every_handle() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let other = proc.open_context().unwrap();
        let requests = [echo_i32(&ctx, 1), echo_i32(&other, 2)];
        drop((proc, ctx, other));
        assert_eq!(requests.map(|request| request.wait().unwrap()), [1, 2]);
    });
}

#[test]
fn handles_may_go_in_any_order_with_requests_of_every_kind_outstanding() {
    for order in 0..24 {
        within(NEVER, move || {
            let (proc, ctx) = process();
            let mut buffer = proc.zeroed::<i32>(1000).unwrap();
            let mut bytes = [1_u8; 100];
            nap_us(&ctx, 2000);
            let requests = (
                slow_fill(&ctx, 100, 1000, 3, &mut buffer),
                invert_bytes(&ctx, 100, &mut bytes),
                ctx.write(&mut buffer, vec![1; 1000]),
                ctx.host_fn(|| String::from("text")),
            );
            let mut handles: Vec<Box<dyn std::any::Any>> = vec![Box::new(proc), Box::new(ctx), Box::new(buffer)];
            let mut requests = Some(requests);
            for pick in [order % 4, order / 4 % 3, order / 12] {
                if pick == handles.len() {
                    requests = None;
                } else if !handles.is_empty() {
                    drop(handles.remove(pick % handles.len()));
                }
            }
            drop(handles);
            drop(requests);
        });
    }
}

#[test]
fn the_error_of_a_dropped_call_comes_out_of_sync_once() {
    let (_proc, ctx) = process();
    drop(divide(&ctx, 1, 0));
    assert_says(ctx.sync().unwrap_err(), &["divide", "libtestkernels.so", "SIGFPE"]);
    ctx.sync().unwrap();
    ctx.sync().unwrap();
}

#[test]
fn the_error_of_a_dropped_call_never_comes_out_of_another() {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    let mut buffer = proc.zeroed::<i32>(4).unwrap();
    // A transfer can fail without ending the process, so all that follows still works.
    let good = proc.zeroed::<i32>(4).unwrap();
    drop(ctx.read(&good, vec![0; 5]));
    drop(ctx.host_fn(|| panic!("on purpose")));
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
    ctx.write(&mut buffer, vec![1, 2, 3, 4]).wait().unwrap();
    assert_eq!(buffer.to_vec().unwrap(), [1, 2, 3, 4]);
    other.sync().unwrap();
}

/// As that of every other dropped request.
#[test]
fn the_error_of_a_dropped_submission_comes_out_of_sync() {
    let (_proc, ctx) = process();
    drop(missing_and_dropped(&ctx));
    assert_says(ctx.sync().unwrap_err(), &["missing_and_dropped"]);
    ctx.sync().unwrap();
}

#[test]
fn the_error_of_a_dropped_host_function_comes_out_of_sync() {
    let (_proc, ctx) = process();
    drop(ctx.host_fn(|| panic!("on purpose")));
    assert_says(ctx.sync().unwrap_err(), &["host function", "on purpose"]);
    ctx.sync().unwrap();
}

#[test]
fn an_error_that_only_is_done_saw_comes_out_of_sync() {
    let (_proc, ctx) = process();
    let mut request = read_null(&ctx);
    crate::support::eventually("the crash", NEVER, || request.is_done());
    drop(request);
    assert_says(ctx.sync().unwrap_err(), &["read_null", "SIGSEGV"]);
    ctx.sync().unwrap();
}

#[test]
fn an_error_that_was_given_does_not_come_again() {
    let (_proc, ctx) = process();
    let _ = read_null(&ctx).wait().unwrap_err();
    ctx.sync().unwrap();
    let mut request = echo_i32(&ctx, 1);
    let _ = request.peek().unwrap_err();
    drop(request);
    ctx.sync().unwrap();
}
