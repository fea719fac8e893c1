#[ve_offload(lib = "libmesh.so")]
extern "C" {
    /// Moves a mesh.
    fn shift(mesh: &mut [Point], near: *const Point, by: Real, flags: lapack_int) -> Status;
}
