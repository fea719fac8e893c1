use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
fn scale(by: f64) -> f64 {
    2.0 * by
}

fn call(ctx: &Context) {
    let _ = scale(ctx, 2.0);
}

fn main() {
    let _ = call;
}
