//! Replacing a VE process by a new one that is set up alike.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::inner::ProcInner;
use crate::process::Proc;

impl Proc {
    /// Ends this process at once, if it still runs, and starts a new one that is set up alike: on the same node, with the
    /// same engine, VE program and settings; with all declarations; prepared by the init hooks; and with the libraries that
    /// [`load_library`](Self::load_library) has loaded here, once each, in their order. What was looked up in those is looked up again,
    /// and functions have the types that were set here.
    ///
    /// Contexts and memory are not taken over. Everything that belongs to the old process gives errors from now on, whichever
    /// clone it came from; functions of the new one are those of its [`libraries`](Self::libraries), or by
    /// [`get_function`](Self::get_function). Stubs find theirs by the context.
    ///
    /// It works whatever has become of the old process, also after [`destroy`](Self::destroy) by another clone. Each call starts a new
    /// process, also if several threads do it at the same time.
    ///
    /// # Errors
    /// As [`ProcBuilder::create`](crate::ProcBuilder::create); or a library cannot be loaded any more, or has lost a symbol, and the
    /// error names it. The old process has ended all the same.
    ///
    /// ```
    /// # mod kernels {
    /// #     #[veo::ve_kernel]
    /// #     pub extern "C" fn fail() { std::process::abort() }
    /// #     #[veo::ve_kernel]
    /// #     pub extern "C" fn seven() -> i32 { 7 }
    /// # }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn fail(); fn seven() -> i32; }
    /// let mut proc = veo::Proc::create(0)?;
    /// if fail(&proc.open_context()?).wait().is_err() {
    ///     proc = proc.restart()?;
    /// }
    /// assert_eq!(seven(&proc.open_context()?).wait()?, 7);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn restart(&self) -> Result<Self> {
        self.0.api.kill(self.0.handle);
        // The new one may need its memory; how it has ended is known to those who use it.
        let _ = self.clone().destroy();
        let fresh = self.0.builder().create()?;
        if let Err(error) = self.0.load_again(&fresh) {
            // A hook may have kept a clone.
            let _ = fresh.destroy();
            return Err(error);
        }
        tracing::info!(target: "veo::create", old = self.id(), new = fresh.id(), "restarted a VE process");
        Ok(fresh)
    }
}

impl ProcInner {
    /// Loads the libraries of this process into another one, and looks up there what was looked up here.
    fn load_again(&self, fresh: &Proc) -> Result<()> {
        for loaded in self.loaded_libraries() {
            let Some(path) = loaded.path().map(|path| self.path_today(path)) else { continue };
            // A hook may have loaded it.
            let known = fresh.libraries().into_iter().find(|library| library.path() == Some(&path));
            let library = known.map_or_else(|| fresh.load_library(&path), Ok)?;
            library.look_up_again(&loaded)?;
        }
        fresh.static_library().look_up_again(&self.libraries.of_veorun)
    }

    /// A path that was given to this process, for one that starts now: the loader takes it relative to the working directory that
    /// its process had at its start.
    fn path_today(&self, path: &Path) -> PathBuf {
        let is_path = path.components().count() > 1;
        match &self.started_in {
            Some(folder) if is_path && env::current_dir().is_ok_and(|now| now != *folder) => folder.join(path),
            _ => path.to_path_buf(),
        }
    }
}
