//! What routines refuse: one test for each class of rule. No BLAS is needed for that, since nothing is queued.

use vecblas::raw::CBLAS_INT;
use vecblas::{Band, Complex, Diag, Layout, Matrix, MatrixMut, Packed, Side, Transpose, Uplo, Vector, VectorMut};
use veo::{Error, Request};

use crate::support::{Library, no_library};

const HEADER: &str = include_str!("../../include/vecblas.h");

/// The names of a function's parameters, as the header has them.
fn parameters(function: &str) -> Vec<&'static str> {
    let start = HEADER.find(&format!("{function}(")).unwrap_or_else(|| panic!("the header has no {function}"));
    let (_, rest) = HEADER[start..].split_once('(').unwrap();
    let (list, _) = rest.split_once(')').unwrap();
    list.split(',').map(|parameter| parameter.trim().rsplit([' ', '*']).next().unwrap()).collect()
}

/// The request was refused because of this argument, with these values.
#[track_caller]
fn refused<T>(request: Request<'static, T>, wanted: &str, name: &str, values: &[&str]) {
    let Err(error) = request.wait() else { panic!("{wanted} was called") };
    let Error::Argument { function, index, declared, reason } = &error else { panic!("{error:?}") };
    assert_eq!((function.as_str(), declared.as_str()), (wanted, name), "{error}");
    assert_eq!(parameters(wanted)[index - 1], name, "{error}");
    for value in values {
        assert!(reason.contains(value), "no {value} in: {error}");
    }
}

const N: Transpose = Transpose::None;

fn numbers(library: &Library, count: usize) -> veo::VeBuffer<f64> {
    library.proc.zeroed(count).unwrap()
}

#[test]
fn places_are_those_of_the_header() {
    assert_eq!(parameters("cblas_ddot"), ["N", "X", "incX", "Y", "incY"]);
    assert_eq!(parameters("cblas_sgemm").len(), 14);
}

#[test]
fn lengths_of_vectors_must_fit() {
    let library = no_library();
    let ctx = &library.ctx;
    let (two, mut three, six) = (numbers(&library, 2), numbers(&library, 3), numbers(&library, 6));
    refused(vecblas::axpy(ctx, 1.0, &two, &mut three), "cblas_daxpy", "Y", &["3", "2"]);
    refused(vecblas::dot(ctx, &three, &two), "cblas_ddot", "Y", &["2", "3"]);
    let a = || Matrix::row_major(&six, 2, 3);
    refused(vecblas::gemv(ctx, N, 1.0, a(), &two, 0.0, &mut three), "cblas_dgemv", "X", &["2", "3"]);
    let mut other = numbers(&library, 3);
    refused(vecblas::gemv(ctx, N, 1.0, a(), &three, 0.0, &mut other), "cblas_dgemv", "Y", &["3", "2"]);
    refused(vecblas::gemv(ctx, Transpose::Trans, 1.0, a(), &three, 0.0, &mut other), "cblas_dgemv", "X", &["3", "2"]);
    let (half, mut to) = (numbers(&library, 6), numbers(&library, 2));
    let packed = Packed::new(Layout::RowMajor, &half, 3);
    refused(
        vecblas::spmv(ctx, 1.0, packed.symmetric(Uplo::Upper), &three, 0.0, &mut to),
        "cblas_dspmv",
        "Y",
        &["2", "3"],
    );
    refused(
        vecblas::tpsv(ctx, N, packed.triangular(Uplo::Upper, Diag::Unit), &mut to),
        "cblas_dtpsv",
        "X",
        &["2", "3"],
    );
    let mut a = numbers(&library, 6);
    let a = MatrixMut::col_major(&mut a, 3, 2);
    refused(vecblas::ger(ctx, 1.0, &two, &two, a), "cblas_dger", "X", &["2", "3"]);
}

#[test]
fn strides_have_rules() {
    let library = no_library();
    let ctx = &library.ctx;
    let (x, mut y) = (numbers(&library, 9), numbers(&library, 9));
    let strided = |stride| Vector::new(&x, 3, stride);
    for stride in [0, -1] {
        refused(vecblas::nrm2(ctx, strided(stride)), "cblas_dnrm2", "incX", &[&stride.to_string(), "positive"]);
        refused(vecblas::iamax(ctx, strided(stride)), "cblas_idamax", "incX", &[&stride.to_string(), "positive"]);
        refused(vecblas::scal(ctx, 1.0, VectorMut::new(&mut y, 3, stride)), "cblas_dscal", "incX", &["positive"]);
    }
    refused(vecblas::axpy(ctx, 1.0, strided(0), VectorMut::new(&mut y, 3, 0)), "cblas_daxpy", "incY", &["0"]);
    let a = numbers(&library, 9);
    let a = Matrix::row_major(&a, 3, 3);
    refused(vecblas::gemv(ctx, N, 1.0, a, strided(0), 0.0, &mut y), "cblas_dgemv", "incX", &["0"]);
}

#[test]
fn vectors_must_lie_in_their_memory() {
    let library = no_library();
    let ctx = &library.ctx;
    let (x, mut y) = (numbers(&library, 5), numbers(&library, 3));
    refused(vecblas::copy(ctx, Vector::new(&x, 3, 3), &mut y), "cblas_dcopy", "X", &["7", "5"]);
    refused(vecblas::copy(ctx, Vector::new(&x, 3, -3), &mut y), "cblas_dcopy", "X", &["7", "5"]);
    refused(vecblas::asum(ctx, Vector::new(x.slice(2..), 4, 1)), "cblas_dasum", "X", &["4", "3"]);
    refused(vecblas::asum(ctx, Vector::new(&x, usize::MAX, 1)), "cblas_dasum", "N", &[&usize::MAX.to_string()]);
    refused(vecblas::dot(ctx, Vector::new(&x, 2, isize::MIN), Vector::new(&x, 2, 1)), "cblas_ddot", "X", &["5"]);
}

#[test]
fn sizes_are_integers_of_the_library() {
    if size_of::<CBLAS_INT>() == 8 {
        return; // All sizes are.
    }
    let library = no_library();
    let x = numbers(&library, 1);
    let large = 1_usize << 31;
    let request = vecblas::dot(&library.ctx, Vector::new(&x, large, 0), Vector::new(&x, large, 0));
    refused(request, "cblas_ddot", "N", &["2147483648", "2147483647", "i64"]);
    let far = Vector::new(&x, 1, isize::MAX);
    refused(vecblas::dot(&library.ctx, far, far), "cblas_ddot", "incX", &["2147483647", "i64"]);
}

#[test]
fn leading_dimensions_are_long_enough() {
    let library = no_library();
    let ctx = &library.ctx;
    let (a, x, mut y) = (numbers(&library, 12), numbers(&library, 4), numbers(&library, 3));
    let short = Matrix::row_major(&a, 3, 4).with_leading_dimension(3);
    refused(vecblas::gemv(ctx, N, 1.0, short, &x, 0.0, &mut y), "cblas_dgemv", "lda", &["3", "4"]);
    let zero = Matrix::row_major(&a, 3, 0).with_leading_dimension(0);
    let none = Vector::new(&x, 0, 1);
    refused(vecblas::gemv(ctx, N, 1.0, zero, none, 0.0, &mut y), "cblas_dgemv", "lda", &["0", "1"]);
    let b = Matrix::col_major(&a, 4, 3).with_leading_dimension(2);
    let mut c = numbers(&library, 9);
    let target = MatrixMut::col_major(&mut c, 3, 3);
    let a_matrix = Matrix::col_major(&a, 4, 3);
    let request = vecblas::gemm(ctx, Transpose::Trans, N, 1.0, a_matrix, b, 0.0, target);
    refused(request, "cblas_dgemm", "ldb", &["2", "4"]);
    let band = Band::new(Layout::ColMajor, &a, 4, 4, 1, 1).with_leading_dimension(2);
    let mut y = numbers(&library, 4);
    refused(vecblas::gbmv(ctx, N, 1.0, band, &x, 0.0, &mut y), "cblas_dgbmv", "lda", &["2", "3"]);
    let half =
        Band::new(Layout::ColMajor, &a, 4, 4, 1, 0).with_leading_dimension(1).triangular(Uplo::Lower, Diag::Unit);
    refused(vecblas::tbmv(ctx, N, half, &mut y), "cblas_dtbmv", "lda", &["1", "2"]);
}

#[test]
fn matrices_must_lie_in_their_memory() {
    let library = no_library();
    let ctx = &library.ctx;
    let (a, x, mut y) = (numbers(&library, 10), numbers(&library, 4), numbers(&library, 3));
    let large = Matrix::row_major(&a, 3, 4);
    refused(vecblas::gemv(ctx, N, 1.0, large, &x, 0.0, &mut y), "cblas_dgemv", "A", &["12", "10"]);
    let gaps = Matrix::row_major(&a, 3, 2).with_leading_dimension(5);
    refused(vecblas::gemv(ctx, N, 1.0, gaps, x.slice(..2), 0.0, &mut y), "cblas_dgemv", "A", &["12", "10"]);
    let huge = Matrix::row_major(&a, 3, 4).with_leading_dimension(usize::MAX);
    refused(
        vecblas::gemv(ctx, N, 1.0, huge, &x, 0.0, &mut y),
        "cblas_dgemv",
        "A",
        &["more memory than there is", "10"],
    );
    let packed = Packed::new(Layout::RowMajor, &x, 3).triangular(Uplo::Upper, Diag::Unit);
    refused(vecblas::tpmv(ctx, N, packed, &mut y), "cblas_dtpmv", "Ap", &["3", "4"]);
    let packed = Packed::new(Layout::RowMajor, &x, usize::MAX).triangular(Uplo::Upper, Diag::Unit);
    refused(vecblas::tpmv(ctx, N, packed, &mut y), "cblas_dtpmv", "Ap", &["4"]);
    let band = Band::new(Layout::RowMajor, &a, 3, 4, 1, 2);
    refused(vecblas::gbmv(ctx, N, 1.0, band, &x, 0.0, &mut y), "cblas_dgbmv", "A", &["12", "10"]);
    let band = Band::new(Layout::RowMajor, &a, 3, 4, usize::MAX, 2);
    refused(vecblas::gbmv(ctx, N, 1.0, band, &x, 0.0, &mut y), "cblas_dgbmv", "KL", &[&usize::MAX.to_string()]);
}

#[test]
fn shapes_of_matrices_must_fit() {
    let library = no_library();
    let ctx = &library.ctx;
    let (a, mut c) = (numbers(&library, 12), numbers(&library, 12));
    let of = |rows, cols| Matrix::row_major(&a, rows, cols);
    let mut gemm =
        |a, b, (rows, cols)| vecblas::gemm(ctx, N, N, 1.0, a, b, 0.0, MatrixMut::row_major(&mut c, rows, cols));
    refused(gemm(of(2, 3), of(4, 2), (2, 2)), "cblas_dgemm", "B", &["4", "3"]);
    refused(gemm(of(2, 3), of(3, 4), (3, 4)), "cblas_dgemm", "C", &["3", "2"]);
    refused(gemm(of(2, 3), of(3, 4), (2, 3)), "cblas_dgemm", "C", &["3", "4"]);

    let mut symm = |side, a: Matrix<'_, f64>, b, (rows, cols)| {
        vecblas::symm(ctx, side, 1.0, a.symmetric(Uplo::Upper), b, 0.0, MatrixMut::row_major(&mut c, rows, cols))
    };
    refused(symm(Side::Left, of(2, 3), of(3, 3), (3, 3)), "cblas_dsymm", "A", &["2", "3"]);
    refused(symm(Side::Left, of(2, 2), of(3, 2), (3, 2)), "cblas_dsymm", "B", &["3", "2"]);
    refused(symm(Side::Right, of(2, 2), of(3, 3), (3, 3)), "cblas_dsymm", "B", &["3", "2"]);
    refused(symm(Side::Right, of(3, 3), of(2, 3), (3, 3)), "cblas_dsymm", "C", &["3", "2"]);

    let mut syrk = |trans, a, (rows, cols)| {
        vecblas::syrk(ctx, trans, 1.0, a, 0.0, MatrixMut::row_major(&mut c, rows, cols).symmetric(Uplo::Lower))
    };
    refused(syrk(N, of(2, 3), (2, 3)), "cblas_dsyrk", "C", &["2", "3"]);
    refused(syrk(N, of(2, 3), (3, 3)), "cblas_dsyrk", "C", &["3", "2"]);
    refused(syrk(Transpose::Trans, of(2, 3), (2, 2)), "cblas_dsyrk", "C", &["2", "3"]);
    let target = MatrixMut::row_major(&mut c, 2, 2).symmetric(Uplo::Lower);
    refused(vecblas::syr2k(ctx, N, 1.0, of(2, 3), of(2, 4), 0.0, target), "cblas_dsyr2k", "B", &["4", "3"]);

    let triangle = of(3, 3).triangular(Uplo::Upper, Diag::NonUnit);
    let target = MatrixMut::row_major(&mut c, 2, 3);
    refused(vecblas::trsm(ctx, Side::Left, N, 1.0, triangle, target), "cblas_dtrsm", "B", &["2", "3"]);
    let mut x = numbers(&library, 3);
    let oblong = of(3, 4).triangular(Uplo::Upper, Diag::NonUnit);
    refused(vecblas::trmv(ctx, N, oblong, &mut x), "cblas_dtrmv", "A", &["3", "4"]);
}

#[test]
fn matrices_of_a_call_have_one_layout() {
    let library = no_library();
    let (a, mut c) = (numbers(&library, 9), numbers(&library, 9));
    let (rows, cols) = (Matrix::row_major(&a, 3, 3), Matrix::col_major(&a, 3, 3));
    let target = MatrixMut::row_major(&mut c, 3, 3);
    let words = ["row-major", "column-major"];
    refused(vecblas::gemm(&library.ctx, N, N, 1.0, rows, cols, 0.0, target), "cblas_dgemm", "B", &words);
    let target = MatrixMut::col_major(&mut c, 3, 3);
    refused(vecblas::gemm(&library.ctx, N, N, 1.0, rows, rows, 0.0, target), "cblas_dgemm", "C", &words);
}

#[test]
fn halves_of_bands_have_one_side() {
    let library = no_library();
    let (a, mut x) = (numbers(&library, 9), numbers(&library, 3));
    let band = Band::new(Layout::RowMajor, &a, 3, 3, 1, 1).triangular(Uplo::Upper, Diag::NonUnit);
    refused(vecblas::tbmv(&library.ctx, N, band, &mut x), "cblas_dtbmv", "K", &["1", "lower"]);
}

#[test]
fn transposes_that_a_routine_does_not_have() {
    let library = no_library();
    let ctx = &library.ctx;
    let a = library.upload(&[Complex::<f32>::default(); 4]);
    let mut c = library.upload(&[Complex::<f32>::default(); 4]);
    let a = Matrix::row_major(&a, 2, 2);
    let (one, zero) = (Complex::new(1.0, 0.0), Complex::new(0.0, 0.0));
    let target = MatrixMut::row_major(&mut c, 2, 2).symmetric(Uplo::Upper);
    refused(vecblas::syrk(ctx, Transpose::ConjTrans, one, a, zero, target), "cblas_csyrk", "Trans", &["ConjTrans"]);
    let target = MatrixMut::row_major(&mut c, 2, 2).hermitian(Uplo::Upper);
    refused(vecblas::herk(ctx, Transpose::Trans, 1.0, a, 0.0, target), "cblas_cherk", "Trans", &["Trans", "ConjTrans"]);
}

#[test]
fn memory_of_another_process() {
    let (library, other) = (no_library(), no_library());
    let x = numbers(&other, 3);
    let error = vecblas::nrm2(&library.ctx, &x).wait().unwrap_err();
    // Without a BLAS, the function is missing before anybody looks at its memory.
    assert!(matches!(error, Error::Library { .. }), "{error}");
}

/// An error that nobody waits for comes out of `sync`, as if the engine had refused the call.
#[test]
fn a_dropped_request_tells_its_error_at_sync() {
    let library = no_library();
    let (x, mut y) = (numbers(&library, 2), numbers(&library, 3));
    drop(vecblas::axpy(&library.ctx, 1.0, &x, &mut y));
    let error = library.ctx.sync().unwrap_err();
    assert!(matches!(error, Error::Argument { index: 5, .. }), "{error}");
}

#[test]
fn routines_of_several_names() {
    let library = no_library();
    let ctx = &library.ctx;
    let z = library.upload(&[Complex::<f64>::default(); 2]);
    let none = Vector::new(&z, 2, -1);
    refused(vecblas::nrm2(ctx, none), "cblas_dznrm2", "incX", &[]);
    refused(vecblas::iamax(ctx, none), "cblas_izamax", "incX", &[]);
    let mut z = library.upload(&[Complex::<f64>::default(); 2]);
    refused(vecblas::scal_real(ctx, 1.0, VectorMut::new(&mut z, 2, -1)), "cblas_zdscal", "incX", &[]);
    let (mut x, y) = (library.upload(&[Complex::<f32>::default(); 2]), library.upload(&[Complex::<f32>::default(); 3]));
    refused(vecblas::dotu(ctx, &x, &y), "cblas_cdotu_sub", "Y", &["3", "2"]);
    let mut y = library.upload(&[Complex::<f32>::default(); 3]);
    refused(vecblas::rot(ctx, &mut x, &mut y, 1.0, 0.0), "cblas_csrot", "Y", &["3", "2"]);
    let (x, y) = (library.upload(&[1.0_f32]), library.upload(&[1.0_f32, 2.0]));
    refused(vecblas::sdsdot(ctx, 1.0, &x, &y), "cblas_sdsdot", "Y", &["2", "1"]);
    refused(vecblas::dsdot(ctx, &x, &y), "cblas_dsdot", "Y", &["2", "1"]);
}
