use std::path::{Path, PathBuf};

/// What [`Kernels::compile`](crate::Kernels::compile) made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    pub(crate) library: PathBuf,
    pub(crate) ve_library: Option<PathBuf>,
}

impl Built {
    /// The library for this host, `libNAME.so`.
    pub fn library(&self) -> &Path {
        &self.library
    }

    /// The library for the Vector Engine, `libNAME.vso`, if NEC's compilers are installed.
    pub fn ve_library(&self) -> Option<&Path> {
        self.ve_library.as_deref()
    }
}
