use veo::{Context, ve_offload};

#[derive(Clone, Copy)]
struct Point {
    x: f64,
    y: f64,
}

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn norm(of: &Point) -> f64;
}

fn call(ctx: &Context) {
    let point = Point { x: 1.0, y: 2.0 };
    let _ = norm(ctx, &point);
}

fn main() {
    let _ = call;
}
