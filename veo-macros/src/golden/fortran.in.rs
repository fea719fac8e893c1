#[ve_offload(lib = concat!("lib", env!("CARGO_PKG_NAME"), ".so"), fortran)]
extern "C" {
    /// y ← a·x + y
    pub fn DAXPY(n: i32, a: f64, x: *const f64, incx: i32, y: *mut f64, incy: i32);
    fn set_title(title: &[u8], #[value] length: usize) -> i32;
}
