use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn add(x: i128);
}

fn call(ctx: &Context) {
    add(ctx, 1);
}

fn main() {
    let _ = call;
}
