//! Types.

use std::sync::Arc;

use gimli::{Attribute, AttributeValue, EntriesTreeNode};
use veo_engine::debuginfo::{DEEPEST, Die, Dies, Entry, Language, Result, Slice, Unit};

use super::Reader;
use crate::verify::model::{Base, Leaf, LeafKind, MOST_LEAVES, Record, Ty};

impl<'a> Reader<'a> {
    /// The type that an attribute of `from` refers to.
    pub(in crate::verify) fn follow(
        &mut self,
        from: &Die<'a>,
        value: &AttributeValue<Slice<'a>>,
        depth: usize,
    ) -> Result<Ty> {
        Ok(match self.dies.follow(from, value)? {
            None => Ty::Unknown("its type is described in another file"),
            Some(die) => self.ty(&die, depth)?,
        })
    }

    fn ty(&mut self, die: &Die<'a>, depth: usize) -> Result<Ty> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(Ty::Unknown("its type is too large to compare")) };
        self.left = left;
        if depth > DEEPEST {
            return Ok(Ty::Unknown("its type is nested too deeply"));
        }
        let entry = die.unit.entry(die.offset)?;
        if let Some(elsewhere) = entry.attr_value(gimli::DW_AT_signature) {
            return self.follow(die, &elsewhere, depth + 1);
        }
        let size = entry.attr(gimli::DW_AT_byte_size).and_then(Attribute::udata_value);
        let name = self.text(std::slice::from_ref(die), gimli::DW_AT_name)?;
        let inner = entry.attr_value(gimli::DW_AT_type);
        let of = |this: &mut Self| match &inner {
            None => Ok(Ty::Void),
            Some(inner) => this.follow(die, inner, depth + 1),
        };
        Ok(match entry.tag() {
            gimli::DW_TAG_base_type | gimli::DW_TAG_string_type => base(&entry, name.unwrap_or_default(), size),
            gimli::DW_TAG_unspecified_type => Ty::Void,
            gimli::DW_TAG_pointer_type => {
                let to = of(self)?;
                // Rust says it in the name alone.
                let rust_const = name.is_some_and(|name| {
                    name.starts_with("*const ") || name.starts_with('&') && !name.starts_with("&mut ")
                });
                Ty::pointer(if rust_const { to.constant() } else { to })
            }
            gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type => {
                Ty::Pointer { to: Box::new(of(self)?), is_reference: true }
            }
            gimli::DW_TAG_const_type => of(self)?.constant(),
            gimli::DW_TAG_volatile_type => Ty::Qualified { word: "volatile", of: Box::new(of(self)?) },
            gimli::DW_TAG_restrict_type => Ty::Qualified { word: "restrict", of: Box::new(of(self)?) },
            gimli::DW_TAG_atomic_type => Ty::Qualified { word: "_Atomic", of: Box::new(of(self)?) },
            gimli::DW_TAG_typedef | gimli::DW_TAG_template_alias | gimli::DW_TAG_subrange_type => {
                Ty::Typedef { name: name.unwrap_or_default(), of: Box::new(of(self)?) }
            }
            gimli::DW_TAG_array_type => self.array(die, &entry, of)?,
            gimli::DW_TAG_enumeration_type => {
                let signed = match of(self)?.scalar() {
                    Some(LeafKind::Int { signed, .. }) => signed != Some(false),
                    _ => true,
                };
                Ty::Enum { name: keyword("enum", name, die, &self.dies)?, size: size.unwrap_or(4), signed }
            }
            gimli::DW_TAG_structure_type => self.record(die, "struct", name, size, depth)?,
            gimli::DW_TAG_class_type => self.record(die, "class", name, size, depth)?,
            gimli::DW_TAG_union_type => self.record(die, "union", name, size, depth)?,
            gimli::DW_TAG_subroutine_type => {
                let ret = Box::new(of(self)?);
                let parameters = self.dies.parameters(std::slice::from_ref(die))?;
                let mut params = Vec::new();
                for parameter in &parameters.list {
                    let entry = parameter.unit.entry(parameter.offset)?;
                    if let Some(ty) = entry.attr_value(gimli::DW_AT_type) {
                        params.push(self.follow(parameter, &ty, depth + 1)?);
                    }
                }
                Ty::Function { ret, params }
            }
            gimli::DW_TAG_ptr_to_member_type => Ty::Unknown("C++ does not say how a pointer to a member looks"),
            _ => Ty::Unknown("its type is of a kind that is not known here"),
        })
    }

    fn array(&mut self, die: &Die<'a>, entry: &Entry<'a>, of: impl Fn(&mut Self) -> Result<Ty>) -> Result<Ty> {
        let mut ty = of(self)?;
        let descriptor = [gimli::DW_AT_data_location, gimli::DW_AT_allocated, gimli::DW_AT_associated];
        let needs_descriptor = descriptor.iter().any(|&name| entry.has_attr(name));
        let first = u64::from(self.dies.language(&die.unit)? == Language::Fortran);
        let mut lengths = Vec::new();
        let mut tree = die.unit.entries_tree(Some(die.offset))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            if child.entry().tag() == gimli::DW_TAG_subrange_type {
                lengths.push(length(child.entry(), first));
            }
        }
        if entry.has_attr(gimli::DW_AT_GNU_vector) {
            let len: Option<u64> = lengths.into_iter().try_fold(1_u64, |all, len| all.checked_mul(len?));
            let size = len.and_then(|len| len.checked_mul(ty.size()?));
            let name = format!("vector of {}", ty.in_c(""));
            return Ok(Ty::Base { name, base: Base::Other, size: size.unwrap_or(0) });
        }
        if lengths.len() > DEEPEST {
            return Ok(Ty::Unknown("its type is nested too deeply"));
        }
        // What is written first is innermost in Fortran, and outermost in C.
        if first == 0 {
            lengths.reverse();
        }
        for len in lengths {
            ty = Ty::Array { of: Box::new(ty), len, needs_descriptor };
        }
        Ok(ty)
    }

    fn record(
        &mut self,
        die: &Die<'a>,
        word: &'static str,
        name: Option<String>,
        size: Option<u64>,
        depth: usize,
    ) -> Result<Ty> {
        let key = die.unit.header.debug_info_offset().map(|at| (at, die.offset));
        if let Some(known) = key.and_then(|key| self.records.get(&key)) {
            return Ok(Ty::Record(Arc::clone(known)));
        }
        let entry = die.unit.entry(die.offset)?;
        let shown = keyword(word, name, die, &self.dies)?;
        let align = entry.attr(gimli::DW_AT_alignment).and_then(Attribute::udata_value);
        let Some(size) = size.filter(|_| !entry.has_attr(gimli::DW_AT_declaration)) else {
            return Ok(Ty::Record(Record::unseen(shown, None, None).into()));
        };
        // While its members are read, it refers to itself by its name only.
        if let Some(key) = key {
            self.records.insert(key, Record::unseen(shown.clone(), Some(size), align).into());
        }
        let members = self.members(die, word == "union", depth)?;
        // One that overlaps, or is outside, is damage.
        let leaves = members.filter(|leaves| {
            leaves.iter().all(|leaf| leaf.offset.checked_add(leaf.kind.size()).is_some_and(|end| end <= size))
        });
        let record = Arc::new(Record::new(shown, size, align, leaves));
        if let Some(key) = key {
            self.records.insert(key, Arc::clone(&record));
        }
        Ok(Ty::Record(record))
    }

    /// The scalars in a record. `None`: not known, as for unions and bit-fields.
    fn members(&mut self, die: &Die<'a>, is_union: bool, depth: usize) -> Result<Option<Vec<Leaf>>> {
        let mut members = Vec::new();
        let mut tree = die.unit.entries_tree(Some(die.offset))?;
        let mut is_known = list_members(tree.root()?, &mut members)?;
        if is_union {
            // Rust's way to say that a value may not be there yet.
            members.retain(|member| member.name_is(&self.dies, &die.unit, "value"));
            is_known &= members.len() == 1;
        }
        let mut leaves = Vec::new();
        for member in members {
            let Some(offset) = member.offset else { return Ok(None) };
            let name = match member.name {
                Some(name) => self.string(&die.unit, name)?,
                None => String::new(),
            };
            let Some(value) = member.ty else { return Ok(None) };
            let Some(of) = self.dies.follow(die, &value)? else { return Ok(None) };
            let ty = self.member_type(&of, depth + 1)?;
            if ty.leaves(offset, &name, &mut leaves).is_none() {
                let Some(size) = ty.size().filter(|_| leaves.len() < MOST_LEAVES) else { return Ok(None) };
                let kind = LeafKind::Blob { size };
                leaves.push(Leaf { offset, kind, path: name, type_name: ty.in_c("") });
            }
        }
        leaves.sort_by_key(|leaf| leaf.offset);
        Ok(is_known.then_some(leaves))
    }

    /// What pointers in a struct point to is not compared.
    fn member_type(&mut self, die: &Die<'a>, depth: usize) -> Result<Ty> {
        let is_pointer = die.unit.entry(die.offset)?.tag() == gimli::DW_TAG_pointer_type;
        if is_pointer { Ok(Ty::pointer(Ty::Void)) } else { self.ty(die, depth) }
    }
}

/// A member of a record.
struct Member<'a> {
    name: Option<AttributeValue<Slice<'a>>>,
    ty: Option<AttributeValue<Slice<'a>>>,
    offset: Option<u64>,
}

impl<'a> Member<'a> {
    fn name_is(&self, dies: &Dies<'a>, unit: &Unit<'a>, wanted: &str) -> bool {
        let name = self.name.and_then(|name| dies.dwarf.attr_string(unit, name).ok());
        name.is_some_and(|name| name.slice() == wanted.as_bytes())
    }
}

/// Adds the members of a record, and says whether these are all.
fn list_members<'a>(parent: EntriesTreeNode<'_, '_, Slice<'a>>, members: &mut Vec<Member<'a>>) -> Result<bool> {
    let mut is_known = true;
    let mut children = parent.children();
    while let Some(child) = children.next()? {
        let entry = child.entry();
        match entry.tag() {
            gimli::DW_TAG_member if entry.has_attr(gimli::DW_AT_external) => {}
            gimli::DW_TAG_member | gimli::DW_TAG_inheritance => {
                let bits = [gimli::DW_AT_bit_size, gimli::DW_AT_data_bit_offset, gimli::DW_AT_bit_offset];
                is_known &= !bits.iter().any(|&name| entry.has_attr(name));
                let offset = match entry.attr(gimli::DW_AT_data_member_location) {
                    None => Some(0),
                    Some(offset) => offset.udata_value(),
                };
                let (name, ty) = (entry.attr_value(gimli::DW_AT_name), entry.attr_value(gimli::DW_AT_type));
                members.push(Member { name, ty, offset });
            }
            // A Rust enum with data.
            gimli::DW_TAG_variant_part => is_known = false,
            _ => {}
        }
    }
    Ok(is_known)
}

fn base(entry: &Entry<'_>, name: String, size: Option<u64>) -> Ty {
    if entry.tag() == gimli::DW_TAG_string_type {
        let name = match size {
            Some(size) => format!("character(len={size})"),
            None => "character(len=*)".into(),
        };
        let of = Ty::Base { name: "character".into(), base: Base::Char, size: 1 };
        return Ty::Typedef { name, of: Box::new(Ty::Array { of: Box::new(of), len: size, needs_descriptor: false }) };
    }
    let Some(AttributeValue::Encoding(encoding)) = entry.attr_value(gimli::DW_AT_encoding) else {
        return Ty::Unknown("its type has no encoding");
    };
    let base = match encoding {
        // Rust's `()`.
        gimli::DW_ATE_unsigned if size == Some(0) => return Ty::Void,
        gimli::DW_ATE_signed_char | gimli::DW_ATE_unsigned_char if name == "char" => Base::Char,
        gimli::DW_ATE_unsigned_char if name.starts_with("character") => Base::Char,
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => Base::Signed,
        gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_UTF | gimli::DW_ATE_address => {
            Base::Unsigned
        }
        gimli::DW_ATE_boolean => Base::Bool,
        gimli::DW_ATE_float => Base::Float,
        gimli::DW_ATE_complex_float => Base::Complex,
        _ => Base::Other,
    };
    let odd = [gimli::DW_AT_bit_size, gimli::DW_AT_endianity].iter().any(|&name| entry.has_attr(name));
    Ty::Base { name, base: if odd { Base::Other } else { base }, size: size.unwrap_or(0) }
}

/// `struct point`; where the language has names alone, `point`.
fn keyword<'a>(word: &str, name: Option<String>, die: &Die<'a>, dies: &Dies<'a>) -> Result<String> {
    let is_c = dies.language(&die.unit)? == Language::C;
    Ok(match name {
        Some(name) if is_c => format!("{word} {name}"),
        Some(name) => name,
        None => word.to_owned(),
    })
}

/// How long a dimension is, if that is known. `first` is the first index in this language.
fn length(range: &Entry<'_>, first: u64) -> Option<u64> {
    let number = |name| range.attr(name).and_then(Attribute::udata_value);
    if let Some(count) = number(gimli::DW_AT_count) {
        return Some(count);
    }
    let upper = number(gimli::DW_AT_upper_bound)?;
    let lower = match range.attr(gimli::DW_AT_lower_bound) {
        None => first,
        Some(lower) => lower.udata_value()?,
    };
    upper.checked_sub(lower)?.checked_add(1)
}
