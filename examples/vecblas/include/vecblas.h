/*
 * CBLAS, the C interface of the Basic Linear Algebra Subprograms: all 149 functions of Netlib's version 3.11.
 *
 * Made for the declarations in src/raw.rs, and so that they say all that C leaves to comments:
 *
 * - CBLAS_INT is the integer of the library. Its width is a feature of the crate.
 * - Complex numbers have a type, where other headers have `void *`.
 * - Indexes have the width of CBLAS_INT, which they fit in. Some libraries return a size_t and others an int: the lower half of
 *   the register is the same.
 * - cblas_xerbla takes what its format wants besides; nothing can be passed for that here.
 *
 * A vector x has elements X[0], X[incX], X[2 incX], …; if incX is negative, it begins at the other end, X[-(N-1) incX].
 * op(A) is A, its transpose Aᵀ or its conjugate transpose Aᴴ.
 */
#ifndef VECBLAS_H
#define VECBLAS_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An integer of the library. */
typedef int32_t CBLAS_INT;

/** An index into a vector, counted from 0. */
typedef CBLAS_INT CBLAS_INDEX;

/** A complex number of single precision. */
typedef float _Complex vecblas_c32;

/** A complex number of double precision. */
typedef double _Complex vecblas_c64;

/** How a matrix lies in memory. */
typedef enum CBLAS_LAYOUT {
    /** Row after row. */
    CblasRowMajor = 101,
    /** Column after column. */
    CblasColMajor = 102
} CBLAS_LAYOUT;

/** What is taken of a matrix. */
typedef enum CBLAS_TRANSPOSE {
    /** The matrix as it is. */
    CblasNoTrans = 111,
    /** The transpose. */
    CblasTrans = 112,
    /** The conjugate transpose. */
    CblasConjTrans = 113
} CBLAS_TRANSPOSE;

/** Which half of a matrix is stored; the other one is not looked at. */
typedef enum CBLAS_UPLO {
    /** The diagonal and what is above. */
    CblasUpper = 121,
    /** The diagonal and what is below. */
    CblasLower = 122
} CBLAS_UPLO;

/** What the diagonal of a triangular matrix is. */
typedef enum CBLAS_DIAG {
    /** What is stored. */
    CblasNonUnit = 131,
    /** Ones; what is stored is not looked at. */
    CblasUnit = 132
} CBLAS_DIAG;

/** On which side of a product a matrix stands. */
typedef enum CBLAS_SIDE {
    /** A B */
    CblasLeft = 141,
    /** B A */
    CblasRight = 142
} CBLAS_SIDE;

/* Level 1: vectors ------------------------------------------------------------------------------------------------ */

/** |Re z| + |Im z| */
float cblas_scabs1(const vecblas_c32 *z);

/** |Re z| + |Im z| */
double cblas_dcabs1(const vecblas_c64 *z);

/** alpha + xᵀ y, summed in double precision */
float cblas_sdsdot(CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX, const float *Y, CBLAS_INT incY);

/** xᵀ y, of single precision vectors, summed in double precision */
double cblas_dsdot(CBLAS_INT N, const float *X, CBLAS_INT incX, const float *Y, CBLAS_INT incY);

/** xᵀ y */
float cblas_sdot(CBLAS_INT N, const float *X, CBLAS_INT incX, const float *Y, CBLAS_INT incY);

/** xᵀ y */
double cblas_ddot(CBLAS_INT N, const double *X, CBLAS_INT incX, const double *Y, CBLAS_INT incY);

/** result ← xᵀ y */
void cblas_cdotu_sub(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY,
    vecblas_c32 *result);

/** result ← xᴴ y */
void cblas_cdotc_sub(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY,
    vecblas_c32 *result);

/** result ← xᵀ y */
void cblas_zdotu_sub(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY,
    vecblas_c64 *result);

/** result ← xᴴ y */
void cblas_zdotc_sub(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY,
    vecblas_c64 *result);

/** √(Σ |xᵢ|²), without overflow on the way */
float cblas_snrm2(CBLAS_INT N, const float *X, CBLAS_INT incX);

/** √(Σ |xᵢ|²), without overflow on the way */
double cblas_dnrm2(CBLAS_INT N, const double *X, CBLAS_INT incX);

/** √(Σ |xᵢ|²), without overflow on the way */
float cblas_scnrm2(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX);

/** √(Σ |xᵢ|²), without overflow on the way */
double cblas_dznrm2(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX);

/** Σ |xᵢ| */
float cblas_sasum(CBLAS_INT N, const float *X, CBLAS_INT incX);

/** Σ |xᵢ| */
double cblas_dasum(CBLAS_INT N, const double *X, CBLAS_INT incX);

/** Σ (|Re xᵢ| + |Im xᵢ|) */
float cblas_scasum(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX);

/** Σ (|Re xᵢ| + |Im xᵢ|) */
double cblas_dzasum(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX);

/** the first i with the largest |xᵢ|, counted from 0 */
CBLAS_INDEX cblas_isamax(CBLAS_INT N, const float *X, CBLAS_INT incX);

/** the first i with the largest |xᵢ|, counted from 0 */
CBLAS_INDEX cblas_idamax(CBLAS_INT N, const double *X, CBLAS_INT incX);

/** the first i with the largest |Re xᵢ| + |Im xᵢ|, counted from 0 */
CBLAS_INDEX cblas_icamax(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX);

/** the first i with the largest |Re xᵢ| + |Im xᵢ|, counted from 0 */
CBLAS_INDEX cblas_izamax(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX);

/** x ↔ y */
void cblas_sswap(CBLAS_INT N, float *X, CBLAS_INT incX, float *Y, CBLAS_INT incY);

/** x ↔ y */
void cblas_dswap(CBLAS_INT N, double *X, CBLAS_INT incX, double *Y, CBLAS_INT incY);

/** x ↔ y */
void cblas_cswap(CBLAS_INT N, vecblas_c32 *X, CBLAS_INT incX, vecblas_c32 *Y, CBLAS_INT incY);

/** x ↔ y */
void cblas_zswap(CBLAS_INT N, vecblas_c64 *X, CBLAS_INT incX, vecblas_c64 *Y, CBLAS_INT incY);

/** y ← x */
void cblas_scopy(CBLAS_INT N, const float *X, CBLAS_INT incX, float *Y, CBLAS_INT incY);

/** y ← x */
void cblas_dcopy(CBLAS_INT N, const double *X, CBLAS_INT incX, double *Y, CBLAS_INT incY);

/** y ← x */
void cblas_ccopy(CBLAS_INT N, const vecblas_c32 *X, CBLAS_INT incX, vecblas_c32 *Y, CBLAS_INT incY);

/** y ← x */
void cblas_zcopy(CBLAS_INT N, const vecblas_c64 *X, CBLAS_INT incX, vecblas_c64 *Y, CBLAS_INT incY);

/** y ← alpha x + y */
void cblas_saxpy(CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX, float *Y, CBLAS_INT incY);

/** y ← alpha x + y */
void cblas_daxpy(CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX, double *Y, CBLAS_INT incY);

/** y ← alpha x + y */
void cblas_caxpy(CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *X, CBLAS_INT incX, vecblas_c32 *Y,
    CBLAS_INT incY);

/** y ← alpha x + y */
void cblas_zaxpy(CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *X, CBLAS_INT incX, vecblas_c64 *Y,
    CBLAS_INT incY);

/** the rotation (c, s; -s, c) that takes (a, b) to (r, 0); a ← r, b ← what c and s can be made of again */
void cblas_srotg(float *a, float *b, float *c, float *s);

/** the rotation (c, s; -s, c) that takes (a, b) to (r, 0); a ← r, b ← what c and s can be made of again */
void cblas_drotg(double *a, double *b, double *c, double *s);

/** the rotation (c, s; -s̄, c) that takes (a, b) to (r, 0); a ← r */
void cblas_crotg(vecblas_c32 *a, vecblas_c32 *b, float *c, vecblas_c32 *s);

/** the rotation (c, s; -s̄, c) that takes (a, b) to (r, 0); a ← r */
void cblas_zrotg(vecblas_c64 *a, vecblas_c64 *b, double *c, vecblas_c64 *s);

/** (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ) */
void cblas_srot(CBLAS_INT N, float *X, CBLAS_INT incX, float *Y, CBLAS_INT incY, float c, float s);

/** (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ) */
void cblas_drot(CBLAS_INT N, double *X, CBLAS_INT incX, double *Y, CBLAS_INT incY, double c, double s);

/** (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ) */
void cblas_csrot(CBLAS_INT N, vecblas_c32 *X, CBLAS_INT incX, vecblas_c32 *Y, CBLAS_INT incY, float c, float s);

/** (xᵢ, yᵢ) ← (c xᵢ + s yᵢ, c yᵢ - s xᵢ) */
void cblas_zdrot(CBLAS_INT N, vecblas_c64 *X, CBLAS_INT incX, vecblas_c64 *Y, CBLAS_INT incY, double c, double s);

/** the modified rotation H that takes (√d1 b1, √d2 b2) to (r, 0); P ← its kind and elements */
void cblas_srotmg(float *d1, float *d2, float *b1, float b2, float *P);

/** the modified rotation H that takes (√d1 b1, √d2 b2) to (r, 0); P ← its kind and elements */
void cblas_drotmg(double *d1, double *d2, double *b1, double b2, double *P);

/** (xᵢ, yᵢ) ← H (xᵢ, yᵢ), with the modified rotation H in P */
void cblas_srotm(CBLAS_INT N, float *X, CBLAS_INT incX, float *Y, CBLAS_INT incY, const float *P);

/** (xᵢ, yᵢ) ← H (xᵢ, yᵢ), with the modified rotation H in P */
void cblas_drotm(CBLAS_INT N, double *X, CBLAS_INT incX, double *Y, CBLAS_INT incY, const double *P);

/** x ← alpha x */
void cblas_sscal(CBLAS_INT N, float alpha, float *X, CBLAS_INT incX);

/** x ← alpha x */
void cblas_dscal(CBLAS_INT N, double alpha, double *X, CBLAS_INT incX);

/** x ← alpha x */
void cblas_cscal(CBLAS_INT N, const vecblas_c32 *alpha, vecblas_c32 *X, CBLAS_INT incX);

/** x ← alpha x */
void cblas_zscal(CBLAS_INT N, const vecblas_c64 *alpha, vecblas_c64 *X, CBLAS_INT incX);

/** x ← alpha x, with a real alpha */
void cblas_csscal(CBLAS_INT N, float alpha, vecblas_c32 *X, CBLAS_INT incX);

/** x ← alpha x, with a real alpha */
void cblas_zdscal(CBLAS_INT N, double alpha, vecblas_c64 *X, CBLAS_INT incX);


/* Level 2: a matrix and vectors ----------------------------------------------------------------------------------- */

/** y ← alpha op(A) x + beta y */
void cblas_sgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, float alpha, const float *A,
    CBLAS_INT lda, const float *X, CBLAS_INT incX, float beta, float *Y, CBLAS_INT incY);

/** y ← alpha op(A) x + beta y */
void cblas_dgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, double alpha, const double *A,
    CBLAS_INT lda, const double *X, CBLAS_INT incX, double beta, double *Y, CBLAS_INT incY);

/** y ← alpha op(A) x + beta y */
void cblas_cgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, const vecblas_c32 *alpha,
    const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *beta, vecblas_c32 *Y,
    CBLAS_INT incY);

/** y ← alpha op(A) x + beta y */
void cblas_zgemv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, const vecblas_c64 *alpha,
    const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *beta, vecblas_c64 *Y,
    CBLAS_INT incY);

/** y ← alpha op(A) x + beta y, where A is a band matrix */
void cblas_sgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, CBLAS_INT KL, CBLAS_INT KU,
    float alpha, const float *A, CBLAS_INT lda, const float *X, CBLAS_INT incX, float beta, float *Y, CBLAS_INT incY);

/** y ← alpha op(A) x + beta y, where A is a band matrix */
void cblas_dgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, CBLAS_INT KL, CBLAS_INT KU,
    double alpha, const double *A, CBLAS_INT lda, const double *X, CBLAS_INT incX, double beta, double *Y,
    CBLAS_INT incY);

/** y ← alpha op(A) x + beta y, where A is a band matrix */
void cblas_cgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, CBLAS_INT KL, CBLAS_INT KU,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *X, CBLAS_INT incX,
    const vecblas_c32 *beta, vecblas_c32 *Y, CBLAS_INT incY);

/** y ← alpha op(A) x + beta y, where A is a band matrix */
void cblas_zgbmv(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_INT M, CBLAS_INT N, CBLAS_INT KL, CBLAS_INT KU,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *X, CBLAS_INT incX,
    const vecblas_c64 *beta, vecblas_c64 *Y, CBLAS_INT incY);

/** x ← op(A) x, where A is triangular */
void cblas_strmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const float *A, CBLAS_INT lda, float *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular */
void cblas_dtrmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const double *A, CBLAS_INT lda, double *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular */
void cblas_ctrmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular */
void cblas_ztrmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *X, CBLAS_INT incX);

/** x ← op(A) x, where A is a triangular band matrix */
void cblas_stbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const float *A, CBLAS_INT lda, float *X, CBLAS_INT incX);

/** x ← op(A) x, where A is a triangular band matrix */
void cblas_dtbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const double *A, CBLAS_INT lda, double *X, CBLAS_INT incX);

/** x ← op(A) x, where A is a triangular band matrix */
void cblas_ctbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A) x, where A is a triangular band matrix */
void cblas_ztbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular and packed */
void cblas_stpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const float *Ap, float *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular and packed */
void cblas_dtpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const double *Ap, double *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular and packed */
void cblas_ctpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c32 *Ap, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A) x, where A is triangular and packed */
void cblas_ztpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c64 *Ap, vecblas_c64 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular */
void cblas_strsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const float *A, CBLAS_INT lda, float *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular */
void cblas_dtrsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const double *A, CBLAS_INT lda, double *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular */
void cblas_ctrsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular */
void cblas_ztrsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is a triangular band matrix */
void cblas_stbsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const float *A, CBLAS_INT lda, float *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is a triangular band matrix */
void cblas_dtbsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const double *A, CBLAS_INT lda, double *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is a triangular band matrix */
void cblas_ctbsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is a triangular band matrix */
void cblas_ztbsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular and packed */
void cblas_stpsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const float *Ap, float *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular and packed */
void cblas_dtpsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const double *Ap, double *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular and packed */
void cblas_ctpsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c32 *Ap, vecblas_c32 *X, CBLAS_INT incX);

/** x ← op(A)⁻¹ x, where A is triangular and packed */
void cblas_ztpsv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag, CBLAS_INT N,
    const vecblas_c64 *Ap, vecblas_c64 *X, CBLAS_INT incX);

/** y ← alpha A x + beta y, where A is symmetric */
void cblas_ssymv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *A, CBLAS_INT lda,
    const float *X, CBLAS_INT incX, float beta, float *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is symmetric */
void cblas_dsymv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *A, CBLAS_INT lda,
    const double *X, CBLAS_INT incX, double beta, double *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is a symmetric band matrix */
void cblas_ssbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, CBLAS_INT K, float alpha, const float *A,
    CBLAS_INT lda, const float *X, CBLAS_INT incX, float beta, float *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is a symmetric band matrix */
void cblas_dsbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, CBLAS_INT K, double alpha, const double *A,
    CBLAS_INT lda, const double *X, CBLAS_INT incX, double beta, double *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is symmetric and packed */
void cblas_sspmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *Ap, const float *X,
    CBLAS_INT incX, float beta, float *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is symmetric and packed */
void cblas_dspmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *Ap, const double *X,
    CBLAS_INT incX, double beta, double *Y, CBLAS_INT incY);

/** A ← alpha x yᵀ + A */
void cblas_sger(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX,
    const float *Y, CBLAS_INT incY, float *A, CBLAS_INT lda);

/** A ← alpha x yᵀ + A */
void cblas_dger(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX,
    const double *Y, CBLAS_INT incY, double *A, CBLAS_INT lda);

/** A ← alpha x xᵀ + A, where A is symmetric */
void cblas_ssyr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX,
    float *A, CBLAS_INT lda);

/** A ← alpha x xᵀ + A, where A is symmetric */
void cblas_dsyr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX,
    double *A, CBLAS_INT lda);

/** A ← alpha x xᵀ + A, where A is symmetric and packed */
void cblas_sspr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX,
    float *Ap);

/** A ← alpha x xᵀ + A, where A is symmetric and packed */
void cblas_dspr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX,
    double *Ap);

/** A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric */
void cblas_ssyr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX,
    const float *Y, CBLAS_INT incY, float *A, CBLAS_INT lda);

/** A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric */
void cblas_dsyr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX,
    const double *Y, CBLAS_INT incY, double *A, CBLAS_INT lda);

/** A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric and packed */
void cblas_sspr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const float *X, CBLAS_INT incX,
    const float *Y, CBLAS_INT incY, float *A);

/** A ← alpha x yᵀ + alpha y xᵀ + A, where A is symmetric and packed */
void cblas_dspr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const double *X, CBLAS_INT incX,
    const double *Y, CBLAS_INT incY, double *A);

/** y ← alpha A x + beta y, where A is Hermitian */
void cblas_chemv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *A,
    CBLAS_INT lda, const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *beta, vecblas_c32 *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is Hermitian */
void cblas_zhemv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *A,
    CBLAS_INT lda, const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *beta, vecblas_c64 *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is a Hermitian band matrix */
void cblas_chbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, CBLAS_INT K, const vecblas_c32 *alpha,
    const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *beta, vecblas_c32 *Y,
    CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is a Hermitian band matrix */
void cblas_zhbmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, CBLAS_INT K, const vecblas_c64 *alpha,
    const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *beta, vecblas_c64 *Y,
    CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is Hermitian and packed */
void cblas_chpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *Ap,
    const vecblas_c32 *X, CBLAS_INT incX, const vecblas_c32 *beta, vecblas_c32 *Y, CBLAS_INT incY);

/** y ← alpha A x + beta y, where A is Hermitian and packed */
void cblas_zhpmv(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *Ap,
    const vecblas_c64 *X, CBLAS_INT incX, const vecblas_c64 *beta, vecblas_c64 *Y, CBLAS_INT incY);

/** A ← alpha x yᵀ + A */
void cblas_cgeru(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *X,
    CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY, vecblas_c32 *A, CBLAS_INT lda);

/** A ← alpha x yᵀ + A */
void cblas_zgeru(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *X,
    CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY, vecblas_c64 *A, CBLAS_INT lda);

/** A ← alpha x yᴴ + A */
void cblas_cgerc(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *X,
    CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY, vecblas_c32 *A, CBLAS_INT lda);

/** A ← alpha x yᴴ + A */
void cblas_zgerc(CBLAS_LAYOUT layout, CBLAS_INT M, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *X,
    CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY, vecblas_c64 *A, CBLAS_INT lda);

/** A ← alpha x xᴴ + A, where A is Hermitian */
void cblas_cher(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const vecblas_c32 *X, CBLAS_INT incX,
    vecblas_c32 *A, CBLAS_INT lda);

/** A ← alpha x xᴴ + A, where A is Hermitian */
void cblas_zher(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const vecblas_c64 *X, CBLAS_INT incX,
    vecblas_c64 *A, CBLAS_INT lda);

/** A ← alpha x xᴴ + A, where A is Hermitian and packed */
void cblas_chpr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, float alpha, const vecblas_c32 *X, CBLAS_INT incX,
    vecblas_c32 *A);

/** A ← alpha x xᴴ + A, where A is Hermitian and packed */
void cblas_zhpr(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, double alpha, const vecblas_c64 *X, CBLAS_INT incX,
    vecblas_c64 *A);

/** A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and ᾱ the conjugate of alpha */
void cblas_cher2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *X,
    CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY, vecblas_c32 *A, CBLAS_INT lda);

/** A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and ᾱ the conjugate of alpha */
void cblas_zher2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *X,
    CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY, vecblas_c64 *A, CBLAS_INT lda);

/** A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and packed, and ᾱ the conjugate of alpha */
void cblas_chpr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *X,
    CBLAS_INT incX, const vecblas_c32 *Y, CBLAS_INT incY, vecblas_c32 *Ap);

/** A ← alpha x yᴴ + ᾱ y xᴴ + A, where A is Hermitian and packed, and ᾱ the conjugate of alpha */
void cblas_zhpr2(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *X,
    CBLAS_INT incX, const vecblas_c64 *Y, CBLAS_INT incY, vecblas_c64 *Ap);


/* Level 3: matrices ----------------------------------------------------------------------------------------------- */

/** C ← alpha op(A) op(B) + beta C */
void cblas_sgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_TRANSPOSE TransB, CBLAS_INT M, CBLAS_INT N,
    CBLAS_INT K, float alpha, const float *A, CBLAS_INT lda, const float *B, CBLAS_INT ldb, float beta, float *C,
    CBLAS_INT ldc);

/** C ← alpha op(A) op(B) + beta C */
void cblas_dgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_TRANSPOSE TransB, CBLAS_INT M, CBLAS_INT N,
    CBLAS_INT K, double alpha, const double *A, CBLAS_INT lda, const double *B, CBLAS_INT ldb, double beta, double *C,
    CBLAS_INT ldc);

/** C ← alpha op(A) op(B) + beta C */
void cblas_cgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_TRANSPOSE TransB, CBLAS_INT M, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *B, CBLAS_INT ldb,
    const vecblas_c32 *beta, vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha op(A) op(B) + beta C */
void cblas_zgemm(CBLAS_LAYOUT layout, CBLAS_TRANSPOSE TransA, CBLAS_TRANSPOSE TransB, CBLAS_INT M, CBLAS_INT N,
    CBLAS_INT K, const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *B, CBLAS_INT ldb,
    const vecblas_c64 *beta, vecblas_c64 *C, CBLAS_INT ldc);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric */
void cblas_ssymm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N, float alpha,
    const float *A, CBLAS_INT lda, const float *B, CBLAS_INT ldb, float beta, float *C, CBLAS_INT ldc);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric */
void cblas_dsymm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N, double alpha,
    const double *A, CBLAS_INT lda, const double *B, CBLAS_INT ldb, double beta, double *C, CBLAS_INT ldc);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric */
void cblas_csymm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *B, CBLAS_INT ldb,
    const vecblas_c32 *beta, vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is symmetric */
void cblas_zsymm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *B, CBLAS_INT ldb,
    const vecblas_c64 *beta, vecblas_c64 *C, CBLAS_INT ldc);

/** C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric */
void cblas_ssyrk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, float alpha,
    const float *A, CBLAS_INT lda, float beta, float *C, CBLAS_INT ldc);

/** C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric */
void cblas_dsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, double alpha,
    const double *A, CBLAS_INT lda, double beta, double *C, CBLAS_INT ldc);

/** C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric */
void cblas_csyrk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *beta, vecblas_c32 *C,
    CBLAS_INT ldc);

/** C ← alpha A Aᵀ + beta C, or alpha Aᵀ A + beta C, where C is symmetric */
void cblas_zsyrk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *beta, vecblas_c64 *C,
    CBLAS_INT ldc);

/** C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric */
void cblas_ssyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, float alpha,
    const float *A, CBLAS_INT lda, const float *B, CBLAS_INT ldb, float beta, float *C, CBLAS_INT ldc);

/** C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric */
void cblas_dsyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, double alpha,
    const double *A, CBLAS_INT lda, const double *B, CBLAS_INT ldb, double beta, double *C, CBLAS_INT ldc);

/** C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric */
void cblas_csyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *B, CBLAS_INT ldb,
    const vecblas_c32 *beta, vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha (A Bᵀ + B Aᵀ) + beta C, or alpha (Aᵀ B + Bᵀ A) + beta C, where C is symmetric */
void cblas_zsyr2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *B, CBLAS_INT ldb,
    const vecblas_c64 *beta, vecblas_c64 *C, CBLAS_INT ldc);

/** B ← alpha op(A) B, or alpha B op(A), where A is triangular */
void cblas_strmm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, float alpha, const float *A, CBLAS_INT lda, float *B, CBLAS_INT ldb);

/** B ← alpha op(A) B, or alpha B op(A), where A is triangular */
void cblas_dtrmm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, double alpha, const double *A, CBLAS_INT lda, double *B, CBLAS_INT ldb);

/** B ← alpha op(A) B, or alpha B op(A), where A is triangular */
void cblas_ctrmm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *B,
    CBLAS_INT ldb);

/** B ← alpha op(A) B, or alpha B op(A), where A is triangular */
void cblas_ztrmm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *B,
    CBLAS_INT ldb);

/** B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular */
void cblas_strsm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, float alpha, const float *A, CBLAS_INT lda, float *B, CBLAS_INT ldb);

/** B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular */
void cblas_dtrsm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, double alpha, const double *A, CBLAS_INT lda, double *B, CBLAS_INT ldb);

/** B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular */
void cblas_ctrsm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, vecblas_c32 *B,
    CBLAS_INT ldb);

/** B ← alpha op(A)⁻¹ B, or alpha B op(A)⁻¹, where A is triangular */
void cblas_ztrsm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE TransA, CBLAS_DIAG Diag,
    CBLAS_INT M, CBLAS_INT N, const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, vecblas_c64 *B,
    CBLAS_INT ldb);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is Hermitian */
void cblas_chemm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *B, CBLAS_INT ldb,
    const vecblas_c32 *beta, vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha A B + beta C, or alpha B A + beta C, where A is Hermitian */
void cblas_zhemm(CBLAS_LAYOUT layout, CBLAS_SIDE Side, CBLAS_UPLO Uplo, CBLAS_INT M, CBLAS_INT N,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *B, CBLAS_INT ldb,
    const vecblas_c64 *beta, vecblas_c64 *C, CBLAS_INT ldc);

/** C ← alpha A Aᴴ + beta C, or alpha Aᴴ A + beta C, where C is Hermitian */
void cblas_cherk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, float alpha,
    const vecblas_c32 *A, CBLAS_INT lda, float beta, vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha A Aᴴ + beta C, or alpha Aᴴ A + beta C, where C is Hermitian */
void cblas_zherk(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K, double alpha,
    const vecblas_c64 *A, CBLAS_INT lda, double beta, vecblas_c64 *C, CBLAS_INT ldc);

/** C ← alpha A Bᴴ + ᾱ B Aᴴ + beta C, or alpha Aᴴ B + ᾱ Bᴴ A + beta C, where C is Hermitian and ᾱ the conjugate of alpha */
void cblas_cher2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c32 *alpha, const vecblas_c32 *A, CBLAS_INT lda, const vecblas_c32 *B, CBLAS_INT ldb, float beta,
    vecblas_c32 *C, CBLAS_INT ldc);

/** C ← alpha A Bᴴ + ᾱ B Aᴴ + beta C, or alpha Aᴴ B + ᾱ Bᴴ A + beta C, where C is Hermitian and ᾱ the conjugate of alpha */
void cblas_zher2k(CBLAS_LAYOUT layout, CBLAS_UPLO Uplo, CBLAS_TRANSPOSE Trans, CBLAS_INT N, CBLAS_INT K,
    const vecblas_c64 *alpha, const vecblas_c64 *A, CBLAS_INT lda, const vecblas_c64 *B, CBLAS_INT ldb, double beta,
    vecblas_c64 *C, CBLAS_INT ldc);


/* Errors ---------------------------------------------------------------------------------------------------------- */

/** Tells on standard error that argument p of routine rout is wrong; what a BLAS itself calls then, and most end the process */
void cblas_xerbla(CBLAS_INT p, const char *rout, const char *form);

#ifdef __cplusplus
}
#endif

#endif
