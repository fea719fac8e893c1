use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn reset(x: ());
}

fn call(ctx: &Context) {
    reset(ctx, ());
}

fn main() {
    let _ = call;
}
