//! What was declared, in the whole program, and what became of it in each VE process.
//!
//! `#[ve_offload]` gives every stub and getter a static [`Declaration`], and `inventory` collects them. Nothing depends on the
//! collection being complete: each has its own declaration, and one that the collection lacks (a plugin, an item that a
//! linker dropped) is resolved at its first use.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Acquire, Release};
use std::sync::{Mutex, OnceLock};

use veo_engine::signature::{Record, Variable};

use crate::api::{Api, Pack, ProcHandle};
use crate::declaration::{Declaration, Entry, LibrarySpec, Resolve, Site, in_words};
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::observe;
use crate::search;

/// All collected declarations, in an order that does not depend on the linker.
pub(crate) fn all() -> &'static [&'static Declaration] {
    static ALL: OnceLock<Vec<&'static Declaration>> = OnceLock::new();
    ALL.get_or_init(|| {
        let mut all: Vec<_> = inventory::iter::<Entry>.into_iter().flat_map(|entry| entry.0).copied().collect();
        all.sort_by_key(|declaration| {
            let Site { module, file, line, .. } = declaration.site();
            (declaration.library(), declaration.symbol(), module, file, line)
        });
        for (index, declaration) in all.iter().enumerate() {
            declaration.set_index(index);
        }
        all
    })
}

/// Whether anything is declared of a library with this name.
pub(crate) fn declares(library: &str) -> bool {
    all().iter().any(|declaration| match declaration.library() {
        LibrarySpec::Files { names, .. } => names.contains(&library),
        LibrarySpec::Static => false,
    })
}

/// What became of a declaration in one VE process.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum DeclarationState {
    /// It is at this VE address.
    Resolved(u64),
    /// Nobody has asked for it yet.
    Unresolved,
    /// It could not be found.
    Missing(Error),
}

/// One declaration and its state, as [`Proc::declarations`](crate::Proc::declarations) lists them.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeclarationInfo {
    /// The name of the stub, or of the variable's getter, in Rust.
    pub rust_name: &'static str,
    /// The C symbol.
    pub symbol: &'static str,
    /// The library, as it was declared.
    pub library: String,
    /// The signature in C's words, such as `double (uint64_t, double)`; of a variable its type, such as `const double [10]`.
    pub signature: String,
    /// Where it was declared: `file:line`.
    pub declared_at: String,
    /// What became of it.
    pub state: DeclarationState,
}

/// The declarations of one VE process.
#[derive(Debug)]
pub(crate) struct Table {
    /// By index: the address, or 0.
    addresses: Box<[AtomicU64]>,
    resolver: Mutex<Resolver>,
}

#[derive(Debug, Default)]
struct Resolver {
    /// What to load where declarations name these libraries.
    chosen: Vec<(String, PathBuf)>,
    libraries: HashMap<LibrarySpec, Result<Loaded>>,
    /// By the declaration's own address: what was looked up one by one, or failed.
    found: HashMap<usize, Result<u64>>,
    /// The first declaration of each address: others must agree with it.
    declared: HashMap<u64, &'static Declaration>,
    /// `veorun_declare`, if this veorun has it: looked up once.
    declare: Option<u64>,
}

#[derive(Clone, Debug)]
struct Loaded {
    handle: u64,
    path: String,
}

impl Table {
    /// With what to load where declarations name certain libraries.
    pub(crate) fn new(chosen: Vec<(String, PathBuf)>) -> Self {
        let resolver = Mutex::new(Resolver { chosen, ..Resolver::default() });
        Self { addresses: all().iter().map(|_| AtomicU64::new(0)).collect(), resolver }
    }

    /// The address of what was declared, if it is resolved.
    #[inline]
    pub(crate) fn known(&self, declaration: &'static Declaration) -> Option<u64> {
        let address = self.addresses.get(declaration.index()?)?.load(Acquire);
        (address != 0).then_some(address)
    }

    #[cold]
    pub(crate) fn resolve_now(&self, api: Api, proc: ProcHandle, declaration: &'static Declaration) -> Result<u64> {
        let mut resolver = lock(&self.resolver);
        if let Some(known) = resolver.found.get(&declaration.key()) {
            return known.clone();
        }
        resolver.resolve(api, proc, &[declaration]);
        let result = resolver.found.get(&declaration.key()).cloned();
        drop(resolver);
        let result = result.unwrap_or_else(|| Err(not_found(declaration, "veorun itself", "it was not looked up")));
        match &result {
            Ok(address) => self.publish(declaration, *address),
            // It may have shown that another one is wrong, too.
            Err(Error::Conflict { .. }) => self.withdraw(),
            Err(_) => {}
        }
        result
    }

    /// Tells the worker the types of a function that was looked up at run time.
    pub(crate) fn declare(&self, api: Api, proc: ProcHandle, address: u64, record: &Record<'_>) -> Result<()> {
        let mut resolver = lock(&self.resolver);
        if let Some(stub) = resolver.declared.get(&address)
            && stub.classes().is_none_or(|stub| stub != (record.params.to_vec(), record.ret))
        {
            return Err(Error::Conflict {
                symbol: record.name.to_owned(),
                first: stub.place(),
                second: format!("{} when it was looked up", in_words(record.ret, record.params)),
            });
        }
        let refused = |reason: &str| Error::Refused {
            operation: format!("declaring the types of `{}`", record.name),
            reason: reason.into(),
        };
        // A veorun without this function is on a card, which needs no types.
        let Some(function) = resolver.declare_function(api, proc) else { return Ok(()) };
        let mut batch = Vec::new();
        if !record.encode(&mut batch) {
            return Err(refused("its name is longer than 65535 bytes"));
        }
        let addresses = declare(api, proc, function, &batch, 1);
        match addresses.as_deref() {
            Some([found]) if *found == address => Ok(()),
            Some(_) => Err(refused("its library is not loaded any more")),
            None => Err(refused(&api.report(proc).unwrap_or_else(|| "the VE process has ended".into()))),
        }
    }

    /// Takes back the addresses of declarations that turned out to be wrong.
    fn withdraw(&self) {
        let resolver = lock(&self.resolver);
        for declaration in all() {
            if matches!(resolver.found.get(&declaration.key()), Some(Err(_))) {
                self.publish(declaration, 0);
            }
        }
    }

    fn publish(&self, declaration: &Declaration, address: u64) {
        if let Some(slot) = declaration.index().and_then(|index| self.addresses.get(index)) {
            slot.store(address, Release);
        }
    }

    /// Resolves and declares every collected declaration that is not lazy, one batch for all. Gives the errors of those
    /// that must be there.
    pub(crate) fn resolve_all(&self, api: Api, proc: ProcHandle, strict: bool) -> Vec<Error> {
        let wanted: Vec<_> = all().iter().copied().filter(|d| d.when() != Resolve::AtFirstCall).collect();
        let _span = observe::resolve_all(proc, wanted.len());
        let mut resolver = lock(&self.resolver);
        resolver.resolve(api, proc, &wanted);
        let mut missing = Vec::new();
        for declaration in wanted {
            match resolver.found.get(&declaration.key()) {
                Some(Ok(address)) => self.publish(declaration, *address),
                Some(Err(error)) if strict || declaration.when() == Resolve::Required => missing.push(error.clone()),
                Some(Err(error)) => {
                    tracing::debug!(target: "veo::resolve", symbol = declaration.symbol(), %error, "declared, but not found");
                }
                None => {}
            }
        }
        missing
    }

    /// The libraries of declarations that are loaded, with their paths.
    pub(crate) fn loaded(&self) -> Vec<(LibrarySpec, PathBuf)> {
        let resolver = lock(&self.resolver);
        let loaded = resolver.libraries.iter();
        loaded.filter_map(|(spec, loaded)| Some((*spec, PathBuf::from(&loaded.as_ref().ok()?.path)))).collect()
    }

    /// Whether the veorun is on this host, not on a card.
    pub(crate) fn is_on_host(&self, api: Api, proc: ProcHandle) -> bool {
        lock(&self.resolver).declare_function(api, proc).is_some()
    }

    pub(crate) fn list(&self) -> Vec<DeclarationInfo> {
        let resolver = lock(&self.resolver);
        all()
            .iter()
            .map(|declaration| DeclarationInfo {
                rust_name: declaration.site().rust_name,
                symbol: declaration.symbol(),
                library: declaration.library().to_string(),
                signature: declaration.signature(),
                declared_at: format!("{}:{}", declaration.site().file, declaration.site().line),
                state: match resolver.found.get(&declaration.key()) {
                    Some(Ok(address)) => DeclarationState::Resolved(*address),
                    Some(Err(error)) => DeclarationState::Missing(error.clone()),
                    None => DeclarationState::Unresolved,
                },
            })
            .collect()
    }
}

impl Resolver {
    /// Looks the declarations up and notes each one's result.
    fn resolve(&mut self, api: Api, proc: ProcHandle, wanted: &[&'static Declaration]) {
        let mut loaded = Vec::with_capacity(wanted.len());
        for &declaration in wanted {
            match self.library(api, proc, declaration) {
                Ok(library) => loaded.push((declaration, library)),
                Err(error) => {
                    self.found.insert(declaration.key(), Err(error));
                }
            }
        }
        if loaded.is_empty() {
            return;
        }
        let addresses = self.declare(api, proc, &loaded);
        for (index, (declaration, library)) in loaded.into_iter().enumerate() {
            let address = match &addresses {
                Some(addresses) => addresses[index],
                None => api.get_sym(proc, library.handle, declaration.symbol()),
            };
            let result = if address != 0 {
                self.agree(address, declaration).map(|()| address)
            } else {
                let words = missing_symbol_words(api, proc, library.handle, declaration.symbol());
                Err(not_found(declaration, &library.path, &words))
            };
            self.found.insert(declaration.key(), result);
        }
    }

    /// Whether a declaration says what the first one of the same symbol does. If not, neither can be used: the worker knows
    /// one signature for an address.
    fn agree(&mut self, address: u64, declaration: &'static Declaration) -> Result<()> {
        let first = *self.declared.entry(address).or_insert(declaration);
        if first.agrees_with(declaration) {
            return Ok(());
        }
        let (symbol, first_place, second) = (declaration.symbol().to_owned(), first.place(), declaration.place());
        let conflict = Error::Conflict { symbol, first: first_place, second };
        self.found.insert(first.key(), Err(conflict.clone()));
        Err(conflict)
    }

    fn library(&mut self, api: Api, proc: ProcHandle, declaration: &'static Declaration) -> Result<Loaded> {
        let LibrarySpec::Files { names, dir } = declaration.library() else {
            return Ok(Loaded { handle: 0, path: "veorun itself".into() });
        };
        let on_host = self.declare_function(api, proc).is_some();
        let chosen = self.chosen.iter().find(|(name, _)| names.contains(&name.as_str()));
        let library = self.libraries.entry(declaration.library()).or_insert_with(|| {
            let paths = match chosen {
                Some((_, path)) => vec![path.clone()],
                None => search::candidates(names, dir, on_host),
            };
            search::load(api, proc, paths)
                .map(|(handle, path)| Loaded { handle, path: path.display().to_string() })
                .map_err(|attempts| {
                    let library = declaration.library().to_string();
                    Error::Library { library, symbol: None, attempts, help: None }
                })
        });
        library.clone().map_err(|error| match error {
            Error::Library { library, attempts, .. } => {
                Error::Library { library, symbol: Some(declaration.symbol()), attempts, help: declaration.help() }
            }
            other => other,
        })
    }

    /// `veorun_declare`, which a veorun on the host has and one on a card has not.
    fn declare_function(&mut self, api: Api, proc: ProcHandle) -> Option<u64> {
        let declare = *self.declare.get_or_insert_with(|| api.get_sym(proc, 0, "veorun_declare"));
        (declare != 0).then_some(declare)
    }

    /// Sends all names and signatures in one batch, and gets the addresses back. `None` on a veorun that does not know about it.
    fn declare(
        &mut self,
        api: Api,
        proc: ProcHandle,
        declarations: &[(&'static Declaration, Loaded)],
    ) -> Option<Vec<u64>> {
        let function = self.declare_function(api, proc)?;
        let mut batch = Vec::new();
        for (declaration, library) in declarations {
            let (library, name) = (library.handle, declaration.symbol());
            let sent = match declaration.classes() {
                Some((params, ret)) => Record { library, name, ret, params: &params }.encode(&mut batch),
                None => Variable { library, name }.encode(&mut batch),
            };
            debug_assert!(sent, "the macro limits names and parameters");
        }
        declare(api, proc, function, &batch, declarations.len())
    }
}

/// The address of a function that `veo` itself calls, or 0. It is declared: without that, the worker would look for its types
/// in debug information, which libc may have a lot of.
pub(crate) fn own_function(api: Api, proc: ProcHandle, record: &Record<'_>) -> u64 {
    let declare_function = api.get_sym(proc, 0, "veorun_declare");
    let mut batch = Vec::new();
    if declare_function == 0 || !record.encode(&mut batch) {
        return api.get_sym(proc, record.library, record.name);
    }
    declare(api, proc, declare_function, &batch, 1).map_or(0, |addresses| addresses[0])
}

/// Has `veorun_declare` resolve and declare a batch of `count` records. Each one's address, or 0.
fn declare(api: Api, proc: ProcHandle, function: u64, batch: &[u8], count: usize) -> Option<Vec<u64>> {
    let mut addresses = vec![0_u64; count];
    let mut pack = Pack::new(api).ok()?;
    // SAFETY: the batch lives until the call below has ended.
    unsafe { pack.stack_in(batch.as_ptr(), batch.len()) };
    pack.word(batch.len() as u64);
    // SAFETY: the addresses live until the call below has ended.
    unsafe { pack.stack_out(addresses.as_mut_ptr().cast(), size_of_val(addresses.as_slice()), false) };
    pack.word(addresses.len() as u64);
    api.call_sync(proc, function, &pack)?;
    Some(addresses)
}

fn not_found(declaration: &Declaration, path: &str, words: &str) -> Error {
    let Site { rust_name, file, line, .. } = declaration.site();
    Error::Symbol {
        symbol: declaration.symbol().to_owned(),
        library: path.to_owned(),
        reason: format!(
            "{words}\n`{rust_name}` is declared at {file}:{line}; check the name (C++ mangles names, Fortran appends `_`; `#[link_name = \"…\"]` gives another one)"
        ),
    }
}

fn missing_symbol_words(api: Api, proc: ProcHandle, library: u64, name: &str) -> String {
    // A second look-up makes the loader say it again, for this name.
    api.get_sym(proc, library, name);
    let words = search::loader_words(api, proc).or_else(|| api.report(proc));
    words.unwrap_or_else(|| "the loader does not know it".into())
}
