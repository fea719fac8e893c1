use veo::{Context, VeBuffer};

fn call(ctx: &Context, buffer: &VeBuffer<f64>) {
    let mut back = [0.0; 3];
    ctx.scope(|s| {
        s.read(buffer, &mut back);
        println!("{back:?}");
    });
}

fn main() {
    let _ = call;
}
