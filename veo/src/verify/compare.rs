//! A declaration against the function that was compiled: what differs, in words.

use veo_engine::debuginfo::Language;
use veo_engine::signature::Class;

use super::Prototype;
use super::declared::{Form, Type};
use super::layout;
use super::model::{Base, Function, LeafKind, Parameter, Ty};
use super::own;
use super::report::{Aspect, Difference};

/// Everything that differs, in order.
pub(super) fn compare(declared: &Prototype, compiled: &Function) -> Vec<Difference> {
    let mut found = Vec::new();
    found.extend(count(declared, compiled));
    // Behind a wrong number, all that follows would be wrong for that reason; what stands in front may be right.
    for (index, (param, real)) in declared.params.iter().zip(&compiled.params).enumerate() {
        let judged = Judge { compiled, real: Some(real) }.parameter(&param.ty, &real.ty);
        found.extend(judged.map(|(aspect, text)| Difference {
            aspect,
            text: format!("{}: {text}", argument(index, &param.name, real)),
        }));
    }
    let ret = match (&declared.ret, compiled.ret.bare()) {
        (None, Ty::Void) => None,
        (None, _) => {
            let text = format!("nothing is declared, but it returns {}", described(&compiled.ret, compiled.language));
            Some((Aspect::Kind, text))
        }
        (Some(declared), Ty::Void) => Some((Aspect::Kind, format!("declared `{declared}`, but it returns nothing"))),
        (Some(declared), _) => Judge { compiled, real: None }.parameter(declared, &compiled.ret),
    };
    found.extend(ret.map(|(aspect, text)| Difference { aspect, text: format!("result: {text}") }));
    found
}

/// `argument 2, `x`` with the other name, if it has another one.
fn argument(index: usize, name: &str, real: &Parameter) -> String {
    let other = match real.name.as_str() {
        "" => String::new(),
        real if real.eq_ignore_ascii_case(name) => String::new(),
        real => format!(" (`{real}` there)"),
    };
    format!("argument {}, `{name}`{other}", index + 1)
}

fn count(declared: &Prototype, compiled: &Function) -> Option<Difference> {
    let (here, there) = (declared.params.len(), compiled.params.len());
    if here == there || here > there && compiled.is_variadic {
        return None;
    }
    let hidden: Vec<_> = compiled.params.iter().filter(|param| param.is_hidden).collect();
    let takes = if there == 0 { "none".to_owned() } else { there.to_string() };
    let mut text = format!("{} declared, but it takes {takes}", arguments(here));
    if !hidden.is_empty() && compiled.language == Language::Fortran {
        let names: Vec<_> = hidden.iter().map(|param| format!("`{}`", param.name)).collect();
        let strings = match &names[..] {
            [name] => format!("{name} is a string, whose length is a hidden argument"),
            names => format!("{} are strings, whose lengths are hidden arguments", names.join(", ")),
        };
        text += &format!(": {strings}, passed by value behind all others");
    } else if !hidden.is_empty() {
        let names: Vec<_> = hidden.iter().map(|param| format!("`{}`", param.name)).collect();
        text += &format!(
            ": {} of them ({}) {} added by the compiler",
            hidden.len(),
            names.join(", "),
            if hidden.len() == 1 { "is" } else { "are" }
        );
    } else {
        let is_declared =
            |real: &&Parameter| declared.params.iter().any(|param| param.name.eq_ignore_ascii_case(&real.name));
        let missing: Vec<_> = compiled.params.iter().filter(|real| !is_declared(real)).collect();
        // Where the names are others, they do not tell what is missing.
        if here < there && missing.len() == there - here {
            let names: Vec<_> = missing.iter().map(|param| format!("`{}`", param.name)).collect();
            text += &format!(": {} {} missing", names.join(", "), if names.len() == 1 { "is" } else { "are" });
        }
    }
    Some(Difference { aspect: Aspect::Count, text })
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no argument is".into(),
        1 => "1 argument is".into(),
        count => format!("{count} arguments are"),
    }
}

type Judged = Option<(Aspect, String)>;

/// Compares one type.
struct Judge<'a> {
    compiled: &'a Function,
    /// `None` for the result.
    real: Option<&'a Parameter>,
}

impl Judge<'_> {
    fn parameter(&self, declared: &Type, real: &Ty) -> Judged {
        let (language, there) = (self.compiled.language, self.there());
        let shown = described(real, language);
        if let Some(why) = unusable(real, declared.is_memory() && declared.target().is_void()) {
            return Some((Aspect::Kind, format!("declared `{declared}`, but {there} it is {shown}: {why}")));
        }
        match (declared.is_memory(), real.bare()) {
            (_, Ty::Unknown(_)) => None,
            (true, Ty::Pointer { to, .. }) => self.memory(declared, to),
            (false, Ty::Pointer { .. }) if self.real.is_some_and(|real| real.is_by_reference) => Some((
                Aspect::Pointer,
                format!("declared `{declared}`, a value, but Fortran passes {shown} by reference"),
            )),
            (false, Ty::Pointer { is_reference, .. }) => {
                let what = if *is_reference { "a reference, which is passed as a pointer" } else { "a pointer" };
                Some((Aspect::Pointer, format!("declared `{declared}`, a value, but {there} it is {shown}, {what}")))
            }
            (true, _) => {
                Some((Aspect::Pointer, format!("declared `{declared}`, a pointer, but {there} it is {shown}, a value")))
            }
            (false, _) => self.value(declared, real),
        }
    }

    /// Where the other type is.
    fn there(&self) -> String {
        format!("in {}", self.compiled.language_name())
    }

    fn value(&self, declared: &Type, real: &Ty) -> Judged {
        let (language, there) = (self.compiled.language, self.there());
        let here = class_leaf(declared.class())?;
        let mut real_leaf = real.scalar()?;
        let (mut before, mut behind) = ("", "");
        if self.compiled.promotes && self.real.is_some() && real_leaf == (LeafKind::Float { size: 4 }) {
            real_leaf = LeafKind::Float { size: 8 };
            before = "which callers pass as a `double`, since the function has no prototype, ";
        }
        // In a register a `char` is extended by its sign, which is that of the compiler.
        if let Ty::Base { base: Base::Char, size, .. } = real.bare()
            && matches!(language, Language::C | Language::Cpp)
        {
            real_leaf = LeafKind::Int { size: *size, signed: None };
        }
        if let Ty::Base { base: Base::Bool, size, .. } = real.bare()
            && matches!(language, Language::C | Language::Cpp)
        {
            behind = if *size == 1 {
                "; on a VE it has 4, while `int` is the same everywhere"
            } else {
                "; on an x86-64 host it has 1, while `int` is the same everywhere"
            };
        }
        let is_length = self.real.is_some_and(|real| real.is_hidden) && language == Language::Fortran;
        if is_length && here.size() == real_leaf.size() && matches!(here, LeafKind::Int { .. }) || here.fits(real_leaf)
        {
            return None;
        }
        let shown = described(real, language);
        let (aspect, here, real) = contrast(here, real_leaf);
        Some((aspect, format!("declared `{declared}`, {here}, but {there} it is {shown}, {before}{real}{behind}")))
    }

    /// What a pointer or reference refers to.
    fn memory(&self, declared: &Type, to: &Ty) -> Judged {
        let there = self.there();
        let shown = format!(
            "`{}`",
            self.real.map_or_else(|| Ty::pointer(to.clone()).in_c(""), |real| real.shown(self.compiled.language, ""))
        );
        let rust = match declared.target() {
            target if target.is_void() => Ty::Void,
            _ if declared.is_function() => Ty::any_function(),
            target => own::ty(target),
        };
        if let Some((aspect, text)) = layout::behind(&rust, to, self.compiled.language) {
            return Some((aspect, format!("declared `{declared}`, but {there} it is {shown}: {text}")));
        }
        // Fortran's debug information does not say what is `intent(in)`.
        if self.compiled.language == Language::Fortran || matches!(to.bare(), Ty::Function { .. }) {
            return None;
        }
        let (declared_const, real_const) = (declared.is_read_only(), to.is_constant());
        if self.real.is_some() && declared_const && !real_const {
            let text = format!(
                "declared `{declared}`, memory that is only read, but {there} it is {shown}, which may be written"
            );
            return Some((Aspect::Constness, text));
        }
        if self.real.is_none() && !declared_const && real_const {
            let text = format!("declared `{declared}`, but {there} it is {shown}, which must not be written");
            return Some((Aspect::Constness, text));
        }
        None
    }
}

/// Why no declaration can have this type.
fn unusable(real: &Ty, is_erased: bool) -> Option<String> {
    let by_pointer = "let the function take a pointer to it";
    Some(match real.bare() {
        Ty::Record(_) => {
            format!("it is passed by value, and a VE function takes and returns 64-bit registers alone; {by_pointer}")
        }
        Ty::Base { base: Base::Float, size, .. } if *size > 8 => {
            format!("it has {size} bytes, and Rust has no such type; use `double`, or {by_pointer}")
        }
        Ty::Base { base: Base::Complex, .. } => format!("it takes two registers; {by_pointer}"),
        Ty::Base { size, .. } if *size > 8 => format!("its {size} bytes do not fit into a register; {by_pointer}"),
        Ty::Base { base: Base::Other, .. } => format!("Rust has no such type; {by_pointer}"),
        Ty::Array { .. } => format!("it is passed by value; {by_pointer}"),
        Ty::Pointer { to, .. } => match to.bare() {
            Ty::Array { needs_descriptor: true, .. } if !is_erased => {
                "Fortran passes a descriptor of its own for such an array; write it as `(n)` or `(*)` there".into()
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// The scalar of a class; `None` for no value.
fn class_leaf(class: Class) -> Option<LeafKind> {
    let int = |size, signed| LeafKind::Int { size, signed: Some(signed) };
    Some(match class {
        Class::Void => return None,
        Class::I8 => int(1, true),
        Class::U8 => int(1, false),
        Class::I16 => int(2, true),
        Class::U16 => int(2, false),
        Class::I32 => int(4, true),
        Class::U32 => int(4, false),
        Class::I64 => int(8, true),
        Class::U64 => int(8, false),
        Class::F32 => LeafKind::Float { size: 4 },
        Class::F64 => LeafKind::Float { size: 8 },
    })
}

/// In what two scalars differ, and what to say of each.
pub(super) fn contrast(here: LeafKind, there: LeafKind) -> (Aspect, String, String) {
    use LeafKind::{Float, Int, Pointer};
    let bytes = |kind: LeafKind| match kind.size() {
        1 => "1 byte".to_owned(),
        size => format!("{size} bytes"),
    };
    let sort = |kind: LeafKind| match kind {
        Int { .. } => format!("an integer of {}", bytes(kind)),
        Float { .. } => format!("a floating-point number of {}", bytes(kind)),
        Pointer => "a pointer".into(),
        LeafKind::Blob { .. } => bytes(kind),
    };
    let sign = |signed: Option<bool>| if signed == Some(true) { "signed" } else { "unsigned" };
    match (here, there) {
        (Int { size, signed }, Int { size: other, signed: other_sign }) if size == other => {
            (Aspect::Sign, sign(signed).into(), sign(other_sign).into())
        }
        (Int { .. }, Int { .. }) | (Float { .. }, Float { .. }) => (Aspect::Width, bytes(here), bytes(there)),
        _ => (Aspect::Kind, sort(here), sort(there)),
    }
}

/// A type as its language writes it, in backticks; with what a typedef stands for.
pub(super) fn described(ty: &Ty, language: Language) -> String {
    let name = match (language, ty) {
        (Language::Rust, ty) => ty.in_rust(),
        (Language::Fortran, Ty::Pointer { to, .. }) => {
            Parameter { name: String::new(), ty: Ty::pointer((**to).clone()), is_hidden: false, is_by_reference: true }
                .shown(language, "")
        }
        (_, ty) => ty.in_c(""),
    };
    match (ty, ty.bare()) {
        (Ty::Typedef { .. }, Ty::Base { name: base, .. }) => format!("`{name}` (`{base}`)"),
        _ => format!("`{name}`"),
    }
}

// ---- what to write ---------------------------------------------------------------------------------------------------

/// The declaration that fits. `None` if none does.
pub(super) fn right(declared: &Prototype, compiled: &Function) -> Option<String> {
    let mut params = Vec::new();
    let is_same_count = declared.params.len() == compiled.params.len();
    for (index, real) in compiled.params.iter().enumerate() {
        let is_length = real.is_hidden && compiled.language == Language::Fortran;
        let name = if is_length { format!("{}_len", real.name) } else { real.name.clone() };
        let named = || declared.params.iter().find(|param| param.name.eq_ignore_ascii_case(&name));
        let here = if is_same_count { declared.params.get(index) } else { named() };
        let name = match here {
            Some(here) => here.name.clone(),
            None if is_identifier(&name) => name.to_lowercase(),
            None => format!("a{}", index + 1),
        };
        if is_length && here.is_none() {
            params.push(format!("{name}: usize"));
            continue;
        }
        params.push(format!("{name}: {}", fitting(here.map(|param| &param.ty), Some(real), &real.ty, compiled)?));
    }
    if compiled.is_variadic {
        for param in declared.params.iter().skip(compiled.params.len()) {
            params.push(format!("{}: {}", param.name, param.ty));
        }
    }
    let ret = match compiled.ret.bare() {
        Ty::Void => String::new(),
        _ => format!(" -> {}", fitting(declared.ret.as_ref(), None, &compiled.ret, compiled)?),
    };
    let text = format!("fn {}({}){ret}", declared.rust_name, params.join(", "));
    // What is wrong then is inside a struct.
    (text != declared.to_string()).then(|| text + ";")
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// What is declared, if it fits, else what would.
fn fitting(here: Option<&Type>, param: Option<&Parameter>, real: &Ty, compiled: &Function) -> Option<String> {
    let judge = Judge { compiled, real: param };
    if unusable(real, false).is_some() {
        return None;
    }
    if let Some(here) = here {
        let judged = judge.parameter(here, real);
        match judged {
            None => return Some(here.to_string()),
            // The struct has to be corrected.
            Some((Aspect::Layout, _)) if matches!(here.target().ty(), Ty::Record(_)) => return Some(here.to_string()),
            Some(_) => {}
        }
    }
    let promoted = compiled.promotes && param.is_some();
    match real.bare() {
        Ty::Pointer { to, .. } => {
            // A struct keeps the name that it has here.
            let kept = here.filter(|here| here.is_memory() && matches!(here.target().ty(), Ty::Record(_)));
            let kept = kept.filter(|_| matches!(to.bare(), Ty::Record(_)));
            // What fits is kept, too, if only the permission is wrong.
            let kept = kept.or_else(|| here.filter(|_| matches!(to.bare(), Ty::Void)));
            let target = kept.map_or_else(|| target(to), |here| Some(here.target().ty().in_rust()))?;
            let read_only = match compiled.language {
                Language::Fortran => here.is_some_and(|here| here.is_read_only() || !here.is_memory()),
                _ => to.is_constant() || matches!(to.bare(), Ty::Function { .. }),
            };
            let form = here.filter(|here| here.is_memory());
            let by_reference =
                param.is_some_and(|param| param.is_by_reference) && !matches!(to.bare(), Ty::Array { .. } | Ty::Void);
            Some(match form {
                Some(form) if target != "c_void" => form.spelled(&target, read_only),
                None if by_reference => {
                    Type::memory::<()>(if read_only { Form::In } else { Form::InOut }).spelled(&target, read_only)
                }
                _ => Type::memory::<()>(Form::Const).spelled(&target, read_only),
            })
        }
        Ty::Base { base: Base::Float, size: 4, .. } if promoted => Some("f64".into()),
        _ => rust_scalar(real),
    }
}

/// What a pointer to this points to in Rust.
fn target(to: &Ty) -> Option<String> {
    Some(match to.bare() {
        Ty::Void | Ty::Function { .. } | Ty::Unknown(_) => "c_void".into(),
        Ty::Record(record) if record.size.is_none() => "c_void".into(),
        Ty::Record(record) => record.name.rsplit([' ', ':']).next().unwrap_or_default().to_owned(),
        Ty::Array { of, len: Some(len), .. } => format!("[{}; {len}]", target(of)?),
        Ty::Array { of, len: None, .. } => target(of)?,
        Ty::Pointer { to, .. } => {
            format!("*{} {}", if to.is_constant() { "const" } else { "mut" }, target(to)?)
        }
        Ty::Base { base: Base::Complex, size, .. } => format!("[{}; 2]", rust_float(size / 2)?),
        _ => rust_scalar(to)?,
    })
}

fn rust_float(size: u64) -> Option<String> {
    match size {
        4 => Some("f32".into()),
        8 => Some("f64".into()),
        _ => None,
    }
}

fn rust_scalar(ty: &Ty) -> Option<String> {
    if let Some(name) = pointer_sized(ty) {
        return Some(name.into());
    }
    match ty.scalar()? {
        LeafKind::Int { size, signed } => {
            let signed = match ty.bare() {
                Ty::Base { base: Base::Char, .. } => true,
                Ty::Enum { signed, .. } => *signed,
                Ty::Base { base: Base::Bool, size, .. } => *size > 1,
                _ => signed.unwrap_or(false),
            };
            matches!(size, 1 | 2 | 4 | 8).then(|| format!("{}{}", if signed { 'i' } else { 'u' }, size * 8))
        }
        LeafKind::Float { size } => rust_float(size),
        LeafKind::Pointer | LeafKind::Blob { .. } => None,
    }
}

/// `size_t` and the like.
fn pointer_sized(ty: &Ty) -> Option<&'static str> {
    match ty {
        Ty::Typedef { name, of } => match name.as_str() {
            "size_t" | "uintptr_t" => Some("usize"),
            "ssize_t" | "ptrdiff_t" | "intptr_t" => Some("isize"),
            _ => pointer_sized(of),
        },
        Ty::Qualified { of, .. } => pointer_sized(of),
        _ => None,
    }
}
