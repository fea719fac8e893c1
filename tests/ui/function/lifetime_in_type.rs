use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale(x: &'static [f64]);
}

fn call(ctx: &Context) {
    scale(ctx, &[1.0][..]);
}

fn main() {
    let _ = call;
}
