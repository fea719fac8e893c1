#[ve_offload(lib = ["libm_ve.so.2", "libm_ve.so"], lazy)]
pub fn cbrt(x: f64) -> f64;
