use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static mut mark: char;
}

fn run(proc: &Proc) -> veo::Result<()> {
    mark(proc)?.set('x')?;
    Ok(())
}

fn main() {
    let _ = run;
}
