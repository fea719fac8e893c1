use veo::{Proc, ve_offload};

type Row = *const f64;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static rows: [Row; 3];
}

fn run(proc: &Proc) -> veo::Result<()> {
    println!("{:?}", rows(proc)?.elements()?.to_vec()?);
    Ok(())
}

fn main() {
    let _ = run;
}
