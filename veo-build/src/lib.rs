//! Compile the kernels of a crate that uses `veo`, from its build script.
//!
//! ```no_run
//! // build.rs
//! fn main() {
//!     veo_build::Kernels::new("kernels")     // libkernels.so
//!         .file("kernels/blas.c")
//!         .compile_or_exit();
//! }
//! ```
//!
//! ```toml
//! # Cargo.toml
//! [build-dependencies]
//! veo-build = "0.1"
//! ```
//!
//! The program then names the file, and nothing else: `#[ve_offload(lib = "libkernels.so")]`. The directory of the
//! library reaches that attribute through the environment variable `VEO_KERNEL_DIR`, which cargo sets while it compiles
//! the crate; no variable is needed when the program runs.
//!
//! # What is compiled, with what
//!
//! | source | for this host | for the Vector Engine, when its compilers are installed |
//! | --- | --- | --- |
//! | `.c` | the C compiler that crate `cc` finds (`CC`, `CFLAGS`) | `ncc` |
//! | `.cc` `.cpp` `.cxx` | the C++ compiler that crate `cc` finds (`CXX`, `CXXFLAGS`) | `nc++` |
//! | `.f90` `.f` and kin | `gfortran` (`FC`, `FFLAGS`) | `nfort` |
//! | result | `libkernels.so` | `libkernels.vso`, beside it |
//!
//! A library of several languages is linked by the C++ compiler if there is C++ in it, else by the Fortran compiler.
//! One of C++ and Fortran names Fortran's run-time library itself: `.library("gfortran")`.
//!
//! NEC's compilers are looked for in `/opt/nec/ve/bin`. `VEO_NCC` names another `ncc`, with `nc++` and `nfort` beside
//! it; set but empty, it switches the Vector Engine variant off.
//!
//! # Declarations
//!
//! `Declarations` writes the `#[ve_offload]` block of a library, from its C header (feature `header`) or from its debug
//! information (feature `dwarf`).
//!
//! # Where things are
//!
//! [`Kernels`] describes one library, and [`Kernels::compile`] reads top-down from there: `compiler` finds the
//! compilers, `library` runs them, `cargo` tells cargo what was done. `Declarations` describes a file of declarations; all about it is in
//! `declarations`. [`Error`] has every way in which it can fail.

// A build script is shown whole, as it stands in its file.
#![allow(clippy::needless_doctest_main)]

mod built;
mod cargo;
mod command;
mod compiler;
#[cfg(any(feature = "header", feature = "dwarf"))]
mod declarations;
mod depfile;
mod error;
mod kernels;
mod language;
mod left_out;
mod library;
mod scratch;
mod target;

pub use built::Built;
#[cfg(any(feature = "header", feature = "dwarf"))]
pub use declarations::{Declarations, Generated, IntegerWidth, Lib};
pub use error::Error;
pub use kernels::Kernels;
pub use left_out::LeftOut;
