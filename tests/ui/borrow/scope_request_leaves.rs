use veo::{Context, VeBuffer};

fn call(ctx: &Context, buffer: &VeBuffer<f64>) -> veo::Result<()> {
    let mut back = [0.0; 3];
    let request = ctx.scope(|s| s.read(buffer, &mut back));
    request.wait()
}

fn main() {
    let _ = call;
}
