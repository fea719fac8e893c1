use veo::{Context, ve_offload};

use std::ffi::c_void;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn reset(x: i32) -> c_void;
}

fn call(ctx: &Context) {
    reset(ctx, 1);
}

fn main() {
    let _ = call;
}
