#[ve_offload(lib = "libkernels.so")]
extern "C" {
    #[cfg(unix)]
    pub static mut flags: [bool; 4];
    #[inline]
    static limit: f64;
}
