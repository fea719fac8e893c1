use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn first<T>(x: T, flag: bool) -> f64;
    async fn second(self, text: &str);
    fn third(x: [f64; 3], ...) -> &f64;
    fn right(n: i32) -> f64;
}

fn call(ctx: &Context) {
    let _ = first(ctx, 1, true);
    second(ctx, "text");
    third(ctx, [0.0; 3]);
    let _ = right(ctx, 3);
}

fn main() {
    let _ = call;
}
