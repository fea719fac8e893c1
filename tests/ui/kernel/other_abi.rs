use veo::ve_kernel;

#[ve_kernel]
extern "system" fn twice(x: i32) -> i32 {
    2 * x
}

fn main() {
    let _ = twice;
}
