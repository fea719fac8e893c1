#[ve_offload(lib = "libc_types.so")]
extern "C" {
    /// How C types are written in the docs.
    unsafe fn spelled(
        a: *const *mut f64,
        b: *mut *const c_char,
        c: *const [f64; 3],
        d: &[[f32; 4]],
        e: &mut [[f32; 2]; 4],
        f: core::ffi::c_ulong,
        g: *mut libc::FILE,
        h: (&mut MaybeUninit<u8>),
    ) -> *mut [i64; 2];
}
