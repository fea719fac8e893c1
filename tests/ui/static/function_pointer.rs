use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static mut handler: Option<extern "C" fn(i32) -> i32>;
}

fn run(proc: &Proc) -> veo::Result<()> {
    handler(proc)?.set(None)?;
    Ok(())
}

fn main() {
    let _ = run;
}
