//! Functions that are linked into the VE program: here this one, with a function in Rust that stands for a BLAS.

#![cfg(feature = "static")]
#![allow(clippy::unwrap_used)]

use vecblas::raw::CBLAS_INT;
use veo::{Error, Proc};

mod kernels {
    use super::CBLAS_INT;

    #[veo::ve_kernel]
    pub(crate) unsafe extern "C" fn cblas_ddot(
        n: CBLAS_INT,
        x: *const f64,
        incx: CBLAS_INT,
        y: *const f64,
        incy: CBLAS_INT,
    ) -> f64 {
        // SAFETY: the caller passes vectors of `n` elements with these strides.
        let at = |v: *const f64, i: CBLAS_INT, inc: CBLAS_INT| unsafe { *v.offset((i * inc) as isize) };
        (0..n).map(|i| at(x, i, incx) * at(y, i, incy)).sum()
    }
}

#[test]
fn a_blas_that_is_linked_in() {
    let proc = Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    let x = proc.upload(&[1.0, 2.0, 3.0]).unwrap();
    assert_eq!(vecblas::dot(&ctx, &x, &x).wait().unwrap(), 14.0);
    let error = vecblas::nrm2(&ctx, &x).wait().unwrap_err();
    assert!(matches!(&error, Error::Symbol { symbol, .. } if symbol == "cblas_dnrm2"), "{error}");
}
