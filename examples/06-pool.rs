//! All VE nodes at once: a pool has a process on each, gives work to the one with the least to do, and goes on when one dies.
//!
//! How far can the mean of a sample be from that of all people? The bootstrap draws from the sample again and again,
//! and looks at how much the means of the draws differ. Each process draws some.

use std::thread;

use veo::{ProcPool, ve_offload};

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// The means of so many draws from `x`.
    fn bootstrap_means(n: usize, x: &[f64], seed: u64, draws: usize, means: &mut [f64]);
    fn lookup(i: usize) -> f64;
}

const JOBS: u64 = 16;
const DRAWS: usize = 1000;

fn main() -> veo::Result<()> {
    // Two processes on each node, so that there is something to see where one node is.
    let nodes = veo::nodes()?;
    let pool = ProcPool::builder().nodes(nodes.iter().flat_map(|node| [node.id; 2])).create()?;
    println!("{} processes on {} node(s)", pool.members().len(), nodes.len());

    let sample = progression();
    let means = bootstrap(&pool, &sample)?;
    let (low, high) = (means[means.len() / 40], means[means.len() - means.len() / 40]);
    println!("mean progression of diabetes in {} patients: {:.1}", sample.len(), mean(&sample));
    println!("95 % of {} draws have a mean between {low:.1} and {high:.1}", means.len());
    assert!((low - 145.0).abs() < 1.0 && (high - 159.3).abs() < 1.0);

    // A mistake: no table was set, so `lookup` reads through a null pointer. That costs one process.
    let error = pool.run(|ctx| lookup(ctx, 2).wait()).expect_err("there is no table");
    println!("a process has died: {error}");
    assert_eq!(bootstrap(&pool, &sample)?, means, "the others do its work");

    println!("{} process was restarted", pool.restart_dead()?);
    assert_eq!(bootstrap(&pool, &sample)?, means);
    Ok(())
}

/// The means of all draws, in their order.
fn bootstrap(pool: &ProcPool, sample: &[f64]) -> veo::Result<Vec<f64>> {
    // It can be done anew: should a process die of something else meanwhile, another one does it.
    let draw = |seed| {
        pool.retry(3, |ctx| {
            let mut means = vec![0.0; DRAWS];
            bootstrap_means(ctx, sample.len(), sample, seed, DRAWS, &mut means).wait()?;
            Ok(means)
        })
    };
    let jobs: Vec<_> = thread::scope(|scope| {
        let threads: Vec<_> = (0..JOBS).map(|seed| scope.spawn(move || draw(seed))).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect::<veo::Result<_>>()
    })?;
    let mut means = jobs.concat();
    means.sort_by(f64::total_cmp);
    Ok(means)
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// The last column of the data, a measure of how the disease has progressed within a year.
fn progression() -> Vec<f64> {
    let lines = include_str!("regression/diabetes.csv").lines().skip(1);
    lines.filter_map(|line| line.rsplit(',').next()?.trim().parse().ok()).collect()
}
