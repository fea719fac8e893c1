use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn print(text: String);
}

fn call(ctx: &Context) {
    print(ctx, String::new());
}

fn main() {
    let _ = call;
}
