use veo::ve_offload;

#[ve_offload(lib = "libkernels.so")]
struct Kernels;

fn main() {
    let _ = Kernels;
}
