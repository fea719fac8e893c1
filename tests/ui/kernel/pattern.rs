use veo::ve_kernel;

struct Scalar(i32);

#[ve_kernel]
extern "C" fn twice(Scalar(x): Scalar) -> i32 {
    2 * x
}

fn main() {
    let _ = twice(Scalar(1));
}
