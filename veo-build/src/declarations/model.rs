//! What a library offers, as far as a declaration can say it: what the two readers make, and the writer takes.

use std::collections::BTreeMap;

/// The functions and variables of a library, with the types that they mention.
#[derive(Debug, Default)]
pub(crate) struct Api {
    /// In the order in which they are declared.
    pub(crate) functions: Vec<Function>,
    /// In that order, too.
    pub(crate) variables: Vec<Variable>,
    /// By their names in C.
    pub(crate) types: BTreeMap<String, Definition>,
    /// What a reader found and cannot describe: the name and the reason.
    pub(crate) left_out: Vec<(String, String)>,
}

#[derive(Debug)]
pub(crate) struct Function {
    /// The name in the source.
    pub(crate) name: String,
    /// The name in the library.
    pub(crate) symbol: String,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) result: Type,
    pub(crate) variadic: bool,
    /// The comment in the source.
    pub(crate) comment: Option<String>,
    /// Where it is defined: the name of the file without folders, and the line.
    pub(crate) place: Option<(String, u64)>,
}

/// Why a variable of which each thread has one is not declared.
pub(crate) const THREAD_LOCAL: &str = "it is thread-local: kernels of other contexts than the main one use others than a \
                                       getter gives; let the library have functions that get and set it";

#[derive(Debug)]
pub(crate) struct Variable {
    /// The name in the source.
    pub(crate) name: String,
    /// The name in the library.
    pub(crate) symbol: String,
    pub(crate) ty: Type,
    /// It must not be written.
    pub(crate) constant: bool,
    /// Why it cannot be declared, whatever its type is.
    pub(crate) refused: Option<&'static str>,
    /// As in [`Function`].
    pub(crate) comment: Option<String>,
    /// As in [`Function`].
    pub(crate) place: Option<(String, u64)>,
}

#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: Option<String>,
    pub(crate) ty: Type,
}

/// A type, as a parameter or behind a pointer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Void,
    Scalar(Scalar),
    /// Two floats, the real part first.
    Complex(Scalar),
    /// What has this name among the definitions.
    Named(String),
    Pointer {
        to_const: bool,
        to: Box<Type>,
    },
    Array {
        of: Box<Type>,
        len: u64,
    },
    /// A pointer to a function.
    Function {
        parameters: Vec<Type>,
        result: Box<Type>,
    },
    Unsupported(Unsupported),
}

impl Type {
    pub(crate) fn pointer(to_const: bool, to: Type) -> Type {
        Type::Pointer { to_const, to: Box::new(to) }
    }

    pub(crate) fn array(of: Type, len: u64) -> Type {
        Type::Array { of: Box::new(of), len }
    }
}

/// What a declaration cannot say, neither by value nor behind a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unsupported {
    Bool,
    /// `long double` and 128-bit integers, which bindgen does not tell apart.
    Wide,
    /// A pointer to a function that takes any number of arguments.
    VariadicFunction,
    VaList,
    /// An array of Fortran that comes with its bounds.
    #[cfg(feature = "dwarf")]
    Descriptor,
    Other,
}

impl Unsupported {
    pub(crate) fn reason(self) -> &'static str {
        match self {
            Self::Bool => "a `bool`, which has 1 byte on the host and 4 on a VE",
            Self::Wide => "a `long double` or 128-bit integer, which fits no VE register",
            Self::VariadicFunction => "a function that takes any number of arguments",
            Self::VaList => "a `va_list`, which only its own machine understands",
            #[cfg(feature = "dwarf")]
            Self::Descriptor => "an array descriptor of the Fortran compiler (an assumed-shape or allocatable array)",
            Self::Other => "of a type that Rust does not have",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scalar {
    Char,
    I8,
    I16,
    I32,
    I64,
    Isize,
    U8,
    U16,
    U32,
    U64,
    Usize,
    F32,
    F64,
}

impl Scalar {
    /// The name in Rust.
    pub(crate) fn rust(self) -> &'static str {
        match self {
            Self::Char => "::core::ffi::c_char",
            Self::I8 => "i8",
            Self::I16 => "i16",
            Self::I32 => "i32",
            Self::I64 => "i64",
            Self::Isize => "isize",
            Self::U8 => "u8",
            Self::U16 => "u16",
            Self::U32 => "u32",
            Self::U64 => "u64",
            Self::Usize => "usize",
            Self::F32 => "f32",
            Self::F64 => "f64",
        }
    }

    /// In bytes; also the alignment.
    pub(crate) fn size(self) -> u64 {
        match self {
            Self::Char | Self::I8 | Self::U8 => 1,
            Self::I16 | Self::U16 => 2,
            Self::I32 | Self::U32 | Self::F32 => 4,
            Self::I64 | Self::U64 | Self::F64 | Self::Isize | Self::Usize => 8,
        }
    }

    #[cfg(feature = "dwarf")]
    pub(crate) fn integer(size: u64, signed: bool) -> Option<Scalar> {
        Some(match (size, signed) {
            (1, true) => Self::I8,
            (1, false) => Self::U8,
            (2, true) => Self::I16,
            (2, false) => Self::U16,
            (4, true) => Self::I32,
            (4, false) => Self::U32,
            (8, true) => Self::I64,
            (8, false) => Self::U64,
            _ => return None,
        })
    }

    /// Whether it is signed, if it is an integer.
    pub(crate) fn signed(self) -> Option<bool> {
        match self {
            Self::F32 | Self::F64 => None,
            Self::U8 | Self::U16 | Self::U32 | Self::U64 | Self::Usize => Some(false),
            _ => Some(true),
        }
    }
}

/// What a name of a type stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Definition {
    pub(crate) comment: Option<String>,
    pub(crate) kind: Kind,
}

impl Definition {
    pub(crate) fn plain(kind: Kind) -> Definition {
        Definition { comment: None, kind }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Alias(Type),
    Enum {
        of: Scalar,
        values: Vec<Value>,
    },
    /// A struct whose members lie where C puts them.
    Record(Vec<Field>),
    /// Something that is not described; the reason goes on after "since".
    Opaque(&'static str),
}

/// The reason for [`Kind::Opaque`] of a struct without members, which another unit of a library may know.
pub(crate) const INCOMPLETE: &str = "its members are not declared";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) name: String,
    pub(crate) value: i128,
    pub(crate) comment: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) comment: Option<String>,
}
