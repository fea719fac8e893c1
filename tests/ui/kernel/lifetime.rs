use veo::ve_kernel;

#[ve_kernel]
extern "C" fn twice<'a>(x: &'a i32) -> i32 {
    2 * *x
}

fn main() {
    let _ = twice(&1);
}
