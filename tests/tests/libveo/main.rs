//! libveo.so and its worker as others than Rust programs use them: installed, linked by a C compiler, loaded by Python.
//!
//! ```text
//!   installed   the library itself; C programs
//!   linkers     what becomes of a Rust user's build under other linkers
//!   statics     a veorun of one's own, linked from C, C++ and Fortran
//!   helpers     what kernels may ask of their worker
//!   openmp      kernels with threads
//!   python      ctypes, and PyVEO
//! ```

#![allow(clippy::unwrap_used)] // the helpers are tests, too

mod support;

mod helpers;
mod installed;
mod linkers;
mod openmp;
mod python;
mod statics;
