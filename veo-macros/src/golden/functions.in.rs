#[ve_offload(lib = ["libquad.so.2", "libquad.so"])]
extern "C" {
    fn integrate(f: Option<extern "C" fn(x: f64) -> f64>, from: f64, to: f64) -> f64;
    fn each(n: usize, x: *mut i32, f: Option<unsafe extern "C" fn(*mut i32, usize)>);
}
