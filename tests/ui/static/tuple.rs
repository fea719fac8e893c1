use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static pair: (i32, f64);
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = pair(proc)?.get()?;
    println!("{value:?}");
    Ok(())
}

fn main() {
    let _ = run;
}
