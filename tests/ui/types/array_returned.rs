use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn normal(x: f64) -> [f64; 3];
}

fn call(ctx: &Context) {
    let _ = normal(ctx, 1.0);
}

fn main() {
    let _ = call;
}
