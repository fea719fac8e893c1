//! BLAS on NEC Vector Engines, and on this host: all 149 functions of CBLAS, typed, checked and async.
//!
//! ```no_run
//! use vecblas::{axpy, dot};
//! use veo::Proc;
//!
//! let proc = Proc::create(0)?; // all functions are registered in it
//! let ctx = proc.open_context()?;
//! let x = proc.upload(&[1.0, 2.0, 3.0])?;
//! let mut y = proc.zeroed::<f64>(3)?;
//! axpy(&ctx, 2.0, &x, &mut y); // y ← 2 x + y, queued
//! assert_eq!(dot(&ctx, &x, &y).wait()?, 28.0); // or `.await`
//! # Ok::<(), veo::Error>(())
//! ```
//!
//! # Two layers
//!
//! [`raw`] has the functions of C with their names and arguments, one stub each: `raw::cblas_daxpy(&ctx, 3, 2.0, &x, 1, &mut y, 1)`.
//!
//! Around it are routines of Rust, one for all types of numbers that BLAS has it for: `f32`, `f64`, [`Complex<f32>`](Complex),
//! `Complex<f64>`. They take vectors and matrices that know their shape, so that sizes, strides and leading dimensions are no
//! arguments; results are values.
//!
//! A routine looks at all its arguments before anything is queued. What is wrong with one comes out of the request as
//! [`veo::Error::Argument`], with the function of C and the place of the argument there, as `xerbla` tells them. That no output overlaps an
//! input is seen to by the borrow checker:
//!
//! ```compile_fail,E0502
//! # fn f(ctx: veo::Context, mut x: veo::VeBuffer<f64>) {
//! vecblas::axpy(&ctx, 1.0, &x, &mut x);
//! # }
//! ```
//!
//! # Vectors and matrices
//!
//! | | to be read | to be written to |
//! | --- | --- | --- |
//! | vector | `&VeBuffer`, `VeSlice`, [`Vector`] with a stride | `&mut VeBuffer`, `VeSliceMut`, [`VectorMut`] |
//! | matrix | [`Matrix`], `&`[`VeMatrix`] | [`MatrixMut`], `&mut VeMatrix` |
//! | diagonals | [`Band`] | |
//! | one half without gaps | [`Packed`] | [`PackedMut`] |
//!
//! A matrix of which one half counts says so: [`symmetric`](Matrix::symmetric), [`hermitian`](Matrix::hermitian),
//! [`triangular`](Matrix::triangular), of a full matrix, a band or a packed half.
//!
//! # Routines
//!
//! | level | |
//! | --- | --- |
//! | 1, vectors | [`swap`] [`copy`] [`axpy`] [`scal`] [`scal_real`] [`dot`] [`dotu`] [`dotc`] [`dsdot`] [`sdsdot`] [`nrm2`] [`asum`] [`iamax`] [`cabs1`] [`rotg`] [`rot`] [`rotmg`] [`rotm`] |
//! | 2, y ← alpha A x + beta y | [`gemv`] [`gbmv`] [`symv`] [`sbmv`] [`spmv`] [`hemv`] [`hbmv`] [`hpmv`] |
//! | 2, triangular | [`trmv`] [`tbmv`] [`tpmv`] [`trsv`] [`tbsv`] [`tpsv`] |
//! | 2, updates of A | [`ger`] [`geru`] [`gerc`] [`syr`] [`spr`] [`syr2`] [`spr2`] [`her`] [`hpr`] [`her2`] [`hpr2`] |
//! | 3, C ← alpha A B + beta C | [`gemm`] [`symm`] [`hemm`] [`syrk`] [`syr2k`] [`herk`] [`her2k`] |
//! | 3, triangular | [`trmm`] [`trsm`] |
//!
//! # Which library
//!
//! The first that loads of: what `VECBLAS_LIBRARY` names; NEC's Numeric Library Collection, by `NLC_HOME`, by the VE's loader
//! (`source …/nlcvars.sh` sets both), or in `/opt/nec/ve/nlc`; and on a host `libcblas.so.3`, `libopenblas.so.0`, `libblas.so.3`,
//! `libgslcblas.so.0`. A program chooses with [`with_library`]. A function that the library lacks is an error of its calls; without any
//! library every call is, and says what was tried and what to install.
//!
//! | feature | |
//! | --- | --- |
//! | `i64` | integers of 64 bits: an ILP64 library |
//! | `static` | the functions are linked into `veorun` |
//! | `ndarray` | transfers of arrays of crate `ndarray` |
//!
//! # Where things are
//!
//! ```text
//!   raw       the stubs, made of include/vecblas.h       level1    vectors
//!   scalar    the types of numbers                       level2    a matrix and vectors
//!   stubs     which stub belongs to which of them        level3    matrices
//!   options   enumerations                               check     the rules about arguments
//!   vector, matrix, structure   what is in VE memory     ndarray   transfers of arrays
//! ```

mod check;
mod level1;
mod level2;
mod level3;
mod matrix;
#[cfg(feature = "ndarray")]
pub mod ndarray;
mod options;
/// The stubs: CBLAS as it is in C.
///
/// Complex numbers that C takes by address are references here, and copied to the VE for the call. Results that it leaves through
/// pointers go to VE memory, or come back with [`OnStack`](veo::OnStack).
///
/// ```no_run
/// use vecblas::{Complex, raw};
/// use veo::OnStack;
///
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let i = Complex::new(0.0, 1.0);
/// let mut x = proc.upload(&[i, i])?;
/// raw::cblas_zscal(&ctx, 2, &i, &mut x, 1);
/// let mut dot = Complex::default();
/// raw::cblas_zdotu_sub(&ctx, 2, &x, 1, &x, 1, OnStack::output(&mut dot)).wait()?;
/// assert_eq!(dot, Complex::new(2.0, 0.0));
/// # Ok::<(), veo::Error>(())
/// ```
pub mod raw;
mod scalar;
mod structure;
mod stubs;
mod vector;

use std::path::PathBuf;

pub use num_complex::Complex;
use veo::{Context, ProcBuilder, Request, Result};

pub use level1::{
    ModifiedRotation, Rotation, asum, axpy, cabs1, copy, dot, dotc, dotu, dsdot, iamax, nrm2, rot, rotg, rotm, rotmg,
    scal, scal_real, sdsdot, swap,
};
pub use level2::{
    gbmv, gemv, ger, gerc, geru, hbmv, hemv, her, her2, hpmv, hpr, hpr2, sbmv, spmv, spr, spr2, symv, syr, syr2, tbmv,
    tbsv, tpmv, tpsv, trmv, trsv,
};
pub use level3::{gemm, hemm, her2k, herk, symm, syr2k, syrk, trmm, trsm};
pub use matrix::{Matrix, MatrixMut, VeMatrix};
pub use options::{Diag, Layout, Side, Transpose, Uplo};
pub use scalar::{ComplexScalar, RealScalar, Scalar};
pub use structure::{Band, Hermitian, Packed, PackedMut, Symmetric, Triangular};
pub use vector::{Vector, VectorMut};

/// Has a process use this BLAS, whatever else there is: a path, or a name for the VE process's loader.
///
/// ```no_run
/// let proc = vecblas::with_library(veo::Proc::builder(), "libgslcblas.so.0").create()?;
/// # Ok::<(), veo::Error>(())
/// ```
pub fn with_library(builder: ProcBuilder, path: impl Into<PathBuf>) -> ProcBuilder {
    builder.library("$VECBLAS_LIBRARY", path)
}

/// The request of a routine, or one that fails because of an argument.
#[inline]
fn checked<T>(ctx: &Context, call: impl FnOnce() -> Result<Request<'static, T>>) -> Request<'static, T> {
    call().unwrap_or_else(|error| ctx.refuse(error))
}
