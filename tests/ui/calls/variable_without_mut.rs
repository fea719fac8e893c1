use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static limit: f64;
}

fn run(proc: &Proc) -> veo::Result<()> {
    limit(proc)?.set(3.0)?;
    Ok(())
}

fn main() {
    let _ = run;
}
