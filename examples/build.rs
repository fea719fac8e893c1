//! Compiles the kernels of all examples into `libkernels.so`.

fn main() {
    veo_build::Kernels::new("kernels")
        .file("kernels/blas.c")
        .file("kernels/standardize.c")
        .file("kernels/integrate.c")
        .file("kernels/summary.c")
        .file("kernels/table.c")
        .file("kernels/bootstrap.c")
        .library("m")
        .compile_or_exit();
}
