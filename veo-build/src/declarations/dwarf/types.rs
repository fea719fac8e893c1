//! The types in debug information.

use std::collections::{BTreeMap, HashMap};

use gimli::{AttributeValue, DwTag};

use super::entries::{DEEPEST, Die, Dies, Entry, Place, Result};
use crate::declarations::layout;
use crate::declarations::model::{Definition, Field, INCOMPLETE, Kind, Scalar, Type, Unsupported, Value};

/// How many entries one type may be made of. More is damage.
const MOST_ENTRIES: usize = 10_000;

/// What makes a reader's types.
#[derive(Default)]
pub(super) struct TypeReader {
    /// By the names that they get.
    pub(super) types: BTreeMap<String, Definition>,
    /// The names of structs and enumerations that have been read, by where their entries are.
    names: HashMap<Place, String>,
    /// How many entries deep we are.
    depth: usize,
    /// How many entries were read for this type. In damaged debug information, a type can be made of itself, twice.
    entries: usize,
}

impl TypeReader {
    /// The type that this entry describes.
    pub(super) fn read<'a>(&mut self, dies: &Dies<'a>, die: Die<'a>) -> Result<Type> {
        if self.depth == 0 {
            self.entries = 0;
        }
        if self.depth > DEEPEST || self.entries > MOST_ENTRIES {
            return Ok(Type::Unsupported(Unsupported::Other));
        }
        self.entries += 1;
        self.depth += 1;
        let ty = self.by_tag(dies, &die);
        self.depth -= 1;
        ty
    }

    /// The type of a Fortran argument: by reference, nothing tells whether it is written to.
    pub(super) fn fortran<'a>(&mut self, dies: &Dies<'a>, die: Die<'a>, by_reference: bool) -> Result<Type> {
        let entry = die.entry()?;
        let of_array = match entry.tag() {
            gimli::DW_TAG_array_type if entry.has_attr(gimli::DW_AT_data_location) => {
                return Ok(Type::Unsupported(Unsupported::Descriptor));
            }
            gimli::DW_TAG_array_type => dies.own_type(&die)?,
            gimli::DW_TAG_string_type => return Ok(Type::pointer(false, Type::Scalar(Scalar::Char))),
            _ => None,
        };
        let is_array = of_array.is_some();
        let ty = self.read(dies, of_array.unwrap_or(die))?;
        Ok(if by_reference || is_array { Type::pointer(false, ty) } else { ty })
    }

    /// The type of a Fortran variable. What is written first of a shape is what varies first.
    pub(super) fn fortran_variable<'a>(&mut self, dies: &Dies<'a>, die: Die<'a>) -> Result<Type> {
        let entry = die.entry()?;
        match entry.tag() {
            gimli::DW_TAG_array_type if entry.has_attr(gimli::DW_AT_data_location) => {
                Ok(Type::Unsupported(Unsupported::Descriptor))
            }
            gimli::DW_TAG_array_type => {
                let Some(element) = dies.own_type(&die)? else { return Ok(Type::Unsupported(Unsupported::Other)) };
                let element = self.read(dies, element)?;
                Ok(lengths(&die, 1)?.into_iter().fold(element, Type::array))
            }
            gimli::DW_TAG_string_type => {
                let len = number(&entry, gimli::DW_AT_byte_size).unwrap_or(0);
                Ok(Type::array(Type::Scalar(Scalar::Char), len))
            }
            _ => self.read(dies, die),
        }
    }

    fn by_tag<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        let tag = die.entry()?.tag();
        match tag {
            gimli::DW_TAG_base_type => base(dies, die),
            gimli::DW_TAG_typedef => self.alias(dies, die),
            gimli::DW_TAG_pointer_type | gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type => {
                self.pointer(dies, die)
            }
            gimli::DW_TAG_array_type => self.array(dies, die),
            gimli::DW_TAG_enumeration_type => self.enumeration(dies, die),
            gimli::DW_TAG_structure_type | gimli::DW_TAG_class_type | gimli::DW_TAG_union_type => {
                self.record(dies, die)
            }
            gimli::DW_TAG_subroutine_type => self.function(dies, die),
            _ if is_transparent(tag) => match dies.own_type(die)? {
                Some(inner) => self.read(dies, inner),
                None => Ok(Type::Void),
            },
            _ => Ok(Type::Unsupported(Unsupported::Other)),
        }
    }

    fn pointer<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        let Some(target) = dies.own_type(die)? else { return Ok(Type::pointer(false, Type::Void)) };
        if below_names(dies, target.clone())?.entry()?.tag() == gimli::DW_TAG_subroutine_type {
            return self.read(dies, target);
        }
        let to_const = is_const(dies, target.clone())?;
        Ok(match self.read(dies, target)? {
            Type::Unsupported(Unsupported::VaList) => Type::Unsupported(Unsupported::VaList),
            to => Type::pointer(to_const, to),
        })
    }

    fn function<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        let (list, variadic) = dies.parameters(std::slice::from_ref(die))?;
        if variadic {
            return Ok(Type::Unsupported(Unsupported::VariadicFunction));
        }
        let mut parameters = Vec::new();
        for parameter in list {
            parameters.push(match dies.own_type(&parameter)? {
                Some(of) => self.read(dies, of)?,
                None => Type::Unsupported(Unsupported::Other),
            });
        }
        let result = match dies.own_type(die)? {
            Some(of) => self.read(dies, of)?,
            None => Type::Void,
        };
        Ok(Type::Function { parameters, result: Box::new(result) })
    }

    fn array<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        if die.entry()?.has_attr(gimli::DW_AT_GNU_vector) {
            return Ok(Type::Unsupported(Unsupported::Other));
        }
        let Some(element) = dies.own_type(die)? else { return Ok(Type::Unsupported(Unsupported::Other)) };
        let mut ty = self.read(dies, element)?;
        for len in lengths(die, 0)?.into_iter().rev() {
            ty = Type::array(ty, len);
        }
        Ok(ty)
    }

    fn alias<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        let Some(name) = dies.own_name(die)? else { return Ok(Type::Unsupported(Unsupported::Other)) };
        if let Some(known) = known_alias(&name) {
            return Ok(known);
        }
        let Some(target) = dies.own_type(die)? else { return Ok(Type::Void) };
        let entry = target.entry()?;
        let has_members = matches!(
            entry.tag(),
            gimli::DW_TAG_structure_type
                | gimli::DW_TAG_class_type
                | gimli::DW_TAG_union_type
                | gimli::DW_TAG_enumeration_type
        );
        if has_members && !entry.has_attr(gimli::DW_AT_name) && !self.names.contains_key(&target.place()) {
            // What has no name of its own gets that of its first `typedef`.
            return self.defined(dies, &target, name);
        }
        // A name for something constant is not one for a type of Rust.
        let is_const = is_const(dies, target.clone())?;
        match self.read(dies, target)? {
            Type::Named(same) if same == name => Ok(Type::Named(same)),
            Type::Void => Ok(Type::Void),
            ty if is_const => Ok(ty),
            ty @ Type::Unsupported(_) => Ok(ty),
            ty => Ok(Type::Named(self.insert(name, Definition::plain(Kind::Alias(ty))))),
        }
    }

    fn enumeration<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        match dies.own_name(die)? {
            Some(name) => self.defined(dies, die, name),
            None if self.names.contains_key(&die.place()) => Ok(Type::Named(self.names[&die.place()].clone())),
            None => Ok(underlying(dies, die)?.map_or(Type::Unsupported(Unsupported::Other), Type::Scalar)),
        }
    }

    fn record<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
        match dies.own_name(die)? {
            Some(name) if name == "__va_list_tag" => Ok(Type::Unsupported(Unsupported::VaList)),
            Some(name) => self.defined(dies, die, name),
            None if self.names.contains_key(&die.place()) => Ok(Type::Named(self.names[&die.place()].clone())),
            None => Ok(Type::Unsupported(Unsupported::Other)),
        }
    }

    /// Something with members and a name.
    fn defined<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>, name: String) -> Result<Type> {
        if let Some(name) = self.names.get(&die.place()) {
            return Ok(Type::Named(name.clone()));
        }
        let kind = match die.entry()?.tag() {
            gimli::DW_TAG_enumeration_type => match underlying(dies, die)? {
                Some(of) => Kind::Enum { of, values: enumerators(dies, die)? },
                None => Kind::Opaque("its values are of no integer type of Rust"),
            },
            gimli::DW_TAG_union_type => Kind::Opaque("it is a union"),
            _ => self.members(dies, die)?,
        };
        let name = self.insert(name, Definition::plain(kind));
        self.names.insert(die.place(), name.clone());
        Ok(Type::Named(name))
    }

    /// Adds a definition; gives its name, which is another one if the library uses that for two things.
    fn insert(&mut self, name: String, definition: Definition) -> String {
        let mut free = name.clone();
        for number in 2.. {
            match self.types.get(&free) {
                None => break,
                Some(known) if *known == definition => return free,
                // One unit knows the members, the other does not.
                Some(known) if known.kind == Kind::Opaque(INCOMPLETE) => break,
                Some(Definition { kind: Kind::Record(_) | Kind::Opaque(_), .. })
                    if definition.kind == Kind::Opaque(INCOMPLETE) =>
                {
                    return free;
                }
                Some(_) => free = format!("{name}_{number}"),
            }
        }
        self.types.insert(free.clone(), definition);
        free
    }

    fn members<'a>(&mut self, dies: &Dies<'a>, die: &Die<'a>) -> Result<Kind> {
        let entry = die.entry()?;
        if entry.has_attr(gimli::DW_AT_declaration) {
            return Ok(Kind::Opaque(INCOMPLETE));
        }
        let size = number(&entry, gimli::DW_AT_byte_size);
        let mut fields = Vec::new();
        let mut offsets = Vec::new();
        let mut tree = die.unit.entries_tree(Some(die.offset))?;
        let mut children = tree.root()?.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            match entry.tag() {
                gimli::DW_TAG_member if entry.has_attr(gimli::DW_AT_bit_size) => {
                    return Ok(Kind::Opaque("it has bit-fields"));
                }
                gimli::DW_TAG_member if entry.has_attr(gimli::DW_AT_external) => {}
                gimli::DW_TAG_member => {
                    let member = Die { unit: die.unit.clone(), offset: entry.offset() };
                    let (Some(name), Some(of)) = (dies.own_name(&member)?, dies.own_type(&member)?) else {
                        return Ok(Kind::Opaque("it has members of types without names"));
                    };
                    offsets.push(number(entry, gimli::DW_AT_data_member_location).unwrap_or(0));
                    fields.push(Field { name, ty: self.member(dies, of)?, comment: None });
                }
                gimli::DW_TAG_inheritance => return Ok(Kind::Opaque("it is derived from another class")),
                _ => {}
            }
        }
        // A Fortran type of another layout, or a packed struct.
        let named = |name: &str| layout::named(&self.types, name);
        let natural = layout::record(fields.iter().map(|field| &field.ty), &named);
        let usual = natural.is_some_and(|(natural, whole)| natural == offsets && Some(whole.size) == size);
        let pointers = fields.iter().any(|field| matches!(field.ty, Type::Pointer { .. } | Type::Unsupported(_)));
        if !usual && !pointers {
            return Ok(Kind::Opaque("its layout is not the usual one"));
        }
        Ok(Kind::Record(fields))
    }

    /// The type of a member. What is behind a pointer does not matter, and may be the struct itself.
    fn member<'a>(&mut self, dies: &Dies<'a>, die: Die<'a>) -> Result<Type> {
        let mut plain = die.clone();
        for _ in 0..DEEPEST {
            let tag = plain.entry()?.tag();
            if tag == gimli::DW_TAG_pointer_type || tag == gimli::DW_TAG_reference_type {
                return Ok(Type::pointer(false, Type::Void));
            }
            if tag != gimli::DW_TAG_typedef && tag != gimli::DW_TAG_array_type && !is_transparent(tag) {
                break;
            }
            match dies.own_type(&plain)? {
                Some(inner) => plain = inner,
                None => return Ok(Type::Unsupported(Unsupported::Other)),
            }
        }
        self.read(dies, die)
    }
}

fn number(entry: &Entry<'_>, name: gimli::DwAt) -> Option<u64> {
    entry.attr(name).and_then(gimli::Attribute::udata_value)
}

/// What says something of a type, and is none.
fn is_transparent(tag: DwTag) -> bool {
    matches!(
        tag,
        gimli::DW_TAG_const_type
            | gimli::DW_TAG_volatile_type
            | gimli::DW_TAG_restrict_type
            | gimli::DW_TAG_atomic_type
            | gimli::DW_TAG_immutable_type
            | gimli::DW_TAG_template_alias
            | gimli::DW_TAG_subrange_type
    )
}

/// The type that some names and qualifiers are of.
fn below_names<'a>(dies: &Dies<'a>, mut die: Die<'a>) -> Result<Die<'a>> {
    for _ in 0..DEEPEST {
        let tag = die.entry()?.tag();
        if tag != gimli::DW_TAG_typedef && !is_transparent(tag) {
            break;
        }
        match dies.own_type(&die)? {
            Some(inner) => die = inner,
            None => break,
        }
    }
    Ok(die)
}

/// Whether what is behind a pointer is constant, by itself or by the elements of an array.
pub(super) fn is_const<'a>(dies: &Dies<'a>, mut die: Die<'a>) -> Result<bool> {
    for _ in 0..DEEPEST {
        let tag = die.entry()?.tag();
        if tag == gimli::DW_TAG_const_type {
            return Ok(true);
        }
        if tag != gimli::DW_TAG_typedef && tag != gimli::DW_TAG_array_type && !is_transparent(tag) {
            break;
        }
        match dies.own_type(&die)? {
            Some(inner) => die = inner,
            None => break,
        }
    }
    Ok(false)
}

/// The number of elements in each dimension; 0 if it is not said. `first` is the first index, unless that is said.
fn lengths<'a>(die: &Die<'a>, first: u64) -> Result<Vec<u64>> {
    let mut lengths = Vec::new();
    let mut tree = die.unit.entries_tree(Some(die.offset))?;
    let mut children = tree.root()?.children();
    while let Some(child) = children.next()? {
        let entry = child.entry();
        if entry.tag() == gimli::DW_TAG_subrange_type {
            let last = number(entry, gimli::DW_AT_upper_bound);
            let first = number(entry, gimli::DW_AT_lower_bound).unwrap_or(first);
            let count = last.and_then(|last| last.checked_sub(first)?.checked_add(1));
            lengths.push(number(entry, gimli::DW_AT_count).or(count).unwrap_or(0));
        }
    }
    Ok(lengths)
}

fn base<'a>(dies: &Dies<'a>, die: &Die<'a>) -> Result<Type> {
    let entry = die.entry()?;
    let name = dies.own_name(die)?.unwrap_or_default();
    let size = number(&entry, gimli::DW_AT_byte_size).unwrap_or(0);
    let Some(AttributeValue::Encoding(encoding)) = entry.attr_value(gimli::DW_AT_encoding) else {
        return Ok(Type::Unsupported(Unsupported::Other));
    };
    let integer = |signed| Scalar::integer(size, signed).map_or(Type::Unsupported(Unsupported::Wide), Type::Scalar);
    Ok(match encoding {
        gimli::DW_ATE_signed_char | gimli::DW_ATE_unsigned_char if name == "char" => Type::Scalar(Scalar::Char),
        gimli::DW_ATE_signed | gimli::DW_ATE_signed_char => integer(true),
        gimli::DW_ATE_unsigned | gimli::DW_ATE_unsigned_char | gimli::DW_ATE_UTF => integer(false),
        // `logical` of Fortran.
        gimli::DW_ATE_boolean if size > 1 => integer(true),
        gimli::DW_ATE_boolean => Type::Unsupported(Unsupported::Bool),
        gimli::DW_ATE_float => match size {
            4 => Type::Scalar(Scalar::F32),
            8 => Type::Scalar(Scalar::F64),
            _ => Type::Unsupported(Unsupported::Wide),
        },
        gimli::DW_ATE_complex_float => match size {
            8 => Type::Complex(Scalar::F32),
            16 => Type::Complex(Scalar::F64),
            _ => Type::Unsupported(Unsupported::Wide),
        },
        _ => Type::Unsupported(Unsupported::Other),
    })
}

/// Names that stand for the same type everywhere, as bindgen has them.
fn known_alias(name: &str) -> Option<Type> {
    Some(Type::Scalar(match name {
        "int8_t" => Scalar::I8,
        "uint8_t" => Scalar::U8,
        "int16_t" => Scalar::I16,
        "uint16_t" => Scalar::U16,
        "int32_t" => Scalar::I32,
        "uint32_t" => Scalar::U32,
        "int64_t" => Scalar::I64,
        "uint64_t" => Scalar::U64,
        "size_t" | "uintptr_t" => Scalar::Usize,
        "ssize_t" | "ptrdiff_t" | "intptr_t" => Scalar::Isize,
        "va_list" | "__gnuc_va_list" | "__builtin_va_list" => return Some(Type::Unsupported(Unsupported::VaList)),
        _ => return None,
    }))
}

/// The integer type of an enumeration.
fn underlying<'a>(dies: &Dies<'a>, die: &Die<'a>) -> Result<Option<Scalar>> {
    let entry = die.entry()?;
    let mut signed = true;
    let mut of = dies.own_type(die)?;
    for _ in 0..DEEPEST {
        let Some(inner) = of else { break };
        let inner_entry = inner.entry()?;
        if let Some(AttributeValue::Encoding(encoding)) = inner_entry.attr_value(gimli::DW_AT_encoding) {
            signed = matches!(encoding, gimli::DW_ATE_signed | gimli::DW_ATE_signed_char);
            break;
        }
        of = dies.own_type(&inner)?;
    }
    let size = number(&entry, gimli::DW_AT_byte_size);
    Ok(size.and_then(|size| Scalar::integer(size, signed)))
}

fn enumerators<'a>(dies: &Dies<'a>, die: &Die<'a>) -> Result<Vec<Value>> {
    let mut values = Vec::new();
    let signed = underlying(dies, die)?.and_then(Scalar::signed).unwrap_or(true);
    let mut tree = die.unit.entries_tree(Some(die.offset))?;
    let mut children = tree.root()?.children();
    while let Some(child) = children.next()? {
        let entry = child.entry();
        let name = dies.string(&die.unit, entry.attr_value(gimli::DW_AT_name))?;
        let value = entry.attr(gimli::DW_AT_const_value).and_then(|value| {
            if signed { value.sdata_value().map(i128::from) } else { value.udata_value().map(i128::from) }
        });
        if let (gimli::DW_TAG_enumerator, Some(name), Some(value)) = (entry.tag(), name, value) {
            values.push(Value { name, value, comment: None });
        }
    }
    Ok(values)
}
