//! Scalars of Fortran, which takes the addresses of its arguments.

use std::marker::PhantomData;
use std::slice;

use crate::actual::Actual;
use crate::arg::{VeArg, VeParam};
use crate::verify::{Form, Type};

/// Declared `T` in a block of `fortran`, without `#[value]`: the call passes the value, the function gets its address.
///
/// An alias of a pointer type stays the address that it is.
#[derive(Debug)]
pub struct ByReference<T>(PhantomData<fn(&T)>);

macro_rules! scalars {
    ($($type:ty),*) => {$(
        impl VeParam for ByReference<$type> {
            const TYPE: Type = Type::memory::<$type>(Form::ByReference);
        }

        #[diagnostic::do_not_recommend]
        impl<'a> VeArg<'a, ByReference<$type>> for $type {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_ref(argument, |number| Actual::copy_in(slice::from_ref(number)))
            }
        }
    )*};
}

scalars!(i8, i16, i32, i64, u8, u16, u32, u64, isize, usize, f32, f64);

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<T> VeParam for ByReference<$pointer> {
            const TYPE: Type = <$pointer as VeParam>::TYPE;
        }

        impl<'a, T, A: VeArg<'a, $pointer>> VeArg<'a, ByReference<$pointer>> for A {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                VeArg::<$pointer>::actual(argument)
            }
        }
    )*};
}

pointers!(*const T, *mut T);
