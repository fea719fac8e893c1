//! Variables that were declared, with their types.

use std::ffi::c_void;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use bytemuck::AnyBitPattern;

use crate::actual::Actual;
use crate::arg::{Erased, Exact, VeArg};
use crate::declaration::Declaration;
use crate::error::Result;
use crate::global::VeGlobal;
use crate::process::Proc;
use crate::uses::Access;
use crate::verify::{Form, Type};

/// A type that a variable of a library may be declared with: plain data, as
/// [`bytemuck::AnyBitPattern`](https://docs.rs/bytemuck/latest/bytemuck/trait.AnyBitPattern.html) says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the type of a variable on a VE",
    label = "not every pattern of bits that a kernel may leave there is a `{Self}`",
    note = "declare an integer or float of fixed width, an array of those, `VePtr<T>` for a pointer, or a `#[repr(C)]` struct that implements `bytemuck::Pod`",
    note = "`bool` is 1 byte on the host and 4 on a VE: declare `i32` for `int`, `u8` for `unsigned char`; `char` is no C `char`: declare `i8`",
    note = "a struct of which only the address counts has no bytes: `struct Handle {{ _opaque: [u8; 0] }}`"
)]
pub trait VeVariable {
    /// What can be compared with a library, of a `static`.
    #[doc(hidden)]
    const CONST: Type;
    /// The same of a `static mut`.
    #[doc(hidden)]
    const MUT: Type;
}

// Whoever declares something else wants to hear about variables, not about this bound.
#[diagnostic::do_not_recommend]
impl<T: AnyBitPattern> VeVariable for T {
    const CONST: Type = Type::memory::<T>(Form::Const);
    const MUT: Type = Type::memory::<T>(Form::Mut);
}

/// A variable of a library that was declared as `static NAME: T;`, without `mut`: a [`VeGlobal`] that is only read. Kernels of
/// the library may well write it.
///
/// Stubs take `&VeConst<T>` for a declared `*const T`, and of an array also for a pointer to its elements.
///
/// ```
/// #[veo::ve_offload(lib = "libc.so.6")] // usually one of your own
/// extern "C" {
///     static optind: i32;
/// }
///
/// let proc = veo::Proc::create(0)?;
/// assert_eq!(optind(&proc)?.get()?, 1);
/// # Ok::<(), veo::Error>(())
/// ```
pub struct VeConst<T>(VeGlobal<T>);

impl<T> Deref for VeConst<T> {
    type Target = VeGlobal<T>;

    fn deref(&self) -> &VeGlobal<T> {
        &self.0
    }
}

impl<T> fmt::Debug for VeConst<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VeConst").field("name", &self.name()).field("address", &self.as_ptr()).finish_non_exhaustive()
    }
}

/// It is passed as the variable is, where that is only read.
macro_rules! constant_args {
    ($($form:ty => $declared:ty, $marker:ident $(, $n:ident)?;)*) => {$(
        impl<'a, 'b, T $(, const $n: usize)?> VeArg<'a, $declared, $marker> for &'b VeConst<$form> {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_ref(argument, |constant| constant.0.passed(Access::Read))
            }
        }
    )*};
}

constant_args! {
    T => *const T, Exact;
    [T; N] => *const T, Exact, N;
    T => *const c_void, Erased;
}

/// What the expansion of a declared `static mut` calls.
pub fn variable<T>(proc: &Proc, declaration: &'static Declaration) -> Result<VeGlobal<T>> {
    let address = proc.0.address(declaration)?;
    Ok(VeGlobal::new(Arc::clone(&proc.0), None, declaration.symbol().into(), address))
}

/// What the expansion of a declared `static` calls.
pub fn constant<T>(proc: &Proc, declaration: &'static Declaration) -> Result<VeConst<T>> {
    variable(proc, declaration).map(VeConst)
}
