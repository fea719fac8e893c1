use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static marker: ();
}

fn run(proc: &Proc) -> veo::Result<()> {
    println!("{:?}", marker(proc)?.as_ptr());
    Ok(())
}

fn main() {
    let _ = run;
}
