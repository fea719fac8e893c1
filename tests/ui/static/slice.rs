use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static weights: [f64];
}

fn run(proc: &Proc) -> veo::Result<()> {
    let weights = weights(proc)?.elements()?.to_vec()?;
    println!("{weights:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
