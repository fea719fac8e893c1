//! What is in the structs of this program, from its own debug information.
//!
//! Rust says the size and the alignment of a type, not what is in it. The debug information does, in debug builds. There every
//! [`Target`]'s function `name::<T>` is an entry with `T` as its type parameter; and it is found by the function's address.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use veo_engine::debuginfo::{Dies, UnitWithCode};

use super::declared::{Target, short};
use super::file::{Binary, Sections};
use super::model::{Function, Ty};
use super::read::{Found, Reader};
use crate::lock::lock;

/// The type with what is in it, where that is known.
pub(super) fn ty(target: &Target) -> Ty {
    let plain = target.ty();
    if !target.is_open || !has_record(&plain) {
        return plain;
    }
    static KNOWN: Mutex<Option<HashMap<usize, Option<Ty>>>> = Mutex::new(None);
    let address = target.name as usize;
    let mut known = lock(&KNOWN);
    let known = known.get_or_insert_default().entry(address);
    let seen = known.or_insert_with(|| described(address).filter(|ty| is_it(ty, &plain, target)));
    seen.clone().unwrap_or(plain)
}

fn has_record(ty: &Ty) -> bool {
    match ty {
        Ty::Record(_) => true,
        Ty::Array { of, .. } => has_record(of),
        _ => false,
    }
}

/// Functions with the same code may have become one.
fn is_it(seen: &Ty, plain: &Ty, target: &Target) -> bool {
    let named = |ty: &Ty| short(&ty.in_rust());
    seen.size() == Some(target.size as u64) && (named(seen) == named(plain) || !matches!(plain, Ty::Record(_)))
}

fn described(address: usize) -> Option<Ty> {
    with_reader(address as u64, |reader, address| reader.type_parameter(address))?
}

/// A function of this program, by its address.
pub(super) fn function(address: u64, symbol: &str) -> Option<Box<Function>> {
    match with_reader(address, |reader, address| reader.function_at(address, symbol))? {
        Found::Function(function) => Some(function),
        Found::Variable(_) | Found::NoTypes(_) => None,
    }
}

/// What was read, until [`forget`].
static PROGRAMS: Mutex<Option<HashMap<PathBuf, Option<Program>>>> = Mutex::new(None);

/// Gives back the memory that debug information takes. What was asked for stays known.
pub(super) fn forget() {
    *lock(&PROGRAMS) = None;
}

/// Reads the unit of the function at an address; the code gets the address that the file has for it.
fn with_reader<T>(address: u64, code: impl FnOnce(&mut Reader<'_>, u64) -> T) -> Option<T> {
    let (path, offset) = mapped(address)?;
    let mut programs = lock(&PROGRAMS);
    let program = programs.get_or_insert_default().entry(path);
    let program = program.or_insert_with_key(|path| Program::read(path)).as_ref()?;
    let segment = program.segments.iter().find(|segment| offset.wrapping_sub(segment.offset) < segment.size)?;
    let address = offset.wrapping_sub(segment.offset).wrapping_add(segment.address);
    let is_inside = |unit: &&UnitWithCode| unit.ranges.iter().any(|range| (range.begin..range.end).contains(&address));
    let unit = program.units.iter().find(is_inside)?;
    Some(code(&mut Reader::of_unit(&program.sections, unit), address))
}

/// This program, or a plugin in it.
struct Program {
    sections: Sections,
    segments: Vec<Segment>,
    units: Vec<UnitWithCode>,
}

/// Where a part of the file belongs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment {
    pub(super) offset: u64,
    pub(super) size: u64,
    pub(super) address: u64,
}

impl Program {
    fn read(path: &Path) -> Option<Self> {
        let (sections, segments) = Binary::read_own(path)?;
        let units = Dies::new(sections.dwarf()).units_with_code().ok()?;
        Some(Self { sections, segments, units })
    }
}

/// The file that is mapped at an address, and the place in it.
fn mapped(address: u64) -> Option<(PathBuf, u64)> {
    let maps = fs::read_to_string("/proc/self/maps").ok()?;
    maps.lines().find_map(|line| {
        // 7f0c4e200000-7f0c4e228000 r-xp 00026000 fe:01 1311 /usr/lib/libx.so
        let mut words = line.splitn(6, ' ');
        let (start, end) = words.next()?.split_once('-')?;
        let number = |text: &str| u64::from_str_radix(text, 16).ok();
        let (start, end) = (number(start)?, number(end)?);
        if !(start..end).contains(&address) {
            return None;
        }
        let offset = number(words.nth(1)?)?;
        let path = words.nth(2)?.trim_start();
        path.starts_with('/').then(|| (PathBuf::from(path), offset.wrapping_add(address - start)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::{Form, Type};
    use super::*;

    #[repr(C)]
    struct Inner {
        flag: u8,
        wide: [i16; 2],
    }

    #[repr(C)]
    struct Outer {
        first: f64,
        inner: Inner,
        pointer: *const Outer,
    }

    #[test]
    fn fields_of_structs_are_known_where_there_is_debug_information() {
        let ty = ty(Type::memory::<Outer>(Form::Const).target());
        let mut leaves = Vec::new();
        if ty.leaves(0, "", &mut leaves).is_none() {
            return;
        }
        let found: Vec<_> = leaves.iter().map(|leaf| (leaf.offset, leaf.path.as_str())).collect();
        let expected = [(0, "first"), (8, "inner.flag"), (10, "inner.wide[0]"), (12, "inner.wide[1]"), (16, "pointer")];
        assert_eq!(found, expected);
    }
}
