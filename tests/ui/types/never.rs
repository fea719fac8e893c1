use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn run(n: i32) -> !;
}

fn call(ctx: &Context) {
    run(ctx, 3);
}

fn main() {
    let _ = call;
}
