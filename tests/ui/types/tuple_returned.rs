use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn polar(x: f64, y: f64) -> (f64, f64);
}

fn call(ctx: &Context) {
    let _ = polar(ctx, 1.0, 2.0);
}

fn main() {
    let _ = call;
}
