use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn print(letter: char);
}

fn call(ctx: &Context) {
    print(ctx, 'a');
}

fn main() {
    let _ = call;
}
