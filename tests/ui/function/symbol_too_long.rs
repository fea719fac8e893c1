use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    #[link_name = "very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_very_"]
    fn scale(by: f64);
}

fn call(ctx: &Context) {
    scale(ctx, 2.0);
}

fn main() {
    let _ = call;
}
