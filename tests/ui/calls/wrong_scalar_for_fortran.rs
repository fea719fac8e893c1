use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so", fortran)]
extern "C" {
    fn scale(n: i32, by: f64);
}

fn call(ctx: &Context) {
    scale(ctx, 3, 2.0_f32);
}

fn main() {
    let _ = call;
}
