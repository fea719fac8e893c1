use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static limit: f64;
}

fn run(ctx: &Context) -> veo::Result<f64> {
    limit(ctx)?.get()
}

fn main() {
    let _ = run;
}
