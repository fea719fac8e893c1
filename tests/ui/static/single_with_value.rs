use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
static limit: f64 = 3.0;

fn run(proc: &Proc) -> veo::Result<()> {
    let value = limit(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
