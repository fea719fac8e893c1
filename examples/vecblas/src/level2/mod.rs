//! Level 2: a matrix and vectors.
//!
//! Strides may be negative, and never 0. If the matrix has no rows or no columns, nothing is done at all, as in BLAS.

mod products;
mod updates;

pub use products::*;
pub use updates::*;
use veo::Result;

use crate::check::{AnyVector, Arg, Routine, Stride};
use crate::raw::CBLAS_INT;

/// The stride of a vector that has as many elements as `what` says.
#[inline]
fn fitting<V: AnyVector>(
    routine: Routine,
    arg: Arg,
    inc: &'static str,
    vector: &V,
    (what, len): (&str, usize),
) -> Result<CBLAS_INT> {
    routine.equal(arg, "elements", vector.parts().1.len, what, len)?;
    routine.stride(arg, inc, vector, Stride::NotZero)
}
