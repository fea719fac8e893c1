use veo::ve_kernel;

#[ve_kernel]
async extern "C" fn twice(x: i32) -> i32 {
    2 * x
}

fn main() {
    drop(twice(1));
}
