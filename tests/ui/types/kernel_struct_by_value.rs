use veo::ve_kernel;

#[derive(Clone, Copy)]
#[repr(C)]
pub struct Point {
    x: f64,
    y: f64,
}

#[ve_kernel]
extern "C" fn norm(of: Point) -> f64 {
    of.x.hypot(of.y)
}

fn main() {
    let _ = norm(Point { x: 3.0, y: 4.0 });
}
