use veo::{Context, ve_offload};

type Flag = bool;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn is_sorted(n: i32) -> Flag;
}

fn call(ctx: &Context) {
    let _ = is_sorted(ctx, 1);
}

fn main() {
    let _ = call;
}
