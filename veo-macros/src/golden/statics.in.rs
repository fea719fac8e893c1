#[ve_offload(lib = "libkernels.so", link_prefix = "k_")]
unsafe extern "C" {
    /// Weights of the stencil.
    pub safe static TABLE: [f64; 10];
    static mut counter: i32;
    #[cfg(unix)]
    #[deprecated]
    #[link_name = "ORIGIN"]
    pub(crate) unsafe static origin: Point;
    static rows: [VePtr<f64>; 2];
    fn step(n: usize, x: *mut f64);
}
