use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale(by: f64);
    #[link_name = "scale"]
    fn scale_by_two(by: f64);
}

fn call(ctx: &Context) {
    scale(ctx, 2.0);
    scale_by_two(ctx, 2.0);
}

fn main() {
    let _ = call;
}
