//! What pointers point to: two types, laid out in memory.

use veo_engine::debuginfo::Language;

use super::compare::contrast;
use super::model::{Leaf, LeafKind, Ty};
use super::report::Aspect;

/// How memory differs, in words. `None`: it means the same to both sides, as far as is known.
pub(super) type Verdict = Option<(Aspect, String)>;

/// Compares what two pointers point to.
pub(super) fn behind(here: &Ty, there: &Ty, language: Language) -> Verdict {
    match (here.bare(), there.bare()) {
        (Ty::Void, _) | (_, Ty::Void | Ty::Unknown(_)) | (Ty::Function { .. }, Ty::Function { .. }) => None,
        (Ty::Pointer { to: here, .. }, Ty::Pointer { to: there, .. }) => {
            let widens = here.is_constant() && !there.is_constant() && !matches!(here.bare(), Ty::Void);
            if widens && language != Language::Fortran {
                let text = "behind the inner pointer memory is declared as only read, which may be written";
                return Some((Aspect::Constness, text.into()));
            }
            behind(here, there, language)
        }
        (_, Ty::Function { .. }) => {
            let text = "it points to a function; the address of one is declared as `*const c_void`";
            Some((Aspect::Pointee, text.into()))
        }
        (Ty::Function { .. }, _) => Some((Aspect::Pointee, "it points to data, not to a function".into())),
        _ => memory(here, there),
    }
}

fn memory(here: &Ty, there: &Ty) -> Verdict {
    let sizes = (here.size(), there.size());
    let is_same_size = sizes.0.is_some() && sizes.0 == sizes.1;
    match (here.bare(), there.bare()) {
        (Ty::Array { .. }, Ty::Array { .. }) => return arrays(here, there),
        // A pointer to an array is one to its first element.
        (Ty::Array { of, .. }, _) if !is_same_size => return memory(of, there),
        (_, Ty::Array { of, .. }) if !is_same_size => return memory(here, of),
        _ => {}
    }
    if let (Some(here_is), Some(there_is)) = (here.scalar(), there.scalar()) {
        return scalars(here, there, here_is, there_is);
    }
    if sizes.0 == Some(0) && there.scalar().is_none() {
        return None; // Something of which only the address is known.
    }
    let (Some(here_size), Some(there_size)) = sizes else { return incomplete(here, there) };
    let (here_leaves, there_leaves) = (leaves(here), leaves(there));
    let difference = || first_difference(here, there, here_leaves.as_deref()?, there_leaves.as_deref()?);
    if is_same_size {
        return difference().or_else(|| alignment(here, there));
    }
    let is_unseen = here_leaves.is_none() && there.scalar().is_some_and(|leaf| here_size % leaf.size().max(1) == 0);
    if is_unseen || is_part(here_leaves.as_deref(), there_leaves.as_deref()) {
        return None;
    }
    let text = format!("`{}` has {here_size} bytes, `{}` has {there_size}", here.in_rust(), unqualified(there));
    // One number against a struct: where they begin to differ says nothing.
    let difference = || difference().filter(|_| here.scalar().is_none() && there.scalar().is_none());
    let text = match difference() {
        Some((_, more)) => format!("{text}: {more}"),
        None => text,
    };
    Some((pointee_or_layout(here, there), text))
}

fn pointee_or_layout(here: &Ty, there: &Ty) -> Aspect {
    let is_record = |ty: &Ty| matches!(ty.bare(), Ty::Record(_));
    if is_record(here) && is_record(there) { Aspect::Layout } else { Aspect::Pointee }
}

fn scalars(here: &Ty, there: &Ty, here_is: LeafKind, there_is: LeafKind) -> Verdict {
    if here_is.fits(there_is) {
        return None;
    }
    let one_is_a_pointer = (here_is == LeafKind::Pointer) != (there_is == LeafKind::Pointer);
    let aspect = if one_is_a_pointer { Aspect::Pointer } else { Aspect::Pointee };
    let (what, is, was) = contrast(here_is, there_is);
    let verb = if what == Aspect::Width { "has" } else { "is" };
    Some((aspect, format!("`{}` {verb} {is}, `{}` {verb} {was}", here.in_rust(), unqualified(there))))
}

fn unqualified(ty: &Ty) -> String {
    match ty {
        Ty::Qualified { of, .. } if !matches!(**of, Ty::Pointer { .. }) => unqualified(of),
        ty => ty.in_c(""),
    }
}

/// Arrays of arrays count as one of all their elements.
fn arrays(here: &Ty, there: &Ty) -> Verdict {
    fn flat(ty: &Ty) -> (&Ty, Option<u64>) {
        match ty.bare() {
            Ty::Array { of, len, .. } => {
                let (element, inner) = flat(of);
                (element, len.and_then(|len| len.checked_mul(inner?)))
            }
            _ => (ty, Some(1)),
        }
    }
    let ((here_of, here_len), (there_of, there_len)) = (flat(here), flat(there));
    if let Some(verdict) = memory(here_of, there_of) {
        return Some(verdict);
    }
    let (here_len, there_len) = (here_len?, there_len?);
    let text = format!("`{}` has {here_len} elements, `{}` has {there_len}", here.in_rust(), unqualified(there));
    (here_len != there_len).then_some((Aspect::Layout, text))
}

/// What is only declared there cannot be anything that Rust knows more of.
fn incomplete(here: &Ty, there: &Ty) -> Verdict {
    let text = match (here.scalar(), there.bare()) {
        (Some(_), Ty::Record(_)) => "only the library knows what is in it; declare `*mut c_void`",
        (Some(_), _) if there.size().is_some() => "it is no struct there",
        _ => return None,
    };
    Some((Aspect::Pointee, text.into()))
}

/// What is in a type; `None` if that is not known.
fn leaves(ty: &Ty) -> Option<Vec<Leaf>> {
    let mut found = Vec::new();
    ty.leaves(0, "", &mut found)?;
    Some(found)
}

/// Whether one is a single scalar of which the other consists: a pointer to such a struct is one to its first scalar.
fn is_part(here: Option<&[Leaf]>, there: Option<&[Leaf]>) -> bool {
    let (Some(here), Some(there)) = (here, there) else { return false };
    let (one, many) = if here.len() <= there.len() { (here, there) } else { (there, here) };
    let [one] = one else { return false };
    let step = one.kind.size();
    many.iter().zip(0..).all(|(leaf, index)| leaf.kind.fits(one.kind) && leaf.offset == step * index)
}

/// The first scalar that is another one, or in another place. What stands here where there is padding there, does not matter.
fn first_difference(here: &Ty, there: &Ty, here_leaves: &[Leaf], there_leaves: &[Leaf]) -> Verdict {
    let (here_name, there_name) = (here.in_rust(), unqualified(there));
    let shown = |leaf: &Leaf| match leaf.path.as_str() {
        "" => format!("`{}`", leaf.type_name),
        path => format!("`{path}` (`{}`)", leaf.type_name),
    };
    for leaf in there_leaves {
        let is_blob = |leaf: &Leaf| matches!(leaf.kind, LeafKind::Blob { .. });
        let covers = |other: &&Leaf| (other.offset..other.offset + other.kind.size().max(1)).contains(&leaf.offset);
        let other = here_leaves.iter().find(covers);
        if is_blob(leaf) || other.is_some_and(is_blob) {
            continue;
        }
        let what = match other {
            Some(other) if other.offset == leaf.offset && other.kind.fits(leaf.kind) => continue,
            Some(other) if other.offset == leaf.offset => shown(other),
            Some(other) => format!("a part of {}", shown(other)),
            None => "nothing".into(),
        };
        let (offset, leaf) = (leaf.offset, shown(leaf));
        let text = if here.scalar().is_some() {
            format!("`{there_name}` has {leaf} at byte {offset}, which is no `{here_name}`")
        } else {
            format!("at byte {offset}, `{there_name}` has {leaf}, where `{here_name}` has {what}")
        };
        return Some((pointee_or_layout(here, there), text));
    }
    None
}

fn alignment(here: &Ty, there: &Ty) -> Verdict {
    let (Ty::Record(here), Ty::Record(there)) = (here.bare(), there.bare()) else { return None };
    let (is, was) = (here.align?, there.align?);
    let text = format!("`{}` is aligned to {is}, `{}` to {was}; is it `repr(packed)`?", here.name, there.name);
    (is < was).then_some((Aspect::Layout, text))
}
