//! What ran when: transfers and kernels of two contexts overlap, and a timeline shows it.
//!
//! π by adding up the height of the unit circle at many points, block by block. While a kernel works on one block, the next
//! one is on its way.

use std::f64::consts::PI;
use std::path::PathBuf;

use veo::{Proc, Request, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// Σ √(1 − x²)
    fn circle_heights(n: usize, x: *const f64) -> f64;
}

const BLOCK: usize = 1 << 19;
const BLOCKS: usize = 8;

fn main() -> veo::Result<()> {
    let file = std::env::args_os().nth(1).map_or_else(|| std::env::temp_dir().join("timeline.json"), PathBuf::from);
    let proc = Proc::create(0)?;
    let lanes = [proc.open_context()?, proc.open_context()?];
    let blocks: Vec<_> = (0..BLOCKS).map(points).collect();
    let mut buffers = [proc.zeroed::<f64>(BLOCK)?, proc.zeroed::<f64>(BLOCK)?];

    let timeline = veo::timeline::start(&file)?;
    let mut sums = Vec::new();
    for (index, block) in blocks.into_iter().enumerate() {
        let (ctx, buffer) = (&lanes[index % 2], &mut buffers[index % 2]);
        // Not waited for: the queue keeps the order, and the vector until it is written.
        ctx.write(&mut *buffer, block);
        sums.push(circle_heights(ctx, BLOCK, &*buffer));
    }
    let sum = sums.into_iter().map(Request::wait).sum::<veo::Result<f64>>()?;
    timeline.finish()?;

    let pi = 4.0 * sum / (BLOCK * BLOCKS) as f64;
    println!("π ≈ {pi:.5}");
    assert!((pi - PI).abs() < 1e-4);
    println!("{} can be opened in https://ui.perfetto.dev or chrome://tracing", file.display());
    println!("`cargo xtask timeline {}` makes a picture of it", file.display());
    Ok(())
}

/// The points of one block: multiples of the golden ratio, modulo one, cover the unit interval evenly.
fn points(block: usize) -> Vec<f64> {
    const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;
    (block * BLOCK..(block + 1) * BLOCK).map(|i| (i as f64 * GOLDEN_RATIO).fract()).collect()
}
