use veo::{Context, VeBuffer, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn swap(n: usize, x: *mut f64, y: *mut f64);
}

fn call(ctx: &Context, buffer: &mut VeBuffer<f64>) {
    swap(ctx, 5, buffer.slice_mut(..5), buffer.slice_mut(5..));
}

fn main() {
    let _ = call;
}
