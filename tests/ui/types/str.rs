use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn print(text: &str);
}

fn call(ctx: &Context) {
    print(ctx, "text");
}

fn main() {
    let _ = call;
}
