//! Functions and types, as a library has them; Rust's types have the same form, so that both can be compared.

use std::fmt::Write;
use std::sync::Arc;

use veo_engine::debuginfo::Language;

/// A function of a library.
#[derive(Clone, Debug)]
pub(super) struct Function {
    /// As its author wrote it.
    pub(super) name: String,
    /// As the linker knows it.
    pub(super) symbol: String,
    pub(super) language: Language,
    /// `file:line`.
    pub(super) place: Option<String>,
    pub(super) ret: Ty,
    pub(super) params: Vec<Parameter>,
    pub(super) is_variadic: bool,
    /// C without a prototype: callers pass a `float` as a `double`, and small integers as `int`.
    pub(super) promotes: bool,
}

/// A variable of a library.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    /// As its author wrote it.
    pub(super) name: String,
    pub(super) language: Language,
    /// `file:line`.
    pub(super) place: Option<String>,
    pub(super) ty: Ty,
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    pub(super) name: String,
    /// What is passed. In Fortran, for what is passed by reference, a pointer.
    pub(super) ty: Ty,
    /// Added by the compiler: the length of a string, `this`.
    pub(super) is_hidden: bool,
    pub(super) is_by_reference: bool,
}

/// A type.
#[derive(Clone, Debug)]
pub(super) enum Ty {
    Void,
    Base {
        name: String,
        base: Base,
        size: u64,
    },
    Pointer {
        to: Box<Ty>,
        is_reference: bool,
    },
    Qualified {
        word: &'static str,
        of: Box<Ty>,
    },
    Typedef {
        name: String,
        of: Box<Ty>,
    },
    Array {
        of: Box<Ty>,
        len: Option<u64>,
        needs_descriptor: bool,
    },
    Record(Arc<Record>),
    /// `signed`: as the compiler sees it; C leaves it the choice.
    Enum {
        name: String,
        size: u64,
        signed: bool,
    },
    Function {
        ret: Box<Ty>,
        params: Vec<Ty>,
    },
    /// What is not known, and why.
    Unknown(&'static str),
    /// What is not known, and need not be.
    Trusted,
}

/// What the bits of a base type mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Signed,
    Unsigned,
    /// C's `char`, of which C does not say whether it has a sign; characters of Fortran.
    Char,
    /// `_Bool`, `LOGICAL`
    Bool,
    Float,
    Complex,
    /// Decimal floating-point numbers, say.
    Other,
}

/// A struct, union or class.
#[derive(Clone, Debug)]
pub(super) struct Record {
    /// With `struct` or `union`, where the language has it.
    pub(super) name: String,
    /// `None`: it is only declared.
    pub(super) size: Option<u64>,
    /// `None`: not known, or packed.
    pub(super) align: Option<u64>,
    /// `None`: it is not known what is in it.
    pub(super) leaves: Option<Vec<Leaf>>,
}

/// A scalar inside a record, at whatever depth.
#[derive(Clone, Debug)]
pub(super) struct Leaf {
    pub(super) offset: u64,
    pub(super) kind: LeafKind,
    /// As in `position[2]`.
    pub(super) path: String,
    /// Its type's name.
    pub(super) type_name: String,
}

/// What a scalar is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LeafKind {
    /// The sign may be anyone's guess.
    Int {
        size: u64,
        signed: Option<bool>,
    },
    Float {
        size: u64,
    },
    Pointer,
    /// It is not known what is in it.
    Blob {
        size: u64,
    },
}

/// Records with more scalars than that are compared by their size.
pub(super) const MOST_LEAVES: usize = 1024;

impl LeafKind {
    pub(super) fn size(self) -> u64 {
        match self {
            Self::Int { size, .. } | Self::Float { size } | Self::Blob { size } => size,
            Self::Pointer => 8,
        }
    }

    pub(super) fn fits(self, other: Self) -> bool {
        match (self, other) {
            (Self::Int { size, signed }, Self::Int { size: other_size, signed: other_signed }) => {
                size == other_size && (signed == other_signed || signed.is_none() || other_signed.is_none())
            }
            (Self::Blob { size }, other) | (other, Self::Blob { size }) => size == other.size(),
            _ => self == other,
        }
    }
}

impl Record {
    pub(super) fn unseen(name: String, size: Option<u64>, align: Option<u64>) -> Self {
        Self { name, size, align, leaves: None }
    }

    /// A record with what is in it. Its alignment follows, unless it is known.
    pub(super) fn new(name: String, size: u64, align: Option<u64>, leaves: Option<Vec<Leaf>>) -> Self {
        let natural = || {
            let leaves = leaves.as_ref()?;
            let aligned = |leaf: &Leaf| match leaf.kind {
                LeafKind::Blob { .. } => None,
                kind => Some(kind.size()).filter(|&size| size > 0 && leaf.offset.is_multiple_of(size)),
            };
            let most = leaves.iter().map(aligned).collect::<Option<Vec<_>>>()?.into_iter().max()?;
            size.is_multiple_of(most).then_some(most)
        };
        let align = align.or_else(natural);
        Self { name, size: Some(size), align, leaves }
    }
}

impl Ty {
    pub(super) fn pointer(to: Self) -> Self {
        Self::Pointer { to: Box::new(to), is_reference: false }
    }

    /// A function of which nothing is said.
    pub(super) fn any_function() -> Self {
        Self::Function { ret: Box::new(Self::Void), params: Vec::new() }
    }

    /// The same, which must not be written. An array of constants is constant; gcc says both.
    pub(super) fn constant(self) -> Self {
        if self.is_constant() { self } else { Self::Qualified { word: "const", of: Box::new(self) } }
    }

    /// Without names and qualifiers that are put on it.
    pub(super) fn bare(&self) -> &Self {
        match self {
            Self::Qualified { of, .. } | Self::Typedef { of, .. } => of.bare(),
            other => other,
        }
    }

    /// Whether what has this type must not be written.
    pub(super) fn is_constant(&self) -> bool {
        match self {
            Self::Qualified { word: "const", .. } => true,
            Self::Qualified { of, .. } | Self::Typedef { of, .. } | Self::Array { of, .. } => of.is_constant(),
            _ => false,
        }
    }

    pub(super) fn size(&self) -> Option<u64> {
        match self.bare() {
            Self::Base { size, .. } | Self::Enum { size, .. } => Some(*size),
            Self::Pointer { .. } => Some(8),
            Self::Array { of, len, needs_descriptor: false } => of.size()?.checked_mul((*len)?),
            Self::Record(record) => record.size,
            _ => None,
        }
    }

    /// The scalar that it is, if it is one.
    pub(super) fn scalar(&self) -> Option<LeafKind> {
        Some(match self.bare() {
            Self::Base { base, size, .. } => match base {
                Base::Signed => LeafKind::Int { size: *size, signed: Some(true) },
                Base::Unsigned => LeafKind::Int { size: *size, signed: Some(false) },
                Base::Char | Base::Bool => LeafKind::Int { size: *size, signed: None },
                Base::Float => LeafKind::Float { size: *size },
                Base::Other => LeafKind::Blob { size: *size },
                Base::Complex => return None,
            },
            Self::Enum { size, .. } => LeafKind::Int { size: *size, signed: None },
            Self::Pointer { .. } => LeafKind::Pointer,
            _ => return None,
        })
    }

    /// Adds what is in it, at this offset. `None`: that is not known, or it is too much.
    pub(super) fn leaves(&self, offset: u64, path: &str, found: &mut Vec<Leaf>) -> Option<()> {
        let mut add = |offset, kind, path: String| {
            let type_name = if matches!(kind, LeafKind::Pointer) { "pointer".to_owned() } else { self.in_c("") };
            (found.len() < MOST_LEAVES).then(|| found.push(Leaf { offset, kind, path, type_name }))
        };
        if let Some(kind) = self.scalar() {
            return add(offset, kind, path.to_owned());
        }
        match self.bare() {
            Self::Base { base: Base::Complex, size, .. } => {
                let kind = LeafKind::Float { size: size / 2 };
                add(offset, kind, format!("{path} (real part)"))?;
                add(offset.checked_add(size / 2)?, kind, format!("{path} (imaginary part)"))
            }
            Self::Array { of, len, needs_descriptor: false } => {
                let (size, len) = (of.size()?, (*len)?);
                for index in 0..len {
                    of.leaves(offset.checked_add(size.checked_mul(index)?)?, &format!("{path}[{index}]"), found)?;
                }
                Some(())
            }
            Self::Record(record) => {
                for leaf in record.leaves.as_ref()? {
                    let dot = if path.is_empty() || leaf.path.is_empty() { "" } else { "." };
                    let path = format!("{path}{dot}{}", leaf.path);
                    (found.len() < MOST_LEAVES).then_some(())?;
                    found.push(Leaf { offset: offset.checked_add(leaf.offset)?, path, ..leaf.clone() });
                }
                Some(())
            }
            _ => None,
        }
    }

    /// Why it is not known, if it is not, or what it points to is not.
    pub(super) fn unknown(&self) -> Option<&'static str> {
        match self.bare() {
            Self::Unknown(reason) => Some(reason),
            Self::Pointer { to, .. } | Self::Array { of: to, .. } => to.unknown(),
            _ => None,
        }
    }

    // ---- as text ----

    /// As C declares it: `declarator` is what is declared, and is written inside out.
    pub(super) fn in_c(&self, declarator: &str) -> String {
        let named = |name: &str| if declarator.is_empty() { name.to_owned() } else { format!("{name} {declarator}") };
        match self {
            Self::Void => named("void"),
            Self::Base { name, .. } | Self::Typedef { name, .. } | Self::Enum { name, .. } => named(name),
            Self::Record(record) => named(&record.name),
            Self::Pointer { to, is_reference } => {
                let pointer = format!("{}{declarator}", if *is_reference { '&' } else { '*' });
                let inner = if matches!(**to, Self::Array { .. } | Self::Function { .. }) {
                    format!("({pointer})")
                } else {
                    pointer
                };
                to.in_c(&inner)
            }
            Self::Qualified { word, of } => match &**of {
                Self::Pointer { .. } if declarator.is_empty() => of.in_c(word),
                Self::Pointer { .. } => of.in_c(&format!("{word} {declarator}")),
                of => format!("{word} {}", of.in_c(declarator)),
            },
            Self::Array { of, len, .. } => {
                of.in_c(&format!("{declarator}[{}]", len.map(|len| len.to_string()).unwrap_or_default()))
            }
            Self::Function { ret, params } => {
                let params: Vec<_> = params.iter().map(|param| param.in_c("")).collect();
                let params = if params.is_empty() { "void".to_owned() } else { params.join(", ") };
                ret.in_c(&format!("{declarator}({params})"))
            }
            Self::Unknown(_) | Self::Trusted => named("?"),
        }
    }

    /// With the names that the numbers of Rust have in C.
    pub(super) fn with_c_names(self) -> Self {
        match self {
            Self::Base { base, size, .. } => Self::Base { name: c_name(base, size), base, size },
            Self::Pointer { to, is_reference } => Self::Pointer { to: Box::new(to.with_c_names()), is_reference },
            Self::Qualified { word, of } => Self::Qualified { word, of: Box::new(of.with_c_names()) },
            Self::Array { of, len, needs_descriptor } => {
                Self::Array { of: Box::new(of.with_c_names()), len, needs_descriptor }
            }
            other => other,
        }
    }

    /// As Rust writes it.
    pub(super) fn in_rust(&self) -> String {
        match self {
            Self::Void => "c_void".into(),
            Self::Base { name, .. } | Self::Typedef { name, .. } | Self::Enum { name, .. } => name.clone(),
            Self::Record(record) => record.name.clone(),
            Self::Pointer { to, .. } if to.is_constant() => format!("*const {}", to.in_rust()),
            Self::Pointer { to, .. } => format!("*mut {}", to.in_rust()),
            Self::Qualified { of, .. } => of.in_rust(),
            Self::Array { of, len, .. } => format!("[{}; {}]", of.in_rust(), len.unwrap_or(0)),
            Self::Function { .. } => "extern \"C\" fn".into(),
            Self::Unknown(_) | Self::Trusted => "?".into(),
        }
    }

    /// As Fortran declares it, with the name of what is declared.
    pub(super) fn in_fortran(&self, name: &str) -> String {
        let (mut element, mut extents) = (self, Vec::new());
        loop {
            match element {
                Self::Array { of, needs_descriptor, len } => {
                    extents.push(match len {
                        _ if *needs_descriptor => ":".to_owned(),
                        Some(len) => len.to_string(),
                        None => "*".to_owned(),
                    });
                    element = of;
                }
                Self::Qualified { of, .. } => element = of,
                _ => break,
            }
        }
        extents.reverse();
        let extents = if extents.is_empty() { String::new() } else { format!("({})", extents.join(", ")) };
        element.in_c(&format!("{name}{extents}"))
    }
}

/// The fixed width type of C for a number.
fn c_name(base: Base, size: u64) -> String {
    match (base, size) {
        (Base::Float, 4) => "float".into(),
        (Base::Float, _) => "double".into(),
        (Base::Unsigned, size) => format!("uint{}_t", size * 8),
        (_, size) => format!("int{}_t", size * 8),
    }
}

impl Parameter {
    /// The length of a string of Fortran's.
    pub(super) fn is_length(&self, language: Language) -> bool {
        self.is_hidden && language == Language::Fortran && !matches!(self.ty.bare(), Ty::Pointer { .. })
    }

    /// Its type as the language writes it, with its name if that is wanted.
    pub(super) fn shown(&self, language: Language, name: &str) -> String {
        match (language, &self.ty) {
            (Language::Fortran, Ty::Pointer { to, .. }) if self.is_by_reference => to.in_fortran(name),
            (Language::Fortran, ty) if !self.is_hidden => format!("{}, value", ty.in_fortran(name)),
            (Language::Rust, ty) if name.is_empty() => ty.in_rust(),
            (Language::Rust, ty) => format!("{name}: {}", ty.in_rust()),
            (_, ty) => ty.in_c(name),
        }
    }
}

impl Variable {
    /// Its declaration, in its own language.
    pub(super) fn shown(&self) -> String {
        match self.language {
            Language::Fortran => self.ty.in_fortran(&self.name),
            Language::Rust => format!("static {}: {}", self.name, self.ty.in_rust()),
            _ => self.ty.in_c(&self.name),
        }
    }
}

/// A language's name in messages.
pub(super) fn language_name(language: Language) -> &'static str {
    match language {
        Language::Cpp => "C++",
        Language::Fortran => "Fortran",
        Language::Rust => "Rust",
        _ => "C",
    }
}

impl Function {
    /// The language's name in messages.
    pub(super) fn language_name(&self) -> &'static str {
        language_name(self.language)
    }

    /// Where Fortran puts a result that is a string: behind a hidden pointer, in front of all arguments.
    pub(super) fn string_result(&self) -> Option<&Parameter> {
        let first = self.params.first().filter(|_| self.language == Language::Fortran)?;
        (first.is_hidden && !first.is_length(self.language)).then_some(first)
    }

    /// Its prototype, in its own language.
    pub(super) fn prototype(&self) -> String {
        let params = self.params.iter().filter(|param| !(param.is_hidden && self.language == Language::Fortran));
        let mut params: Vec<_> = params.map(|param| param.shown(self.language, &param.name)).collect();
        if self.is_variadic {
            params.push("...".into());
        }
        let none = if self.language == Language::C { "void" } else { "" };
        let params = if params.is_empty() { none.to_owned() } else { params.join(", ") };
        let mut text = match (self.language, self.ret.bare()) {
            (Language::Fortran, Ty::Void) if self.string_result().is_some() => {
                let string = self.string_result().map(|result| match &result.ty {
                    Ty::Pointer { to, .. } => to.in_fortran(""),
                    other => other.in_fortran(""),
                });
                format!("{} function {}({params})", string.unwrap_or_default(), self.name)
            }
            (Language::Fortran, Ty::Void) => format!("subroutine {}({params})", self.name),
            (Language::Fortran, _) => format!("{} function {}({params})", self.ret.in_fortran(""), self.name),
            (Language::Rust, Ty::Void) => format!("fn {}({params})", self.name),
            (Language::Rust, _) => format!("fn {}({params}) -> {}", self.name, self.ret.in_rust()),
            _ => self.ret.in_c(&format!("{}({params})", self.name)),
        };
        let hidden: Vec<_> =
            self.params.iter().filter(|param| param.is_hidden && self.language == Language::Fortran).collect();
        if !hidden.is_empty() {
            let _ = write!(text, ", and {} hidden argument{}", hidden.len(), if hidden.len() == 1 { "" } else { "s" });
        }
        text
    }
}
