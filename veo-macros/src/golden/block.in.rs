#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// y ← a·x + y
    pub fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64, info: &mut [i32]);
    pub(crate) fn dot(n: usize, x: *const f64, y: *const f64) -> f64;
    fn barrier();
}
