//! Level 3: matrices.
//!
//! All matrices of a call have one layout; [`transposed`](Matrix::transposed) is the other one, with the other shape.

use veo::{Context, Request, Result};

use crate::check::{AnyMatrix, Arg, Routine};
use crate::checked;
use crate::matrix::{Matrix, MatrixMut};
use crate::options::{Side, Transpose};
use crate::raw::CBLAS_INT;
use crate::scalar::{ComplexScalar, Scalar};
use crate::structure::{Hermitian, Symmetric, Triangular};
use crate::stubs::{ComplexStubs, Stubs};

/// The leading dimension of a matrix that has the layout of A, if it is another one.
#[inline]
fn beside<M: AnyMatrix, N: AnyMatrix>(
    routine: Routine,
    arg: Arg,
    ld: &'static str,
    matrix: &M,
    a: &N,
) -> Result<CBLAS_INT> {
    routine.same_layout(arg, matrix.parts().1.layout, "A", a.parts().1.layout)?;
    routine.matrix(arg, ld, matrix)
}

/// C ← alpha op(A) op(B) + beta C
///
/// Wraps [`cblas_sgemm`](crate::raw::cblas_sgemm), [`cblas_dgemm`](crate::raw::cblas_dgemm), [`cblas_cgemm`](crate::raw::cblas_cgemm),
/// [`cblas_zgemm`](crate::raw::cblas_zgemm).
///
/// ```no_run
/// use vecblas::{Layout::RowMajor, Transpose, VeMatrix, gemm};
///
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let a = VeMatrix::upload(&proc, RowMajor, 2, 2, &[1.0, 2.0, 3.0, 4.0])?;
/// let b = VeMatrix::upload(&proc, RowMajor, 2, 1, &[1.0, 1.0])?;
/// let mut c = VeMatrix::zeroed(&proc, RowMajor, 2, 1)?;
/// gemm(&ctx, Transpose::None, Transpose::None, 1.0, &a, &b, 0.0, &mut c);
/// assert_eq!(c.to_vec()?, [3.0, 7.0]);
/// # Ok::<(), veo::Error>(())
/// ```
#[allow(clippy::too_many_arguments)] // BLAS has them
pub fn gemm<'a, 'b, 'c, T: Scalar>(
    ctx: &Context,
    transa: Transpose,
    transb: Transpose,
    alpha: T,
    a: impl Into<Matrix<'a, T>>,
    b: impl Into<Matrix<'b, T>>,
    beta: T,
    c: impl Into<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let (a, b, c) = (a.into(), b.into(), c.into());
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "gemm" };
        let (rows, inner) = transa.of(a.shape.rows, a.shape.cols);
        let (inner_of_b, cols) = transb.of(b.shape.rows, b.shape.cols);
        routine.equal((10, "B"), "rows as op(B)", inner_of_b, "op(A) has columns:", inner)?;
        routine.equal((13, "C"), "rows", c.shape.rows, "op(A) has rows:", rows)?;
        routine.equal((13, "C"), "columns", c.shape.cols, "op(B) has columns:", cols)?;
        let (m, n, k) = (routine.int((4, "M"), rows)?, routine.int((5, "N"), cols)?, routine.int((6, "K"), inner)?);
        let lda = routine.matrix((8, "A"), "lda", &a)?;
        let ldb = beside(routine, (10, "B"), "ldb", &b, &a)?;
        let ldc = beside(routine, (13, "C"), "ldc", &c, &a)?;
        let (layout, transa, transb) = (a.shape.layout.raw(), transa.raw(), transb.raw());
        Ok(T::gemm(ctx, layout, transa, transb, m, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc))
    })
}

/// Of a product with a square matrix A of this order, B has as many rows, or columns if A is on the right.
#[inline]
fn beside_of(routine: Routine, side: Side, arg: Arg, (rows, cols): (usize, usize), order: usize) -> Result<()> {
    match side {
        Side::Left => routine.equal(arg, "rows", rows, "A has columns:", order),
        Side::Right => routine.equal(arg, "columns", cols, "A has rows:", order),
    }
}

/// C ← alpha A B + beta C, or alpha B A + beta C if A is on the right; A is symmetric
///
/// Wraps [`cblas_ssymm`](crate::raw::cblas_ssymm), [`cblas_dsymm`](crate::raw::cblas_dsymm), [`cblas_csymm`](crate::raw::cblas_csymm),
/// [`cblas_zsymm`](crate::raw::cblas_zsymm).
pub fn symm<'a, 'b, 'c, T: Scalar>(
    ctx: &Context,
    side: Side,
    alpha: T,
    a: Symmetric<Matrix<'a, T>>,
    b: impl Into<Matrix<'b, T>>,
    beta: T,
    c: impl Into<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let (b, c) = (b.into(), c.into());
    let Symmetric { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "symm" };
        let order = routine.order((7, "A"), a.shape.rows, a.shape.cols)?;
        let (rows, cols) = (c.shape.rows, c.shape.cols);
        beside_of(routine, side, (9, "B"), (b.shape.rows, b.shape.cols), order)?;
        routine.equal((12, "C"), "rows", rows, "B has rows:", b.shape.rows)?;
        routine.equal((12, "C"), "columns", cols, "B has columns:", b.shape.cols)?;
        let (m, n) = (routine.int((4, "M"), rows)?, routine.int((5, "N"), cols)?);
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldb = beside(routine, (9, "B"), "ldb", &b, &a)?;
        let ldc = beside(routine, (12, "C"), "ldc", &c, &a)?;
        let (layout, side, uplo) = (a.shape.layout.raw(), side.raw(), uplo.raw());
        Ok(<T as Stubs>::symm(ctx, layout, side, uplo, m, n, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc))
    })
}

/// C ← alpha A B + beta C, or alpha B A + beta C if A is on the right; A is Hermitian
///
/// Wraps [`cblas_chemm`](crate::raw::cblas_chemm), [`cblas_zhemm`](crate::raw::cblas_zhemm).
pub fn hemm<'a, 'b, 'c, T: ComplexScalar>(
    ctx: &Context,
    side: Side,
    alpha: T,
    a: Hermitian<Matrix<'a, T>>,
    b: impl Into<Matrix<'b, T>>,
    beta: T,
    c: impl Into<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let (b, c) = (b.into(), c.into());
    let Hermitian { storage: a, uplo } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "hemm" };
        let order = routine.order((7, "A"), a.shape.rows, a.shape.cols)?;
        let (rows, cols) = (c.shape.rows, c.shape.cols);
        beside_of(routine, side, (9, "B"), (b.shape.rows, b.shape.cols), order)?;
        routine.equal((12, "C"), "rows", rows, "B has rows:", b.shape.rows)?;
        routine.equal((12, "C"), "columns", cols, "B has columns:", b.shape.cols)?;
        let (m, n) = (routine.int((4, "M"), rows)?, routine.int((5, "N"), cols)?);
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldb = beside(routine, (9, "B"), "ldb", &b, &a)?;
        let ldc = beside(routine, (12, "C"), "ldc", &c, &a)?;
        let (layout, side, uplo) = (a.shape.layout.raw(), side.raw(), uplo.raw());
        Ok(<T as ComplexStubs>::hemm(ctx, layout, side, uplo, m, n, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc))
    })
}

/// `trans` is one of the two that a routine has; `other` is the third.
#[inline]
fn not(routine: Routine, trans: Transpose, other: Transpose) -> Result<()> {
    if trans != other {
        return Ok(());
    }
    let right = if other == Transpose::Trans { Transpose::ConjTrans } else { Transpose::Trans };
    Err(routine.error((3, "Trans"), format!("it is {trans:?}; this routine has None and {right:?}")))
}

/// Order of C and inner dimension of a product of A and its transpose.
#[inline]
fn inner(
    routine: Routine,
    trans: Transpose,
    (rows, cols): (usize, usize),
    (arg, c_rows, c_cols): (Arg, usize, usize),
) -> Result<[CBLAS_INT; 2]> {
    let order = routine.order(arg, c_rows, c_cols)?;
    let (rows, inner) = trans.of(rows, cols);
    routine.equal(arg, "rows", order, "op(A) has rows:", rows)?;
    Ok([routine.int((4, "N"), order)?, routine.int((5, "K"), inner)?])
}

/// C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C if `trans` says so; C is symmetric
///
/// Wraps [`cblas_ssyrk`](crate::raw::cblas_ssyrk), [`cblas_dsyrk`](crate::raw::cblas_dsyrk), [`cblas_csyrk`](crate::raw::cblas_csyrk),
/// [`cblas_zsyrk`](crate::raw::cblas_zsyrk).
pub fn syrk<'a, 'c, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T,
    a: impl Into<Matrix<'a, T>>,
    beta: T,
    c: Symmetric<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let a = a.into();
    let Symmetric { storage: c, uplo } = c;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "syrk" };
        if T::IS_COMPLEX {
            not(routine, trans, Transpose::ConjTrans)?;
        }
        let of_c = ((10, "C"), c.shape.rows, c.shape.cols);
        let [n, k] = inner(routine, trans, (a.shape.rows, a.shape.cols), of_c)?;
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldc = beside(routine, (10, "C"), "ldc", &c, &a)?;
        let (layout, uplo, trans) = (a.shape.layout.raw(), uplo.raw(), trans.raw());
        Ok(<T as Stubs>::syrk(ctx, layout, uplo, trans, n, k, alpha, a.data, lda, beta, c.data, ldc))
    })
}

/// C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C if `trans` says so; C is symmetric
///
/// Wraps [`cblas_ssyr2k`](crate::raw::cblas_ssyr2k), [`cblas_dsyr2k`](crate::raw::cblas_dsyr2k), [`cblas_csyr2k`](crate::raw::cblas_csyr2k),
/// [`cblas_zsyr2k`](crate::raw::cblas_zsyr2k).
pub fn syr2k<'a, 'b, 'c, T: Scalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T,
    a: impl Into<Matrix<'a, T>>,
    b: impl Into<Matrix<'b, T>>,
    beta: T,
    c: Symmetric<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let (a, b) = (a.into(), b.into());
    let Symmetric { storage: c, uplo } = c;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "syr2k" };
        if T::IS_COMPLEX {
            not(routine, trans, Transpose::ConjTrans)?;
        }
        routine.equal((9, "B"), "rows", b.shape.rows, "A has rows:", a.shape.rows)?;
        routine.equal((9, "B"), "columns", b.shape.cols, "A has columns:", a.shape.cols)?;
        let of_c = ((12, "C"), c.shape.rows, c.shape.cols);
        let [n, k] = inner(routine, trans, (a.shape.rows, a.shape.cols), of_c)?;
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldb = beside(routine, (9, "B"), "ldb", &b, &a)?;
        let ldc = beside(routine, (12, "C"), "ldc", &c, &a)?;
        let (layout, uplo, trans) = (a.shape.layout.raw(), uplo.raw(), trans.raw());
        Ok(<T as Stubs>::syr2k(ctx, layout, uplo, trans, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc))
    })
}

/// C ← alpha A Aᴴ + beta C, or alpha Aᴴ A + beta C if `trans` says so; C is Hermitian
///
/// Wraps [`cblas_cherk`](crate::raw::cblas_cherk), [`cblas_zherk`](crate::raw::cblas_zherk).
pub fn herk<'a, 'c, T: ComplexScalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T::Part,
    a: impl Into<Matrix<'a, T>>,
    beta: T::Part,
    c: Hermitian<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let a = a.into();
    let Hermitian { storage: c, uplo } = c;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "herk" };
        not(routine, trans, Transpose::Trans)?;
        let of_c = ((10, "C"), c.shape.rows, c.shape.cols);
        let [n, k] = inner(routine, trans, (a.shape.rows, a.shape.cols), of_c)?;
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldc = beside(routine, (10, "C"), "ldc", &c, &a)?;
        let (layout, uplo, trans) = (a.shape.layout.raw(), uplo.raw(), trans.raw());
        Ok(<T as ComplexStubs>::herk(ctx, layout, uplo, trans, n, k, alpha, a.data, lda, beta, c.data, ldc))
    })
}

/// C ← alpha A Bᴴ + ᾱ B Aᴴ + beta C, or alpha Aᴴ B + ᾱ Bᴴ A + beta C if `trans` says so; C is Hermitian, and ᾱ the conjugate of alpha
///
/// Wraps [`cblas_cher2k`](crate::raw::cblas_cher2k), [`cblas_zher2k`](crate::raw::cblas_zher2k).
pub fn her2k<'a, 'b, 'c, T: ComplexScalar>(
    ctx: &Context,
    trans: Transpose,
    alpha: T,
    a: impl Into<Matrix<'a, T>>,
    b: impl Into<Matrix<'b, T>>,
    beta: T::Part,
    c: Hermitian<MatrixMut<'c, T>>,
) -> Request<'static, ()> {
    let (a, b) = (a.into(), b.into());
    let Hermitian { storage: c, uplo } = c;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "her2k" };
        not(routine, trans, Transpose::Trans)?;
        routine.equal((9, "B"), "rows", b.shape.rows, "A has rows:", a.shape.rows)?;
        routine.equal((9, "B"), "columns", b.shape.cols, "A has columns:", a.shape.cols)?;
        let of_c = ((12, "C"), c.shape.rows, c.shape.cols);
        let [n, k] = inner(routine, trans, (a.shape.rows, a.shape.cols), of_c)?;
        let lda = routine.matrix((7, "A"), "lda", &a)?;
        let ldb = beside(routine, (9, "B"), "ldb", &b, &a)?;
        let ldc = beside(routine, (12, "C"), "ldc", &c, &a)?;
        let (layout, uplo, trans) = (a.shape.layout.raw(), uplo.raw(), trans.raw());
        Ok(<T as ComplexStubs>::her2k(
            ctx, layout, uplo, trans, n, k, alpha, a.data, lda, b.data, ldb, beta, c.data, ldc,
        ))
    })
}

/// B ← alpha op(A) B, or alpha B op(A) if A is on the right; A is triangular
///
/// Wraps [`cblas_strmm`](crate::raw::cblas_strmm), [`cblas_dtrmm`](crate::raw::cblas_dtrmm), [`cblas_ctrmm`](crate::raw::cblas_ctrmm),
/// [`cblas_ztrmm`](crate::raw::cblas_ztrmm).
pub fn trmm<'a, 'b, T: Scalar>(
    ctx: &Context,
    side: Side,
    trans: Transpose,
    alpha: T,
    a: Triangular<Matrix<'a, T>>,
    b: impl Into<MatrixMut<'b, T>>,
) -> Request<'static, ()> {
    let b = b.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "trmm" };
        let order = routine.order((9, "A"), a.shape.rows, a.shape.cols)?;
        beside_of(routine, side, (11, "B"), (b.shape.rows, b.shape.cols), order)?;
        let (m, n) = (routine.int((6, "M"), b.shape.rows)?, routine.int((7, "N"), b.shape.cols)?);
        let lda = routine.matrix((9, "A"), "lda", &a)?;
        let ldb = beside(routine, (11, "B"), "ldb", &b, &a)?;
        let (layout, side, uplo) = (a.shape.layout.raw(), side.raw(), uplo.raw());
        Ok(T::trmm(ctx, layout, side, uplo, trans.raw(), diag.raw(), m, n, alpha, a.data, lda, b.data, ldb))
    })
}

/// B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹ if A is on the right; A is triangular
///
/// Wraps [`cblas_strsm`](crate::raw::cblas_strsm), [`cblas_dtrsm`](crate::raw::cblas_dtrsm), [`cblas_ctrsm`](crate::raw::cblas_ctrsm),
/// [`cblas_ztrsm`](crate::raw::cblas_ztrsm).
///
/// Nothing looks whether A can be inverted.
pub fn trsm<'a, 'b, T: Scalar>(
    ctx: &Context,
    side: Side,
    trans: Transpose,
    alpha: T,
    a: Triangular<Matrix<'a, T>>,
    b: impl Into<MatrixMut<'b, T>>,
) -> Request<'static, ()> {
    let b = b.into();
    let Triangular { storage: a, uplo, diag } = a;
    checked(ctx, || {
        let routine = Routine { prefix: T::LETTER, name: "trsm" };
        let order = routine.order((9, "A"), a.shape.rows, a.shape.cols)?;
        beside_of(routine, side, (11, "B"), (b.shape.rows, b.shape.cols), order)?;
        let (m, n) = (routine.int((6, "M"), b.shape.rows)?, routine.int((7, "N"), b.shape.cols)?);
        let lda = routine.matrix((9, "A"), "lda", &a)?;
        let ldb = beside(routine, (11, "B"), "ldb", &b, &a)?;
        let (layout, side, uplo) = (a.shape.layout.raw(), side.raw(), uplo.raw());
        Ok(T::trsm(ctx, layout, side, uplo, trans.raw(), diag.raw(), m, n, alpha, a.data, lda, b.data, ldb))
    })
}
