use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale<T>(x: *const T, by: T) -> T;
}

fn call(ctx: &Context) {
    let _ = scale(ctx, [1.0].as_ptr(), 2.0);
}

fn main() {
    let _ = call;
}
