#[allow(clippy::unnecessary_wraps)]
/// Loads what every process needs.
#[cfg(feature = "blas")]
#[allow(unused)]
pub(crate) fn load_blas(proc: &veo::Proc) -> veo::Result<()> {
    proc.load_library("libblas.so").map(drop)
}
#[cfg(feature = "blas")]
::veo::__private::inventory::submit! {
    ::veo::__private::InitHook::new(::veo::__private::Site { rust_name : "load_blas",
    module : ::core::module_path!(), file : ::core::file!(), line : ::core::line!(), }, |
    proc : & ::veo::Proc | -> ::veo::Result < () > { load_blas(proc) })
}
