use veo::{Context, ve_offload};

type Vector = [f64; 3];

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn norm(x: Vector) -> f64;
}

fn call(ctx: &Context) {
    let _ = norm(ctx, [1.0; 3]);
}

fn main() {
    let _ = call;
}
