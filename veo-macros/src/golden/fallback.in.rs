#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn right(x: i32) -> i32;
    #[cfg(unix)]
    pub fn wrong(flag: bool, n: usize) -> f64;
    unsafe fn generic<T>(x: T) -> T;
}
