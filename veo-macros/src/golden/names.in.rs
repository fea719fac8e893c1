#[ve_offload(lib = "libf.so", link_prefix = "lib_", link_suffix = "_", crate = crate::bindings::veo)]
unsafe extern "C" {
    #[link_name = "DGEMM"]
    #[cfg(feature = "blas")]
    #[deprecated = "use gemm"]
    pub safe fn dgemm(M: c_int, _: c_int, r#type: u8, arg1: i32, ctx: *const *const f64) -> *mut f64;
    unsafe fn reset(handle: *mut c_void);
}
