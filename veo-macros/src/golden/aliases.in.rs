#[ve_offload(lib = "libmesh.so")]
extern "C" {
    /// Moves a mesh.
    fn shift(mesh: &mut [Point], by: Real, flags: lapack_int) -> Status;
}
