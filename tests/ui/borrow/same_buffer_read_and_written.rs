use veo::{Context, VeBuffer, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
}

fn call(ctx: &Context, y: &mut VeBuffer<f64>) {
    axpy(ctx, 3, 2.0, &*y, &mut *y);
}

fn main() {
    let _ = call;
}
