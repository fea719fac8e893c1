#[ve_offload(lib = ["libm_ve.so.2", "libm_ve.so"], lazy, help = "install libm_ve")]
pub fn cbrt(x: f64) -> f64;
