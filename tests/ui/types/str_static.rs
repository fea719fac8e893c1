use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn print(text: &'static str) -> i32;
}

fn call(ctx: &Context) {
    let _ = print(ctx, "text");
}

fn main() {
    let _ = call;
}
