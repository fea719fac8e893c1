use veo::ve_kernel;

#[ve_kernel]
extern "C" fn twice<T: Into<i32>>(x: T) -> i32 {
    2 * x.into()
}

fn main() {
    let _ = twice(1);
}
