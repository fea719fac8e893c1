use veo::{Context, ve_offload};

use std::mem::MaybeUninit;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn norm(x: &[MaybeUninit<f64>]) -> f64;
}

fn call(ctx: &Context) {
    let _ = norm(ctx, &[MaybeUninit::new(1.0)]);
}

fn main() {
    let _ = call;
}
