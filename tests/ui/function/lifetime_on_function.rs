use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale<'a>(x: &'a mut [f64]);
}

fn call(ctx: &Context) {
    let mut x = [1.0];
    scale(ctx, &mut x[..]);
}

fn main() {
    let _ = call;
}
