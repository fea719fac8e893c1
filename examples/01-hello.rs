//! Declare kernels, create a process, call them, get typed results.

use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// y ← a·x + y
    fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
    fn dot(n: usize, x: *const f64, y: *const f64) -> f64;
}

fn main() -> veo::Result<()> {
    let proc = Proc::create(0)?; // VE node 0: every declaration above is resolved and registered here
    let ctx = proc.open_context()?;
    let x = proc.upload(&[1.0, 2.0, 3.0])?; // VeBuffer<f64>, freed when dropped
    let mut y = proc.zeroed::<f64>(3)?;
    axpy(&ctx, 3, 2.0, &x, &mut y); // queued; contexts run their queue in order
    let d: f64 = dot(&ctx, 3, &x, &y).wait()?; // or `.await?`
    assert_eq!(d, 28.0);
    Ok(())
}
