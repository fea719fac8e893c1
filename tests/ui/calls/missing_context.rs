use veo::ve_offload;

#[ve_offload(lib = "libkernels.so")]
extern "C" {
    fn scale(by: f64);
}

fn call() {
    scale(2.0);
}

fn main() {
    let _ = call;
}
