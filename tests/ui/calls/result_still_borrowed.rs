use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn count(n: i32, info: &mut [i32]) -> i32;
}

fn call(ctx: &Context) {
    let mut info = [0; 3];
    let request = count(ctx, 3, &mut info[..]);
    assert_eq!(info[0], 0);
    let _ = request.wait();
}

fn main() {
    let _ = call;
}
