//! Loads, resolves, declares and calls. It knows nothing of how requests arrive.

use std::collections::HashMap;
use std::ffi::{CStr, CString};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use super::dwarf::Signatures;
use super::trampoline::{self, Plan, Setters};
use super::{helpers, statics};
use crate::signature::{self, Class};

/// What the whole worker shares.
#[derive(Debug, Default)]
pub(crate) struct Executor {
    /// Signatures by the function's address, with the library that it was declared in.
    plans: RwLock<HashMap<u64, (u64, Arc<Plan>)>>,
    /// What debug information says of functions that were called and that nobody declared.
    undeclared: Mutex<Undeclared>,
    /// How often each library was loaded: it goes with the last unload.
    loads: Mutex<HashMap<u64, u32>>,
    /// Counts changes of `plans`, so that threads notice that their caches are old.
    generation: AtomicU64,
    /// What the loader last had to complain about.
    last_error: Mutex<String>,
}

#[derive(Debug, Default)]
struct Undeclared {
    signatures: Signatures,
    /// By the function's address; `None` where there is no telling.
    plans: HashMap<u64, Option<Arc<Plan>>>,
}

/// The worker's executor.
pub(crate) fn get() -> &'static Executor {
    static EXECUTOR: OnceLock<Executor> = OnceLock::new();
    EXECUTOR.get_or_init(|| {
        let executor = Executor::default();
        for symbol in statics::all() {
            if let Some(ret) = symbol.ret() {
                executor.declare(0, symbol.address(), ret, symbol.params());
            }
        }
        executor
    })
}

impl Executor {
    /// `dlopen`: 0 when it failed; then [`last_error`](Self::last_error) says why.
    pub(crate) fn load(&self, path: &CStr) -> u64 {
        // SAFETY: loading runs the library's initialisers: that is what the caller asked for, and this process exists for.
        let open = || unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL) };
        let mut handle = open();
        if handle.is_null() {
            self.note_loader_error();
            if helpers::supplied_after(&self.last_error()) {
                handle = open();
            }
            if handle.is_null() {
                self.note_loader_error();
                return 0;
            }
        }
        *self.loads.lock().unwrap_or_else(PoisonError::into_inner).entry(handle as u64).or_default() += 1;
        handle as u64
    }

    /// `dlclose`, and its result.
    pub(crate) fn unload(&self, library: u64) -> i32 {
        if !self.knows(library) {
            return -1;
        }
        let handle = std::ptr::with_exposed_provenance_mut(library as usize);
        // SAFETY: the loader gave us this handle, and it has not been unloaded as often as it was loaded.
        let result = unsafe { libc::dlclose(handle) };
        if result != 0 {
            self.note_loader_error();
            return -1;
        }
        let mut loads = self.loads.lock().unwrap_or_else(PoisonError::into_inner);
        let left = loads.get_mut(&library).map_or(0, |count| {
            *count = count.saturating_sub(1);
            *count
        });
        if left == 0 {
            loads.remove(&library);
            // Other functions may come to stand at these addresses.
            let mut plans = self.plans.write().unwrap_or_else(PoisonError::into_inner);
            plans.retain(|_, (owner, _)| *owner != library);
            drop(plans);
            *self.undeclared.lock().unwrap_or_else(PoisonError::into_inner) = Undeclared::default();
            self.generation.fetch_add(1, Release);
        }
        0
    }

    /// The address of a symbol, or 0. A static symbol of veorun goes before one of a library, as in AVEO; handle 0 means
    /// static symbols only.
    pub(crate) fn resolve(&self, library: u64, name: &CStr) -> u64 {
        if let Some(address) = statics::find(name) {
            return address;
        }
        if library == 0 {
            self.note(format!("no static symbol {name:?} in veorun"));
            return 0;
        }
        if !self.knows(library) {
            return 0;
        }
        let handle = std::ptr::with_exposed_provenance_mut(library as usize);
        // SAFETY: the loader gave us this handle, and it has not been unloaded as often as it was loaded.
        let address = unsafe { libc::dlsym(handle, name.as_ptr()) };
        if address.is_null() {
            self.note_loader_error();
        }
        address as u64
    }

    /// Whether a library with this handle is loaded. The loader itself would crash on a wrong one.
    fn knows(&self, library: u64) -> bool {
        let known = self.loads.lock().unwrap_or_else(PoisonError::into_inner).contains_key(&library);
        if !known {
            self.note(format!("{library:#x} is no handle of a library that is loaded"));
        }
        known
    }

    fn declare(&self, library: u64, address: u64, ret: Class, params: &[Class]) {
        let plan = Arc::new(Plan::new(ret, params));
        self.plans.write().unwrap_or_else(PoisonError::into_inner).insert(address, (library, plan));
        self.generation.fetch_add(1, Release);
    }

    /// Resolves a batch of records and declares the functions among them; writes each one's address, or 0, in order. Says how
    /// many were found.
    pub(crate) fn declare_batch(&self, mut batch: &[u8], addresses: &mut [u64]) -> usize {
        let mut found = 0;
        let mut declared = Vec::new();
        for slot in addresses {
            let Some(record) = signature::decode(&mut batch) else {
                break;
            };
            *slot = CString::new(record.name).map_or(0, |name| self.resolve(record.library, &name));
            found += usize::from(*slot != 0);
            if *slot != 0 && !record.is_variable {
                let plan = Arc::new(Plan::new(record.ret, &record.params));
                declared.push((*slot, (record.library, plan)));
            }
        }
        self.plans.write().unwrap_or_else(PoisonError::into_inner).extend(declared);
        self.generation.fetch_add(1, Release);
        found
    }

    /// How to call a function, if it was declared or debug information says it.
    fn plan(&self, function: u64) -> Option<Arc<Plan>> {
        if let Some((_, plan)) = self.plans.read().unwrap_or_else(PoisonError::into_inner).get(&function) {
            return Some(Arc::clone(plan));
        }
        let mut undeclared = self.undeclared.lock().unwrap_or_else(PoisonError::into_inner);
        let Undeclared { signatures, plans } = &mut *undeclared;
        let found = plans.entry(function).or_insert_with(|| {
            let signature = signatures.find(function)?;
            Some(Arc::new(Plan::new(signature.ret, &signature.params)))
        });
        found.clone()
    }

    /// How many parameters a function has, if that is known.
    pub(crate) fn parameters(&self, plans: &mut PlanCache, function: u64) -> Option<usize> {
        plans.find(self, function).map(Plan::parameters)
    }

    /// Calls a function: by its declared signature, else by its debug information, else as its arguments were set.
    #[inline]
    pub(crate) fn call(&self, plans: &mut PlanCache, function: u64, words: &[u64], setters: Setters<'_>) -> u64 {
        match plans.find(self, function) {
            // SAFETY: as on a VE, the caller vouches for the address; a wrong one ends this process at worst, and the
            // process is the boundary that protects the host.
            Some(plan) => unsafe { plan.call(function, words) },
            // SAFETY: as above.
            None => unsafe { trampoline::call_undeclared(function, words, setters) },
        }
    }

    fn note_loader_error(&self) {
        // SAFETY: returns a NUL-terminated string or null; it is thread-local and copied before the next loader call.
        let text = unsafe { libc::dlerror() };
        if !text.is_null() {
            // SAFETY: as above.
            let text = unsafe { CStr::from_ptr(text) };
            self.note(text.to_string_lossy().into_owned());
        }
    }

    fn note(&self, text: String) {
        *self.last_error.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    /// What the loader said about the last load or look-up that failed.
    pub(crate) fn last_error(&self) -> String {
        self.last_error.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Entries of a thread's cache: a power of two.
const CACHED: usize = 64;

/// A thread's own copy of the signatures that it used last, so that a call takes no lock.
#[derive(Debug, Default)]
pub(crate) struct PlanCache {
    generation: u64,
    entries: Vec<(u64, Option<Arc<Plan>>)>,
}

impl PlanCache {
    fn find(&mut self, executor: &Executor, function: u64) -> Option<&Plan> {
        let generation = executor.generation.load(Acquire);
        if self.generation != generation || self.entries.is_empty() {
            self.generation = generation;
            self.entries = vec![(0, None); CACHED];
        }
        let entry = &mut self.entries[(function >> 4) as usize % CACHED];
        if entry.0 != function {
            *entry = (function, executor.plan(function));
        }
        entry.1.as_deref()
    }
}
