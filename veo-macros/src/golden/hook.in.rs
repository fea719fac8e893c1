#[proc_init_hook]
/// Loads what every process needs.
#[cfg(feature = "blas")]
#[allow(unused)]
pub(crate) fn load_blas(proc: &veo::Proc) -> veo::Result<()> {
    proc.load_library("libblas.so").map(drop)
}
