use veo::ve_kernel;

#[ve_kernel]
static LIMIT: f64 = 3.0;

fn main() {
    println!("{LIMIT}");
}
