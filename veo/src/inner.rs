//! What all handles of a VE process share.

use std::env;
use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use crate::api::{Api, ProcHandle};
use crate::builder::ProcBuilder;
use crate::context::ContextInner;
use crate::copy::CLibrary;
use crate::creator;
use crate::declaration::Declaration;
use crate::end;
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::launch;
use crate::library::Loaded;
use crate::limit::Limit;
use crate::lock::lock;
use crate::observe;
use crate::queue::Queue;
use crate::registry::Table;
use crate::uses::SharedUses;
use crate::verify;
use crate::visit::{Visit, Visits};
use crate::watch;
use crate::what;

/// What all handles of a process share.
pub(crate) struct ProcInner {
    pub(crate) api: Api,
    pub(crate) handle: ProcHandle,
    pub(crate) engine: Engine,
    /// As it was set up, but for the engine.
    setup: ProcBuilder,
    /// The working directory at its start.
    pub(crate) started_in: Option<PathBuf>,
    pub(crate) table: Table,
    pub(crate) libraries: Libraries,
    /// Of variables of libraries.
    pub(crate) variables: SharedUses,
    pub(crate) c_library: CLibrary,
    /// The main context's queue: opened with the process, so that there is always one to queue frees on.
    pub(crate) main: Arc<Queue>,
    pub(crate) contexts: Mutex<Contexts>,
    /// Uses of handles by threads that do not hold the process.
    visits: Arc<Visits>,
    pub(crate) destroyed: Mutex<bool>,
}

/// The libraries of a process.
pub(crate) struct Libraries {
    /// Linked into the VE program.
    pub(crate) of_veorun: Arc<Loaded>,
    /// In the order in which they were loaded, each with how often it was.
    pub(crate) loaded: Mutex<Vec<(Arc<Loaded>, usize)>>,
}

#[derive(Default)]
pub(crate) struct Contexts {
    /// Whether the main context was given out: the first that is opened.
    pub(crate) main_is_open: bool,
    /// Those after it, by index less one. An index is never given to another context, since buffers note it.
    pub(crate) further: Vec<Further>,
}

/// A context after the main one.
pub(crate) struct Further {
    /// Gone with the last handle of the context.
    pub(crate) context: Weak<ContextInner>,
    /// Gone when its requests have finished.
    pub(crate) queue: Weak<Queue>,
}

impl ProcInner {
    /// Starts a process, in which nothing is declared yet.
    pub(crate) fn start(api: Api, engine: Engine, setup: ProcBuilder) -> Result<Self> {
        let (node, deadline) = (setup.node, setup.deadline);
        let started_in = env::current_dir().ok();
        let started = launch::start(api, node, setup.veorun.as_deref());
        let (handle, main) = started.map_err(|reason| Error::Create { node, reason })?;
        let table = Table::new(setup.chosen.clone());
        Ok(Self {
            api,
            handle,
            engine,
            setup,
            started_in,
            libraries: Libraries { of_veorun: Loaded::of_veorun(), loaded: Mutex::default() },
            variables: SharedUses::default(),
            c_library: CLibrary::of(api, handle, &table),
            table,
            main: Queue::new(api, handle, main, 0, deadline).inspect_err(|_| api.proc_destroy(handle))?,
            contexts: Mutex::default(),
            visits: watch::of(handle).map(|watched| Arc::clone(&watched.visits)).unwrap_or_default(),
            destroyed: Mutex::new(false),
        })
    }

    /// Resolves and registers all declarations. Gives the errors of those that must be there.
    pub(crate) fn resolve_all(&self, strict: bool) -> Vec<Error> {
        self.table.resolve_all(self.api, self.handle, strict)
    }

    /// Compares the declarations with the libraries that were loaded for them.
    pub(crate) fn verify(&self) -> Result<()> {
        let worker = launch::other_program(self.api, self.setup.veorun.as_deref());
        let on_host = self.table.is_on_host(self.api, self.handle);
        verify::at_creation(self.setup.verify, || self.table.loaded(), worker.as_deref(), on_host)
    }

    pub(crate) fn id(&self) -> u64 {
        self.handle.id()
    }

    /// What makes a process that is set up like this one.
    pub(crate) fn builder(&self) -> ProcBuilder {
        self.setup.clone().engine(self.engine.clone())
    }

    /// The libraries that [`Proc::load_library`](crate::Proc::load_library) has loaded.
    pub(crate) fn loaded_libraries(&self) -> Vec<Arc<Loaded>> {
        lock(&self.libraries.loaded).iter().map(|(loaded, _)| Arc::clone(loaded)).collect()
    }

    /// Notes a library that was loaded; of one that was loaded before, the first note stays.
    pub(crate) fn note_library(&self, loaded: Arc<Loaded>) -> Arc<Loaded> {
        let mut libraries = lock(&self.libraries.loaded);
        if let Some((known, times)) = libraries.iter_mut().find(|(known, _)| known.handle() == loaded.handle()) {
            *times += 1;
            return Arc::clone(known);
        }
        libraries.push((Arc::clone(&loaded), 1));
        loaded
    }

    /// Notes that a library is to be unloaded once. Says whether it is loaded at all.
    pub(crate) fn forget_library(&self, loaded: &Arc<Loaded>) -> bool {
        let mut libraries = lock(&self.libraries.loaded);
        let Some(index) = libraries.iter().position(|(known, _)| Arc::ptr_eq(known, loaded)) else { return false };
        libraries[index].1 -= 1;
        if libraries[index].1 == 0 {
            loaded.note_unload();
            libraries.remove(index);
        }
        true
    }

    /// The queue of the context with this index, unless the context is closed, and so has finished everything.
    pub(crate) fn queue(&self, index: u16) -> Option<Arc<Queue>> {
        let Some(further) = usize::from(index).checked_sub(1) else { return Some(self.main_queue()) };
        let contexts = lock(&self.contexts);
        contexts.further.get(further)?.queue.upgrade()
    }

    /// The main context's queue.
    pub(crate) fn main_queue(&self) -> Arc<Queue> {
        Arc::clone(&self.main)
    }

    pub(crate) fn no_memory(&self, bytes: usize) -> Error {
        match self.api.report(self.handle) {
            None => Error::OutOfMemory { bytes, node: self.handle.node() },
            report => Error::Ended { function: format!("allocating {bytes} bytes"), library: None, report },
        }
    }

    /// Allocates VE memory.
    pub(crate) fn alloc_within(&self, limit: &Limit, bytes: usize) -> Result<u64> {
        let _entered = self.enter_within(limit, || format!("allocating {bytes} bytes"))?;
        self.api.alloc_mem(self.handle, bytes).ok_or_else(|| self.no_memory(bytes))
    }

    /// The address of a declared function: one load when it is resolved.
    #[inline]
    pub(crate) fn address(&self, declaration: &'static Declaration) -> Result<u64> {
        self.table.known(declaration).map_or_else(|| self.resolve(declaration), Ok)
    }

    #[cold]
    fn resolve(&self, declaration: &'static Declaration) -> Result<u64> {
        let _entered = self.enter(|| format!("looking up `{}`", declaration.symbol()))?;
        self.table.resolve_now(self.api, self.handle, declaration)
    }

    pub(crate) fn read_within(&self, limit: &Limit, to: &mut [u8], from: u64) -> Result<()> {
        let bytes = to.len();
        let _entered = self.enter_within(limit, || format!("reading {bytes} bytes at VE address {from:#x}"))?;
        if self.api.read_mem(self.handle, to, from) { Ok(()) } else { Err(self.bad_transfer("read", from, bytes)) }
    }

    pub(crate) fn write_within(&self, limit: &Limit, to: u64, from: &[u8]) -> Result<()> {
        let _entered = self.enter_within(limit, || format!("writing {} bytes at VE address {to:#x}", from.len()))?;
        if self.api.write_mem(self.handle, to, from) { Ok(()) } else { Err(self.bad_transfer("write", to, from.len())) }
    }

    pub(crate) fn bad_transfer(&self, operation: &'static str, address: u64, bytes: usize) -> Error {
        what::bad_transfer(operation, address, bytes, self.api.report(self.handle))
    }

    /// The queues of all contexts that are not closed.
    pub(crate) fn queues(&self) -> Vec<Arc<Queue>> {
        let contexts = lock(&self.contexts);
        let further = contexts.further.iter().filter_map(|further| further.queue.upgrade());
        std::iter::once(self.main_queue()).chain(further).collect()
    }

    /// Keeps the process from being destroyed under a thread that does not hold it. The embedded engine's handles outlive it.
    pub(crate) fn visit(&self) -> Option<Visit> {
        if self.api.is_host() { None } else { self.visits.enter() }
    }
}

impl Drop for ProcInner {
    fn drop(&mut self) {
        let destroyed = *lock(&self.destroyed);
        if !destroyed {
            observe::ending(self.handle);
        }
        let main = Arc::clone(&self.main);
        if !self.api.is_host() {
            let limit = if destroyed { end::DESTROY_LIMIT } else { end::DROP_LIMIT };
            let visits = Arc::clone(&self.visits);
            return end::release(self, main, visits, limit);
        }
        if destroyed {
            return;
        }
        let (api, handle) = (self.api, self.handle);
        // Memory that requests still use is kept with the queue.
        let destroyed = creator::run_for(end::DROP_LIMIT, move || {
            api.proc_destroy(handle);
            drop(main);
        });
        if !destroyed {
            api.kill(handle);
        }
    }
}

impl fmt::Debug for ProcInner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proc").field("id", &self.id()).field("node", &self.handle.node()).finish_non_exhaustive()
    }
}
