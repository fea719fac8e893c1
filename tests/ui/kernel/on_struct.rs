use veo::ve_kernel;

#[ve_kernel]
struct Twice;

fn main() {
    let _ = Twice;
}
