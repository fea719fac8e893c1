use veo::ve_kernel;

#[ve_kernel(name = "")]
extern "C" fn twice(x: i32) -> i32 {
    2 * x
}

fn main() {
    let _ = twice;
}
