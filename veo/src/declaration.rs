//! One declaration: what the expansion of `#[ve_offload]` says of a function or variable. The same for all processes; what
//! became of it in each is in [`registry`](crate::registry).

use std::fmt;
use std::sync::atomic::AtomicU32;
use std::sync::atomic::Ordering::{Relaxed, Release};

use veo_engine::signature::Class;

use crate::verify::{Param, Type};

/// Where a declaration stands in the source.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The name of the stub or getter.
    pub rust_name: &'static str,
    /// Its module.
    pub module: &'static str,
    /// Its file.
    pub file: &'static str,
    /// Its line.
    pub line: u32,
}

/// The library of a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LibrarySpec {
    /// The first of these that loads.
    Files {
        /// File names or paths.
        names: &'static [&'static str],
        /// The directory that `veo-build` recorded for the declaring crate.
        dir: Option<&'static str>,
    },
    /// `veorun` itself.
    Static,
}

impl fmt::Display for LibrarySpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Files { names, .. } => f.write_str(&names.join(" or ")),
            Self::Static => f.write_str("veorun itself"),
        }
    }
}

/// The name of a library that the compiler has put together, if it can be one.
///
/// # Panics
/// Which is at compile time: it is empty, longer than 255 bytes, or has a zero byte.
#[must_use]
pub const fn library_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "the name of a library is empty");
    assert!(name.len() <= 255, "the name of a library has more than 255 bytes, which VEO does not take");
    let mut index = 0;
    while index < name.len() {
        assert!(name.as_bytes()[index] != 0, "the name of a library contains a zero byte, where C takes it to end");
        index += 1;
    }
    name
}

/// When a declaration is looked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolve {
    /// In each new process; that it is missing shows when it is used.
    AtCreation,
    /// In each new process, whose creation fails without it.
    Required,
    /// At the first use.
    AtFirstCall,
}

/// What a declaration is about.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Declared {
    Function {
        params: &'static [Param],
        ret: Type,
    },
    /// With the type of a pointer to it.
    Variable(Type),
}

/// One declared function or variable.
#[derive(Debug)]
pub struct Declaration {
    site: Site,
    library: LibrarySpec,
    symbol: &'static str,
    declared: Declared,
    resolve: Resolve,
    /// What to do if the library cannot be loaded.
    help: Option<&'static str>,
    /// Its place in each process's table plus one; 0 for one that is not in the collection.
    index: AtomicU32,
}

impl Declaration {
    /// Called by the expansion of a function under `#[ve_offload]`.
    #[must_use]
    pub const fn new(
        site: Site,
        library: LibrarySpec,
        symbol: &'static str,
        params: &'static [Param],
        ret: Type,
        resolve: Resolve,
    ) -> Self {
        Self::of(site, library, symbol, Declared::Function { params, ret }, resolve)
    }

    /// Called by the expansion of a variable under `#[ve_offload]`.
    #[must_use]
    pub const fn variable(site: Site, library: LibrarySpec, symbol: &'static str, ty: Type, resolve: Resolve) -> Self {
        Self::of(site, library, symbol, Declared::Variable(ty), resolve)
    }

    const fn of(site: Site, library: LibrarySpec, symbol: &'static str, declared: Declared, resolve: Resolve) -> Self {
        Self { site, library, symbol, declared, resolve, help: None, index: AtomicU32::new(0) }
    }

    /// Called by the expansion of `#[ve_offload(help = "…")]`.
    #[must_use]
    pub const fn with_help(mut self, text: &'static str) -> Self {
        self.help = Some(text);
        self
    }

    pub(crate) fn symbol(&self) -> &'static str {
        self.symbol
    }

    pub(crate) fn library(&self) -> LibrarySpec {
        self.library
    }

    pub(crate) fn site(&self) -> Site {
        self.site
    }

    pub(crate) fn declared(&self) -> Declared {
        self.declared
    }

    pub(crate) fn when(&self) -> Resolve {
        self.resolve
    }

    pub(crate) fn help(&self) -> Option<&'static str> {
        self.help
    }

    /// How a function's arguments and its result travel.
    pub(crate) fn classes(&self) -> Option<(Vec<Class>, Class)> {
        match self.declared {
            Declared::Function { params, ret } => {
                Some((params.iter().map(|param| param.ty.class()).collect(), ret.class()))
            }
            Declared::Variable(_) => None,
        }
    }

    /// Whether both can be right about one symbol.
    pub(crate) fn agrees_with(&self, other: &Self) -> bool {
        match (self.declared, other.declared) {
            (Declared::Variable(here), Declared::Variable(there)) => here.is_same_memory(&there),
            _ => self.classes().is_some() && self.classes() == other.classes(),
        }
    }

    /// What is declared, in C's words.
    pub(crate) fn signature(&self) -> String {
        match self.declared {
            Declared::Function { params, ret } => {
                let params: Vec<Class> = params.iter().map(|param| param.ty.class()).collect();
                in_words(ret.class(), &params)
            }
            Declared::Variable(ty) => ty.memory_in_c(),
        }
    }

    /// What is declared, and where.
    pub(crate) fn place(&self) -> String {
        let Site { file, line, .. } = self.site;
        format!("{} at {file}:{line}", self.signature())
    }

    /// Its place in each process's table, if it is in the collection.
    #[inline]
    pub(crate) fn index(&self) -> Option<usize> {
        (self.index.load(Relaxed) as usize).checked_sub(1)
    }

    pub(crate) fn set_index(&self, index: usize) {
        self.index.store(index as u32 + 1, Release);
    }

    /// What tells it from all others.
    pub(crate) fn key(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }
}

/// What `inventory` collects: the declarations of one block.
#[derive(Clone, Copy, Debug)]
pub struct Entry(pub &'static [&'static Declaration]);

inventory::collect!(Entry);

/// A signature as C writes it, but for names.
pub(crate) fn in_words(ret: Class, params: &[Class]) -> String {
    let params: Vec<_> = params.iter().map(ToString::to_string).collect();
    let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
    format!("{ret} ({params})")
}
