//! Level 1: vectors.
//!
//! In both vectors of a routine there are equally many elements. Strides may be negative, and 0 for vectors that are only read; of
//! routines with one vector, which count its elements and not their order, strides are positive.

use veo::{Context, Request, Result};

use crate::check::{Arg, Routine, Stride};
use crate::checked;
use crate::raw::{self, CBLAS_INT};
use crate::scalar::{ComplexScalar, RealScalar, Scalar};
use crate::stubs::{ComplexStubs, ModifiedRotations, Products, RealStubs, Rotations, Stubs};
use crate::vector::{Vector, VectorMut};

const X: Arg = (2, "X");
const Y: Arg = (4, "Y");

/// A routine with two vectors: their length and their strides. `first` is the place of X behind the others.
#[inline]
fn pair<V: crate::check::AnyVector, W: crate::check::AnyVector>(
    routine: Routine,
    (x, x_arg, x_rule): (&V, Arg, Stride),
    (y, y_arg, y_rule): (&W, Arg, Stride),
) -> Result<[CBLAS_INT; 3]> {
    let (len, other) = (x.parts().1.len, y.parts().1.len);
    routine.equal(y_arg, "elements", other, x_arg.1, len)?;
    let n = routine.int((1, "N"), len)?;
    Ok([n, routine.stride(x_arg, "incX", x, x_rule)?, routine.stride(y_arg, "incY", y, y_rule)?])
}

/// A routine with one vector: its length and its stride.
#[inline]
fn single<V: crate::check::AnyVector>(routine: Routine, x: &V, arg: Arg) -> Result<[CBLAS_INT; 2]> {
    let n = routine.int((1, "N"), x.parts().1.len)?;
    Ok([n, routine.stride(arg, "incX", x, Stride::Positive)?])
}

/// x ↔ y
///
/// Wraps [`cblas_sswap`](raw::cblas_sswap), [`cblas_dswap`](raw::cblas_dswap), [`cblas_cswap`](raw::cblas_cswap),
/// [`cblas_zswap`](raw::cblas_zswap).
pub fn swap<'x, 'y, T: Scalar>(
    ctx: &Context,
    x: impl Into<VectorMut<'x, T>>,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "swap" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::NotZero), (&y, Y, Stride::NotZero))?;
        Ok(<T as Stubs>::swap(ctx, n, x.data, incx, y.data, incy))
    })
}

/// y ← x
///
/// Wraps [`cblas_scopy`](raw::cblas_scopy), [`cblas_dcopy`](raw::cblas_dcopy), [`cblas_ccopy`](raw::cblas_ccopy),
/// [`cblas_zcopy`](raw::cblas_zcopy).
pub fn copy<'x, 'y, T: Scalar>(
    ctx: &Context,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "copy" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::Any), (&y, Y, Stride::NotZero))?;
        Ok(<T as Stubs>::copy(ctx, n, x.data, incx, y.data, incy))
    })
}

/// y ← alpha x + y
///
/// Wraps [`cblas_saxpy`](raw::cblas_saxpy), [`cblas_daxpy`](raw::cblas_daxpy), [`cblas_caxpy`](raw::cblas_caxpy),
/// [`cblas_zaxpy`](raw::cblas_zaxpy).
///
/// ```no_run
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let x = proc.upload(&[1.0, 2.0, 3.0])?;
/// let mut y = proc.upload(&[1.0, 1.0, 1.0])?;
/// vecblas::axpy(&ctx, 10.0, &x, &mut y); // queued
/// assert_eq!(y.to_vec()?, [11.0, 21.0, 31.0]); // reading waits for it
/// # Ok::<(), veo::Error>(())
/// ```
pub fn axpy<'x, 'y, T: Scalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "axpy" };
        let [n, incx, incy] = pair(routine, (&x, (3, "X"), Stride::Any), (&y, (5, "Y"), Stride::NotZero))?;
        Ok(<T as Stubs>::axpy(ctx, n, alpha, x.data, incx, y.data, incy))
    })
}

/// x ← alpha x
///
/// Wraps [`cblas_sscal`](raw::cblas_sscal), [`cblas_dscal`](raw::cblas_dscal), [`cblas_cscal`](raw::cblas_cscal),
/// [`cblas_zscal`](raw::cblas_zscal).
pub fn scal<'x, T: Scalar>(ctx: &Context, alpha: T, x: impl Into<VectorMut<'x, T>>) -> Request<'static, ()> {
    let x = x.into();
    checked(ctx, || {
        let [n, incx] = single(Routine { prefix: T::LETTER, name: "scal" }, &x, (3, "X"))?;
        Ok(<T as Stubs>::scal(ctx, n, alpha, x.data, incx))
    })
}

/// x ← alpha x, with complex x and real alpha
///
/// Wraps [`cblas_csscal`](raw::cblas_csscal), [`cblas_zdscal`](raw::cblas_zdscal).
pub fn scal_real<'x, T: ComplexScalar>(
    ctx: &Context,
    alpha: T::Part,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    checked(ctx, || {
        let [n, incx] = single(Routine { prefix: T::WITH_REAL_PREFIX, name: "scal" }, &x, (3, "X"))?;
        Ok(<T as ComplexStubs>::scal_real(ctx, n, alpha, x.data, incx))
    })
}

/// xᵀ y, of real vectors
///
/// Wraps [`cblas_sdot`](raw::cblas_sdot), [`cblas_ddot`](raw::cblas_ddot).
pub fn dot<'x, 'y, T: RealScalar>(
    ctx: &Context,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
) -> Request<'static, T> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "dot" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::Any), (&y, Y, Stride::Any))?;
        Ok(<T as RealStubs>::dot(ctx, n, x.data, incx, y.data, incy))
    })
}

/// xᵀ y, of complex vectors
///
/// Wraps [`cblas_cdotu_sub`](raw::cblas_cdotu_sub), [`cblas_zdotu_sub`](raw::cblas_zdotu_sub).
pub fn dotu<'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
) -> Request<'static, T> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "dotu_sub" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::Any), (&y, Y, Stride::Any))?;
        Ok(<T as Products>::dotu(ctx, n, x.data, incx, y.data, incy))
    })
}

/// xᴴ y
///
/// Wraps [`cblas_cdotc_sub`](raw::cblas_cdotc_sub), [`cblas_zdotc_sub`](raw::cblas_zdotc_sub).
pub fn dotc<'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
) -> Request<'static, T> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "dotc_sub" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::Any), (&y, Y, Stride::Any))?;
        Ok(<T as Products>::dotc(ctx, n, x.data, incx, y.data, incy))
    })
}

/// xᵀ y, of vectors of single precision, summed in double precision
///
/// Wraps [`cblas_dsdot`](raw::cblas_dsdot).
pub fn dsdot<'x, 'y>(
    ctx: &Context,
    x: impl Into<Vector<'x, f32>>,
    y: impl Into<Vector<'y, f32>>,
) -> Request<'static, f64> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: "ds", name: "dot" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::Any), (&y, Y, Stride::Any))?;
        Ok(raw::cblas_dsdot(ctx, n, x.data, incx, y.data, incy))
    })
}

/// alpha + xᵀ y, summed in double precision
///
/// Wraps [`cblas_sdsdot`](raw::cblas_sdsdot).
pub fn sdsdot<'x, 'y>(
    ctx: &Context,
    alpha: f32,
    x: impl Into<Vector<'x, f32>>,
    y: impl Into<Vector<'y, f32>>,
) -> Request<'static, f32> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: "sds", name: "dot" };
        let [n, incx, incy] = pair(routine, (&x, (3, "X"), Stride::Any), (&y, (5, "Y"), Stride::Any))?;
        Ok(raw::cblas_sdsdot(ctx, n, alpha, x.data, incx, y.data, incy))
    })
}

/// √(Σ |xᵢ|²), without overflow on the way
///
/// Wraps [`cblas_snrm2`](raw::cblas_snrm2), [`cblas_dnrm2`](raw::cblas_dnrm2), [`cblas_scnrm2`](raw::cblas_scnrm2),
/// [`cblas_dznrm2`](raw::cblas_dznrm2).
pub fn nrm2<'x, T: Scalar>(ctx: &Context, x: impl Into<Vector<'x, T>>) -> Request<'static, T::Part> {
    let x = x.into();
    checked(ctx, || {
        let [n, incx] = single(Routine { prefix: T::NORM_PREFIX, name: "nrm2" }, &x, X)?;
        Ok(<T as Stubs>::nrm2(ctx, n, x.data, incx))
    })
}

/// Σ |xᵢ|; of complex vectors, Σ (|Re xᵢ| + |Im xᵢ|)
///
/// Wraps [`cblas_sasum`](raw::cblas_sasum), [`cblas_dasum`](raw::cblas_dasum), [`cblas_scasum`](raw::cblas_scasum),
/// [`cblas_dzasum`](raw::cblas_dzasum).
pub fn asum<'x, T: Scalar>(ctx: &Context, x: impl Into<Vector<'x, T>>) -> Request<'static, T::Part> {
    let x = x.into();
    checked(ctx, || {
        let [n, incx] = single(Routine { prefix: T::NORM_PREFIX, name: "asum" }, &x, X)?;
        Ok(<T as Stubs>::asum(ctx, n, x.data, incx))
    })
}

/// The first i with the largest |xᵢ|, counted from 0, and 0 if there are no elements; of complex vectors, with the largest
/// |Re xᵢ| + |Im xᵢ|
///
/// Wraps [`cblas_isamax`](raw::cblas_isamax), [`cblas_idamax`](raw::cblas_idamax), [`cblas_icamax`](raw::cblas_icamax),
/// [`cblas_izamax`](raw::cblas_izamax).
pub fn iamax<'x, T: Scalar>(ctx: &Context, x: impl Into<Vector<'x, T>>) -> Request<'static, usize> {
    let x = x.into();
    checked(ctx, || {
        let [n, incx] = single(Routine { prefix: T::INDEX_PREFIX, name: "amax" }, &x, X)?;
        Ok(<T as Stubs>::amax(ctx, n, x.data, incx).map(|index| usize::try_from(index).unwrap_or(0)))
    })
}

/// |Re z| + |Im z|
///
/// Wraps [`cblas_scabs1`](raw::cblas_scabs1), [`cblas_dcabs1`](raw::cblas_dcabs1).
pub fn cabs1<T: ComplexScalar>(ctx: &Context, z: T) -> Request<'static, T::Part> {
    <T as Products>::cabs1(ctx, z)
}

/// A plane rotation, as [`rotg`] makes it: (c, s; -s̄, c) takes (a, b) to (r, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rotation<T: Scalar> {
    /// What becomes of a.
    pub r: T,
    /// What c and s can be made of again, if they are real; else b.
    pub z: T,
    /// The cosine.
    pub c: T::Part,
    /// The sine.
    pub s: T,
}

/// The rotation that takes (a, b) to (r, 0)
///
/// Wraps [`cblas_srotg`](raw::cblas_srotg), [`cblas_drotg`](raw::cblas_drotg), [`cblas_crotg`](raw::cblas_crotg),
/// [`cblas_zrotg`](raw::cblas_zrotg).
pub fn rotg<T: Scalar>(ctx: &Context, a: T, b: T) -> Request<'static, Rotation<T>> {
    <T as Rotations>::rotg(ctx, a, b).map(|(r, z, c, s)| Rotation { r, z, c, s })
}

/// (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ), with real c and s
///
/// Wraps [`cblas_srot`](raw::cblas_srot), [`cblas_drot`](raw::cblas_drot), [`cblas_csrot`](raw::cblas_csrot),
/// [`cblas_zdrot`](raw::cblas_zdrot).
pub fn rot<'x, 'y, T: Scalar>(
    ctx: &Context,
    x: impl Into<VectorMut<'x, T>>,
    y: impl Into<VectorMut<'y, T>>,
    c: T::Part,
    s: T::Part,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::WITH_REAL_PREFIX, name: "rot" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::NotZero), (&y, Y, Stride::NotZero))?;
        Ok(<T as Stubs>::rot(ctx, n, x.data, incx, y.data, incy, c, s))
    })
}

/// A modified rotation, as [`rotmg`] makes it: H takes (√d1 b1, √d2 b2) to (r, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ModifiedRotation<T> {
    /// What becomes of d1.
    pub d1: T,
    /// What becomes of d2.
    pub d2: T,
    /// What becomes of b1.
    pub b1: T,
    /// The kind of H, -1, 0, 1 or -2, and its elements h11, h21, h12, h22: those that the kind does not fix.
    pub p: [T; 5],
}

/// The modified rotation H that takes (√d1 b1, √d2 b2) to (r, 0)
///
/// Wraps [`cblas_srotmg`](raw::cblas_srotmg), [`cblas_drotmg`](raw::cblas_drotmg).
pub fn rotmg<T: RealScalar>(ctx: &Context, d1: T, d2: T, b1: T, b2: T) -> Request<'static, ModifiedRotation<T>> {
    let request = <T as ModifiedRotations>::rotmg(ctx, d1, d2, b1, b2);
    request.map(|([d1, d2, b1], p)| ModifiedRotation { d1, d2, b1, p })
}

/// (xᵢ, yᵢ) ← H (xᵢ, yᵢ), with the [modified rotation](ModifiedRotation) H of which `p` tells kind and elements
///
/// Wraps [`cblas_srotm`](raw::cblas_srotm), [`cblas_drotm`](raw::cblas_drotm).
pub fn rotm<'x, 'y, T: RealScalar>(
    ctx: &Context,
    x: impl Into<VectorMut<'x, T>>,
    y: impl Into<VectorMut<'y, T>>,
    p: [T; 5],
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "rotm" };
        let [n, incx, incy] = pair(routine, (&x, X, Stride::NotZero), (&y, Y, Stride::NotZero))?;
        Ok(<T as ModifiedRotations>::rotm(ctx, n, x.data, incx, y.data, incy, p))
    })
}
