use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn apply(f: extern "C" fn(f64) -> f64);
}

fn call(ctx: &Context) {
    apply(ctx, f64::sqrt);
}

fn main() {
    let _ = call;
}
