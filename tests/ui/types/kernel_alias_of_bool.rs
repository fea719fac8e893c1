use veo::ve_kernel;

type Flag = bool;

#[ve_kernel]
extern "C" fn is_even(x: i32) -> Flag {
    x % 2 == 0
}

fn main() {
    let _ = is_even(2);
}
