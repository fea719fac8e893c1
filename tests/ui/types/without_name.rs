use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale(f64) -> f64;
}

fn call(ctx: &Context) {
    let _ = scale(ctx, 2.0);
}

fn main() {
    let _ = call;
}
