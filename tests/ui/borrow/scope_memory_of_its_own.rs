use veo::{Context, VeBuffer};

fn call(ctx: &Context, buffer: &VeBuffer<f64>) {
    ctx.scope(|s| {
        let mut back = [0.0; 3];
        s.read(buffer, &mut back);
    });
}

fn main() {
    let _ = call;
}
