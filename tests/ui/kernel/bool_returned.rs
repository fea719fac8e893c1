use veo::ve_kernel;

#[ve_kernel]
extern "C" fn is_even(x: i32) -> bool {
    x % 2 == 0
}

fn main() {
    let _ = is_even;
}
