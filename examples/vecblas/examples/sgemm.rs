//! C = A B in single precision. Blocks of rows of A go to several VE processes, and those of C come back; in each process, the transfers
//! of one block overlap the computation of another, since two contexts take turns.
//!
//! ```sh
//! cargo run --release --example sgemm -- 2000 2000 2000        # rows of A, columns of B, columns of A
//! cargo run --release --example sgemm -- 2000 2000 2000 4 8    # in 4 processes, 8 blocks each
//! VEO_TIMELINE=trace.json cargo run --release --example sgemm  # what overlaps: open the file in a trace viewer
//! ```

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use vecblas::{Matrix, MatrixMut, Transpose, gemm};
use veo::{Context, ProcPool, VeBuffer};

/// Contexts of a process: while one computes, the other one transfers.
const CONTEXTS: usize = 2;

/// So many elements of the result are computed on the host, too.
const SAMPLES: usize = 200;

/// C is `m` × `n`, A is `m` × `k`, B is `k` × `n`.
#[derive(Clone, Copy)]
struct Sizes {
    m: usize,
    n: usize,
    k: usize,
    processes: usize,
    /// Of each process.
    blocks: usize,
}

fn main() -> ExitCode {
    let Some(sizes) = sizes() else {
        eprintln!("usage: sgemm [M [N [K [PROCESSES [BLOCKS]]]]], all positive");
        return ExitCode::from(2);
    };
    match run(sizes) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sgemm: {error}");
            ExitCode::FAILURE
        }
    }
}

fn sizes() -> Option<Sizes> {
    let numbers: Vec<usize> =
        std::env::args().skip(1).map(|text| text.parse().ok().filter(|&n| n > 0)).collect::<Option<_>>()?;
    let number = |index: usize, otherwise| numbers.get(index).copied().unwrap_or(otherwise);
    let m = number(0, 1000);
    let n = number(1, m);
    (numbers.len() <= 5).then(|| Sizes { m, n, k: number(2, n), processes: number(3, 2), blocks: number(4, 4) })
}

fn run(sizes: Sizes) -> Result<(), Box<dyn std::error::Error>> {
    let Sizes { m, n, k, processes, blocks } = sizes;
    let (a, b) = (numbers(1, m * k), numbers(2, k * n));
    let mut c = vec![0.0; m * n];

    let pool = ProcPool::builder().nodes(nodes(processes)?).contexts(CONTEXTS).create()?;
    warm_up(&pool)?;
    let start = Instant::now();
    multiply(&pool, sizes, &a, &b, &mut c)?;
    let seconds = start.elapsed().as_secs_f64();

    let gigaflops = 2.0 * m as f64 * n as f64 * k as f64 / seconds / 1e9;
    println!(
        "{m} x {k} times {k} x {n} in {processes} processes, {blocks} blocks each: {:.1} ms, {gigaflops:.1} GFLOP/s with transfers",
        seconds * 1e3
    );
    let worst = largest_error(sizes, &a, &b, &c);
    println!("{SAMPLES} elements differ from the host's by {worst:.2} of the rounding that is allowed, at most");
    if worst > 1.0 {
        return Err("the result is wrong".into());
    }
    Ok(())
}

/// Processes on all nodes in turn.
fn nodes(processes: usize) -> veo::Result<Vec<i32>> {
    let nodes: Vec<i32> = veo::nodes()?.into_iter().map(|node| node.id).collect();
    Ok(nodes.into_iter().cycle().take(processes).collect())
}

/// The first call in a process, in which its BLAS may start threads. Without a BLAS, the error says what to install.
fn warm_up(pool: &ProcPool) -> veo::Result<()> {
    for member in pool.members() {
        let (ctx, one, mut product) =
            (member.proc.main_context(), member.proc.upload(&[1.0_f32])?, member.proc.zeroed(1)?);
        let one = Matrix::row_major(&one, 1, 1);
        let product = MatrixMut::row_major(&mut product, 1, 1);
        gemm(&ctx, Transpose::None, Transpose::None, 1.0, one, one, 0.0, product).wait()?;
    }
    Ok(())
}

/// B goes to each process once. Then one thread for each context takes the next block, and gives it to the process with the least
/// to do.
fn multiply(pool: &ProcPool, sizes: Sizes, a: &[f32], b: &[f32], c: &mut [f32]) -> veo::Result<()> {
    let Sizes { m, n, k, processes, blocks } = sizes;
    let members = pool.members();
    let of_b = members.iter().map(|member| Ok((member.proc.id(), member.proc.upload(b)?)));
    let of_b: HashMap<u64, VeBuffer<f32>> = of_b.collect::<veo::Result<_>>()?;
    let rows = m.div_ceil(processes * blocks);
    let blocks = Mutex::new(a.chunks(rows * k).zip(c.chunks_mut(rows * n)));
    let work = || {
        loop {
            // Of this statement, nothing is locked any more in the next one.
            let next = blocks.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some((a, c)) = next else { return Ok(()) };
            pool.run(|ctx| block(ctx, sizes, &of_b[&ctx.proc().id()], a, c))?;
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..members.len() * CONTEXTS).map(|_| scope.spawn(work)).collect();
        let join = |thread: thread::ScopedJoinHandle<'_, _>| {
            thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        threads.into_iter().try_for_each(join)
    })
}

/// Some rows: there, multiplied, and back, all in the queue of one context.
fn block(ctx: &Context, Sizes { n, k, .. }: Sizes, b: &VeBuffer<f32>, a: &[f32], c: &mut [f32]) -> veo::Result<()> {
    let rows = a.len() / k;
    let proc = ctx.proc();
    let (mut of_a, mut of_c) = (proc.alloc(a.len())?, proc.alloc(c.len())?);
    ctx.scope(|scope| {
        let sent = scope.write(&mut of_a, a);
        let (left, right) = (Matrix::row_major(&of_a, rows, k), Matrix::row_major(b, k, n));
        let product = MatrixMut::row_major(&mut of_c, rows, n);
        let computed = gemm(ctx, Transpose::None, Transpose::None, 1.0, left, right, 0.0, product);
        let received = scope.read(&of_c, c);
        sent.wait()?;
        computed.wait()?;
        received.wait()
    })
}

/// Numbers in -1 … 1 that are the same in every run.
fn numbers(seed: u64, count: usize) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f32 / (1_u32 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next()).collect()
}

/// The largest error of some elements, as a part of what rounding may come to.
fn largest_error(Sizes { m, n, k, .. }: Sizes, a: &[f32], b: &[f32], c: &[f32]) -> f64 {
    let error = |(i, j): (usize, usize)| {
        let terms = (0..k).map(|l| f64::from(a[i * k + l]) * f64::from(b[l * n + j]));
        let (sum, size) = terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
        (f64::from(c[i * n + j]) - sum).abs() / (size * f64::from(f32::EPSILON) * k as f64)
    };
    let samples = (0..SAMPLES).map(|sample| (sample * 7919 % m, sample * 104_729 % n));
    samples.map(error).fold(0.0, f64::max)
}
