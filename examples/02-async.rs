//! A call is a future: await it in whatever executor the program has.

use futures::executor::block_on;
use futures::future::try_join_all;
use veo::{Proc, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scal(n: usize, a: f64, x: *mut f64);
    fn dot(n: usize, x: *const f64, y: *const f64) -> f64;
    fn nrm2(n: usize, x: *const f64) -> f64;
}

fn main() -> veo::Result<()> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    let mut x = proc.upload(&[3.0, 4.0])?;
    let y = proc.upload(&[2.0, 1.0])?;

    block_on(async {
        // One after the other: each line waits for its result, and the thread is free meanwhile.
        let length = nrm2(&ctx, 2, &x).await?;
        println!("|x| = {length}");
        scal(&ctx, 2, 1.0 / length, &mut x).await?;

        // All at once: three calls are queued before the first is awaited.
        let (xx, xy, yy) = futures::try_join!(dot(&ctx, 2, &x, &x), dot(&ctx, 2, &x, &y), dot(&ctx, 2, &y, &y))?;
        println!("x·x = {xx:.1}, x·y = {xy:.1}, y·y = {yy:.1}");
        assert!((xx - 1.0).abs() < 1e-15 && (xy - 2.0).abs() < 1e-15 && yy == 5.0);

        // As many as there are.
        let norms = try_join_all((1..=2).map(|n| nrm2(&ctx, n, &y))).await?;
        println!("|y| by its first components: {norms:.3?}");
        assert_eq!(norms, [2.0, f64::sqrt(5.0)]);
        Ok(())
    })
}
