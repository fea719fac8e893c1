// Declarations of the functions in `vecblas.h`, made by veo-build: do not edit.
// To make them anew:
//
//     VECBLAS_WRITE=1 cargo test -p veo-build --features header --test vecblas

/// An integer of the library: 64 bits with feature `i64`, else 32.
#[cfg(feature = "i64")]
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_INT = i64;

/// An integer of the library: 64 bits with feature `i64`, else 32.
#[cfg(not(feature = "i64"))]
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_INT = i32;

/// An index into a vector, counted from 0.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_INDEX = CBLAS_INT;

/// How a matrix lies in memory.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_LAYOUT = u32;
/// Row after row.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasRowMajor: CBLAS_LAYOUT = 101;
/// Column after column.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasColMajor: CBLAS_LAYOUT = 102;

/// What is taken of a matrix.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_TRANSPOSE = u32;
/// The matrix as it is.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasNoTrans: CBLAS_TRANSPOSE = 111;
/// The transpose.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasTrans: CBLAS_TRANSPOSE = 112;
/// The conjugate transpose.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasConjTrans: CBLAS_TRANSPOSE = 113;

/// Which half of a matrix is stored; the other one is not looked at.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_UPLO = u32;
/// The diagonal and what is above.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasUpper: CBLAS_UPLO = 121;
/// The diagonal and what is below.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasLower: CBLAS_UPLO = 122;

/// What the diagonal of a triangular matrix is.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_DIAG = u32;
/// What is stored.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasNonUnit: CBLAS_DIAG = 131;
/// Ones; what is stored is not looked at.
#[allow(dead_code, non_upper_case_globals)]
pub const CblasUnit: CBLAS_DIAG = 132;

/// On which side of a product a matrix stands.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type CBLAS_SIDE = u32;
/// A B
#[allow(dead_code, non_upper_case_globals)]
pub const CblasLeft: CBLAS_SIDE = 141;
/// B A
#[allow(dead_code, non_upper_case_globals)]
pub const CblasRight: CBLAS_SIDE = 142;

#[cfg_attr(feature = "static", veo::ve_offload(lib = static))]
#[cfg_attr(all(feature = "i64", not(feature = "static")), veo::ve_offload(lib = ["$VECBLAS_LIBRARY", "$NLC_HOME/lib/libcblas_i64.so", "libcblas_i64.so", "/opt/nec/ve/nlc/*/lib/libcblas_i64.so", "/opt/nec/ve3/nlc/*/lib/libcblas_i64.so", "libopenblas64.so.0", "libblas64.so.3"], help = "No BLAS was found. On Debian: `apt install libopenblas0` (or libblas3, libgslcblas0; with feature `i64`, libopenblas64-0). For a VE: NEC's Numeric Library Collection, and `source .../bin/nlcvars.sh`. VECBLAS_LIBRARY=/a/path names a library that is tried first."))]
#[cfg_attr(not(any(feature = "static", feature = "i64")), veo::ve_offload(lib = ["$VECBLAS_LIBRARY", "$NLC_HOME/lib/libcblas.so", "libcblas.so", "/opt/nec/ve/nlc/*/lib/libcblas.so", "/opt/nec/ve3/nlc/*/lib/libcblas.so", "libcblas.so.3", "libopenblas.so.0", "libblas.so.3", "libgslcblas.so.0"], help = "No BLAS was found. On Debian: `apt install libopenblas0` (or libblas3, libgslcblas0; with feature `i64`, libopenblas64-0). For a VE: NEC's Numeric Library Collection, and `source .../bin/nlcvars.sh`. VECBLAS_LIBRARY=/a/path names a library that is tried first."))]
#[allow(dead_code)]
extern "C" {
    /// \|Re z| + |Im z|
    pub fn cblas_scabs1(z: &num_complex::Complex<f32>) -> f32;

    /// \|Re z| + |Im z|
    pub fn cblas_dcabs1(z: &num_complex::Complex<f64>) -> f64;

    /// alpha + xᵀ y, summed in double precision
    pub fn cblas_sdsdot(
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        Y: *const f32,
        incY: CBLAS_INT,
    ) -> f32;

    /// xᵀ y, of single precision vectors, summed in double precision
    pub fn cblas_dsdot(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT, Y: *const f32, incY: CBLAS_INT) -> f64;

    /// xᵀ y
    pub fn cblas_sdot(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT, Y: *const f32, incY: CBLAS_INT) -> f32;

    /// xᵀ y
    pub fn cblas_ddot(N: CBLAS_INT, X: *const f64, incX: CBLAS_INT, Y: *const f64, incY: CBLAS_INT) -> f64;

    /// result ← xᵀ y
    pub fn cblas_cdotu_sub(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        result: *mut num_complex::Complex<f32>,
    );

    /// result ← xᴴ y
    pub fn cblas_cdotc_sub(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        result: *mut num_complex::Complex<f32>,
    );

    /// result ← xᵀ y
    pub fn cblas_zdotu_sub(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        result: *mut num_complex::Complex<f64>,
    );

    /// result ← xᴴ y
    pub fn cblas_zdotc_sub(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        result: *mut num_complex::Complex<f64>,
    );

    /// √(Σ |xᵢ|²), without overflow on the way
    pub fn cblas_snrm2(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT) -> f32;

    /// √(Σ |xᵢ|²), without overflow on the way
    pub fn cblas_dnrm2(N: CBLAS_INT, X: *const f64, incX: CBLAS_INT) -> f64;

    /// √(Σ |xᵢ|²), without overflow on the way
    pub fn cblas_scnrm2(N: CBLAS_INT, X: *const num_complex::Complex<f32>, incX: CBLAS_INT) -> f32;

    /// √(Σ |xᵢ|²), without overflow on the way
    pub fn cblas_dznrm2(N: CBLAS_INT, X: *const num_complex::Complex<f64>, incX: CBLAS_INT) -> f64;

    /// Σ |xᵢ|
    pub fn cblas_sasum(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT) -> f32;

    /// Σ |xᵢ|
    pub fn cblas_dasum(N: CBLAS_INT, X: *const f64, incX: CBLAS_INT) -> f64;

    /// Σ (|Re xᵢ| + |Im xᵢ|)
    pub fn cblas_scasum(N: CBLAS_INT, X: *const num_complex::Complex<f32>, incX: CBLAS_INT) -> f32;

    /// Σ (|Re xᵢ| + |Im xᵢ|)
    pub fn cblas_dzasum(N: CBLAS_INT, X: *const num_complex::Complex<f64>, incX: CBLAS_INT) -> f64;

    /// the first i with the largest |xᵢ|, counted from 0
    pub fn cblas_isamax(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT) -> CBLAS_INDEX;

    /// the first i with the largest |xᵢ|, counted from 0
    pub fn cblas_idamax(N: CBLAS_INT, X: *const f64, incX: CBLAS_INT) -> CBLAS_INDEX;

    /// the first i with the largest |Re xᵢ| + |Im xᵢ|, counted from 0
    pub fn cblas_icamax(N: CBLAS_INT, X: *const num_complex::Complex<f32>, incX: CBLAS_INT) -> CBLAS_INDEX;

    /// the first i with the largest |Re xᵢ| + |Im xᵢ|, counted from 0
    pub fn cblas_izamax(N: CBLAS_INT, X: *const num_complex::Complex<f64>, incX: CBLAS_INT) -> CBLAS_INDEX;

    /// x ↔ y
    pub fn cblas_sswap(N: CBLAS_INT, X: *mut f32, incX: CBLAS_INT, Y: *mut f32, incY: CBLAS_INT);

    /// x ↔ y
    pub fn cblas_dswap(N: CBLAS_INT, X: *mut f64, incX: CBLAS_INT, Y: *mut f64, incY: CBLAS_INT);

    /// x ↔ y
    pub fn cblas_cswap(
        N: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// x ↔ y
    pub fn cblas_zswap(
        N: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// y ← x
    pub fn cblas_scopy(N: CBLAS_INT, X: *const f32, incX: CBLAS_INT, Y: *mut f32, incY: CBLAS_INT);

    /// y ← x
    pub fn cblas_dcopy(N: CBLAS_INT, X: *const f64, incX: CBLAS_INT, Y: *mut f64, incY: CBLAS_INT);

    /// y ← x
    pub fn cblas_ccopy(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← x
    pub fn cblas_zcopy(
        N: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// y ← alpha x + y
    pub fn cblas_saxpy(N: CBLAS_INT, alpha: f32, X: *const f32, incX: CBLAS_INT, Y: *mut f32, incY: CBLAS_INT);

    /// y ← alpha x + y
    pub fn cblas_daxpy(N: CBLAS_INT, alpha: f64, X: *const f64, incX: CBLAS_INT, Y: *mut f64, incY: CBLAS_INT);

    /// y ← alpha x + y
    pub fn cblas_caxpy(
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha x + y
    pub fn cblas_zaxpy(
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// the rotation (c, s; -s, c) that takes (a, b) to (r, 0); a ← r, b ← what c and s can be made of again
    pub fn cblas_srotg(a: *mut f32, b: *mut f32, c: *mut f32, s: *mut f32);

    /// the rotation (c, s; -s, c) that takes (a, b) to (r, 0); a ← r, b ← what c and s can be made of again
    pub fn cblas_drotg(a: *mut f64, b: *mut f64, c: *mut f64, s: *mut f64);

    /// the rotation (c, s; -s̄, c) that takes (a, b) to (r, 0); a ← r
    pub fn cblas_crotg(
        a: *mut num_complex::Complex<f32>,
        b: *mut num_complex::Complex<f32>,
        c: *mut f32,
        s: *mut num_complex::Complex<f32>,
    );

    /// the rotation (c, s; -s̄, c) that takes (a, b) to (r, 0); a ← r
    pub fn cblas_zrotg(
        a: *mut num_complex::Complex<f64>,
        b: *mut num_complex::Complex<f64>,
        c: *mut f64,
        s: *mut num_complex::Complex<f64>,
    );

    /// (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ)
    pub fn cblas_srot(N: CBLAS_INT, X: *mut f32, incX: CBLAS_INT, Y: *mut f32, incY: CBLAS_INT, c: f32, s: f32);

    /// (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ)
    pub fn cblas_drot(N: CBLAS_INT, X: *mut f64, incX: CBLAS_INT, Y: *mut f64, incY: CBLAS_INT, c: f64, s: f64);

    /// (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ)
    pub fn cblas_csrot(
        N: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
        c: f32,
        s: f32,
    );

    /// (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ)
    pub fn cblas_zdrot(
        N: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
        c: f64,
        s: f64,
    );

    /// the modified rotation H that takes (√d1 b1, √d2 b2) to (r, 0); P ← its kind and elements
    pub fn cblas_srotmg(d1: *mut f32, d2: *mut f32, b1: *mut f32, b2: f32, P: *mut f32);

    /// the modified rotation H that takes (√d1 b1, √d2 b2) to (r, 0); P ← its kind and elements
    pub fn cblas_drotmg(d1: *mut f64, d2: *mut f64, b1: *mut f64, b2: f64, P: *mut f64);

    /// (xᵢ, yᵢ) ← H (xᵢ, yᵢ), with the modified rotation H in P
    pub fn cblas_srotm(N: CBLAS_INT, X: *mut f32, incX: CBLAS_INT, Y: *mut f32, incY: CBLAS_INT, P: *const f32);

    /// (xᵢ, yᵢ) ← H (xᵢ, yᵢ), with the modified rotation H in P
    pub fn cblas_drotm(N: CBLAS_INT, X: *mut f64, incX: CBLAS_INT, Y: *mut f64, incY: CBLAS_INT, P: *const f64);

    /// x ← alpha x
    pub fn cblas_sscal(N: CBLAS_INT, alpha: f32, X: *mut f32, incX: CBLAS_INT);

    /// x ← alpha x
    pub fn cblas_dscal(N: CBLAS_INT, alpha: f64, X: *mut f64, incX: CBLAS_INT);

    /// x ← alpha x
    pub fn cblas_cscal(
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← alpha x
    pub fn cblas_zscal(
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← alpha x, with a real alpha
    pub fn cblas_csscal(N: CBLAS_INT, alpha: f32, X: *mut num_complex::Complex<f32>, incX: CBLAS_INT);

    /// x ← alpha x, with a real alpha
    pub fn cblas_zdscal(N: CBLAS_INT, alpha: f64, X: *mut num_complex::Complex<f64>, incX: CBLAS_INT);

    /// y ← alpha op(A) x + beta y
    pub fn cblas_sgemv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        X: *const f32,
        incX: CBLAS_INT,
        beta: f32,
        Y: *mut f32,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y
    pub fn cblas_dgemv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        X: *const f64,
        incX: CBLAS_INT,
        beta: f64,
        Y: *mut f64,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y
    pub fn cblas_cgemv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y
    pub fn cblas_zgemv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y, where A is a band matrix
    pub fn cblas_sgbmv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        KL: CBLAS_INT,
        KU: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        X: *const f32,
        incX: CBLAS_INT,
        beta: f32,
        Y: *mut f32,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y, where A is a band matrix
    pub fn cblas_dgbmv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        KL: CBLAS_INT,
        KU: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        X: *const f64,
        incX: CBLAS_INT,
        beta: f64,
        Y: *mut f64,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y, where A is a band matrix
    pub fn cblas_cgbmv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        KL: CBLAS_INT,
        KU: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha op(A) x + beta y, where A is a band matrix
    pub fn cblas_zgbmv(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        KL: CBLAS_INT,
        KU: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular
    pub fn cblas_strmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const f32,
        lda: CBLAS_INT,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular
    pub fn cblas_dtrmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const f64,
        lda: CBLAS_INT,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular
    pub fn cblas_ctrmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular
    pub fn cblas_ztrmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is a triangular band matrix
    pub fn cblas_stbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const f32,
        lda: CBLAS_INT,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is a triangular band matrix
    pub fn cblas_dtbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const f64,
        lda: CBLAS_INT,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is a triangular band matrix
    pub fn cblas_ctbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is a triangular band matrix
    pub fn cblas_ztbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular and packed
    pub fn cblas_stpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const f32,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular and packed
    pub fn cblas_dtpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const f64,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular and packed
    pub fn cblas_ctpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const num_complex::Complex<f32>,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A) x, where A is triangular and packed
    pub fn cblas_ztpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const num_complex::Complex<f64>,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular
    pub fn cblas_strsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const f32,
        lda: CBLAS_INT,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular
    pub fn cblas_dtrsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const f64,
        lda: CBLAS_INT,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular
    pub fn cblas_ctrsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular
    pub fn cblas_ztrsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is a triangular band matrix
    pub fn cblas_stbsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const f32,
        lda: CBLAS_INT,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is a triangular band matrix
    pub fn cblas_dtbsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const f64,
        lda: CBLAS_INT,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is a triangular band matrix
    pub fn cblas_ctbsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is a triangular band matrix
    pub fn cblas_ztbsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        K: CBLAS_INT,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular and packed
    pub fn cblas_stpsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const f32,
        X: *mut f32,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular and packed
    pub fn cblas_dtpsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const f64,
        X: *mut f64,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular and packed
    pub fn cblas_ctpsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const num_complex::Complex<f32>,
        X: *mut num_complex::Complex<f32>,
        incX: CBLAS_INT,
    );

    /// x ← op(A)⁻¹ x, where A is triangular and packed
    pub fn cblas_ztpsv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        N: CBLAS_INT,
        Ap: *const num_complex::Complex<f64>,
        X: *mut num_complex::Complex<f64>,
        incX: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is symmetric
    pub fn cblas_ssymv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        X: *const f32,
        incX: CBLAS_INT,
        beta: f32,
        Y: *mut f32,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is symmetric
    pub fn cblas_dsymv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        X: *const f64,
        incX: CBLAS_INT,
        beta: f64,
        Y: *mut f64,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is a symmetric band matrix
    pub fn cblas_ssbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        X: *const f32,
        incX: CBLAS_INT,
        beta: f32,
        Y: *mut f32,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is a symmetric band matrix
    pub fn cblas_dsbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        X: *const f64,
        incX: CBLAS_INT,
        beta: f64,
        Y: *mut f64,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is symmetric and packed
    pub fn cblas_sspmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        Ap: *const f32,
        X: *const f32,
        incX: CBLAS_INT,
        beta: f32,
        Y: *mut f32,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is symmetric and packed
    pub fn cblas_dspmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        Ap: *const f64,
        X: *const f64,
        incX: CBLAS_INT,
        beta: f64,
        Y: *mut f64,
        incY: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + A
    pub fn cblas_sger(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        Y: *const f32,
        incY: CBLAS_INT,
        A: *mut f32,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + A
    pub fn cblas_dger(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f64,
        X: *const f64,
        incX: CBLAS_INT,
        Y: *const f64,
        incY: CBLAS_INT,
        A: *mut f64,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᵀ + A, where A is symmetric
    pub fn cblas_ssyr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        A: *mut f32,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᵀ + A, where A is symmetric
    pub fn cblas_dsyr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const f64,
        incX: CBLAS_INT,
        A: *mut f64,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᵀ + A, where A is symmetric and packed
    pub fn cblas_sspr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        Ap: *mut f32,
    );

    /// A ← alpha x xᵀ + A, where A is symmetric and packed
    pub fn cblas_dspr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const f64,
        incX: CBLAS_INT,
        Ap: *mut f64,
    );

    /// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric
    pub fn cblas_ssyr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        Y: *const f32,
        incY: CBLAS_INT,
        A: *mut f32,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric
    pub fn cblas_dsyr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const f64,
        incX: CBLAS_INT,
        Y: *const f64,
        incY: CBLAS_INT,
        A: *mut f64,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric and packed
    pub fn cblas_sspr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const f32,
        incX: CBLAS_INT,
        Y: *const f32,
        incY: CBLAS_INT,
        A: *mut f32,
    );

    /// A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric and packed
    pub fn cblas_dspr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const f64,
        incX: CBLAS_INT,
        Y: *const f64,
        incY: CBLAS_INT,
        A: *mut f64,
    );

    /// y ← alpha A x + beta y, where A is Hermitian
    pub fn cblas_chemv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is Hermitian
    pub fn cblas_zhemv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is a Hermitian band matrix
    pub fn cblas_chbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is a Hermitian band matrix
    pub fn cblas_zhbmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is Hermitian and packed
    pub fn cblas_chpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        Ap: *const num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        Y: *mut num_complex::Complex<f32>,
        incY: CBLAS_INT,
    );

    /// y ← alpha A x + beta y, where A is Hermitian and packed
    pub fn cblas_zhpmv(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        Ap: *const num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        Y: *mut num_complex::Complex<f64>,
        incY: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + A
    pub fn cblas_cgeru(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f32>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᵀ + A
    pub fn cblas_zgeru(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f64>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᴴ + A
    pub fn cblas_cgerc(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f32>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᴴ + A
    pub fn cblas_zgerc(
        layout: CBLAS_LAYOUT,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f64>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᴴ + A, where A is Hermitian
    pub fn cblas_cher(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        A: *mut num_complex::Complex<f32>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᴴ + A, where A is Hermitian
    pub fn cblas_zher(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        A: *mut num_complex::Complex<f64>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x xᴴ + A, where A is Hermitian and packed
    pub fn cblas_chpr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f32,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        A: *mut num_complex::Complex<f32>,
    );

    /// A ← alpha x xᴴ + A, where A is Hermitian and packed
    pub fn cblas_zhpr(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: f64,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        A: *mut num_complex::Complex<f64>,
    );

    /// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and ᾱ the conjugate of alpha
    pub fn cblas_cher2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f32>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and ᾱ the conjugate of alpha
    pub fn cblas_zher2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        A: *mut num_complex::Complex<f64>,
        lda: CBLAS_INT,
    );

    /// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and packed, and ᾱ the conjugate of alpha
    pub fn cblas_chpr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        X: *const num_complex::Complex<f32>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f32>,
        incY: CBLAS_INT,
        Ap: *mut num_complex::Complex<f32>,
    );

    /// A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and packed, and ᾱ the conjugate of alpha
    pub fn cblas_zhpr2(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        X: *const num_complex::Complex<f64>,
        incX: CBLAS_INT,
        Y: *const num_complex::Complex<f64>,
        incY: CBLAS_INT,
        Ap: *mut num_complex::Complex<f64>,
    );

    /// C ← alpha op(A) op(B) + beta C
    pub fn cblas_sgemm(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        TransB: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        B: *const f32,
        ldb: CBLAS_INT,
        beta: f32,
        C: *mut f32,
        ldc: CBLAS_INT,
    );

    /// C ← alpha op(A) op(B) + beta C
    pub fn cblas_dgemm(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        TransB: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        B: *const f64,
        ldb: CBLAS_INT,
        beta: f64,
        C: *mut f64,
        ldc: CBLAS_INT,
    );

    /// C ← alpha op(A) op(B) + beta C
    pub fn cblas_cgemm(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        TransB: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f32>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha op(A) op(B) + beta C
    pub fn cblas_zgemm(
        layout: CBLAS_LAYOUT,
        TransA: CBLAS_TRANSPOSE,
        TransB: CBLAS_TRANSPOSE,
        M: CBLAS_INT,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f64>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric
    pub fn cblas_ssymm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        B: *const f32,
        ldb: CBLAS_INT,
        beta: f32,
        C: *mut f32,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric
    pub fn cblas_dsymm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        B: *const f64,
        ldb: CBLAS_INT,
        beta: f64,
        C: *mut f64,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric
    pub fn cblas_csymm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f32>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric
    pub fn cblas_zsymm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f64>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric
    pub fn cblas_ssyrk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        beta: f32,
        C: *mut f32,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric
    pub fn cblas_dsyrk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        beta: f64,
        C: *mut f64,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric
    pub fn cblas_csyrk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric
    pub fn cblas_zsyrk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric
    pub fn cblas_ssyr2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        B: *const f32,
        ldb: CBLAS_INT,
        beta: f32,
        C: *mut f32,
        ldc: CBLAS_INT,
    );

    /// C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric
    pub fn cblas_dsyr2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        B: *const f64,
        ldb: CBLAS_INT,
        beta: f64,
        C: *mut f64,
        ldc: CBLAS_INT,
    );

    /// C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric
    pub fn cblas_csyr2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f32>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric
    pub fn cblas_zsyr2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f64>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// B ← alpha op(A) B, or alpha B op(A), where A is triangular
    pub fn cblas_strmm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        B: *mut f32,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A) B, or alpha B op(A), where A is triangular
    pub fn cblas_dtrmm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        B: *mut f64,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A) B, or alpha B op(A), where A is triangular
    pub fn cblas_ctrmm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *mut num_complex::Complex<f32>,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A) B, or alpha B op(A), where A is triangular
    pub fn cblas_ztrmm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *mut num_complex::Complex<f64>,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular
    pub fn cblas_strsm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f32,
        A: *const f32,
        lda: CBLAS_INT,
        B: *mut f32,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular
    pub fn cblas_dtrsm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: f64,
        A: *const f64,
        lda: CBLAS_INT,
        B: *mut f64,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular
    pub fn cblas_ctrsm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *mut num_complex::Complex<f32>,
        ldb: CBLAS_INT,
    );

    /// B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular
    pub fn cblas_ztrsm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        TransA: CBLAS_TRANSPOSE,
        Diag: CBLAS_DIAG,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *mut num_complex::Complex<f64>,
        ldb: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is Hermitian
    pub fn cblas_chemm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f32>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f32>,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A B + beta C, or alpha B A + beta C, where A is Hermitian
    pub fn cblas_zhemm(
        layout: CBLAS_LAYOUT,
        Side: CBLAS_SIDE,
        Uplo: CBLAS_UPLO,
        M: CBLAS_INT,
        N: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f64>,
        ldb: CBLAS_INT,
        beta: &num_complex::Complex<f64>,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᴴ + beta C, or alpha Aᴴ A + beta C, where C is Hermitian
    pub fn cblas_cherk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f32,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        beta: f32,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Aᴴ + beta C, or alpha Aᴴ A + beta C, where C is Hermitian
    pub fn cblas_zherk(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: f64,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        beta: f64,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Bᴴ + ᾱ B Aᴴ + beta C, or alpha Aᴴ B + ᾱ Bᴴ A + beta C, where C is Hermitian and ᾱ the conjugate of alpha
    pub fn cblas_cher2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f32>,
        A: *const num_complex::Complex<f32>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f32>,
        ldb: CBLAS_INT,
        beta: f32,
        C: *mut num_complex::Complex<f32>,
        ldc: CBLAS_INT,
    );

    /// C ← alpha A Bᴴ + ᾱ B Aᴴ + beta C, or alpha Aᴴ B + ᾱ Bᴴ A + beta C, where C is Hermitian and ᾱ the conjugate of alpha
    pub fn cblas_zher2k(
        layout: CBLAS_LAYOUT,
        Uplo: CBLAS_UPLO,
        Trans: CBLAS_TRANSPOSE,
        N: CBLAS_INT,
        K: CBLAS_INT,
        alpha: &num_complex::Complex<f64>,
        A: *const num_complex::Complex<f64>,
        lda: CBLAS_INT,
        B: *const num_complex::Complex<f64>,
        ldb: CBLAS_INT,
        beta: f64,
        C: *mut num_complex::Complex<f64>,
        ldc: CBLAS_INT,
    );

    /// Tells on standard error that argument p of routine rout is wrong; what a BLAS itself calls then, and most end the process
    pub fn cblas_xerbla(p: CBLAS_INT, rout: *const ::core::ffi::c_char, form: *const ::core::ffi::c_char);
}
