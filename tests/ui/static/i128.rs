use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static seed: u128;
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = seed(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
