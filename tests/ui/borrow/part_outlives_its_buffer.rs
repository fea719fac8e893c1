use veo::Proc;

fn call(proc: &Proc) -> veo::Result<Vec<f64>> {
    let part = {
        let buffer = proc.zeroed::<f64>(10)?;
        buffer.slice(2..4)
    };
    part.to_vec()
}

fn main() {
    let _ = call;
}
