use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn log(format: *const u8, ...);
}

fn call(ctx: &Context) {
    log(ctx, [0_u8].as_ptr());
}

fn main() {
    let _ = call;
}
