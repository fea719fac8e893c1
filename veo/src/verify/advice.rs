//! What to write instead of a declaration that does not match.

use veo_engine::debuginfo::Language;

use super::Prototype;
use super::compare::{Judge, unusable};
use super::declared::{Form, Type};
use super::model::{Base, Function, LeafKind, Parameter, Ty};
use super::report::Aspect;

/// The declaration that fits. `None` if none does.
pub(super) fn right(declared: &Prototype, compiled: &Function) -> Option<String> {
    let mut params = Vec::new();
    let is_same_count = declared.params.len() == compiled.params.len();
    for (index, real) in compiled.params.iter().enumerate() {
        let is_length = real.is_length(compiled.language);
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
    if unusable(real, false).is_some() {
        return None;
    }
    if let Some(here) = here {
        match (Judge { compiled, real: param }.parameter(here, real), here.target().ty()) {
            // A struct with another layout has to be corrected itself.
            (None, _) | (Some((Aspect::Layout, _)), Ty::Record(_)) => return Some(here.to_string()),
            _ => {}
        }
    }
    match real.bare() {
        Ty::Pointer { to, .. } => pointer(here, param, to, compiled.language),
        Ty::Base { base: Base::Float, size: 4, .. } if compiled.promotes && param.is_some() => Some("f64".into()),
        _ => rust_scalar(real),
    }
}

/// A pointer or a reference: what was declared, if that was one, with another target or permission.
fn pointer(here: Option<&Type>, param: Option<&Parameter>, to: &Ty, language: Language) -> Option<String> {
    let declared = here.filter(|here| here.is_memory());
    let read_only = match language {
        // It is not said. What is passed by value is only read.
        Language::Fortran => here.is_some_and(|here| here.is_read_only() || !here.is_memory()),
        _ => to.is_constant() || matches!(to.bare(), Ty::Function { .. }),
    };
    // A struct keeps the name that it has here, and everything fits `void`.
    let kept = declared.map(|declared| declared.target().ty());
    let kept = kept.filter(|kept| matches!((kept, to.bare()), (Ty::Record(_), Ty::Record(_)) | (_, Ty::Void)));
    let target = kept.map_or_else(|| target(to), |kept| Some(kept.in_rust()))?;
    let is_one_value = param.is_some_and(|param| param.is_by_reference) && !matches!(to.bare(), Ty::Array { .. });
    let form = match declared {
        Some(declared) if target != "c_void" => *declared,
        None if is_one_value && target != "c_void" => Type::memory::<()>(Form::In),
        _ => Type::memory::<()>(Form::Const),
    };
    Some(form.spelled(&target, read_only))
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

/// What a variable of this type is in Rust, where a pointer is a `VePtr`, and a struct may have a name of its own.
pub(super) fn contents(ty: &Ty, record_name: Option<&str>) -> Option<String> {
    Some(match ty.bare() {
        Ty::Pointer { to, .. } => format!("VePtr<{}>", pointed_to(to)?),
        Ty::Array { of, len: Some(len), needs_descriptor: false } => {
            format!("[{}; {len}]", contents(of, record_name)?)
        }
        Ty::Record(record) if record.size.is_some() => {
            record_name.map_or_else(|| target(ty), |name| Some(name.into()))?
        }
        Ty::Base { base: Base::Complex, .. } => target(ty)?,
        _ => rust_scalar(ty)?,
    })
}

fn pointed_to(ty: &Ty) -> Option<String> {
    match ty.bare() {
        Ty::Pointer { to, .. } => Some(format!("VePtr<{}>", pointed_to(to)?)),
        _ => target(ty),
    }
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
