//! What passed the rules of `check`: all that `expand` needs to know, and nothing that it could trip over.

use crate::errors::Errors;
use proc_macro2::Ident;
use syn::{Attribute, ExprMacro, Path, Type, Visibility};

/// All that one `#[ve_offload]` declares.
pub(crate) struct Offload {
    /// Where crate `veo` is.
    pub(crate) krate: Path,
    /// What may be used; `None` if the attribute does not say in which library.
    pub(crate) declared: Option<Declared>,
    /// What broke a rule; expanded so that uses of it are no errors, whatever they are.
    pub(crate) broken: Vec<Broken>,
}

/// What broke a rule.
pub(crate) enum Broken {
    Function(Stub),
    /// With what is to be said of its type, if that is wrong.
    Variable(Getter, Option<Errors>),
}

/// The declarations that are right.
pub(crate) struct Declared {
    pub(crate) library: Library,
    pub(crate) resolve: Resolve,
    /// What to do if the library cannot be loaded.
    pub(crate) help: Option<String>,
    /// Else it is one function or variable alone.
    pub(crate) is_block: bool,
    pub(crate) stubs: Vec<Stub>,
    pub(crate) getters: Vec<Getter>,
}

pub(crate) enum Library {
    /// Linked into `veorun`.
    Static,
    /// File names or paths; the first that loads.
    Files(Vec<LibraryName>),
}

pub(crate) enum LibraryName {
    Known(String),
    /// A macro call that the compiler makes a string literal of.
    Macro(ExprMacro),
}

/// When the address of a function or variable is looked up, and what happens if it is missing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resolve {
    AtCreation,
    Required,
    AtFirstCall,
}

/// A declared function.
pub(crate) struct Stub {
    /// Attributes that go on the stub as they are.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) is_unsafe: bool,
    pub(crate) ident: Ident,
    /// The name in the library.
    pub(crate) symbol: String,
    pub(crate) args: Vec<Arg>,
    pub(crate) ret: Ret,
    /// Types with names that the declaration mentions, right or wrong.
    pub(crate) named: Vec<Type>,
}

/// A declared variable.
pub(crate) struct Getter {
    /// Attributes that go on the getter as they are.
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) is_unsafe: bool,
    pub(crate) is_mutable: bool,
    pub(crate) ident: Ident,
    /// The name in the library.
    pub(crate) symbol: String,
    /// The type as the user wrote it.
    pub(crate) ty: Type,
    /// As in [`Arg`].
    pub(crate) is_plain: bool,
}

pub(crate) struct Arg {
    pub(crate) name: Ident,
    /// The type as the user wrote it.
    pub(crate) ty: Type,
    pub(crate) class: ArgClass,
    /// It is known that the traits take the type.
    pub(crate) is_plain: bool,
}

/// How an argument travels, with the type that travels; decided by how the type is written.
pub(crate) enum ArgClass {
    /// `T`: in one slot.
    Value,
    /// `*const T`, `*mut T`: a VE address.
    Pointer,
    /// `T` of Fortran, which takes addresses of everything: copied to the VE.
    ByReference,
    /// `&T`: copied to the VE.
    In(Type),
    /// `&mut T`: copied to the VE and back.
    InOut(Type),
    /// `&mut MaybeUninit<T>`: copied back.
    Out(Type),
}

/// What a function returns.
#[derive(Default)]
pub(crate) struct Ret {
    /// The type as the user wrote it; `None` if nothing is returned, or nothing that can be.
    pub(crate) ty: Option<Type>,
    /// As in [`Arg`].
    pub(crate) is_plain: bool,
}

/// A function under `#[ve_kernel]`.
pub(crate) struct Kernel {
    pub(crate) krate: Path,
    /// The conditions under which the function exists.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// Its name in the static library.
    pub(crate) name: String,
    pub(crate) args: Vec<Type>,
    pub(crate) ret: Option<Type>,
}

/// A function under `#[proc_init_hook]`.
pub(crate) struct Hook {
    pub(crate) krate: Path,
    /// The conditions under which the function exists.
    pub(crate) cfgs: Vec<Attribute>,
    pub(crate) ident: Ident,
    /// What it takes, as the user wrote it.
    pub(crate) arg: Type,
    /// What it returns.
    pub(crate) ret: Type,
}
