use veo::{Context, ve_offload};

struct Range;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale((low, high): Range);
}

fn call(ctx: &Context) {
    scale(ctx, Range);
}

fn main() {
    let _ = call;
}
