use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn table(n: i32) -> &f64;
}

fn call(ctx: &Context) {
    let _ = table(ctx, 3);
}

fn main() {
    let _ = call;
}
