use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn sort(descending: bool);
}

fn call(ctx: &Context) {
    sort(ctx, true);
}

fn main() {
    let _ = call;
}
