use veo::{Context, VeBuffer, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
    fn count(n: i32, info: &mut [i32]) -> i32;
}

fn call(ctx: &Context, info: &mut VeBuffer<i32>) {
    let _ = count(ctx, 3, info);
}

fn main() {
    let _ = call;
}
