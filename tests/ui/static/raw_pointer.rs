use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static mut rows: *mut f64;
}

fn run(proc: &Proc) -> veo::Result<()> {
    rows(proc)?.set(core::ptr::null_mut())?;
    Ok(())
}

fn main() {
    let _ = run;
}
