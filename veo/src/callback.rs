//! VE functions as arguments: callbacks, which a kernel calls on the VE.

use veo_engine::signature::Class;

use crate::actual::{Actual, CallbackTypes};
use crate::arg::{VeArg, VeParam, VeRet};
use crate::function::{Function, Signature, TypedFunction};
use crate::pointer::VePtr;
use crate::verify::{Form, Type};

/// Declared `Option<extern "C" fn(A, B) -> R>`: the address of a VE function, or null. Up to 16 parameters.
///
/// A call passes a [`&TypedFunction`](TypedFunction) of that type or a [`&Function`](Function) with such types, of the same VE
/// process; a [`VePtr`]; or `None`.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub extern "C" fn square(x: f64) -> f64 { x * x }
/// #     #[veo::ve_kernel]
/// #     pub extern "C" fn integral(f: extern "C" fn(f64) -> f64, to: f64) -> f64 {
/// #         (0..1000).map(|i| f(to * (f64::from(i) + 0.5) / 1000.0) * to / 1000.0).sum()
/// #     }
/// # }
/// use veo::{Proc, ve_offload};
///
/// #[ve_offload(lib = static)]
/// extern "C" {
///     /// The integral of `f` from 0.
///     fn integral(f: Option<extern "C" fn(x: f64) -> f64>, to: f64) -> f64;
/// }
///
/// let proc = Proc::create(0)?;
/// let square = proc.static_library().function::<fn(f64) -> f64>("square")?;
/// let area = integral(&proc.open_context()?, &square, 3.0).wait()?;
/// assert!((area - 9.0).abs() < 1e-5, "{area}");
/// # Ok::<(), veo::Error>(())
/// ```
pub trait Callback: VeParam {
    #[doc(hidden)]
    const PARAMS: &'static [Class];
    #[doc(hidden)]
    const RET: Class;
}

/// Declared as a function of type `S`.
#[diagnostic::on_unimplemented(
    message = "a VE function of type `{S}` does not fit a parameter declared as `{Self}`",
    label = "declared as `{Self}`",
    note = "look it up with the declared types: `library.function::<fn(...) -> ...>(\"name\")?`, without `extern` and `Option`"
)]
pub trait CallbackOf<S>: Callback {}

impl<'a, S: Signature, D: CallbackOf<S>> VeArg<'a, D> for &TypedFunction<S> {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |function| Actual::owned(function))
    }
}

impl<'a, S: Signature, D: CallbackOf<S>> VeArg<'a, D> for Option<&TypedFunction<S>> {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |function| function.map_or(Actual::word(0), |function| Actual::owned(function)))
    }
}

impl<'a, D: Callback> VeArg<'a, D> for &Function {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        let wanted = const { &CallbackTypes { params: D::PARAMS, ret: D::RET } };
        Actual::by_value(argument, |function| Actual::callback(function, wanted))
    }
}

impl<'a, D: Callback, T> VeArg<'a, D> for VePtr<T> {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |pointer| Actual::word(pointer.addr()))
    }
}

/// What a declaration that broke a rule takes for a function. `None` is of one type only.
#[doc(hidden)]
pub trait AnyFunction {}

impl<T> AnyFunction for &T {}
impl<T> AnyFunction for VePtr<T> {}
impl AnyFunction for Option<&TypedFunction<fn()>> {}

macro_rules! callback {
    ($function:ty => $signature:ty, $($param:ident),*) => {
        impl<R: VeRet, $($param: VeParam),*> VeParam for Option<$function> {
            const TYPE: Type = Type::memory::<Self>(Form::Function);
        }

        impl<R: VeRet, $($param: VeParam),*> Callback for Option<$function> {
            const PARAMS: &'static [Class] = <$signature as Signature>::PARAMS;
            const RET: Class = <$signature as Signature>::RET;
        }

        #[diagnostic::do_not_recommend]
        impl<R: VeRet, $($param: VeParam),*> CallbackOf<$signature> for Option<$function> {}

        // As a parameter of a kernel in Rust.
        impl<R: VeRet, $($param: VeParam),*> VeParam for $function {
            const TYPE: Type = Type::memory::<Self>(Form::Function);
        }
    };
}

macro_rules! callbacks_up_to {
    ($($param:ident)*) => {
        callback! { extern "C" fn($($param),*) -> R => fn($($param),*) -> R, $($param),* }
        callback! { unsafe extern "C" fn($($param),*) -> R => fn($($param),*) -> R, $($param),* }
        callbacks_up_to! { @ $($param)* }
    };
    (@) => {};
    (@ $first:ident $($rest:ident)*) => { callbacks_up_to! { $($rest)* } };
}

callbacks_up_to! { A B C D E F G H I J K L M N O P }
