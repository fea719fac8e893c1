use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so", fortran = true)]
extern "C" {
    fn scale(n: i32, by: f64) -> f64;
}

fn call(ctx: &Context) {
    let _ = scale(ctx, 3, 2.0);
}

fn main() {
    let _ = call;
}
