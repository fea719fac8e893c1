use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static mut flags: [bool; 8];
}

fn run(proc: &Proc) -> veo::Result<()> {
    let mut flags = flags(proc)?;
    flags.elements_mut()?.slice_mut(2..3).write(&[true])?;
    let first = flags.elements()?.to_vec()?[0];
    assert!(first);
    Ok(())
}

fn main() {
    let _ = run;
}
