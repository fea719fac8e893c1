//! Double buffering: the host fills one buffer while a kernel works on the other, and two contexts run at the same time.
//!
//! π by adding up the height of the unit circle at many points, which the host makes and sends block by block.

use std::f64::consts::PI;
use std::time::Instant;

use veo::{Proc, Request, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// Σ √(1 − x²)
    fn circle_heights(n: usize, x: *const f64) -> f64;
}

const BLOCK: usize = 1 << 18;
const BLOCKS: usize = 64;

fn main() -> veo::Result<()> {
    let proc = Proc::create(0)?;
    for contexts in [1, 2] {
        let start = Instant::now();
        let pi = pipeline(&proc, contexts)?;
        println!("{contexts} context(s): π ≈ {pi:.7} after {:.0?}", start.elapsed());
        assert!((pi - PI).abs() < 1e-6);
    }
    Ok(())
}

fn pipeline(proc: &Proc, contexts: usize) -> veo::Result<f64> {
    let contexts = (0..contexts).map(|_| proc.open_context()).collect::<veo::Result<Vec<_>>>()?;
    let mut buffers = contexts.iter().map(|_| proc.alloc::<f64>(BLOCK)).collect::<veo::Result<Vec<_>>>()?;
    let mut requests = Vec::new();
    for block in 0..BLOCKS {
        let lane = block % contexts.len();
        // `write` waits for the call that still reads this buffer, not for the one in the other lane.
        buffers[lane].write(&points(block))?;
        requests.push(circle_heights(&contexts[lane], BLOCK, &buffers[lane]));
    }
    let sum = requests.into_iter().map(Request::wait).sum::<veo::Result<f64>>()?;
    Ok(4.0 * sum / (BLOCK * BLOCKS) as f64)
}

/// The points of one block: multiples of the golden ratio, modulo one, cover the unit interval evenly.
fn points(block: usize) -> Vec<f64> {
    const GOLDEN_RATIO: f64 = 1.618_033_988_749_895;
    (block * BLOCK..(block + 1) * BLOCK).map(|i| (i as f64 * GOLDEN_RATIO).fract()).collect()
}
