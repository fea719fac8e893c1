//! A declared variable against the one that was compiled.

use veo_engine::debuginfo::Language;

use super::advice;
use super::compare::{contrast, described};
use super::declared::Type;
use super::layout;
use super::model::{LeafKind, Ty, Variable, language_name};
use super::own;
use super::report::{Aspect, Difference};

/// The declaration with a name and a type, as Rust writes it.
pub(super) fn spelled(name: &str, declared: &Type, target: &str) -> String {
    item(name, declared.is_read_only(), target)
}

/// What differs, if anything does.
pub(super) fn compare(declared: &Type, compiled: &Variable) -> Option<Difference> {
    let shown = match compiled.language {
        Language::Fortran => format!("`{}`", compiled.ty.in_fortran("")),
        language => described(&compiled.ty, language),
    };
    let there = format!("in {} it is {shown}", language_name(compiled.language));
    let target = declared.target_name();
    let (aspect, here, real) = differ(declared, compiled)?;
    Some(Difference { aspect, text: format!("declared `{target}`{here}, but {there}{real}") })
}

/// What is wrong with a declared variable of which each thread has one.
pub(super) fn of_thread(name: &str) -> Difference {
    let text = format!(
        "`{name}` is thread-local: each thread has one of its own, and a `static` is that of the main context, while kernels \
         of other contexts use theirs"
    );
    Difference { aspect: Aspect::Thread, text }
}

/// What to declare instead of that.
pub(super) fn instead(name: &str) -> String {
    format!("a function in the library that returns `{name}`, and one that sets it, and here those")
}

/// In what they differ, and what is to be said of each.
fn differ(declared: &Type, compiled: &Variable) -> Option<(Aspect, String, String)> {
    let (here, there) = (own::ty(declared.target()), &compiled.ty);
    if here.size() == Some(0) {
        return constness(declared, compiled); // Something of which only the address is known.
    }
    if matches!(there.bare(), Ty::Array { needs_descriptor: true, .. }) {
        let why = ", which Fortran keeps in a descriptor of its own; give it a fixed shape there";
        return Some((Aspect::Kind, String::new(), why.into()));
    }
    if let (Some(here), Some(there)) = (here.scalar(), there.scalar())
        && !here.fits(there)
    {
        let one_is_a_pointer = (here == LeafKind::Pointer) != (there == LeafKind::Pointer);
        let (aspect, here, there) = contrast(here, there);
        let aspect = if one_is_a_pointer { Aspect::Pointer } else { aspect };
        return Some((aspect, format!(", {here}"), format!(", {there}")));
    }
    if let Some((aspect, text)) = layout::behind(&here, there, compiled.language) {
        return Some((aspect, String::new(), format!(": {text}")));
    }
    sizes(&here, there).or_else(|| constness(declared, compiled))
}

/// Behind a pointer `T` stands for any number of them; a variable is all that it is.
fn sizes(here: &Ty, there: &Ty) -> Option<(Aspect, String, String)> {
    let (here, there) = (here.size()?, there.size()?);
    let bytes = |size: u64| if size == 1 { ", 1 byte".to_owned() } else { format!(", {size} bytes") };
    (here != there).then(|| (Aspect::Width, bytes(here), bytes(there)))
}

fn constness(declared: &Type, compiled: &Variable) -> Option<(Aspect, String, String)> {
    // A constant of Fortran has no address.
    let is_wrong = !declared.is_read_only() && compiled.ty.is_constant() && compiled.language != Language::Fortran;
    is_wrong.then(|| (Aspect::Constness, ", with `static mut`".into(), ", which must not be written".into()))
}

/// The declaration that fits. `None` if none does, or if what is wrong is inside a struct.
pub(super) fn right(name: &str, declared: &Type, compiled: &Variable) -> Option<String> {
    let difference = compare(declared, compiled)?;
    let target = match difference.aspect {
        Aspect::Constness => declared.target_name(),
        // A struct keeps the name that it has here.
        _ => advice::contents(&compiled.ty, record(&declared.target().ty()))?,
    };
    let right = item(name, declared.is_read_only() || compiled.ty.is_constant(), &target);
    (right != spelled(name, declared, &declared.target_name())).then(|| right + ";")
}

/// The declaration of a variable that was declared as a function.
pub(super) fn of_function(name: &str, compiled: &Variable) -> Option<String> {
    Some(item(name, compiled.ty.is_constant(), &advice::contents(&compiled.ty, None)?) + ";")
}

fn item(name: &str, constant: bool, target: &str) -> String {
    let mutable = if constant { "" } else { "mut " };
    format!("static {mutable}{name}: {target}")
}

/// The name of a struct, or of those in an array.
fn record(ty: &Ty) -> Option<&str> {
    match ty.bare() {
        Ty::Array { of, .. } => record(of),
        Ty::Record(record) => Some(&record.name),
        _ => None,
    }
}
