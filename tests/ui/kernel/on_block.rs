use veo::ve_kernel;

#[ve_kernel]
extern "C" {
    fn twice(x: i32) -> i32;
}

fn main() {}
