use veo::{Context, Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static TABLE: [f64; 10];
    fn scale(n: usize, x: *mut f64);
}

fn run(proc: &Proc, ctx: &Context) -> veo::Result<()> {
    let table = TABLE(proc)?;
    scale(ctx, 10, &table);
    Ok(())
}

fn main() {
    let _ = run;
}
