//! A kernel that crashes takes its own process with it, and nothing else.

use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn set_table(values: *const f64);
    fn lookup(i: usize) -> f64;
}

fn main() -> veo::Result<()> {
    let values = [1.0, 4.0, 9.0];
    let healthy = Proc::create(0)?;
    let healthy_ctx = healthy.open_context()?;
    let healthy_values = healthy.upload(&values)?;
    set_table(&healthy_ctx, &healthy_values);

    // A mistake: this process has no table yet, so `lookup` reads through a null pointer.
    let broken = Proc::create(0)?;
    let broken_ctx = broken.open_context()?;
    match lookup(&broken_ctx, 2).wait() {
        Ok(value) => panic!("a null pointer led to {value}"),
        Err(error) => println!("the kernel failed: {error}"),
    }
    // All later calls in that process fail, too, and say why.
    let error = lookup(&broken_ctx, 2).wait().expect_err("the process is gone");
    println!("so does the next call: {error}");

    // The other process never noticed,
    assert_eq!(lookup(&healthy_ctx, 2).wait()?, 9.0);

    // and a new one starts afresh.
    let fresh = Proc::create(0)?;
    let fresh_ctx = fresh.open_context()?;
    let fresh_values = fresh.upload(&values)?;
    set_table(&fresh_ctx, &fresh_values);
    assert_eq!(lookup(&fresh_ctx, 1).wait()?, 4.0);
    println!("a new process works");
    Ok(())
}
