//! Libraries in a VE process.

use std::collections::BTreeMap;
use std::ffi::CString;
use std::fmt;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex};

use veo_engine::signature::{Class, Record};

use crate::error::{Attempts, Error, Result};
use crate::function::{Found, Function, Name, Signature, TypedFunction};
use crate::inner::ProcInner;
use crate::lock::lock;
use crate::pointer::VePtr;
use crate::process::Proc;
use crate::search;

/// A library that was loaded into a VE process, or the static one of the VE program itself.
///
/// It stays loaded when this handle is dropped: functions of it may be queued. A `Library` is a cheap clone; what is looked up
/// in it is remembered, as long as it is loaded.
///
/// ```no_run
/// let proc = veo::Proc::create(0)?;
/// let library = proc.load_library("./libkernels.so")?;
/// let dot = library.find_function("dot")?.args_type(["long", "double *", "double *"])?.ret_type("double")?;
/// let table = library.get_symbol::<[f64; 10]>("table")?;
/// assert_eq!(library.functions().len() + library.symbols().len(), 2);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone)]
pub struct Library {
    proc: Arc<ProcInner>,
    loaded: Arc<Loaded>,
}

/// What all handles of a library share, also those that are made later.
#[derive(Debug)]
pub(crate) struct Loaded {
    handle: u64,
    path: Option<PathBuf>,
    /// What was looked up, by its name.
    functions: Mutex<BTreeMap<String, Arc<Found>>>,
    symbols: Mutex<BTreeMap<String, u64>>,
    unloaded: AtomicBool,
}

impl Loaded {
    /// The library with handle 0.
    pub(crate) fn of_veorun() -> Arc<Self> {
        Self::new(0, None)
    }

    fn new(handle: u64, path: Option<PathBuf>) -> Arc<Self> {
        Arc::new(Self {
            handle,
            path,
            functions: Mutex::default(),
            symbols: Mutex::default(),
            unloaded: AtomicBool::new(false),
        })
    }

    pub(crate) fn handle(&self) -> u64 {
        self.handle
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Its name, for messages.
    pub(crate) fn name(&self) -> String {
        self.path.as_ref().map_or_else(|| "veorun itself".into(), |path| path.display().to_string())
    }

    /// What was looked up in it is not to be used any more.
    pub(crate) fn note_unload(&self) {
        self.unloaded.store(true, Release);
    }

    pub(crate) fn is_unloaded(&self) -> bool {
        self.unloaded.load(Acquire)
    }
}

impl Library {
    pub(crate) fn load(proc: &Proc, path: &Path) -> Result<Self> {
        let failed = |reason: String| Error::Library {
            library: path.display().to_string(),
            symbol: None,
            attempts: Attempts(vec![(path.to_path_buf(), reason)]),
            help: None,
        };
        if path.as_os_str().is_empty() {
            return Err(failed("the path is empty; `Proc::static_library` is the VE program itself".into()));
        }
        let (bytes, limit) = (path.as_os_str().len(), veo_sys::VEO_SYMNAME_LEN_MAX);
        if bytes > limit {
            return Err(failed(format!("a path of {bytes} bytes; libveo takes at most {limit}")));
        }
        let c_path = CString::new(path.as_os_str().as_bytes()).map_err(|_| failed("a path with a zero byte".into()))?;
        let _entered = proc.0.enter(|| format!("loading {}", path.display()))?;
        let handle = proc.0.api.load_library(proc.0.handle, &c_path);
        if handle == 0 {
            let words = search::loader_words(proc.0.api, proc.0.handle);
            let reason = words.or_else(|| proc.0.api.report(proc.0.handle)).or_else(|| proc.0.api.last_error());
            return Err(failed(reason.unwrap_or_else(|| "the VE process cannot load it".into())));
        }
        let loaded = Loaded::new(handle, Some(path.to_path_buf()));
        Ok(Self { proc: Arc::clone(&proc.0), loaded: proc.0.note_library(loaded) })
    }

    pub(crate) fn of(proc: &Arc<ProcInner>, loaded: Arc<Loaded>) -> Self {
        Self { proc: Arc::clone(proc), loaded }
    }

    fn name(&self) -> String {
        self.loaded.name()
    }

    pub(crate) fn parts(&self) -> (Arc<ProcInner>, Arc<Loaded>) {
        (Arc::clone(&self.proc), Arc::clone(&self.loaded))
    }

    /// Why it cannot be used any more, if that is so.
    pub(crate) fn unloaded(&self) -> Option<String> {
        self.loaded
            .is_unloaded()
            .then(|| format!("{} was unloaded; load it again, and look up there what it has", self.name()))
    }

    /// The path it was loaded from; `None` for the static library.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.loaded.path.as_deref()
    }

    /// The process it is loaded in.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.proc))
    }

    /// The VE address of a symbol, a function or a variable of type `T`; [`global`](Self::global) is the typed form for
    /// variables. Wraps `veo_get_sym`.
    ///
    /// # Errors
    /// There is no such symbol, or the library was unloaded.
    pub fn get_symbol<T>(&self, name: &str) -> Result<VePtr<T>> {
        self.check_loaded(name)?;
        let known = lock(&self.loaded.symbols).get(name).copied();
        let address = known.map_or_else(|| self.look_up(name), Ok)?;
        if known.is_none() {
            lock(&self.loaded.symbols).insert(name.to_owned(), address);
        }
        Ok(VePtr::from_addr(address))
    }

    fn look_up(&self, name: &str) -> Result<u64> {
        let failed = |reason: String| Error::Symbol { symbol: name.to_owned(), library: self.name(), reason };
        let limit = veo_sys::VEO_SYMNAME_LEN_MAX;
        if name.len() > limit {
            return Err(failed(format!("a name of {} bytes; libveo takes at most {limit}", name.len())));
        }
        if name.contains('\0') {
            return Err(failed("a name with a zero byte".into()));
        }
        let _entered = self.proc.enter(|| format!("looking up `{name}`"))?;
        let (api, proc) = (self.proc.api, self.proc.handle);
        match api.get_sym(proc, self.loaded.handle, name) {
            0 => {
                let words = search::loader_words(api, proc).or_else(|| api.report(proc));
                Err(failed(words.unwrap_or_else(|| "the loader does not know it; check its name".into())))
            }
            address => Ok(address),
        }
    }

    fn check_loaded(&self, name: &str) -> Result<()> {
        let failed = |reason| Error::Symbol { symbol: name.to_owned(), library: self.name(), reason };
        self.unloaded().map(failed).map_or(Ok(()), Err)
    }

    fn find(&self, name: &str) -> Result<Arc<Found>> {
        self.check_loaded(name)?;
        if let Some(found) = lock(&self.loaded.functions).get(name) {
            return Ok(Arc::clone(found));
        }
        let address = self.look_up(name)?;
        let found = Arc::new(Found::new(name, self.name(), address));
        Ok(Arc::clone(lock(&self.loaded.functions).entry(name.to_owned()).or_insert(found)))
    }

    /// A function of the library, whose types are named at run time. Wraps `veo_get_sym`, once for each name.
    ///
    /// # Errors
    /// There is no such symbol, or the library was unloaded.
    pub fn find_function(&self, name: &str) -> Result<Function> {
        Ok(Function::new(self.clone(), self.find(name)?))
    }

    /// A function of the library with types from the source, such as `fn(i32, f64) -> f64`. Wraps `veo_get_sym`, once for each
    /// name.
    ///
    /// # Errors
    /// There is no such symbol, it is declared elsewhere with other types, or the library was unloaded.
    pub fn function<S: Signature>(&self, name: &str) -> Result<TypedFunction<S>> {
        TypedFunction::new(self.clone(), self.find(name)?)
    }

    /// Looks up what was looked up in the same library of another process, and takes over the types of its functions.
    pub(crate) fn look_up_again(&self, there: &Loaded) -> Result<()> {
        let functions: Vec<_> = lock(&there.functions).values().cloned().collect();
        for function in functions {
            self.find(&function.name.symbol)?.take_types(&function);
        }
        let symbols: Vec<_> = lock(&there.symbols).keys().cloned().collect();
        symbols.iter().try_for_each(|name| self.get_symbol::<u8>(name).map(drop))
    }

    /// The functions that were looked up, by name.
    #[must_use]
    pub fn functions(&self) -> Vec<Function> {
        let found: Vec<_> = lock(&self.loaded.functions).values().cloned().collect();
        found.into_iter().map(|found| Function::new(self.clone(), found)).collect()
    }

    /// A function that was looked up before.
    pub(crate) fn known_function(&self, name: &str) -> Option<Function> {
        let found = lock(&self.loaded.functions).get(name).cloned()?;
        Some(Function::new(self.clone(), found))
    }

    /// The symbols that [`get_symbol`](Self::get_symbol) has looked up, by name, with their addresses.
    #[must_use]
    pub fn symbols(&self) -> Vec<(String, VePtr<u8>)> {
        let symbols = lock(&self.loaded.symbols);
        symbols.iter().map(|(name, &address)| (name.clone(), VePtr::from_addr(address))).collect()
    }

    /// Tells the worker the types of a function.
    pub(crate) fn declare(&self, name: &Name, address: u64, params: &[Class], ret: Class) -> Result<()> {
        let _entered = self.proc.enter(|| format!("declaring the types of `{}`", name.symbol))?;
        let ProcInner { api, handle, .. } = *self.proc;
        let record = Record { library: self.loaded.handle, name: &name.symbol, ret, params };
        self.proc.table.declare(api, handle, address, &record)
    }

    /// Unloads it. Wraps `veo_unload_library`. A library that was loaded twice needs two unloads.
    ///
    /// After the last one, what was looked up in it gives errors. Functions that are queued already must have returned:
    /// wait for them, or [`sync`](crate::Context::sync) their context. Declared functions are not touched, since the process has loaded
    /// their library for itself.
    ///
    /// # Errors
    /// It is the static library, was unloaded before, or the process has ended.
    pub fn unload(self) -> Result<()> {
        let refused = |reason: &str| Error::Refused { operation: format!("unloading {self:?}"), reason: reason.into() };
        if self.loaded.handle == 0 {
            return Err(refused("the static library is part of the VE program"));
        }
        let _entered = self.proc.enter(|| format!("unloading {self:?}"))?;
        // Declared functions need it, too: a load that was not asked for here is not undone.
        if !self.proc.forget_library(&self.loaded) {
            return Err(refused("it is not loaded any more"));
        }
        match self.proc.api.unload_library(self.proc.handle, self.loaded.handle) {
            0 => Ok(()),
            _ => Err(refused(
                &self
                    .proc
                    .api
                    .report(self.proc.handle)
                    .unwrap_or_else(|| "the VE process does not unload it, or has ended".into()),
            )),
        }
    }
}

impl fmt::Debug for Library {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Library").field(&self.name()).finish()
    }
}
