use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    #[link_section = ".data"]
    static mut weights: [f64; 10];
}

fn run(proc: &Proc) -> veo::Result<()> {
    weights(proc)?.set([0.0; 10])?;
    Ok(())
}

fn main() {
    let _ = run;
}
