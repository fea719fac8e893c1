//! Requests made of requests: for crates that put an interface of their own over declarations.

use std::any::Any;
use std::marker::PhantomData;

use super::{Finish, Progress, Request, What};
use crate::context::Context;
use crate::error::Error;

/// What a mapped request keeps.
struct Mapped<T, F> {
    finish: Finish<T>,
    keep: Option<Box<dyn Any + Send>>,
    map: F,
}

impl Context {
    /// A request that fails with this error, as one does that the engine has refused: it comes out of
    /// [`wait`](Request::wait), or of [`sync`](Self::sync) if the request is dropped. Nothing is queued.
    ///
    /// For functions that look at their arguments before they call a stub:
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn sqrt_of(x: f64) -> f64 { x.sqrt() } }
    /// # mod raw { #[veo::ve_offload(lib = static)] extern "C" { pub fn sqrt_of(x: f64) -> f64; } }
    /// use veo::{Context, Error, Request};
    ///
    /// fn sqrt_of(ctx: &Context, x: f64) -> Request<'static, f64> {
    ///     if x < 0.0 {
    ///         let (function, declared, reason) = ("sqrt_of".into(), "double x".into(), format!("{x} has no root"));
    ///         return ctx.refuse(Error::Argument { function, index: 1, declared, reason });
    ///     }
    ///     raw::sqrt_of(ctx, x)
    /// }
    ///
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// assert_eq!(sqrt_of(&ctx, 4.0).wait()?, 2.0);
    /// let error = sqrt_of(&ctx, -4.0).wait().unwrap_err();
    /// assert_eq!(error.to_string(), "argument 1 of `sqrt_of`, declared as `double x`: -4 has no root");
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn refuse<T>(&self, error: Error) -> Request<'static, T> {
        Request::failed(self, error, What::Refused, |_, _| Err(lost()))
    }
}

impl<'a, T: 'static> Request<'a, T> {
    /// The same request with another result: `map` makes it where the result is asked for, and does not run if the request is
    /// dropped.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn find(x: i32) -> i32 { if x > 0 { x } else { -1 } } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn find(x: i32) -> i32; }
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// let found = find(&ctx, 0).map(|index| usize::try_from(index).ok());
    /// assert_eq!(found.wait()?, None);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn map<U, F>(self, map: F) -> Request<'a, U>
    where
        F: FnOnce(T) -> U + Send + 'static,
    {
        let finish: Finish<U> = |value, keep| {
            let mapped = keep.and_then(|keep| keep.downcast::<Mapped<T, F>>().ok()).ok_or_else(lost)?;
            let Mapped { finish, keep, map } = *mapped;
            finish(value, keep).map(map)
        };
        // SAFETY: it has the same lifetime.
        unsafe { self.remade(finish, |finish, keep| Box::new(Mapped { finish, keep, map })) }
    }
}

impl<T: Send + 'static> Request<'static, T> {
    /// A request with host memory of its own: `call` gets `value` to pass it on the stack, and the result is what the function
    /// makes of it.
    ///
    /// So results that a function leaves through a pointer are values of requests that borrow nothing:
    ///
    /// ```
    /// # mod kernels {
    /// #     #[veo::ve_kernel]
    /// #     pub unsafe extern "C" fn divide(a: i64, b: i64, rest: *mut i64, quotient: *mut i64) {
    /// #         unsafe { (*rest, *quotient) = (a % b, a / b) }
    /// #     }
    /// # }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn divide(a: i64, b: i64, rest: *mut i64, quotient: *mut i64); }
    /// use veo::{OnStack, Request};
    ///
    /// let ctx = veo::Proc::create(0)?.open_context()?;
    /// let request = Request::owning((0, 0), |(quotient, rest)| {
    ///     divide(&ctx, 17, 5, OnStack::output(rest), OnStack::output(quotient))
    /// });
    /// assert_eq!(request.wait()?, (3, 2));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn owning<F>(value: T, call: F) -> Self
    where
        F: for<'v> FnOnce(&'v mut T) -> Request<'v, ()>,
    {
        // A vector, since moving a box would end the validity of the pointers into it.
        let mut value = vec![value];
        let finish: Finish<T> = |unit, keep| {
            let kept = keep.and_then(|keep| keep.downcast::<Owned<T>>().ok()).ok_or_else(lost)?;
            let Owned { finish, keep, mut value } = *kept;
            finish(unit, keep)?;
            value.pop().ok_or_else(lost)
        };
        // SAFETY: the vector has one element, and nobody else uses it before the request is final.
        let request = call(unsafe { &mut *value.as_mut_ptr() });
        // SAFETY: what `call` could lend to the request is the value, which stays in place as long as the request is kept, or
        // memory that lives for ever.
        unsafe { request.remade(finish, |finish, keep| Box::new(Owned { finish, keep, value })) }
    }
}

/// What a request keeps that owns the value it works on.
struct Owned<T> {
    finish: Finish<()>,
    keep: Option<Box<dyn Any + Send>>,
    value: Vec<T>,
}

impl<T> Request<'_, T> {
    /// The same request with another result, which `finish` makes of what `keep` makes of the old way.
    ///
    /// # Safety
    /// The memory that it borrows is valid, exclusively, for `'b` or as long as what `keep` makes.
    unsafe fn remade<'b, U>(
        mut self,
        finish: Finish<U>,
        keep: impl FnOnce(Finish<T>, Option<Box<dyn Any + Send>>) -> Box<dyn Any + Send>,
    ) -> Request<'b, U> {
        let state = std::mem::replace(&mut self.state, Progress::Collected);
        let keep = keep(self.finish, self.keep.take());
        let (stack, panic) = (self.stack.take(), self.panic.take());
        Request { state, what: self.what, finish, stack, keep: Some(keep), panic, memory: PhantomData }
    }
}

#[cold]
fn lost() -> Error {
    Error::Refused { operation: "making a result".into(), reason: "what was kept for it is gone".into() }
}
