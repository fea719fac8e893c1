//! Libraries in a VE process.

use std::ffi::CString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::buffer::VePtr;
use crate::error::{Attempts, Error, Result};
use crate::process::{Proc, ProcInner};
use crate::search;

/// A library that was loaded into a VE process, or the static one of the VE program itself.
///
/// It stays loaded when this handle is dropped: functions of it may be queued.
#[derive(Clone)]
pub struct Library {
    proc: Arc<ProcInner>,
    handle: u64,
    path: Option<PathBuf>,
}

impl Library {
    pub(crate) fn load(proc: &Proc, path: &Path) -> Result<Self> {
        let failed = |reason: String| Error::Library {
            library: path.display().to_string(),
            symbol: None,
            attempts: Attempts(vec![(path.to_path_buf(), reason)]),
        };
        if path.as_os_str().is_empty() {
            return Err(failed("the path is empty; `Proc::static_library` is the VE program itself".into()));
        }
        let (bytes, limit) = (path.as_os_str().len(), veo_sys::VEO_SYMNAME_LEN_MAX);
        if bytes > limit {
            return Err(failed(format!("a path of {bytes} bytes; libveo takes at most {limit}")));
        }
        let c_path = CString::new(path.as_os_str().as_bytes()).map_err(|_| failed("a path with a zero byte".into()))?;
        let handle = proc.0.api.load_library(proc.0.handle, &c_path);
        if handle == 0 {
            let words = search::loader_words(proc.0.api, proc.0.handle);
            let reason = words.or_else(|| proc.0.api.report(proc.0.handle)).or_else(|| proc.0.api.last_error());
            return Err(failed(reason.unwrap_or_else(|| "the VE process cannot load it".into())));
        }
        Ok(Self { proc: Arc::clone(&proc.0), handle, path: Some(path.to_path_buf()) })
    }

    pub(crate) fn of_veorun(proc: &Proc) -> Self {
        Self { proc: Arc::clone(&proc.0), handle: 0, path: None }
    }

    /// The path it was loaded from; `None` for the static library.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The process it is loaded in.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.proc))
    }

    /// The VE address of a symbol, a function or a variable of type `T`. Wraps `veo_get_sym`.
    ///
    /// # Errors
    /// There is no such symbol.
    pub fn get_symbol<T>(&self, name: &str) -> Result<VePtr<T>> {
        let failed = |reason: String| Error::Symbol {
            symbol: name.to_owned(),
            library: self.path.as_ref().map_or_else(|| "veorun itself".into(), |path| path.display().to_string()),
            reason,
        };
        let limit = veo_sys::VEO_SYMNAME_LEN_MAX;
        if name.len() > limit {
            return Err(failed(format!("a name of {} bytes; libveo takes at most {limit}", name.len())));
        }
        if name.contains('\0') {
            return Err(failed("a name with a zero byte".into()));
        }
        let (api, proc) = (self.proc.api, self.proc.handle);
        match api.get_sym(proc, self.handle, name) {
            0 => {
                let words = search::loader_words(api, proc).or_else(|| api.report(proc));
                Err(failed(words.unwrap_or_else(|| "the loader does not know it; check its name".into())))
            }
            address => Ok(VePtr::from_addr(address)),
        }
    }

    /// Unloads it. Wraps `veo_unload_library`. A library that was loaded twice needs two unloads.
    ///
    /// # Errors
    /// It is the static library, was unloaded before, or the process has ended.
    pub fn unload(self) -> Result<()> {
        let refused = |reason: &str| Error::Refused { operation: format!("unloading {self:?}"), reason: reason.into() };
        if self.handle == 0 {
            return Err(refused("the static library is part of the VE program"));
        }
        match self.proc.api.unload_library(self.proc.handle, self.handle) {
            0 => Ok(()),
            _ => Err(refused("it is not loaded any more, or the VE process has ended")),
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.as_deref().unwrap_or(Path::new("veorun itself"));
        f.debug_tuple("Library").field(&path).finish()
    }
}
