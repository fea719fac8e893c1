//! What a declaration may say, and what a stub then takes.
//!
//! | declared | passes | the stub takes |
//! | --- | --- | --- |
//! | `i8`…`i64`, `u8`…`u64`, `isize`, `usize`, `f32`, `f64` | the value in one 64-bit word | exactly that type |
//! | `*const T` | a VE address | [`&VeBuffer<T>`](VeBuffer), [`VeSlice<T>`], [`&VeGlobal<T>`](crate::VeGlobal), [`&VeConst<T>`](crate::VeConst), [`VePtr<T>`], [`HmemPtr<T>`](crate::HmemPtr), [`OnStack`] |
//! | `*mut T` | a VE address | [`&mut VeBuffer<T>`](VeBuffer), [`VeSliceMut<T>`], [`&mut VeGlobal<T>`](crate::VeGlobal), [`VePtr<T>`], [`HmemPtr<T>`](crate::HmemPtr), [`OnStack`] |
//! | `*const c_void`, `*mut c_void` | a VE address | any of those, of any `T` |
//! | `&T`, `&[T]`, `&[T; N]` | a copy on the VE stack, in | the reference |
//! | `&mut T`, `&mut [T]`, `&mut [T; N]` | a copy on the VE stack, in and out | the reference; the request borrows it |
//! | `&mut MaybeUninit<T>`, `&mut [MaybeUninit<T>]` | room on the VE stack, out | the reference; the request borrows it |
//! | `Option<extern "C" fn(…)>` | the address of a VE function, or 0 | [`&TypedFunction`](crate::TypedFunction), [`&Function`](crate::Function), `None`, [`VePtr<T>`] |
//! | a scalar of `fortran` | the address of a copy on the VE stack | exactly that type |
//! | returned: scalars, `()`, `*mut T` | one 64-bit word | [`Request`](crate::Request) of the scalar, `()`, [`VePtr<T>`] |

use std::ffi::c_void;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::slice;

use bytemuck::{AnyBitPattern, NoUninit};
use veo_engine::signature::Class;

use crate::actual::{Actual, check_alignment};
use crate::buffer::VeBuffer;
use crate::pointer::VePtr;
use crate::slice::{VeSlice, VeSliceMut};
use crate::uses::Access;
use crate::verify::{Form, Type};

/// Declared `&T`, `&[T]` or `&[T; N]`: copied to the VE stack for the call.
#[derive(Debug)]
pub struct In<T: ?Sized>(PhantomData<fn(&T)>);

/// Declared `&mut T`, `&mut [T]` or `&mut [T; N]`: copied to the VE stack, and back after the call.
#[derive(Debug)]
pub struct InOut<T: ?Sized>(PhantomData<fn(&T)>);

/// Declared `&mut MaybeUninit<T>` or `&mut [MaybeUninit<T>]`: copied back from the VE stack after the call.
#[derive(Debug)]
pub struct Out<T: ?Sized>(PhantomData<fn(&T)>);

/// The argument has the declared type. See [`VeArg`].
#[derive(Debug)]
pub struct Exact;

/// The declaration says `c_void`, which takes every element type. See [`VeArg`].
#[derive(Debug)]
pub struct Erased;

/// A type that a parameter of an offloaded function may be declared with.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a parameter of an offloaded function",
    label = "cannot travel in a 64-bit VE register",
    note = "declare an integer or float of fixed width, `*const T` or `*mut T` for VE memory, `&T` or `&[T]` for a copy on the VE stack",
    note = "a struct goes by reference: `&{Self}` in, `&mut {Self}` in and out; it must implement `bytemuck::Pod`",
    note = "`bool` is 1 byte on the host and 4 on a VE: declare `i32`"
)]
pub trait VeParam {
    /// How it travels.
    #[doc(hidden)]
    const CLASS: Class = Self::TYPE.class();
    /// What can be compared with a library.
    #[doc(hidden)]
    const TYPE: Type;
}

/// A type that an offloaded function may be declared to return.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be returned by an offloaded function",
    label = "a VE function returns one 64-bit register",
    note = "declare an integer or float of fixed width, `*mut T`, or nothing; larger results go through `&mut T` or `*mut T` parameters"
)]
pub trait VeRet {
    /// What the request gives.
    type Output;
    /// How it travels.
    #[doc(hidden)]
    const CLASS: Class = Self::TYPE.class();
    /// What can be compared with a library.
    #[doc(hidden)]
    const TYPE: Type;
    #[doc(hidden)]
    fn from_word(word: u64) -> Self::Output;
}

/// A value that may be passed where the declaration says `D`.
///
/// `M` tells [`Exact`] matches from [`Erased`] ones, for `c_void`; it is always inferred.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not fit a parameter declared as `{D}`",
    label = "declared as `{D}`",
    note = "a host pointer or slice is no VE address: host data goes to the VE first, with `proc.upload(&data)?`",
    note = "scalars: pass exactly the declared type, for instance `n as usize` or `2.0_f32`",
    note = "`*const T`: pass `&VeBuffer<T>`, a `VeSlice<T>` or a `VePtr<T>`; `*mut T`: pass `&mut VeBuffer<T>`, a `VeSliceMut<T>` or a `VePtr<T>`",
    note = "`In<T>` stands for `&T`, `InOut<T>` for `&mut T`, `Out<T>` for `&mut MaybeUninit<T>`: host memory, copied over the VE stack; `ByReference<T>` for a scalar `T` of Fortran"
)]
pub trait VeArg<'a, D: ?Sized, M = Exact> {
    /// What a call makes of it. That is used once, and may refer to what stays in `argument`.
    #[doc(hidden)]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a>
    where
        Self: Sized;
}

macro_rules! integers {
    ($($type:ty: $class:ident via $wide:ty),* $(,)?) => {$(
        impl VeParam for $type {
            const TYPE: Type = Type::value::<Self>(Class::$class);
        }

        impl VeRet for $type {
            type Output = Self;
            const TYPE: Type = Type::value::<Self>(Class::$class);

            #[inline]
            fn from_word(word: u64) -> Self {
                word as Self
            }
        }

        impl<'a> VeArg<'a, $type> for $type {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |value| Actual::word(<$wide>::from(value) as u64))
            }
        }
    )*};
}

integers!(i8: I8 via i64, i16: I16 via i64, i32: I32 via i64, i64: I64 via i64);
integers!(u8: U8 via u64, u16: U16 via u64, u32: U32 via u64, u64: U64 via u64);
integers!(isize: I64 via isize, usize: U64 via usize);

impl VeParam for f64 {
    const TYPE: Type = Type::value::<Self>(Class::F64);
}

impl VeRet for f64 {
    type Output = Self;
    const TYPE: Type = Type::value::<Self>(Class::F64);

    #[inline]
    fn from_word(word: u64) -> Self {
        Self::from_bits(word)
    }
}

impl<'a> VeArg<'a, f64> for f64 {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, Actual::double)
    }
}

impl VeParam for f32 {
    const TYPE: Type = Type::value::<Self>(Class::F32);
}

impl VeRet for f32 {
    type Output = Self;
    const TYPE: Type = Type::value::<Self>(Class::F32);

    /// A VE has a `float` in the upper half of the word.
    #[inline]
    fn from_word(word: u64) -> Self {
        Self::from_bits((word >> 32) as u32)
    }
}

impl<'a> VeArg<'a, f32> for f32 {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, Actual::float)
    }
}

impl VeRet for () {
    type Output = ();
    const TYPE: Type = Type::value::<Self>(Class::Void);

    #[inline]
    fn from_word(_word: u64) {}
}

impl<T> VeParam for *const T {
    const TYPE: Type = Type::memory::<T>(Form::Const);
}

impl<T> VeParam for *mut T {
    const TYPE: Type = Type::memory::<T>(Form::Mut);
}

impl<T> VeRet for *mut T {
    type Output = VePtr<T>;
    const TYPE: Type = Type::memory::<T>(Form::Mut);

    #[inline]
    fn from_word(word: u64) -> VePtr<T> {
        VePtr::from_addr(word)
    }
}

impl<T> VeRet for *const T {
    type Output = VePtr<T>;
    const TYPE: Type = Type::memory::<T>(Form::Const);

    #[inline]
    fn from_word(word: u64) -> VePtr<T> {
        VePtr::from_addr(word)
    }
}

/// VE memory, whole or part.
trait Memory {
    fn passed<'a>(&self, access: Access) -> Actual<'_, 'a>;
}

impl<T> Memory for VeBuffer<T> {
    #[inline]
    fn passed<'a>(&self, access: Access) -> Actual<'_, 'a> {
        Actual::whole(&self.memory, access)
    }
}

impl<T> Memory for VeSlice<'_, T> {
    #[inline]
    fn passed<'a>(&self, access: Access) -> Actual<'_, 'a> {
        Actual::part(&self.region, access)
    }
}

impl<T> Memory for VeSliceMut<'_, T> {
    #[inline]
    fn passed<'a>(&self, access: Access) -> Actual<'_, 'a> {
        self.0.passed(access)
    }
}

/// For each form of VE memory: the pointer it can be passed for, and what the callee may then do.
macro_rules! memory_args {
    ($($form:ty => $declared:ty, $marker:ident, $access:ident;)*) => {$(
        impl<'a, 'b, T> VeArg<'a, $declared, $marker> for $form {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_ref(argument, |memory| memory.passed(Access::$access))
            }
        }
    )*};
}

memory_args! {
    &'b VeBuffer<T> => *const T, Exact, Read;
    VeSlice<'b, T> => *const T, Exact, Read;
    &'b mut VeBuffer<T> => *mut T, Exact, Write;
    VeSliceMut<'b, T> => *mut T, Exact, Write;
    &'b VeBuffer<T> => *const c_void, Erased, Read;
    VeSlice<'b, T> => *const c_void, Erased, Read;
    &'b mut VeBuffer<T> => *mut c_void, Erased, Write;
    VeSliceMut<'b, T> => *mut c_void, Erased, Write;
}

/// Addresses, which nobody tracks. `VePtr<c_void>` itself is not erased again: so there is always one way.
macro_rules! address_args {
    ($($declared:ty, $marker:ident $(, $bound:path)?;)*) => {$(
        impl<'a, T $(: $bound)?> VeArg<'a, $declared, $marker> for VePtr<T> {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |pointer| Actual::word(pointer.addr()))
            }
        }
    )*};
}

address_args! {
    *const T, Exact;
    *mut T, Exact;
    *const c_void, Erased, AnyBitPattern;
    *mut c_void, Erased, AnyBitPattern;
}

impl<T: NoUninit> VeParam for In<T> {
    const TYPE: Type = Type::memory::<T>(Form::In);
}

impl<T: NoUninit> VeParam for In<[T]> {
    const TYPE: Type = Type::memory::<T>(Form::InSlice);
}

impl<T: NoUninit + AnyBitPattern> VeParam for InOut<T> {
    const TYPE: Type = Type::memory::<T>(Form::InOut);
}

impl<T: NoUninit + AnyBitPattern> VeParam for InOut<[T]> {
    const TYPE: Type = Type::memory::<T>(Form::InOutSlice);
}

impl<T: AnyBitPattern> VeParam for Out<T> {
    const TYPE: Type = Type::memory::<T>(Form::Out);
}

impl<T: AnyBitPattern> VeParam for Out<[T]> {
    const TYPE: Type = Type::memory::<T>(Form::OutSlice);
}

impl<'a, T: NoUninit> VeArg<'a, In<T>> for &T {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |value| Actual::copy_in(slice::from_ref(value)))
    }
}

/// The forms of a slice that can be passed where `&[T]` is declared.
macro_rules! slices_in {
    ($($form:ty $(, $n:ident)?;)*) => {$(
        impl<'a, T: NoUninit $(, const $n: usize)?> VeArg<'a, In<[T]>> for &$form {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |slice| Actual::copy_in(&slice[..]))
            }
        }
    )*};
}

slices_in! { [T]; [T; N], N; Vec<T>; }

impl<'a, T: NoUninit + AnyBitPattern> VeArg<'a, InOut<T>> for &'a mut T {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |value| Actual::copy_in_out(slice::from_mut(value)))
    }
}

/// The forms of a slice that can be passed where `&mut [T]` is declared.
macro_rules! slices_inout {
    ($($form:ty $(, $n:ident)?;)*) => {$(
        impl<'a, T: NoUninit + AnyBitPattern $(, const $n: usize)?> VeArg<'a, InOut<[T]>> for &'a mut $form {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |slice| Actual::copy_in_out(&mut slice[..]))
            }
        }
    )*};
}

slices_inout! { [T]; [T; N], N; Vec<T>; }

impl<'a, T: AnyBitPattern> VeArg<'a, Out<T>> for &'a mut MaybeUninit<T> {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        Actual::by_value(argument, |room| Actual::copy_out(slice::from_mut(room)))
    }
}

/// The forms of a slice that can be passed where `&mut [MaybeUninit<T>]` is declared.
macro_rules! slices_out {
    ($($form:ty $(, $n:ident)?;)*) => {$(
        impl<'a, T: AnyBitPattern $(, const $n: usize)?> VeArg<'a, Out<[T]>> for &'a mut $form {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |room| Actual::copy_out(&mut room[..]))
            }
        }
    )*};
}

slices_out! { [MaybeUninit<T>]; [MaybeUninit<T>; N], N; }

impl<'a, T: AnyBitPattern, const N: usize> VeArg<'a, Out<[T; N]>> for &'a mut [MaybeUninit<T>; N] {
    #[inline]
    fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
        VeArg::<Out<[T]>>::actual(argument)
    }
}

/// Host memory for a parameter that is declared as a pointer: copied over the VE stack for this one call.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn sum(n: usize, x: *const f64, total: *mut f64) {
/// #         unsafe { *total = (0..n).map(|i| *x.add(i)).sum() }
/// #     }
/// # }
/// use veo::{OnStack, Proc, ve_offload};
///
/// #[ve_offload(lib = static)]
/// extern "C" {
///     fn sum(n: usize, x: *const f64, total: *mut f64);
/// }
///
/// let ctx = Proc::create(0)?.open_context()?;
/// let mut total = 0.0;
/// sum(&ctx, 2, OnStack::input_slice(&[1.5, 2.0]), OnStack::output(&mut total)).wait()?;
/// assert_eq!(total, 3.5);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Debug)]
pub struct OnStack<'a, T>(pub(crate) StackArgument<'a>, PhantomData<&'a mut [T]>);

impl<'a, T: NoUninit> OnStack<'a, T> {
    /// Copied to the VE.
    #[must_use]
    pub fn input(value: &'a T) -> Self {
        Self::input_slice(slice::from_ref(value))
    }

    /// A slice, copied to the VE.
    #[must_use]
    pub fn input_slice(slice: &'a [T]) -> Self {
        const { check_alignment::<T>() };
        Self(StackArgument::Input(bytemuck::cast_slice(slice)), PhantomData)
    }
}

impl<'a, T: NoUninit + AnyBitPattern> OnStack<'a, T> {
    /// Copied back from the VE.
    #[must_use]
    pub fn output(value: &'a mut T) -> Self {
        Self::output_slice(slice::from_mut(value))
    }

    /// A slice, copied back from the VE.
    #[must_use]
    pub fn output_slice(slice: &'a mut [T]) -> Self {
        Self::back(slice, false)
    }

    /// Copied to the VE, and back.
    #[must_use]
    pub fn inout(value: &'a mut T) -> Self {
        Self::inout_slice(slice::from_mut(value))
    }

    /// A slice, copied to the VE, and back.
    #[must_use]
    pub fn inout_slice(slice: &'a mut [T]) -> Self {
        Self::back(slice, true)
    }

    fn back(slice: &'a mut [T], inout: bool) -> Self {
        const { check_alignment::<T>() };
        Self(StackArgument::InOut { bytes: bytemuck::cast_slice_mut(slice), inout }, PhantomData)
    }
}

/// Host memory that is copied over the VE stack, whatever its type.
#[derive(Debug)]
pub(crate) enum StackArgument<'a> {
    Input(&'a [u8]),
    InOut { bytes: &'a mut [u8], inout: bool },
}

impl<'a> StackArgument<'a> {
    pub(crate) fn actual<'s>(self) -> Actual<'s, 'a>
    where
        'a: 's,
    {
        match self {
            Self::Input(bytes) => Actual::copy_in(bytes),
            Self::InOut { bytes, inout: true } => Actual::copy_in_out(bytes),
            Self::InOut { bytes, inout: false } => Actual::copy_over(bytes),
        }
    }
}

/// The declarations that host memory can be passed for.
macro_rules! on_stack_args {
    ($($declared:ty, $marker:ident;)*) => {$(
        impl<'a, T: NoUninit> VeArg<'a, $declared, $marker> for OnStack<'a, T> {
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_value(argument, |memory| memory.0.actual())
            }
        }
    )*};
}

on_stack_args! {
    *const T, Exact;
    *mut T, Exact;
    *const c_void, Erased;
    *mut c_void, Erased;
}
