use veo::ve_kernel;

#[ve_kernel(lib = static)]
extern "C" fn twice(x: i32) -> i32 {
    2 * x
}

fn main() {
    let _ = twice;
}
