use veo::{Context, ve_offload};

#[ve_offload(lib = line!())]
extern "C" {
    fn scale(by: f64);
}

fn call(ctx: &Context) {
    scale(ctx, 2.0);
}

fn main() {
    let _ = call;
}
