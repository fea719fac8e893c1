//! The crate as a user sees it.
//!
//! ```text
//!   arguments   what routines refuse                            library   which BLAS, and none
//!   level1 level2 level3   every routine, against the oracle    arrays    transfers of crate ndarray's
//!   oracle      what BLAS should give: plain, slow              memory    where elements are, and what must not change
//! ```
//!
//! What calls a BLAS is ignored, since it may be absent. `cargo test -p vecblas -- --include-ignored` runs it, with each of the three
//! libraries.

#![allow(clippy::unwrap_used)] // the helpers are tests, too

mod memory;
mod oracle;
mod support;

mod arguments;
#[cfg(feature = "ndarray")]
mod arrays;
mod level1;
mod level2;
mod level3;
mod library;
