//! The four types of numbers.

use std::fmt::Debug;

use bytemuck::Pod;
use num_complex::Complex;

use crate::stubs::{ComplexStubs, ModifiedRotations, Numbers, Products, RealStubs, Rotations, Stubs};

/// A number of BLAS: `f32`, `f64`, [`Complex<f32>`](Complex), `Complex<f64>`.
pub trait Scalar:
    Numbers<Real = Self::Part> + Stubs + Rotations + Pod + Debug + Default + PartialEq + Send + Sync
{
    /// The type of its real and imaginary parts.
    type Part: RealScalar;

    /// Which letter stands for it in the names of routines: `s`, `d`, `c` or `z`.
    const LETTER: &'static str;
    /// What it is called in routines with a real result, such as `dznrm2`.
    #[doc(hidden)]
    const NORM_PREFIX: &'static str;
    /// What it is called in routines that find an index, such as `izamax`.
    #[doc(hidden)]
    const INDEX_PREFIX: &'static str;
    /// What it is called in routines with a real factor, such as `zdrot`.
    #[doc(hidden)]
    const WITH_REAL_PREFIX: &'static str;
    /// Whether it has an imaginary part.
    const IS_COMPLEX: bool;
}

/// A real number: `f32`, `f64`.
pub trait RealScalar: Scalar<Part = Self> + RealStubs + ModifiedRotations {}

/// A complex number: [`Complex<f32>`](Complex), `Complex<f64>`.
pub trait ComplexScalar: Scalar + ComplexStubs + Products {}

macro_rules! scalars {
    ($($scalar:ty: $part:ty, $letter:literal $norm:literal $index:literal $with_real:literal, $is_complex:literal;)*) => {$(
        impl Scalar for $scalar {
            type Part = $part;
            const LETTER: &'static str = $letter;
            const NORM_PREFIX: &'static str = $norm;
            const INDEX_PREFIX: &'static str = $index;
            const WITH_REAL_PREFIX: &'static str = $with_real;
            const IS_COMPLEX: bool = $is_complex;
        }
    )*};
}

scalars! {
    f32: f32, "s" "s" "is" "s", false;
    f64: f64, "d" "d" "id" "d", false;
    Complex<f32>: f32, "c" "sc" "ic" "cs", true;
    Complex<f64>: f64, "z" "dz" "iz" "zd", true;
}

impl RealScalar for f32 {}
impl RealScalar for f64 {}
impl ComplexScalar for Complex<f32> {}
impl ComplexScalar for Complex<f64> {}
