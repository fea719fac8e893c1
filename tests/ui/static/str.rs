use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static version: &'static str;
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = version(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
