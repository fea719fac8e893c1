use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static weights: &'static [f64; 10];
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = weights(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
