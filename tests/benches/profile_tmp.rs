use std::time::Instant;
use veo::{Proc, ve_offload};
mod kernels { #[veo::ve_kernel] pub(crate) extern "C" fn bench_empty() {} }
#[ve_offload(lib = static)]
extern "C" { fn bench_empty(); }
fn main() {
    let proc = Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    let mode = std::env::args().nth(1).unwrap();
    let start = Instant::now();
    let n = 5_000_000u64;
    match mode.as_str() {
        "wait" => for _ in 0..n { bench_empty(&ctx).wait().unwrap(); },
        _ => { for _ in 0..n { drop(bench_empty(&ctx)); } ctx.sync().unwrap(); }
    }
    println!("{mode} {:.1} ns", start.elapsed().as_secs_f64()*1e9/n as f64);
}
