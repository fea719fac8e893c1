//! A declaration against the function that was compiled: what differs, in words.

use veo_engine::debuginfo::Language;
use veo_engine::signature::Class;

use super::declared::Type;
use super::layout;
use super::model::{Base, Function, LeafKind, Parameter, Ty};
use super::own;
use super::prototype::{NamedType, Prototype};
use super::report::{Aspect, Difference};

/// Everything that differs, in order.
pub(super) fn compare(declared: &Prototype, compiled: &Function) -> Vec<Difference> {
    let mut found = Vec::new();
    found.extend(count(declared, compiled));
    for (index, param, real) in pairs(declared, compiled) {
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

/// Which arguments belong together: by their places, or, where the numbers are not the same, by their names.
fn pairs<'a>(declared: &'a Prototype, compiled: &'a Function) -> Vec<(usize, &'a NamedType, &'a Parameter)> {
    let by_place = declared.params.iter().zip(&compiled.params).enumerate();
    let by_place = by_place.map(|(index, (here, there))| (index, here, there));
    if declared.params.len() == compiled.params.len() || compiled.is_variadic {
        return by_place.collect();
    }
    let by_name = declared.params.iter().enumerate().filter_map(|(index, here)| {
        let there = compiled.params.iter().find(|there| is_same_name(&here.name, &there.name))?;
        Some((index, here, there))
    });
    let by_name: Vec<_> = by_name.collect();
    if by_name.is_empty() { by_place.collect() } else { by_name }
}

/// Fortran does not tell `N` from `n`.
fn is_same_name(here: &str, there: &str) -> bool {
    here.eq_ignore_ascii_case(there)
}

/// `argument 2, `x`` with the other name, if it has another one.
fn argument(index: usize, name: &str, real: &Parameter) -> String {
    let other = match real.name.as_str() {
        "" => String::new(),
        real if is_same_name(name, real) => String::new(),
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
        text += &hidden_in_fortran(compiled);
    } else if !hidden.is_empty() {
        let names: Vec<_> = hidden.iter().map(|param| format!("`{}`", param.name)).collect();
        text += &format!(
            ": {} of them ({}) {} added by the compiler",
            hidden.len(),
            names.join(", "),
            if hidden.len() == 1 { "is" } else { "are" }
        );
    } else {
        let declares = |real: &&Parameter| declared.params.iter().any(|param| is_same_name(&param.name, &real.name));
        let takes = |param: &&NamedType| compiled.params.iter().any(|real| is_same_name(&param.name, &real.name));
        let missing: Vec<_> = compiled.params.iter().filter(|real| !declares(real)).map(|real| &*real.name).collect();
        let needless: Vec<_> = declared.params.iter().filter(|param| !takes(param)).map(|param| &*param.name).collect();
        // Where the names are others, they do not tell.
        match (&missing[..], &needless[..]) {
            ([name], []) => text += &format!(": `{name}` is missing"),
            (names @ [_, ..], []) => text += &format!(": `{}` are missing", names.join("`, `")),
            ([], _) if there == 0 => {}
            ([], [name]) => text += &format!(": `{name}` is not there"),
            ([], names @ [_, ..]) => text += &format!(": `{}` are not there", names.join("`, `")),
            _ => {}
        }
    }
    Some(Difference { aspect: Aspect::Count, text })
}

/// What Fortran passes for strings.
fn hidden_in_fortran(compiled: &Function) -> String {
    let result = compiled.string_result();
    let mut text = String::new();
    if result.is_some() {
        text += ": the result is a string, whose address and length are hidden arguments in front of all others";
    }
    let lengths = compiled.params.iter().filter(|param| param.is_length(compiled.language));
    let lengths = lengths.filter(|param| result.is_none_or(|result| result.name != param.name));
    let names: Vec<_> = lengths.map(|param| format!("`{}`", param.name)).collect();
    match &names[..] {
        [] => {}
        [name] => text += &format!(": {name} is a string, whose length is a hidden argument behind all others"),
        names => {
            text +=
                &format!(": {} are strings, whose lengths are hidden arguments behind all others", names.join(", "));
        }
    }
    text
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
pub(super) struct Judge<'a> {
    pub(super) compiled: &'a Function,
    /// `None` for the result.
    pub(super) real: Option<&'a Parameter>,
}

impl Judge<'_> {
    pub(super) fn parameter(&self, declared: &Type, real: &Ty) -> Judged {
        let (language, there) = (self.compiled.language, self.there());
        let shown = described(real, language);
        if let Some(why) = unusable(real, declared.is_memory() && declared.target().is_void()) {
            return Some((Aspect::Kind, format!("declared `{declared}`, but {there} it is {shown}: {why}")));
        }
        match (declared.is_memory(), real.bare()) {
            (_, Ty::Unknown(_) | Ty::Trusted) => None,
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
        if let Ty::Base { base: Base::Bool, size, .. } = real.bare()
            && matches!(language, Language::C | Language::Cpp)
        {
            behind = if *size == 1 {
                "; on a VE it has 4, while `int` is the same everywhere"
            } else {
                "; on an x86-64 host it has 1, while `int` is the same everywhere"
            };
        }
        let is_length = self.real.is_some_and(|real| real.is_length(language));
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
pub(super) fn unusable(real: &Ty, is_erased: bool) -> Option<String> {
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
