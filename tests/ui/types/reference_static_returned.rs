use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn version(n: i32) -> &'static [u8];
}

fn call(ctx: &Context) {
    let _ = version(ctx, 1);
}

fn main() {
    let _ = call;
}
