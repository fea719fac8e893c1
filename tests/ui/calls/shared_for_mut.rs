use veo::{Context, VeBuffer, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
    fn count(n: i32, info: &mut [i32]) -> i32;
}

fn call(ctx: &Context, x: &VeBuffer<f64>, y: &VeBuffer<f64>) {
    axpy(ctx, 3, 2.0, x, y);
}

fn main() {
    let _ = call;
}
