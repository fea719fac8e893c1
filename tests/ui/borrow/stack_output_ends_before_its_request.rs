use std::mem::MaybeUninit;
use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn measure(result: &mut MaybeUninit<f64>);
}

fn call(ctx: &Context) -> veo::Result<()> {
    let request = {
        let mut result = MaybeUninit::uninit();
        measure(ctx, &mut result)
    };
    request.wait()
}

fn main() {
    let _ = call;
}
