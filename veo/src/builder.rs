//! Setting up VE processes.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::hooks;
use crate::inner::ProcInner;
use crate::observe;
use crate::process::Proc;
use crate::registry;
use crate::timeline;
use crate::verify::Verify;

/// Sets up a [`Proc`].
#[derive(Clone, Debug, Default)]
#[must_use = "nothing happens before `create`"]
pub struct ProcBuilder {
    pub(crate) node: i32,
    pub(crate) engine: Option<Engine>,
    pub(crate) veorun: Option<PathBuf>,
    pub(crate) strict: bool,
    pub(crate) verify: Option<Verify>,
    pub(crate) expected: Vec<String>,
    pub(crate) chosen: Vec<(String, PathBuf)>,
    pub(crate) deadline: Option<Duration>,
}

impl ProcBuilder {
    /// The VE node: 0, 1, …; -1 leaves the choice to `VE_NODE_NUMBER` and the scheduler. Default: 0.
    pub fn node(mut self, node: i32) -> Self {
        self.node = node;
        self
    }

    /// The engine. Default: [`Engine::choose`].
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = Some(engine);
        self
    }

    /// The VE program, with static libraries of one's own: a path, or a command line that libveo splits at spaces.
    /// Default: `VEORUN_BIN`, else the engine's own.
    pub fn veorun(mut self, command_line: impl AsRef<Path>) -> Self {
        self.veorun = Some(command_line.as_ref().to_path_buf());
        self
    }

    /// Whether creation fails if any declared function is missing, with a list of all that are. Default: no; calling a
    /// missing function then gives the error.
    pub fn strict(mut self, strict: bool) -> Self {
        self.strict = strict;
        self
    }

    /// What becomes of declarations that do not match what was compiled, as far as debug information tells:
    /// see [`verify`](crate::verify). Default: [`Verify::Warn`] in debug builds, of structs by their size alone, so that nobody has to
    /// wait for it; [`Verify::Off`] in others.
    pub fn verify(mut self, verify: Verify) -> Self {
        self.verify = Some(verify);
        self
    }

    /// Has creation fail if the program declares nothing of this library, by the name that declarations give it. May be called
    /// for several.
    ///
    /// The linker drops the declarations of a crate that only `Cargo.toml` names; `use my_kernels as _;` keeps them.
    ///
    /// ```
    /// let error = veo::Proc::builder().expect_library("libmy_kernels.so").create().unwrap_err();
    /// assert!(error.to_string().contains("as _;"), "{error}");
    /// ```
    pub fn expect_library(mut self, name: impl Into<String>) -> Self {
        self.expected.push(name.into());
        self
    }

    /// The library to load where declarations name `name`, alone or among others. May be called for several.
    ///
    /// A program chooses so among libraries of one interface, such as those with a BLAS, for each of its processes.
    pub fn library(mut self, name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        self.chosen.push((name.into(), path.into()));
        self
    }

    /// The most that a blocking call may take in this process: waiting for a request (`.await` is counted from the first
    /// poll), a transfer, an allocation, a look-up, [`Context::sync`](crate::Context::sync), and a submission that must wait for
    /// another context. When that is over, it gives [`Error::Deadline`], and what was queued goes on. Default: none.
    ///
    /// [`Request::wait_timeout`](crate::Request::wait_timeout) and
    /// [`Context::sync_timeout`](crate::Context::sync_timeout) have the limit that they are given.
    /// [`Context::scope`](crate::Context::scope) cannot return before its transfers have finished: there the process is killed.
    /// Creating a process is not limited by this, and of [`Proc::destroy`](crate::Proc::destroy) the time that it gives to
    /// requests is.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn spin_on() { loop { std::thread::yield_now() } } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn spin_on(); }
    /// use std::time::Duration;
    ///
    /// let proc = veo::Proc::builder().deadline(Duration::from_millis(200)).create()?;
    /// let error = spin_on(&proc.open_context()?).wait().unwrap_err();
    /// assert!(matches!(error, veo::Error::Deadline { .. }));
    /// proc.kill()?; // nothing else ends it
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Starts the process, registers all declarations in it, and has the [init hooks](crate::add_proc_init_hook) prepare it.
    /// Wraps `veo_proc_create`, or `veo_proc_create_static` with [`veorun`](Self::veorun).
    ///
    /// # Errors
    /// The engine cannot be used, there is no such node, the VE program does not start, a declaration that must be
    /// there is missing, nothing is declared of a library that is expected, or a hook has failed.
    pub fn create(self) -> Result<Proc> {
        let _span = observe::create(self.node);
        timeline::start_from_environment()?;
        if let Some(library) = self.expected.iter().find(|name| !registry::declares(name)) {
            return Err(Error::Undeclared { library: library.clone() });
        }
        let by_program = self.engine.is_some();
        let engine = self.engine.clone().map_or_else(Engine::choose, Ok)?;
        let api = engine.load(by_program)?;
        let strict = self.strict;
        let inner = ProcInner::start(api, engine, self)?;
        observe::created(inner.handle, &inner.engine);
        let missing = inner.resolve_all(strict);
        if !missing.is_empty() {
            return Err(Error::Missing(missing));
        }
        inner.verify()?;
        let proc = Proc(Arc::new(inner));
        match hooks::run(&proc) {
            Ok(()) => Ok(proc),
            Err(error) => {
                // Not only dropped: a hook may have kept a clone.
                let _ = proc.destroy();
                Err(error)
            }
        }
    }
}
