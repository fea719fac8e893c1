use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn count(flags: *const bool) -> i32;
}

fn call(ctx: &Context) {
    let _ = count(ctx, [true].as_ptr());
}

fn main() {
    let _ = call;
}
