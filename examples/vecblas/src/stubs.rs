//! Which stub of [`raw`](crate::raw) belongs to which routine and type.
//!
//! A routine is a method of a trait here, its stubs are its implementations. In the tables, a parameter is
//!
//! ```text
//!   Int      an integer of the library          Number   of the type itself: real by value, complex by address
//!   Option   an enumeration's number            Part     a real number
//!   Ref      memory to be read                  Mut      memory to be written to
//! ```

use num_complex::Complex;
use veo::{Context, OnStack, Request, VeSlice, VeSliceMut};

use crate::raw::{self, CBLAS_INDEX, CBLAS_INT};

/// The type of a parameter.
macro_rules! ty {
    (Int) => { CBLAS_INT };
    (Option) => { u32 };
    (Number) => { Self };
    (Part) => { Self::Real };
    (Ref) => { VeSlice<'_, Self> };
    (Mut) => { VeSliceMut<'_, Self> };
}

/// What a stub takes for it.
macro_rules! passed {
    (real Number $value:ident) => {
        $value
    };
    (complex Number $value:ident) => {
        &$value
    };
    ($kind:ident $how:ident $value:ident) => {
        $value
    };
}

/// The methods of a trait.
macro_rules! methods {
    ($($name:ident($($arg:ident: $how:ident),*) $(-> $ret:ty)?;)*) => {$(
        fn $name(ctx: &Context, $($arg: ty!($how)),*) -> Request<'static, methods!(@ $($ret)?)>;
    )*};
    (@) => { () };
    (@ $ret:ty) => { $ret };
}

/// Their implementation.
macro_rules! calls {
    ($kind:ident: $($name:ident($($arg:ident: $how:ident),*) $(-> $ret:ty)? = $stub:ident;)*) => {$(
        #[inline]
        fn $name(ctx: &Context, $($arg: ty!($how)),*) -> Request<'static, methods!(@ $($ret)?)> {
            raw::$stub(ctx, $(passed!($kind $how $arg)),*)
        }
    )*};
}

/// Routines of all four types.
macro_rules! of_all {
    ($($name:ident($($arg:ident: $how:ident),*) $(-> $ret:ty)? = $s:ident $d:ident $c:ident $z:ident;)*) => {
        #[doc(hidden)]
        #[allow(clippy::too_many_arguments, missing_docs)]
        pub trait Stubs: Numbers {
            methods! { $($name($($arg: $how),*) $(-> $ret)?;)* }
        }

        impl Stubs for f32 { calls! { real: $($name($($arg: $how),*) $(-> $ret)? = $s;)* } }
        impl Stubs for f64 { calls! { real: $($name($($arg: $how),*) $(-> $ret)? = $d;)* } }
        impl Stubs for Complex<f32> { calls! { complex: $($name($($arg: $how),*) $(-> $ret)? = $c;)* } }
        impl Stubs for Complex<f64> { calls! { complex: $($name($($arg: $how),*) $(-> $ret)? = $z;)* } }
    };
}

/// Routines of two types.
macro_rules! of_two {
    ($trait:ident, $kind:ident, $first:ty, $second:ty;
     $($name:ident($($arg:ident: $how:ident),*) $(-> $ret:ty)? = $a:ident $b:ident;)*) => {
        #[doc(hidden)]
        #[allow(clippy::too_many_arguments, missing_docs)]
        pub trait $trait: Stubs {
            methods! { $($name($($arg: $how),*) $(-> $ret)?;)* }
        }

        impl $trait for $first { calls! { $kind: $($name($($arg: $how),*) $(-> $ret)? = $a;)* } }
        impl $trait for $second { calls! { $kind: $($name($($arg: $how),*) $(-> $ret)? = $b;)* } }
    };
}

/// What the tables say of a type.
#[doc(hidden)]
pub trait Numbers: Sized + Copy {
    /// The type of its parts.
    type Real: Copy;
}

impl Numbers for f32 {
    type Real = f32;
}

impl Numbers for f64 {
    type Real = f64;
}

impl Numbers for Complex<f32> {
    type Real = f32;
}

impl Numbers for Complex<f64> {
    type Real = f64;
}

of_all! {
    swap(n: Int, x: Mut, incx: Int, y: Mut, incy: Int) = cblas_sswap cblas_dswap cblas_cswap cblas_zswap;
    copy(n: Int, x: Ref, incx: Int, y: Mut, incy: Int) = cblas_scopy cblas_dcopy cblas_ccopy cblas_zcopy;
    axpy(n: Int, alpha: Number, x: Ref, incx: Int, y: Mut, incy: Int) = cblas_saxpy cblas_daxpy cblas_caxpy cblas_zaxpy;
    scal(n: Int, alpha: Number, x: Mut, incx: Int) = cblas_sscal cblas_dscal cblas_cscal cblas_zscal;
    rot(n: Int, x: Mut, incx: Int, y: Mut, incy: Int, c: Part, s: Part) = cblas_srot cblas_drot cblas_csrot cblas_zdrot;
    nrm2(n: Int, x: Ref, incx: Int) -> Self::Real = cblas_snrm2 cblas_dnrm2 cblas_scnrm2 cblas_dznrm2;
    asum(n: Int, x: Ref, incx: Int) -> Self::Real = cblas_sasum cblas_dasum cblas_scasum cblas_dzasum;
    amax(n: Int, x: Ref, incx: Int) -> CBLAS_INDEX = cblas_isamax cblas_idamax cblas_icamax cblas_izamax;
    gemv(layout: Option, trans: Option, m: Int, n: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_sgemv cblas_dgemv cblas_cgemv cblas_zgemv;
    gbmv(layout: Option, trans: Option, m: Int, n: Int, kl: Int, ku: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_sgbmv cblas_dgbmv cblas_cgbmv cblas_zgbmv;
    trmv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, a: Ref, lda: Int, x: Mut, incx: Int) = cblas_strmv cblas_dtrmv cblas_ctrmv cblas_ztrmv;
    trsv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, a: Ref, lda: Int, x: Mut, incx: Int) = cblas_strsv cblas_dtrsv cblas_ctrsv cblas_ztrsv;
    tbmv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, k: Int, a: Ref, lda: Int, x: Mut, incx: Int) = cblas_stbmv cblas_dtbmv cblas_ctbmv cblas_ztbmv;
    tbsv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, k: Int, a: Ref, lda: Int, x: Mut, incx: Int) = cblas_stbsv cblas_dtbsv cblas_ctbsv cblas_ztbsv;
    tpmv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, ap: Ref, x: Mut, incx: Int) = cblas_stpmv cblas_dtpmv cblas_ctpmv cblas_ztpmv;
    tpsv(layout: Option, uplo: Option, trans: Option, diag: Option, n: Int, ap: Ref, x: Mut, incx: Int) = cblas_stpsv cblas_dtpsv cblas_ctpsv cblas_ztpsv;
    gemm(layout: Option, transa: Option, transb: Option, m: Int, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, b: Ref, ldb: Int, beta: Number, c: Mut, ldc: Int) = cblas_sgemm cblas_dgemm cblas_cgemm cblas_zgemm;
    symm(layout: Option, side: Option, uplo: Option, m: Int, n: Int, alpha: Number, a: Ref, lda: Int, b: Ref, ldb: Int, beta: Number, c: Mut, ldc: Int) = cblas_ssymm cblas_dsymm cblas_csymm cblas_zsymm;
    syrk(layout: Option, uplo: Option, trans: Option, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, beta: Number, c: Mut, ldc: Int) = cblas_ssyrk cblas_dsyrk cblas_csyrk cblas_zsyrk;
    syr2k(layout: Option, uplo: Option, trans: Option, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, b: Ref, ldb: Int, beta: Number, c: Mut, ldc: Int) = cblas_ssyr2k cblas_dsyr2k cblas_csyr2k cblas_zsyr2k;
    trmm(layout: Option, side: Option, uplo: Option, trans: Option, diag: Option, m: Int, n: Int, alpha: Number, a: Ref, lda: Int, b: Mut, ldb: Int) = cblas_strmm cblas_dtrmm cblas_ctrmm cblas_ztrmm;
    trsm(layout: Option, side: Option, uplo: Option, trans: Option, diag: Option, m: Int, n: Int, alpha: Number, a: Ref, lda: Int, b: Mut, ldb: Int) = cblas_strsm cblas_dtrsm cblas_ctrsm cblas_ztrsm;
}

of_two! {
    RealStubs, real, f32, f64;
    dot(n: Int, x: Ref, incx: Int, y: Ref, incy: Int) -> Self = cblas_sdot cblas_ddot;
    symv(layout: Option, uplo: Option, n: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_ssymv cblas_dsymv;
    sbmv(layout: Option, uplo: Option, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_ssbmv cblas_dsbmv;
    spmv(layout: Option, uplo: Option, n: Int, alpha: Number, ap: Ref, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_sspmv cblas_dspmv;
    ger(layout: Option, m: Int, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, a: Mut, lda: Int) = cblas_sger cblas_dger;
    syr(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, a: Mut, lda: Int) = cblas_ssyr cblas_dsyr;
    spr(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, ap: Mut) = cblas_sspr cblas_dspr;
    syr2(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, a: Mut, lda: Int) = cblas_ssyr2 cblas_dsyr2;
    spr2(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, ap: Mut) = cblas_sspr2 cblas_dspr2;
}

of_two! {
    ComplexStubs, complex, Complex<f32>, Complex<f64>;
    scal_real(n: Int, alpha: Part, x: Mut, incx: Int) = cblas_csscal cblas_zdscal;
    hemv(layout: Option, uplo: Option, n: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_chemv cblas_zhemv;
    hbmv(layout: Option, uplo: Option, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_chbmv cblas_zhbmv;
    hpmv(layout: Option, uplo: Option, n: Int, alpha: Number, ap: Ref, x: Ref, incx: Int, beta: Number, y: Mut, incy: Int) = cblas_chpmv cblas_zhpmv;
    geru(layout: Option, m: Int, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, a: Mut, lda: Int) = cblas_cgeru cblas_zgeru;
    gerc(layout: Option, m: Int, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, a: Mut, lda: Int) = cblas_cgerc cblas_zgerc;
    her(layout: Option, uplo: Option, n: Int, alpha: Part, x: Ref, incx: Int, a: Mut, lda: Int) = cblas_cher cblas_zher;
    hpr(layout: Option, uplo: Option, n: Int, alpha: Part, x: Ref, incx: Int, ap: Mut) = cblas_chpr cblas_zhpr;
    her2(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, a: Mut, lda: Int) = cblas_cher2 cblas_zher2;
    hpr2(layout: Option, uplo: Option, n: Int, alpha: Number, x: Ref, incx: Int, y: Ref, incy: Int, ap: Mut) = cblas_chpr2 cblas_zhpr2;
    hemm(layout: Option, side: Option, uplo: Option, m: Int, n: Int, alpha: Number, a: Ref, lda: Int, b: Ref, ldb: Int, beta: Number, c: Mut, ldc: Int) = cblas_chemm cblas_zhemm;
    herk(layout: Option, uplo: Option, trans: Option, n: Int, k: Int, alpha: Part, a: Ref, lda: Int, beta: Part, c: Mut, ldc: Int) = cblas_cherk cblas_zherk;
    her2k(layout: Option, uplo: Option, trans: Option, n: Int, k: Int, alpha: Number, a: Ref, lda: Int, b: Ref, ldb: Int, beta: Part, c: Mut, ldc: Int) = cblas_cher2k cblas_zher2k;
}

/// Routines that leave results through pointers: a request of their own memory gives them as values.
macro_rules! results {
    ($(#[$doc:meta])* $trait:ident: $($name:ident($($arg:ident: $ty:ty),*) -> $ret:ty;)*) => {
        #[doc(hidden)]
        #[allow(clippy::too_many_arguments, missing_docs)]
        pub trait $trait: Numbers {
            $(fn $name(ctx: &Context, $($arg: $ty),*) -> Request<'static, $ret>;)*
        }
    };
}

results! { Rotations: rotg(a: Self, b: Self) -> (Self, Self, Self::Real, Self); }

macro_rules! rotg {
    ($($scalar:ty, $real:ty = $stub:ident;)*) => {$(
        impl Rotations for $scalar {
            fn rotg(ctx: &Context, a: Self, b: Self) -> Request<'static, (Self, Self, $real, Self)> {
                let zero = <$scalar>::default();
                Request::owning((a, b, <$real>::default(), zero), |(a, b, c, s)| {
                    raw::$stub(ctx, OnStack::inout(a), OnStack::inout(b), OnStack::output(c), OnStack::output(s))
                })
            }
        }
    )*};
}

rotg! {
    f32, f32 = cblas_srotg;
    f64, f64 = cblas_drotg;
    Complex<f32>, f32 = cblas_crotg;
    Complex<f64>, f64 = cblas_zrotg;
}

results! {
    ModifiedRotations:
    rotmg(d1: Self, d2: Self, b1: Self, b2: Self) -> ([Self; 3], [Self; 5]);
    rotm(n: CBLAS_INT, x: VeSliceMut<'_, Self>, incx: CBLAS_INT, y: VeSliceMut<'_, Self>, incy: CBLAS_INT, p: [Self; 5]) -> ();
}

macro_rules! modified {
    ($($scalar:ty = $rotmg:ident $rotm:ident;)*) => {$(
        impl ModifiedRotations for $scalar {
            fn rotmg(ctx: &Context, d1: Self, d2: Self, b1: Self, b2: Self) -> Request<'static, ([Self; 3], [Self; 5])> {
                Request::owning(([d1, d2, b1], [0.0; 5]), |(inout, p)| {
                    let [d1, d2, b1] = inout;
                    let (d1, d2, b1) = (OnStack::inout(d1), OnStack::inout(d2), OnStack::inout(b1));
                    raw::$rotmg(ctx, d1, d2, b1, b2, OnStack::inout_slice(p))
                })
            }

            fn rotm(
                ctx: &Context,
                n: CBLAS_INT,
                x: VeSliceMut<'_, Self>,
                incx: CBLAS_INT,
                y: VeSliceMut<'_, Self>,
                incy: CBLAS_INT,
                p: [Self; 5],
            ) -> Request<'static, ()> {
                Request::owning(p, |p| raw::$rotm(ctx, n, x, incx, y, incy, OnStack::input_slice(p))).map(|_| ())
            }
        }
    )*};
}

modified! {
    f32 = cblas_srotmg cblas_srotm;
    f64 = cblas_drotmg cblas_drotm;
}

results! {
    Products:
    dotu(n: CBLAS_INT, x: VeSlice<'_, Self>, incx: CBLAS_INT, y: VeSlice<'_, Self>, incy: CBLAS_INT) -> Self;
    dotc(n: CBLAS_INT, x: VeSlice<'_, Self>, incx: CBLAS_INT, y: VeSlice<'_, Self>, incy: CBLAS_INT) -> Self;
    cabs1(z: Self) -> Self::Real;
}

macro_rules! products {
    ($($real:ty = $dotu:ident $dotc:ident $cabs1:ident;)*) => {$(
        impl Products for Complex<$real> {
            fn dotu(
                ctx: &Context,
                n: CBLAS_INT,
                x: VeSlice<'_, Self>,
                incx: CBLAS_INT,
                y: VeSlice<'_, Self>,
                incy: CBLAS_INT,
            ) -> Request<'static, Self> {
                Request::owning(Self::default(), |z| raw::$dotu(ctx, n, x, incx, y, incy, OnStack::output(z)))
            }

            fn dotc(
                ctx: &Context,
                n: CBLAS_INT,
                x: VeSlice<'_, Self>,
                incx: CBLAS_INT,
                y: VeSlice<'_, Self>,
                incy: CBLAS_INT,
            ) -> Request<'static, Self> {
                Request::owning(Self::default(), |z| raw::$dotc(ctx, n, x, incx, y, incy, OnStack::output(z)))
            }

            fn cabs1(ctx: &Context, z: Self) -> Request<'static, $real> {
                raw::$cabs1(ctx, &z)
            }
        }
    )*};
}

products! {
    f32 = cblas_cdotu_sub cblas_cdotc_sub cblas_scabs1;
    f64 = cblas_zdotu_sub cblas_zdotc_sub cblas_dcabs1;
}
