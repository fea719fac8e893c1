use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn table(i: i32) -> f64;
    #[link_name = "table"]
    static weights: [f64; 10];
}

fn run(proc: &Proc) -> veo::Result<()> {
    let value = weights(proc)?.get()?;
    println!("{value:?}");
    let ctx = proc.open_context()?;
    println!("{}", table(&ctx, 1).wait()?);
    Ok(())
}

fn main() {
    let _ = run;
}
