use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static is_ready: bool;
}

fn run(proc: &Proc) -> veo::Result<()> {
    assert!(is_ready(proc)?.get()?);
    Ok(())
}

fn main() {
    let _ = run;
}
