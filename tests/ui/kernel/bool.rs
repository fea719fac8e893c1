use veo::ve_kernel;

#[ve_kernel]
extern "C" fn twice(x: i32, really: bool) -> i32 {
    if really { 2 * x } else { x }
}

fn main() {
    let _ = twice;
}
