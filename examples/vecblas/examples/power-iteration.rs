//! The largest eigenvalue of a symmetric matrix, by power iteration: the matrix and all vectors stay on the VE between the calls, and
//! three numbers come back in each step.
//!
//! ```sh
//! cargo run --release --example power-iteration -- 1000   # the order of the matrix
//! ```

use std::process::ExitCode;

use vecblas::{Layout, Symmetric, Uplo, VeMatrix, axpy, copy, dot, nrm2, scal, symv};
use veo::{Context, Proc};

/// The eigenvalue that is to be found; all others are smaller than 1.
const LARGEST: f64 = 2.0;

/// A step halves the error, or does better.
const STEPS: usize = 100;

fn main() -> ExitCode {
    let n = match std::env::args().nth(1).map(|text| text.parse()) {
        None => 300,
        Some(Ok(n)) if n > 0 => n,
        Some(_) => {
            eprintln!("usage: power-iteration [ORDER]");
            return ExitCode::from(2);
        }
    };
    match run(n) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("power-iteration: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(n: usize) -> Result<(), Box<dyn std::error::Error>> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    let a = VeMatrix::upload(&proc, Layout::RowMajor, n, n, &matrix(n))?;
    let Found { value, steps, residual } = largest_eigenvalue(&ctx, a.view().symmetric(Uplo::Upper), 1e-9)?;
    println!("order {n}: largest eigenvalue {value:.12} after {steps} steps, residual {residual:.1e}; it is {LARGEST}");
    if (value - LARGEST).abs() > 1e-9 {
        return Err("this is not the largest eigenvalue".into());
    }
    Ok(())
}

/// H D H, whose eigenvalues are in the diagonal D: H = I - 2 v vᵀ is a reflection, with |v| = 1.
fn matrix(n: usize) -> Vec<f64> {
    let diagonal = |i: usize| if i == 0 { LARGEST } else { i as f64 / n as f64 };
    let norm = (1..=n).map(|i| 1.0 / i as f64).sum::<f64>().sqrt();
    let v = |i: usize| 1.0 / ((i + 1) as f64).sqrt() / norm;
    let s: f64 = (0..n).map(|i| v(i) * v(i) * diagonal(i)).sum();
    let element = |i: usize, j: usize| {
        let off = v(i) * v(j) * (4.0 * s - 2.0 * (diagonal(i) + diagonal(j)));
        if i == j { diagonal(i) + off } else { off }
    };
    (0..n * n).map(|index| element(index / n, index % n)).collect()
}

struct Found {
    value: f64,
    steps: usize,
    /// |A x - value x|
    residual: f64,
}

/// x ← A x / |A x|, until A x is a multiple of x.
fn largest_eigenvalue(ctx: &Context, a: Symmetric<vecblas::Matrix<'_, f64>>, tolerance: f64) -> veo::Result<Found> {
    let (proc, n) = (ctx.proc(), a.order());
    let mut x = proc.upload(&vec![1.0 / (n as f64).sqrt(); n])?;
    let mut y = proc.zeroed(n)?;
    let mut found = Found { value: 0.0, steps: 0, residual: f64::INFINITY };
    while found.residual > tolerance && found.steps < STEPS {
        // The three are queued at once.
        symv(ctx, 1.0, a, &x, 0.0, &mut y);
        let (value, norm) = (dot(ctx, &x, &y), nrm2(ctx, &y));
        let (value, norm) = (value.wait()?, norm.wait()?);
        // x becomes the residual, and then y / |y|.
        scal(ctx, -value, &mut x);
        axpy(ctx, 1.0, &y, &mut x);
        let residual = nrm2(ctx, &x);
        copy(ctx, &y, &mut x);
        scal(ctx, 1.0 / norm, &mut x);
        found = Found { value, steps: found.steps + 1, residual: residual.wait()? };
    }
    Ok(found)
}
