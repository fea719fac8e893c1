use veo::{Context, VeBuffer};

fn call(ctx: &Context, buffer: &mut VeBuffer<f64>) -> veo::Result<()> {
    let mut data = vec![1.0; 100];
    let request = ctx.write(buffer, data);
    data[0] = 2.0;
    request.wait().map(drop)
}

fn main() {
    let _ = call;
}
