//! A matrix times a vector, and triangular systems.

use veo::{Context, Request, Result};

use super::fitting;
use crate::check::Routine;
use crate::checked;
use crate::matrix::Matrix;
use crate::options::Transpose;
use crate::raw::CBLAS_INT;
use crate::scalar::{ComplexScalar, RealScalar, Scalar};
use crate::structure::{Band, Hermitian, Packed, Symmetric, Triangular};
use crate::stubs::{ComplexStubs, RealStubs};
use crate::vector::{Vector, VectorMut};

/// Rows and columns, both of them 0 if one is: Netlib's functions with conjugates do not return from matrices without rows.
#[inline]
fn size(routine: Routine, (rows, cols): (usize, usize)) -> Result<[CBLAS_INT; 2]> {
    let (m, n) = (routine.int((3, "M"), rows)?, routine.int((4, "N"), cols)?);
    Ok(if m == 0 || n == 0 { [0, 0] } else { [m, n] })
}

/// y ← alpha op(A) x + beta y
///
/// Wraps [`cblas_sgemv`](crate::raw::cblas_sgemv), [`cblas_dgemv`](crate::raw::cblas_dgemv), [`cblas_cgemv`](crate::raw::cblas_cgemv),
/// [`cblas_zgemv`](crate::raw::cblas_zgemv).
///
/// ```no_run
/// use vecblas::{Matrix, Transpose, gemv};
///
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let a = proc.upload(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let (x, mut y) = (proc.upload(&[1.0, 1.0, 1.0])?, proc.zeroed(2)?);
/// gemv(&ctx, Transpose::None, 1.0, Matrix::row_major(&a, 2, 3), &x, 0.0, &mut y);
/// assert_eq!(y.to_vec()?, [6.0, 15.0]);
/// # Ok::<(), veo::Error>(())
/// ```
pub fn gemv<'a, 'x, 'y, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T,
    a: impl Into<Matrix<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (a, x, y) = (a.into(), x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "gemv" };
        let [m, n] = size(routine, (a.shape.rows, a.shape.cols))?;
        let lda = routine.matrix((6, "A"), "lda", &a)?;
        let (rows, cols) = trans.of(a.shape.rows, a.shape.cols);
        let incx = fitting(routine, (8, "X"), "incX", &x, ("op(A) has columns:", cols))?;
        let incy = fitting(routine, (11, "Y"), "incY", &y, ("op(A) has rows:", rows))?;
        let (layout, trans) = (a.shape.layout.raw(), trans.raw());
        Ok(T::gemv(ctx, layout, trans, m, n, alpha, a.data, lda, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha op(A) x + beta y, where A is a band matrix
///
/// Wraps [`cblas_sgbmv`](crate::raw::cblas_sgbmv), [`cblas_dgbmv`](crate::raw::cblas_dgbmv), [`cblas_cgbmv`](crate::raw::cblas_cgbmv),
/// [`cblas_zgbmv`](crate::raw::cblas_zgbmv).
pub fn gbmv<'a, 'x, 'y, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T,
    a: Band<'a, T>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "gbmv" };
        let [m, n] = size(routine, (a.rows, a.cols))?;
        let (kl, ku) = (routine.int((5, "KL"), a.lower)?, routine.int((6, "KU"), a.upper)?);
        let lda = routine.band((8, "A"), &a)?;
        let (rows, cols) = trans.of(a.rows, a.cols);
        let incx = fitting(routine, (10, "X"), "incX", &x, ("op(A) has columns:", cols))?;
        let incy = fitting(routine, (13, "Y"), "incY", &y, ("op(A) has rows:", rows))?;
        let (layout, trans) = (a.layout.raw(), trans.raw());
        Ok(T::gbmv(ctx, layout, trans, m, n, kl, ku, alpha, a.data, lda, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha A x + beta y, where A is symmetric
///
/// Wraps [`cblas_ssymv`](crate::raw::cblas_ssymv), [`cblas_dsymv`](crate::raw::cblas_dsymv).
pub fn symv<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    a: Symmetric<Matrix<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "symv" };
        let [n, lda] = routine.square(3, 5, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (7, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (10, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as RealStubs>::symv(ctx, layout, uplo.raw(), n, alpha, a.data, lda, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha A x + beta y, where A is a symmetric band matrix
///
/// Wraps [`cblas_ssbmv`](crate::raw::cblas_ssbmv), [`cblas_dsbmv`](crate::raw::cblas_dsbmv).
pub fn sbmv<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    a: Symmetric<Band<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "sbmv" };
        let [n, k, lda] = routine.half_band(3, 6, &a, uplo)?;
        let (layout, order) = (a.layout.raw(), a.rows);
        let incx = fitting(routine, (8, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (11, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as RealStubs>::sbmv(ctx, layout, uplo.raw(), n, k, alpha, a.data, lda, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha A x + beta y, where A is symmetric and packed
///
/// Wraps [`cblas_sspmv`](crate::raw::cblas_sspmv), [`cblas_dspmv`](crate::raw::cblas_dspmv).
pub fn spmv<'a, 'x, 'y, T: RealScalar>(
    ctx: &Context,
    alpha: T,
    a: Symmetric<Packed<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "spmv" };
        let n = routine.packed(3, (5, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (6, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (9, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as RealStubs>::spmv(ctx, layout, uplo.raw(), n, alpha, a.data, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha A x + beta y, where A is Hermitian
///
/// Wraps [`cblas_chemv`](crate::raw::cblas_chemv), [`cblas_zhemv`](crate::raw::cblas_zhemv).
pub fn hemv<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    a: Hermitian<Matrix<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hemv" };
        let [n, lda] = routine.square(3, 5, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (7, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (10, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as ComplexStubs>::hemv(ctx, layout, uplo.raw(), n, alpha, a.data, lda, x.data, incx, beta, y.data, incy))
    })
}

/// y ← alpha A x + beta y, where A is a Hermitian band matrix
///
/// Wraps [`cblas_chbmv`](crate::raw::cblas_chbmv), [`cblas_zhbmv`](crate::raw::cblas_zhbmv).
pub fn hbmv<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    a: Hermitian<Band<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hbmv" };
        let [n, k, lda] = routine.half_band(3, 6, &a, uplo)?;
        let (layout, order) = (a.layout.raw(), a.rows);
        let incx = fitting(routine, (8, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (11, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as ComplexStubs>::hbmv(
            ctx,
            layout,
            uplo.raw(),
            n,
            k,
            alpha,
            a.data,
            lda,
            x.data,
            incx,
            beta,
            y.data,
            incy,
        ))
    })
}

/// y ← alpha A x + beta y, where A is Hermitian and packed
///
/// Wraps [`cblas_chpmv`](crate::raw::cblas_chpmv), [`cblas_zhpmv`](crate::raw::cblas_zhpmv).
pub fn hpmv<'a, 'x, 'y, T: ComplexScalar>(
    ctx: &Context,
    alpha: T,
    a: Hermitian<Packed<'a, T>>,
    x: impl Into<Vector<'x, T>>,
    beta: T,
    y: impl Into<VectorMut<'y, T>>,
) -> Request<'static, ()> {
    let (x, y) = (x.into(), y.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hpmv" };
        let n = routine.packed(3, (5, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (6, "X"), "incX", &x, ("A has columns:", order))?;
        let incy = fitting(routine, (9, "Y"), "incY", &y, ("A has rows:", order))?;
        Ok(<T as ComplexStubs>::hpmv(ctx, layout, uplo.raw(), n, alpha, a.data, x.data, incx, beta, y.data, incy))
    })
}

// ---- triangular matrices -------------------------------------------------------------------------------------------

/// x ← op(A) x, where A is triangular
///
/// Wraps [`cblas_strmv`](crate::raw::cblas_strmv), [`cblas_dtrmv`](crate::raw::cblas_dtrmv), [`cblas_ctrmv`](crate::raw::cblas_ctrmv),
/// [`cblas_ztrmv`](crate::raw::cblas_ztrmv).
pub fn trmv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Matrix<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "trmv" };
        let [n, lda] = routine.square(5, 6, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (8, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::trmv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, a.data, lda, x.data, incx))
    })
}

/// x ← op(A)⁻¹ x, where A is triangular
///
/// Wraps [`cblas_strsv`](crate::raw::cblas_strsv), [`cblas_dtrsv`](crate::raw::cblas_dtrsv), [`cblas_ctrsv`](crate::raw::cblas_ctrsv),
/// [`cblas_ztrsv`](crate::raw::cblas_ztrsv).
///
/// Nothing looks whether A can be inverted.
pub fn trsv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Matrix<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "trsv" };
        let [n, lda] = routine.square(5, 6, &a)?;
        let (layout, order) = (a.shape.layout.raw(), a.shape.rows);
        let incx = fitting(routine, (8, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::trsv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, a.data, lda, x.data, incx))
    })
}

/// x ← op(A) x, where A is a triangular band matrix
///
/// Wraps [`cblas_stbmv`](crate::raw::cblas_stbmv), [`cblas_dtbmv`](crate::raw::cblas_dtbmv), [`cblas_ctbmv`](crate::raw::cblas_ctbmv),
/// [`cblas_ztbmv`](crate::raw::cblas_ztbmv).
pub fn tbmv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Band<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "tbmv" };
        let [n, k, lda] = routine.half_band(5, 7, &a, uplo)?;
        let (layout, order) = (a.layout.raw(), a.rows);
        let incx = fitting(routine, (9, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::tbmv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, k, a.data, lda, x.data, incx))
    })
}

/// x ← op(A)⁻¹ x, where A is a triangular band matrix
///
/// Wraps [`cblas_stbsv`](crate::raw::cblas_stbsv), [`cblas_dtbsv`](crate::raw::cblas_dtbsv), [`cblas_ctbsv`](crate::raw::cblas_ctbsv),
/// [`cblas_ztbsv`](crate::raw::cblas_ztbsv).
///
/// Nothing looks whether A can be inverted.
pub fn tbsv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Band<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "tbsv" };
        let [n, k, lda] = routine.half_band(5, 7, &a, uplo)?;
        let (layout, order) = (a.layout.raw(), a.rows);
        let incx = fitting(routine, (9, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::tbsv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, k, a.data, lda, x.data, incx))
    })
}

/// x ← op(A) x, where A is triangular and packed
///
/// Wraps [`cblas_stpmv`](crate::raw::cblas_stpmv), [`cblas_dtpmv`](crate::raw::cblas_dtpmv), [`cblas_ctpmv`](crate::raw::cblas_ctpmv),
/// [`cblas_ztpmv`](crate::raw::cblas_ztpmv).
pub fn tpmv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Packed<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "tpmv" };
        let n = routine.packed(5, (6, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (7, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::tpmv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, a.data, x.data, incx))
    })
}

/// x ← op(A)⁻¹ x, where A is triangular and packed
///
/// Wraps [`cblas_stpsv`](crate::raw::cblas_stpsv), [`cblas_dtpsv`](crate::raw::cblas_dtpsv), [`cblas_ctpsv`](crate::raw::cblas_ctpsv),
/// [`cblas_ztpsv`](crate::raw::cblas_ztpsv).
///
/// Nothing looks whether A can be inverted.
pub fn tpsv<'a, 'x, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    a: Triangular<Packed<'a, T>>,
    x: impl Into<VectorMut<'x, T>>,
) -> Request<'static, ()> {
    let x = x.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "tpsv" };
        let n = routine.packed(5, (6, "Ap"), &a)?;
        let (layout, order) = (a.layout.raw(), a.n);
        let incx = fitting(routine, (7, "X"), "incX", &x, ("A has columns:", order))?;
        Ok(T::tpsv(ctx, layout, uplo.raw(), trans.raw(), diag.raw(), n, a.data, x.data, incx))
    })
}
