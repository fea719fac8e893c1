use veo::ve_offload;

#[ve_offload(lib = "libx.so")]
extern "C" {
    #[link_name = "dgemm_"]
    fn gemm(n: i64);
    #[link_name = "gemm_calls"]
    static gemm: i64;
}

fn main() {}
