//! Structures travel with the call: in, out, or both ways, on the stack of the kernel. No buffer is needed for them.

use bytemuck::{Pod, Zeroable};
use veo::{OnStack, Proc, ve_offload};

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Range {
    low: f64,
    high: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Pod, Zeroable)]
#[repr(C)]
struct Summary {
    count: usize,
    mean: f64,
    smallest: f64,
    largest: f64,
}

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    /// Describes the values of `x` inside `range`, and adds the number of the others to `skipped`.
    fn summarize(n: usize, x: *const f64, range: &Range, summary: *mut Summary, skipped: &mut usize);
}

fn main() -> veo::Result<()> {
    let proc = Proc::create(0)?;
    let ctx = proc.open_context()?;
    let x = proc.upload(&[3.0, -7.0, 1.0, 1e9, 2.0])?;

    let range = Range { low: 0.0, high: 100.0 }; // &T: a copy goes in
    let mut skipped = 10; //                        &mut T: it goes in, and comes back with `wait`
    let mut summary = Summary::zeroed(); //         a pointer can also be a buffer; `OnStack::output` says it is this
    summarize(&ctx, 5, &x, &range, OnStack::output(&mut summary), &mut skipped).wait()?;

    println!("{summary:?}, {skipped} skipped so far");
    assert_eq!(summary, Summary { count: 3, mean: 2.0, smallest: 1.0, largest: 3.0 });
    assert_eq!(skipped, 12);
    Ok(())
}
