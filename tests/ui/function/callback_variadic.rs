use veo::{Context, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn apply(f: Option<unsafe extern "C" fn(*const u8, ...) -> i32>);
}

fn call(ctx: &Context) {
    apply(ctx, None);
}

fn main() {
    let _ = call;
}
