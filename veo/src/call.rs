//! Calls. Two phases: first every argument waits for what it conflicts with on other contexts, with nothing locked. Then
//! the queue is locked, the arguments are packed, and the call is submitted.

use crate::actual::{Actual, Packing};
use crate::arg::VeRet;
use crate::context::Context;
use crate::declaration::Declaration;
use crate::error::{Error, Result};
use crate::observe;
use crate::request::{Finish, Request, What};
use crate::stack::StackImages;

/// Calls a declared function. Not public API: the body of every stub.
///
/// It stands once for each type of result, lest every stub have a copy of it.
#[inline(never)]
#[must_use]
pub fn call<'a, R: VeRet>(
    context: &Context,
    declaration: &'static Declaration,
    actuals: &mut [Actual<'_, 'a>],
) -> Request<'a, R::Output> {
    let address = context.0.proc.address(declaration);
    submit(context, What::Call(declaration), address, actuals, |word, _| Ok(R::from_word(word)))
}

/// Calls the function at `address`; `finish` makes the result of the word that it leaves.
#[inline]
pub(crate) fn submit<'a, T>(
    context: &Context,
    what: What,
    address: Result<u64>,
    actuals: &mut [Actual<'_, 'a>],
    finish: Finish<T>,
) -> Request<'a, T> {
    match address.and_then(|address| queue(context, what, address, actuals)) {
        Ok(Queued { id, stamp, stack }) => Request::queued(context, id, stamp, what, finish).with_stack(stack),
        Err(error) => Request::failed(context, error, what, finish),
    }
}

/// A call that is on its way.
struct Queued {
    id: u64,
    stamp: u64,
    stack: Option<Box<StackImages>>,
}

fn queue(context: &Context, what: What, address: u64, actuals: &mut [Actual<'_, '_>]) -> Result<Queued> {
    let queue = context.queue();
    let limit = queue.limit();
    for actual in &*actuals {
        actual.order(context, what, &limit)?;
    }
    let mut submitter = queue.turn(&limit).map_err(|blocked| what.blocked(blocked))?;
    let stamp = submitter.next_stamp();
    submitter.pack.clear();
    let mut packing = Packing { pack: &mut submitter.pack, queue: queue.index, stamp, stack: None };
    for actual in actuals {
        actual.put(&mut packing);
    }
    let stack = packing.stack;
    if let Some(stack) = &stack {
        check_size(stack, what)?;
    }
    // SAFETY: the only buffers that come back are in `stack`, which the request keeps until it is final.
    let Some(id) = (unsafe { queue.api.call_async(queue.handle, address, &submitter.pack) }) else {
        // Whoever is told of it is foreign code.
        drop(submitter);
        return Err(queue.refusal(what));
    };
    observe::submitted(queue, submitter, what, id, || stack.as_ref().map_or(0, |stack| stack.bytes()));
    Ok(Queued { id, stamp, stack })
}

/// What a call's stack arguments may have together: libveo's own limit is hardly larger, and less clear.
const STACK_LIMIT: usize = 63 << 20;

fn check_size(stack: &StackImages, what: What) -> Result<()> {
    let bytes = stack.bytes();
    if bytes <= STACK_LIMIT {
        return Ok(());
    }
    Err(Error::Refused {
        operation: what.to_string(),
        reason: format!(
            "its stack arguments have {bytes} bytes, and a call takes at most 63 MiB of them; use `Proc::upload` for large data"
        ),
    })
}
