//! The C functions of `kernels/blas.c` and `kernels/standardize.c`.

use veo::ve_offload;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// y ← a·x + y
    pub(crate) fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
    /// y ← x + b·y
    pub(crate) fn xpby(n: usize, x: *const f64, b: f64, y: *mut f64);
    /// y ← x
    pub(crate) fn copy(n: usize, x: *const f64, y: *mut f64);
    /// x·y
    pub(crate) fn dot(n: usize, x: *const f64, y: *const f64) -> f64;
    /// √(x·x)
    pub(crate) fn nrm2(n: usize, x: *const f64) -> f64;
    /// y ← a·A·x + b·y
    pub(crate) fn gemv(m: usize, n: usize, a: f64, matrix: *const f64, x: *const f64, b: f64, y: *mut f64);
    /// y ← Aᵀ·x
    pub(crate) fn gemv_t(m: usize, n: usize, matrix: *const f64, x: *const f64, y: *mut f64);

    /// Subtracts from x its mean, and reports the mean.
    pub(crate) fn centre(n: usize, x: *mut f64, mean: *mut f64);
    /// Divides x by its length, and reports the length.
    pub(crate) fn normalize(n: usize, x: *mut f64, length: *mut f64);
}
