//! How C lays out structs, which is the same on this host and on a VE.

use std::collections::BTreeMap;

use super::model::{Definition, Field, Kind, Type};

/// Definitions by their names.
type Types = BTreeMap<String, Definition>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) size: u64,
    pub(crate) align: u64,
}

/// A member's size and alignment; `size_of` knows those of named types.
pub(crate) fn of(ty: &Type, named: &dyn Fn(&str) -> Option<Layout>) -> Option<Layout> {
    match ty {
        Type::Scalar(scalar) => Some(Layout { size: scalar.size(), align: scalar.size() }),
        Type::Complex(part) => Some(Layout { size: 2 * part.size(), align: part.size() }),
        Type::Pointer { .. } | Type::Function { .. } => Some(Layout { size: 8, align: 8 }),
        Type::Array { of: element, len } => {
            let element = of(element, named)?;
            Some(Layout { size: element.size.checked_mul(*len)?, align: element.align })
        }
        Type::Named(name) => named(name),
        Type::Void | Type::Unsupported(_) => None,
    }
}

/// Where the members lie, and the whole.
pub(crate) fn record<'a>(
    members: impl IntoIterator<Item = &'a Type>,
    named: &dyn Fn(&str) -> Option<Layout>,
) -> Option<(Vec<u64>, Layout)> {
    let mut whole = Layout { size: 0, align: 1 };
    let mut offsets = Vec::new();
    for member in members {
        let member = of(member, named)?;
        let offset = whole.size.checked_next_multiple_of(member.align)?;
        offsets.push(offset);
        whole = Layout { size: offset.checked_add(member.size)?, align: whole.align.max(member.align) };
    }
    whole.size = whole.size.checked_next_multiple_of(whole.align)?;
    Some((offsets, whole))
}

/// The layout of a named type among the definitions.
pub(crate) fn named(types: &Types, name: &str) -> Option<Layout> {
    let by_name = |name: &str| named(types, name);
    match &types.get(name)?.kind {
        Kind::Alias(ty) => of(ty, &by_name),
        Kind::Enum { of, .. } => Some(Layout { size: of.size(), align: of.size() }),
        Kind::Record(fields) => Some(record(fields.iter().map(|field| &field.ty), &by_name)?.1),
        Kind::Opaque(_) => None,
    }
}

/// Why a struct is not plain data: what follows "since", or `None` if it is plain.
///
/// Members of a type in `widths` may have either width.
pub(crate) fn not_plain(types: &Types, fields: &[Field], is_variable: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    if fields.is_empty() {
        return Some("it has no members");
    }
    if let Some(reason) = fields.iter().find_map(|field| member_not_plain(types, &field.ty, is_variable)) {
        return Some(reason);
    }
    for width in [4, 8] {
        let sized = |name: &str| sized(types, name, is_variable, width);
        let sum: Option<u64> = fields.iter().map(|field| Some(of(&field.ty, &sized)?.size)).sum();
        match (sum, record(fields.iter().map(|field| &field.ty), &sized)) {
            (Some(sum), Some((_, whole))) if sum == whole.size => {}
            (Some(_), Some(_)) => return Some("there is padding between its members"),
            _ => return Some("it has members that are not plain data"),
        }
    }
    None
}

fn member_not_plain(types: &Types, ty: &Type, is_variable: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    match ty {
        Type::Scalar(_) | Type::Complex(_) => None,
        Type::Pointer { .. } | Type::Function { .. } => Some("it has members that are pointers"),
        Type::Array { len: 0, .. } => Some("it ends with an array of any length"),
        Type::Array { of, .. } => member_not_plain(types, of, is_variable),
        Type::Void | Type::Unsupported(_) => Some("it has members that are not plain data"),
        Type::Named(name) => match &types.get(name)?.kind {
            Kind::Alias(ty) => member_not_plain(types, ty, is_variable),
            Kind::Enum { .. } => None,
            Kind::Record(fields) => {
                not_plain(types, fields, is_variable).map(|_| "it has members that are not plain data")
            }
            Kind::Opaque(_) => Some("it has members that are not plain data"),
        },
    }
}

/// As [`named`], but types whose width the user chooses have this one.
fn sized(types: &Types, name: &str, is_variable: &dyn Fn(&str) -> bool, width: u64) -> Option<Layout> {
    if is_variable(name) {
        return Some(Layout { size: width, align: width });
    }
    let by_name = |name: &str| sized(types, name, is_variable, width);
    match &types.get(name)?.kind {
        Kind::Alias(ty) => of(ty, &by_name),
        Kind::Record(fields) => Some(record(fields.iter().map(|field| &field.ty), &by_name)?.1),
        _ => named(types, name),
    }
}
