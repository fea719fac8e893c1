use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn print(text: *const char);
}

fn call(ctx: &Context) {
    print(ctx, std::ptr::null::<u8>());
}

fn main() {
    let _ = call;
}
