use veo::{Proc, ve_offload};

type Flag = bool;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static is_ready: Flag;
}

fn run(proc: &Proc) -> veo::Result<()> {
    assert!(is_ready(proc)?.get()?);
    Ok(())
}

fn main() {
    let _ = run;
}
