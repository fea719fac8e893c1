use veo::{Proc, ve_offload};
use core::ffi::c_void;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static handle: c_void;
}

fn run(proc: &Proc) -> veo::Result<()> {
    println!("{:?}", handle(proc)?.as_ptr());
    Ok(())
}

fn main() {
    let _ = run;
}
