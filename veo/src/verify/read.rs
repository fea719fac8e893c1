//! Debug information → functions, variables and types.
//!
//! A function or variable is found by its address: names of symbols and of functions differ, for aliases, in C++, in Fortran.

mod variables;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gimli::{Attribute, AttributeValue, DebugInfoOffset, EntriesTreeNode, Range, UnitOffset};
use veo_engine::debuginfo::{DEEPEST, Die, Dies, Entry, Language, Result, Slice, Unit, UnitWithCode};

use self::variables::Variables;
use super::file::Sections;
use super::model::{Base, Function, Leaf, LeafKind, MOST_LEAVES, Parameter, Record, Ty, Variable};

/// How many entries may be read for one function. More is damage, or nothing that a person would compare.
const MOST_ENTRIES: usize = 20_000;

/// How many characters of a name are kept.
const MOST_OF_NAME: usize = 500;

/// The functions of a library.
pub(super) struct Reader<'a> {
    dies: Dies<'a>,
    units: Vec<IndexedUnit>,
    /// The functions of all units, also those without code, by the names that they have for the linker. Filled when first asked
    /// for.
    names: Option<HashMap<String, Vec<(DebugInfoOffset, UnitOffset)>>>,
    /// Filled when first asked for.
    variables: Option<Variables>,
    /// Those that were read before: many functions share a struct.
    records: HashMap<(DebugInfoOffset, UnitOffset), Arc<Record>>,
    /// How many entries may still be read.
    left: usize,
}

/// A compilation unit that has code.
struct IndexedUnit {
    at: DebugInfoOffset,
    ranges: Vec<Range>,
    /// The entries of its functions, by their addresses. Filled when first asked for.
    functions: Option<HashMap<u64, Vec<UnitOffset>>>,
}

/// What is known of what is at an address.
#[derive(Debug)]
pub(super) enum Found {
    Function(Box<Function>),
    Variable(Box<Variable>),
    /// Why its types are not known.
    NoTypes(String),
}

/// A function by its name.
#[derive(Debug)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) linkage_name: Option<String>,
    pub(super) function: Option<Function>,
}

const NO_TYPES: &str = "its debug information has no types: compile with -g, not with -g1 or -gline-tables-only";
const DAMAGED: &str = "its debug information is damaged";
const NOT_DESCRIBED: &str = "the debug information does not mention it: compile all of the library with -g";

impl<'a> Reader<'a> {
    /// `None` if the debug information is damaged.
    pub(super) fn new(sections: &'a Sections) -> Option<Self> {
        let dies = Dies::new(sections.dwarf());
        let units = dies.units_with_code().ok()?;
        Some(Self::with(dies, units))
    }

    /// For the functions of one unit alone.
    pub(super) fn of_unit(sections: &'a Sections, unit: &UnitWithCode) -> Self {
        Self::with(Dies::new(sections.dwarf()), vec![unit.clone()])
    }

    fn with(dies: Dies<'a>, units: Vec<UnitWithCode>) -> Self {
        let units = units.into_iter().map(|unit| IndexedUnit { at: unit.at, ranges: unit.ranges, functions: None });
        Self { units: units.collect(), dies, names: None, variables: None, records: HashMap::new(), left: 0 }
    }

    /// The function at this address; if several have become one there, since their code is the same, the one with this symbol.
    pub(super) fn function(&mut self, address: u64, symbol: &str) -> Found {
        self.find(address, symbol).unwrap_or_else(|_| Found::NoTypes(DAMAGED.into()))
    }

    /// The function at this address, whatever others are called.
    pub(super) fn function_at(&mut self, address: u64, symbol: &str) -> Found {
        self.find_at(address, symbol).unwrap_or_else(|_| Found::NoTypes(DAMAGED.into()))
    }

    fn find(&mut self, address: u64, symbol: &str) -> Result<Found> {
        let found = self.find_at(address, symbol)?;
        if matches!(&found, Found::Function(function) if function.symbol == symbol) {
            return Ok(found);
        }
        // It is another name of what was found, or its code is elsewhere.
        Ok(self.by_symbol(symbol, address)?.unwrap_or(found))
    }

    fn find_at(&mut self, address: u64, symbol: &str) -> Result<Found> {
        let mut found = Found::NoTypes(NOT_DESCRIBED.into());
        for die in self.at(address)? {
            let read = match die {
                Ok(die) => self.read(&die, address)?,
                Err(elsewhere) => Found::NoTypes(elsewhere),
            };
            if matches!(&read, Found::Function(function) if function.symbol == symbol) {
                return Ok(read);
            }
            if matches!(found, Found::NoTypes(_)) {
                found = read;
            }
        }
        Ok(found)
    }

    fn by_symbol(&mut self, symbol: &str, address: u64) -> Result<Option<Found>> {
        if self.names.is_none() {
            self.names = Some(self.index()?);
        }
        let entries = self.names.as_ref().and_then(|names| names.get(symbol)).cloned().unwrap_or_default();
        for (at, offset) in entries {
            let die = Die { unit: self.dies.unit(at)?, offset };
            if let read @ Found::Function(_) = self.read(&die, address)? {
                return Ok(Some(read));
            }
        }
        Ok(None)
    }

    fn index(&mut self) -> Result<HashMap<String, Vec<(DebugInfoOffset, UnitOffset)>>> {
        let mut names: HashMap<String, Vec<_>> = HashMap::new();
        for at in self.dies.units()? {
            let Ok(unit) = self.dies.unit(at) else { continue };
            for offset in self.dies.definitions(&unit).unwrap_or_default() {
                let die = [Die { unit: Rc::clone(&unit), offset }];
                let linkage_name = self.linkage_name(&die).ok().flatten();
                let name = linkage_name.or_else(|| self.text(&die, gimli::DW_AT_name).ok().flatten());
                if let Some(name) = name {
                    names.entry(name).or_default().push((at, offset));
                }
            }
        }
        Ok(names)
    }

    /// The entries of the functions at this address; in place of one that is in another file, a note.
    fn at(&mut self, address: u64) -> Result<Vec<std::result::Result<Die<'a>, String>>> {
        let mut found = Vec::new();
        for index in 0..self.units.len() {
            let unit = &self.units[index];
            if !unit.ranges.iter().any(|range| (range.begin..range.end).contains(&address)) {
                continue;
            }
            let loaded = self.dies.unit(unit.at)?;
            let functions = self.functions(index, &loaded);
            let offsets = functions.get(&address).cloned().unwrap_or_default();
            if let (true, Ok(Some(name))) = (offsets.is_empty(), loaded.dwo_name()) {
                let name = self.string(&loaded, name)?;
                found.push(Err(format!("its debug information is in {name}: compile without -gsplit-dwarf")));
            }
            found.extend(offsets.into_iter().map(|offset| Ok(Die { unit: Rc::clone(&loaded), offset })));
        }
        Ok(found)
    }

    fn functions(&mut self, index: usize, unit: &Unit<'a>) -> &HashMap<u64, Vec<UnitOffset>> {
        let dies = &self.dies;
        self.units[index].functions.get_or_insert_with(|| dies.functions(unit).unwrap_or_default())
    }

    /// The functions with a name in source that satisfies the condition. Looks at all of them.
    pub(super) fn named(&mut self, is_wanted: impl Fn(&str) -> bool) -> Vec<Named> {
        let mut found = Vec::new();
        for index in 0..self.units.len() {
            let Ok(unit) = self.dies.unit(self.units[index].at) else { continue };
            let mut functions: Vec<(u64, UnitOffset)> = Vec::new();
            for (&address, offsets) in self.functions(index, &unit) {
                functions.extend(offsets.iter().map(|&offset| (address, offset)));
            }
            functions.sort_unstable_by_key(|(address, offset)| (offset.0, *address));
            functions.dedup_by_key(|(_, offset)| *offset);
            for (address, offset) in functions {
                let die = Die { unit: Rc::clone(&unit), offset };
                if let Ok(Some(named)) = self.name_of(&die, address, &is_wanted) {
                    found.push(named);
                }
            }
        }
        found
    }

    fn name_of(&mut self, die: &Die<'a>, address: u64, is_wanted: impl Fn(&str) -> bool) -> Result<Option<Named>> {
        let Some(chain) = self.dies.chain(die)? else { return Ok(None) };
        let name = self.text(&chain, gimli::DW_AT_name)?;
        let Some(name) = name.filter(|name| is_wanted(name)) else { return Ok(None) };
        let linkage_name = self.linkage_name(&chain)?;
        let function = match self.read(die, address)? {
            Found::Function(function) => Some(*function),
            Found::Variable(_) | Found::NoTypes(_) => None,
        };
        Ok(Some(Named { name, linkage_name, function }))
    }

    // ---- functions ----

    fn read(&mut self, die: &Die<'a>, address: u64) -> Result<Found> {
        self.left = MOST_ENTRIES;
        let Some(chain) = self.dies.chain(die)? else {
            return Ok(Found::NoTypes("a part of its debug information is in another file".into()));
        };
        // A unit of code that was made at link time is in no language.
        let origin = chain.last().unwrap_or(die).clone();
        let language = self.dies.language(&origin.unit)?;
        let parameters = self.dies.parameters(&chain)?;
        let ret = match self.attribute(&chain, gimli::DW_AT_type)? {
            None => Ty::Void,
            Some((value, die)) => self.follow(&die, &value, 0)?,
        };
        let prototyped = self.attribute(&chain, gimli::DW_AT_prototyped)?.is_some();
        let silent = matches!(ret, Ty::Void) && parameters.list.is_empty() && !prototyped && !parameters.is_variadic;
        if silent && !has_types(&origin.unit)? {
            return Ok(Found::NoTypes(NO_TYPES.into()));
        }
        let mut params = Vec::with_capacity(parameters.list.len());
        for parameter in &parameters.list {
            params.push(self.parameter(parameter, language, address)?);
        }
        let name = self.text(&chain, gimli::DW_AT_name)?.unwrap_or_else(|| "?".into());
        Ok(Found::Function(Box::new(Function {
            symbol: self.linkage_name(&chain)?.unwrap_or_else(|| name.clone()),
            name,
            place: self.place(&chain)?,
            ret,
            params,
            is_variadic: parameters.is_variadic,
            promotes: language == Language::C && !prototyped && !parameters.list.is_empty(),
            language,
        })))
    }

    fn parameter(&mut self, parameter: &Die<'a>, language: Language, address: u64) -> Result<Parameter> {
        let Some(chain) = self.dies.chain(parameter)? else {
            let ty = Ty::Unknown("it is described in another file");
            return Ok(Parameter { name: "?".into(), ty, is_hidden: false, is_by_reference: false });
        };
        let ty = match self.attribute(&chain, gimli::DW_AT_type)? {
            None => Ty::Unknown("its type is not said"),
            Some((value, die)) => self.follow(&die, &value, 0)?,
        };
        let name = self.text(&chain, gimli::DW_AT_name)?;
        let artificial = self.attribute(&chain, gimli::DW_AT_artificial)?.is_some();
        let is_by_reference = language == Language::Fortran && self.dies.is_by_reference(parameter, address)?;
        // gfortran marks arrays with a descriptor in the same way as what it has added.
        let is_hidden = artificial && !(language == Language::Fortran && is_by_reference);
        let is_pointer = matches!(ty.bare(), Ty::Pointer { .. } | Ty::Function { .. });
        let ty = if is_by_reference && !is_pointer { Ty::pointer(ty) } else { ty };
        let ty = if matches!(ty.bare(), Ty::Function { .. }) { Ty::pointer(ty) } else { ty };
        let name = name.unwrap_or_default();
        let name = if language == Language::Fortran && is_hidden {
            name.trim_start_matches(['.', '_']).to_owned()
        } else {
            name
        };
        Ok(Parameter { name, ty, is_hidden, is_by_reference })
    }

    /// An attribute of an entry, or of one that it completes.
    fn attribute(&self, chain: &[Die<'a>], name: gimli::DwAt) -> Result<Option<(AttributeValue<Slice<'a>>, Die<'a>)>> {
        for die in chain {
            if let Some(value) = die.unit.entry(die.offset)?.attr_value(name) {
                return Ok(Some((value, die.clone())));
            }
        }
        Ok(None)
    }

    fn text(&self, chain: &[Die<'a>], name: gimli::DwAt) -> Result<Option<String>> {
        let Some((value, die)) = self.attribute(chain, name)? else { return Ok(None) };
        Ok(Some(self.string(&die.unit, value)?))
    }

    fn linkage_name(&self, chain: &[Die<'a>]) -> Result<Option<String>> {
        let name = self.text(chain, gimli::DW_AT_linkage_name)?;
        name.map_or_else(|| self.text(chain, gimli::DW_AT_MIPS_linkage_name), |name| Ok(Some(name)))
    }

    fn string(&self, unit: &Unit<'a>, value: AttributeValue<Slice<'a>>) -> Result<String> {
        let text = self.dies.dwarf.attr_string(unit, value)?;
        let bytes = text.slice().get(..MOST_OF_NAME).unwrap_or(text.slice());
        Ok(String::from_utf8_lossy(bytes).into_owned())
    }

    /// Where something is written: `file:line`.
    fn place(&self, chain: &[Die<'a>]) -> Result<Option<String>> {
        let line = self.attribute(chain, gimli::DW_AT_decl_line)?.and_then(|(value, _)| value.udata_value());
        let Some((file, die)) = self.attribute(chain, gimli::DW_AT_decl_file)? else { return Ok(None) };
        let Some(program) = &die.unit.line_program else { return Ok(None) };
        let AttributeValue::FileIndex(index) = file else { return Ok(None) };
        let header = program.header();
        let Some(entry) = header.file(index) else { return Ok(None) };
        let unit = &die.unit;
        let text = |value| self.string(unit, value);
        let mut path = text(entry.path_name())?;
        // The folder of the compiler itself says nothing.
        if entry.directory_index() != 0
            && !path.starts_with('/')
            && let Some(folder) = entry.directory(header)
        {
            path = format!("{}/{path}", text(folder)?);
        }
        let line = line.map(|line| format!(":{line}")).unwrap_or_default();
        Ok(Some(format!("{path}{line}")))
    }

    // ---- types ----

    /// The type that an attribute of `from` refers to.
    pub(super) fn follow(&mut self, from: &Die<'a>, value: &AttributeValue<Slice<'a>>, depth: usize) -> Result<Ty> {
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

    // ---- Rust's types ----

    /// The type that the function at this address has for its first type parameter.
    pub(super) fn type_parameter(&mut self, address: u64) -> Option<Ty> {
        self.left = MOST_ENTRIES;
        for die in self.at(address).ok()?.into_iter().flatten() {
            let mut tree = die.unit.entries_tree(Some(die.offset)).ok()?;
            let mut children = tree.root().ok()?.children();
            while let Some(child) = children.next().ok()? {
                if child.entry().tag() == gimli::DW_TAG_template_type_parameter {
                    let value = child.entry().attr_value(gimli::DW_AT_type)?;
                    return self.follow(&die, &value, 0).ok();
                }
            }
        }
        None
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

/// Whether a unit describes types at all.
fn has_types(unit: &Unit<'_>) -> Result<bool> {
    let mut tree = unit.entries_tree(None)?;
    let mut children = tree.root()?.children();
    while let Some(child) = children.next()? {
        if !matches!(child.entry().tag(), gimli::DW_TAG_subprogram | gimli::DW_TAG_variable | gimli::DW_TAG_namespace) {
            return Ok(true);
        }
    }
    Ok(false)
}
