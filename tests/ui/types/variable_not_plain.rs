use veo::{Proc, ve_offload};

#[derive(Clone, Copy)]
#[repr(C)]
struct Point {
    x: f64,
    y: f64,
}

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    static mut origin: Point;
}

fn run(proc: &Proc) -> veo::Result<()> {
    let mut origin = origin(proc)?;
    let Point { x, y } = origin.get()?;
    println!("{}", x + y);
    origin.set(Point { x: 1.0, y: 2.0 })?;
    Ok(())
}

fn main() {
    let _ = run;
}
