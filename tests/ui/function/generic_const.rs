use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale<const N: usize>(x: &[f64; N]);
}

fn call(ctx: &Context) {
    scale(ctx, &[1.0]);
}

fn main() {
    let _ = call;
}
