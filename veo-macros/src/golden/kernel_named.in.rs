#[ve_kernel(name = "daxpy_", crate = ::other)]
unsafe extern "C" fn axpy(n: usize, x: *const f64, y: *mut f64) {
    let _ = (n, x, y);
}
