use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static is_ready: bool;
    static mut rows: *mut f64 = 0;
    static right: i32;
    fn sort(descending: bool);
}

fn run(proc: &Proc) -> veo::Result<()> {
    let rows = rows(proc)?.get()?;
    println!("{} {rows:?} {}", is_ready(proc)?.get()?, right(proc)?.get()?);
    let ctx = proc.open_context()?;
    sort(&ctx, true);
    Ok(())
}

fn main() {
    let _ = run;
}
