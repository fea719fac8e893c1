use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn norm(x: &&f64) -> f64;
}

fn call(ctx: &Context) {
    let _ = norm(ctx, &&1.0);
}

fn main() {
    let _ = call;
}
