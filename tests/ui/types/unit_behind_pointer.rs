use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn reset(handle: *mut ());
}

fn call(ctx: &Context) {
    reset(ctx, std::ptr::null::<u8>());
}

fn main() {
    let _ = call;
}
