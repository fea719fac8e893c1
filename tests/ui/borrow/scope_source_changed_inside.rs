use veo::{Context, VeBuffer};

fn call(ctx: &Context, buffer: &mut VeBuffer<f64>) {
    let mut data = [1.0; 3];
    ctx.scope(|s| {
        s.write(buffer, &data);
        data[0] = 2.0;
    });
}

fn main() {
    let _ = call;
}
