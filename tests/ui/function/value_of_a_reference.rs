use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so", fortran)]
extern "C" {
    fn scale(#[value] by: &f64);
}

fn call(ctx: &Context) {
    scale(ctx, &2.0);
}

fn main() {
    let _ = call;
}
