use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn is_sorted(x: *const f64) -> bool;
}

fn call(ctx: &Context) {
    let _ = is_sorted(ctx, [1.0].as_ptr());
}

fn main() {
    let _ = call;
}
