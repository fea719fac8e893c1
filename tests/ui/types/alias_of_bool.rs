use veo::{Context, ve_offload};

type Flag = bool;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn sort(descending: Flag);
}

fn call(ctx: &Context) {
    sort(ctx, true);
}

fn main() {
    let _ = call;
}
