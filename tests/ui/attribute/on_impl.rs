use veo::ve_offload;

struct Kernels;

#[ve_offload(lib = "libkernels.so")]
impl Kernels {
    fn scale(&self) {}
}

fn main() {
    Kernels.scale();
}
