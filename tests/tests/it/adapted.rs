//! Requests that binding crates make of others: mapped, with memory of their own, refused before they are queued.

use veo::{Context, Error, OnStack, Request};

use crate::support::process;

mod kernels {
    /// The sum of what is not shared with anybody: its arguments are on the stack.
    #[veo::ve_kernel]
    pub(crate) unsafe extern "C" fn stack_sum(n: usize, terms: *const f64, sum: *mut f64) {
        // SAFETY: the caller passes `n` terms.
        let terms = unsafe { std::slice::from_raw_parts(terms, n) };
        // SAFETY: and room for the sum.
        unsafe { *sum = terms.iter().sum() };
    }
}

#[veo::ve_offload(lib = static)]
fn stack_sum(n: usize, terms: *const f64, sum: *mut f64);

fn refusal() -> Error {
    Error::Argument { function: "f".into(), index: 2, declared: "n".into(), reason: "it is 3".into() }
}

#[test]
fn a_mapped_result_is_made_when_it_is_asked_for() {
    let (_proc, ctx) = process();
    let (sender, receiver) = std::sync::mpsc::channel();
    let request = |sender: std::sync::mpsc::Sender<i64>| {
        ctx.host_fn(|| 20_i64).map(|x| x + 1).map(move |x| {
            sender.send(x).unwrap();
            format!("{}", 2 * x)
        })
    };
    drop(request(sender.clone()));
    std::mem::forget(request(sender.clone()));
    ctx.sync().unwrap();
    assert!(receiver.try_recv().is_err(), "nobody asked");
    let mut peeked = request(sender.clone());
    let value = loop {
        if let Some(value) = peeked.peek().unwrap() {
            break value;
        }
    };
    assert_eq!((value.as_str(), receiver.try_recv()), ("42", Ok(21)));
    assert_eq!(futures::executor::block_on(request(sender)).unwrap(), "42");
    let doubled = ctx.refuse::<i32>(refusal()).map(|_| -> i32 { unreachable!() });
    assert!(matches!(doubled.wait(), Err(Error::Argument { index: 2, .. })));
}

fn owned_sum(ctx: &Context, x: f64) -> Request<'static, ([f64; 2], f64)> {
    Request::owning(([x, 1.0], 0.0), |(terms, sum)| {
        stack_sum(ctx, 2, OnStack::input_slice(terms), OnStack::output(sum))
    })
}

#[test]
fn a_request_owns_what_its_call_writes() {
    let (_proc, ctx) = process();
    let requests: Vec<_> = (0..100).map(|i| owned_sum(&ctx, f64::from(i))).collect();
    for (i, request) in requests.into_iter().enumerate() {
        // It may go to another thread.
        let result = std::thread::spawn(move || request.wait().unwrap()).join().unwrap();
        assert_eq!(result, ([i as f64, 1.0], i as f64 + 1.0));
    }
    assert_eq!(futures::executor::block_on(owned_sum(&ctx, 2.0).map(|(_, sum)| sum)).unwrap(), 3.0);
}

#[test]
fn nobody_waits_for_a_request_with_memory_of_its_own() {
    let (_proc, ctx) = process();
    for i in 0..100 {
        drop(owned_sum(&ctx, f64::from(i)));
        std::mem::forget(owned_sum(&ctx, f64::from(i)));
    }
    ctx.sync().unwrap();
    assert_eq!(owned_sum(&ctx, 1.0).wait().unwrap().1, 2.0);
}

#[test]
fn a_refused_request_tells_its_error_once() {
    let (_proc, ctx) = process();
    drop(ctx.refuse::<()>(refusal()));
    std::mem::forget(ctx.refuse::<()>(refusal()));
    assert_eq!(ctx.sync().unwrap_err().to_string(), "argument 2 of `f`, declared as `n`: it is 3");
    ctx.sync().unwrap();
    let owned = Request::owning(7, |_| ctx.refuse(refusal()));
    assert!(matches!(owned.wait(), Err(Error::Argument { .. })));
}
