use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static limit: Real;
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = limit(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
