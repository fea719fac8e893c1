unsafe extern "C" fn axpy(n: usize, x: *const f64, y: *mut f64) {
    let _ = (n, x, y);
}
::other::__private::inventory::submit! {
    ::other::__private::StaticKernel::new("daxpy_", axpy as * const (), & [< usize as
    ::other::VeParam > ::CLASS, < * const f64 as ::other::VeParam > ::CLASS, < * mut f64
    as ::other::VeParam > ::CLASS], < () as ::other::VeRet > ::CLASS)
}
