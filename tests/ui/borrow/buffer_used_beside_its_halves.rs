use veo::VeBuffer;

fn call(buffer: &mut VeBuffer<f64>) -> veo::Result<()> {
    let (mut left, _right) = buffer.split_at_mut(5);
    buffer.fill(0.0)?;
    left.fill(1.0)
}

fn main() {
    let _ = call;
}
