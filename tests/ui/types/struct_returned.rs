use veo::{Context, ve_offload};

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn origin(n: i32) -> Point;
}

fn call(ctx: &Context) {
    let _ = origin(ctx, 1);
}

fn main() {
    let _ = call;
}
