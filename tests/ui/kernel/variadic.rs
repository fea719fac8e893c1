use veo::ve_kernel;

#[ve_kernel]
unsafe extern "C" fn twice(x: i32, _: ...) -> i32 {
    2 * x
}

fn main() {
    let _ = twice;
}
