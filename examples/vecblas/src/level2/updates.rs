//! Matrices to which products of vectors are added.

use veo::{Context, Request, Result};

use super::fitting;
use crate::check::Routine;
use crate::checked;
use crate::matrix::MatrixMut;
use crate::raw::CBLAS_INT;
use crate::scalar::{ComplexScalar, RealScalar};
use crate::structure::{Hermitian, PackedMut, Symmetric};
use crate::stubs::{ComplexStubs, RealStubs};
use crate::vector::Vector;

/// `M`, `N`, `incX`, `incY` and `lda` of A ← alpha x yᵀ + A.
#[inline]
fn rank_one<T>(routine: Routine, x: &Vector<'_, T>, y: &Vector<'_, T>, a: &MatrixMut<'_, T>) -> Result<[CBLAS_INT; 5]> {
    Ok([
        routine.int((2, "M"), a.shape.rows)?,
        routine.int((3, "N"), a.shape.cols)?,
        fitting(routine, (5, "X"), "incX", x, ("A has rows:", a.shape.rows))?,
        fitting(routine, (7, "Y"), "incY", y, ("A has columns:", a.shape.cols))?,
        routine.matrix((9, "A"), "lda", a)?,
    ])
}

/// A ← alpha x yᵀ + A, of real numbers
///
/// Wraps [`cblas_sger`](crate::raw::cblas_sger), [`cblas_dger`](crate::raw::cblas_dger).
pub fn ger<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: impl Into<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y, a) = (x.into(), y.into(), a.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "ger" };
        let [m, n, incx, incy, lda] = rank_one(routine, &x, &y, &a)?;
        let layout = a.shape.layout.raw();
        Ok(<T as RealStubs>::ger(ctx, layout, m, n, alpha, x.data, incx, y.data, incy, a.data, lda))
    })
}

/// A ← alpha x yᵀ + A, of complex numbers
///
/// Wraps [`cblas_cgeru`](crate::raw::cblas_cgeru), [`cblas_zgeru`](crate::raw::cblas_zgeru).
pub fn geru<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: impl Into<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y, a) = (x.into(), y.into(), a.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "geru" };
        let [m, n, incx, incy, lda] = rank_one(routine, &x, &y, &a)?;
        let layout = a.shape.layout.raw();
        Ok(<T as ComplexStubs>::geru(ctx, layout, m, n, alpha, x.data, incx, y.data, incy, a.data, lda))
    })
}

/// A ← alpha x yᴴ + A
///
/// Wraps [`cblas_cgerc`](crate::raw::cblas_cgerc), [`cblas_zgerc`](crate::raw::cblas_zgerc).
pub fn gerc<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: impl Into<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y, a) = (x.into(), y.into(), a.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "gerc" };
        let [m, n, incx, incy, lda] = rank_one(routine, &x, &y, &a)?;
        let layout = a.shape.layout.raw();
        Ok(<T as ComplexStubs>::gerc(ctx, layout, m, n, alpha, x.data, incx, y.data, incy, a.data, lda))
    })
}

/// A ← alpha x xᵀ + A, where A is symmetric
///
/// Wraps [`cblas_ssyr`](crate::raw::cblas_ssyr), [`cblas_dsyr`](crate::raw::cblas_dsyr).
pub fn syr<'a, 'x, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    a: Symmetric<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "syr" };
        let [n, lda] = routine.square(3, 7, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        Ok(<T as RealStubs>::syr(ctx, layout, uplo.raw(), n, alpha, x.data, incx, a.data, lda))
    })
}

/// A ← alpha x xᵀ + A, where A is symmetric and packed
///
/// Wraps [`cblas_sspr`](crate::raw::cblas_sspr), [`cblas_dspr`](crate::raw::cblas_dspr).
pub fn spr<'a, 'x, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    a: Symmetric<PackedMut<'a, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "spr" };
        let n = routine.packed(3, (7, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        Ok(<T as RealStubs>::spr(ctx, layout, uplo.raw(), n, alpha, x.data, incx, a.data))
    })
}

/// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric
///
/// Wraps [`cblas_ssyr2`](crate::raw::cblas_ssyr2), [`cblas_dsyr2`](crate::raw::cblas_dsyr2).
pub fn syr2<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: Symmetric<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "syr2" };
        let [n, lda] = routine.square(3, 9, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        let incy = fitting(routine, (7, "Y"), "incY", &y, ("A has columns:", order))?;
        Ok(<T as RealStubs>::syr2(ctx, layout, uplo.raw(), n, alpha, x.data, incx, y.data, incy, a.data, lda))
    })
}

/// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric and packed
///
/// Wraps [`cblas_sspr2`](crate::raw::cblas_sspr2), [`cblas_dspr2`](crate::raw::cblas_dspr2).
pub fn spr2<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: Symmetric<PackedMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "spr2" };
        let n = routine.packed(3, (9, "A"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        let incy = fitting(routine, (7, "Y"), "incY", &y, ("A has columns:", order))?;
        Ok(<T as RealStubs>::spr2(ctx, layout, uplo.raw(), n, alpha, x.data, incx, y.data, incy, a.data))
    })
}

/// A ← alpha x xᴴ + A, where A is Hermitian
///
/// Wraps [`cblas_cher`](crate::raw::cblas_cher), [`cblas_zher`](crate::raw::cblas_zher).
pub fn her<'a, 'x, T: ComplexScalar>(
    ctx: &Context,
    alpha: T::Part,
    x: impl Into<Vector<'x, T>>,
    a: Hermitian<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "her" };
        let [n, lda] = routine.square(3, 7, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        Ok(<T as ComplexStubs>::her(ctx, layout, uplo.raw(), n, alpha, x.data, incx, a.data, lda))
    })
}

/// A ← alpha x xᴴ + A, where A is Hermitian and packed
///
/// Wraps [`cblas_chpr`](crate::raw::cblas_chpr), [`cblas_zhpr`](crate::raw::cblas_zhpr).
pub fn hpr<'a, 'x, T: ComplexScalar>(
    ctx: &Context,
    alpha: T::Part,
    x: impl Into<Vector<'x, T>>,
    a: Hermitian<PackedMut<'a, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hpr" };
        let n = routine.packed(3, (7, "A"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        Ok(<T as ComplexStubs>::hpr(ctx, layout, uplo.raw(), n, alpha, x.data, incx, a.data))
    })
}

/// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and ᾱ the conjugate of alpha
///
/// Wraps [`cblas_cher2`](crate::raw::cblas_cher2), [`cblas_zher2`](crate::raw::cblas_zher2).
pub fn her2<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: Hermitian<MatrixMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "her2" };
        let [n, lda] = routine.square(3, 9, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        let incy = fitting(routine, (7, "Y"), "incY", &y, ("A has columns:", order))?;
        Ok(<T as ComplexStubs>::her2(ctx, layout, uplo.raw(), n, alpha, x.data, incx, y.data, incy, a.data, lda))
    })
}

/// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and packed, and ᾱ the conjugate of alpha
///
/// Wraps [`cblas_chpr2`](crate::raw::cblas_chpr2), [`cblas_zhpr2`](crate::raw::cblas_zhpr2).
pub fn hpr2<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    x: impl Into<Vector<'x, T>>,
    y: impl Into<Vector<'y, T>>,
    a: Hermitian<PackedMut<'a, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hpr2" };
        let n = routine.packed(3, (9, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (5, "X"), "incX", &x, ("A has rows:", order))?;
        let incy = fitting(routine, (7, "Y"), "incY", &y, ("A has columns:", order))?;
        Ok(<T as ComplexStubs>::hpr2(ctx, layout, uplo.raw(), n, alpha, x.data, incx, y.data, incy, a.data))
    })
}
