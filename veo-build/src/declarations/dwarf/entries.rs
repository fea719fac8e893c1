//! The entries of debug information: finding functions among them, and what is said of one.

use std::collections::HashMap;
use std::rc::Rc;

use gimli::{
    AttributeValue, DebugInfoOffset, DebuggingInformationEntry, Dwarf, DwarfSections, EndianSlice, EntriesTreeNode,
    Expression, LittleEndian, Operation, UnitOffset, UnitType,
};
use object::{Object, ObjectSection};

use super::Elf;

pub(super) type Slice<'a> = EndianSlice<'a, LittleEndian>;
pub(super) type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;
pub(super) type Unit<'a> = gimli::Unit<Slice<'a>>;
pub(super) type Value<'a> = AttributeValue<Slice<'a>>;
pub(super) type Result<T> = gimli::Result<T>;

/// How deep namespaces may be nested, and how long a chain of types or declarations may be. More is damage.
pub(super) const DEEPEST: usize = 64;

/// The sections of debug information, unpacked.
pub(super) fn sections(elf: &Elf<'_>) -> object::Result<DwarfSections<Vec<u8>>> {
    DwarfSections::load(|id| match elf.section_by_name(id.name()) {
        Some(section) => Ok(section.uncompressed_data()?.into_owned()),
        None => Ok(Vec::new()),
    })
}

/// Languages with rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    C,
    Fortran,
    Other,
}

/// Where an entry is in the file, which tells it from all others.
pub(super) type Place = (Option<DebugInfoOffset>, UnitOffset);

/// A debugging information entry.
#[derive(Clone, Debug)]
pub(super) struct Die<'a> {
    pub(super) unit: Rc<Unit<'a>>,
    pub(super) offset: UnitOffset,
}

impl<'a> Die<'a> {
    pub(super) fn entry(&self) -> Result<Entry<'a>> {
        self.unit.entry(self.offset)
    }

    pub(super) fn place(&self) -> Place {
        (self.unit.header.debug_info_offset(), self.offset)
    }
}

/// A function with code, or a variable with a place, and what it is in.
pub(super) struct FoundItem<'a> {
    pub(super) die: Die<'a>,
    /// `a_b` for `a::b`.
    pub(super) namespace: Option<String>,
    /// The class that it is a member of.
    pub(super) class: Option<String>,
}

/// Reads entries.
pub(super) struct Dies<'a> {
    dwarf: Dwarf<Slice<'a>>,
    units: Vec<Rc<Unit<'a>>>,
    /// The registers that hold a function's place on the stack.
    frame: [u16; 2],
}

impl<'a> Dies<'a> {
    pub(super) fn new(sections: &'a DwarfSections<Vec<u8>>, frame: [u16; 2]) -> Result<Self> {
        let dwarf = sections.borrow(|section| EndianSlice::new(section, LittleEndian));
        let mut units = Vec::new();
        let mut headers = dwarf.units();
        while let Some(header) = headers.next()? {
            units.push(Rc::new(dwarf.unit(header)?));
        }
        let mut older = dwarf.type_units();
        while let Some(header) = older.next()? {
            units.push(Rc::new(dwarf.unit(header)?));
        }
        Ok(Self { dwarf, units, frame })
    }

    // ---- which functions there are ----

    /// All functions with code, in the order of the file.
    pub(super) fn functions(&self) -> Result<Vec<FoundItem<'a>>> {
        self.items(gimli::DW_TAG_subprogram, &[gimli::DW_AT_low_pc, gimli::DW_AT_ranges])
    }

    /// All variables outside of functions that are defined here, in the order of the file.
    pub(super) fn variables(&self) -> Result<Vec<FoundItem<'a>>> {
        self.items(gimli::DW_TAG_variable, &[gimli::DW_AT_location])
    }

    /// The items of this kind that have one of these attributes.
    fn items(&self, kind: gimli::DwTag, with: &[gimli::DwAt]) -> Result<Vec<FoundItem<'a>>> {
        let mut all = Vec::new();
        for unit in &self.units {
            let mut tree = unit.entries_tree(None)?;
            self.collect(unit, tree.root()?, kind, &Scope::default(), &mut all)?;
        }
        // Code may be outside of the namespace or class that its declaration is in.
        let scopes: HashMap<Place, Scope> = all.iter().map(|(die, scope)| (die.place(), scope.clone())).collect();
        let mut found = Vec::new();
        for (die, _) in all {
            let entry = die.entry()?;
            if !with.iter().any(|&name| entry.has_attr(name)) {
                continue;
            }
            let mut item = FoundItem { die, namespace: None, class: None };
            for die in self.chain(&item.die)? {
                if let Some(scope) = scopes.get(&die.place()) {
                    item.namespace = item.namespace.take().or_else(|| scope.namespace.clone());
                    item.class = item.class.take().or_else(|| scope.class.clone());
                }
            }
            found.push(item);
        }
        Ok(found)
    }

    /// All items of a kind, also those that are only declared, and what they are in.
    fn collect(
        &self,
        unit: &Rc<Unit<'a>>,
        parent: EntriesTreeNode<'_, '_, Slice<'a>>,
        kind: gimli::DwTag,
        scope: &Scope,
        found: &mut Vec<(Die<'a>, Scope)>,
    ) -> Result<()> {
        let mut children = parent.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            let tag = entry.tag();
            match tag {
                _ if tag == kind => {
                    let die = Die { unit: Rc::clone(unit), offset: entry.offset() };
                    found.push((die, scope.clone()));
                }
                gimli::DW_TAG_namespace
                | gimli::DW_TAG_module
                | gimli::DW_TAG_class_type
                | gimli::DW_TAG_structure_type
                | gimli::DW_TAG_union_type
                    if scope.depth < DEEPEST =>
                {
                    let name = self.string(unit, entry.attr_value(gimli::DW_AT_name))?;
                    let is_class = !matches!(tag, gimli::DW_TAG_namespace | gimli::DW_TAG_module);
                    self.collect(unit, child, kind, &scope.inside(name, is_class), found)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    // ---- what is said of one ----

    /// The entry and those that it completes: what is said of a function is spread over its code, its abstract form if it
    /// was also inlined, and its declaration in a class.
    pub(super) fn chain(&self, first: &Die<'a>) -> Result<Vec<Die<'a>>> {
        let mut chain = vec![first.clone()];
        while chain.len() < DEEPEST {
            let last = &chain[chain.len() - 1];
            let entry = last.entry()?;
            let next = entry.attr_value(gimli::DW_AT_abstract_origin).or(entry.attr_value(gimli::DW_AT_specification));
            match next.map(|next| self.follow(last, &next)).transpose()?.flatten() {
                Some(next) => chain.push(next),
                None => break,
            }
        }
        Ok(chain)
    }

    /// The first value of an attribute along a chain, with the entry that has it.
    fn attribute(&self, chain: &[Die<'a>], name: gimli::DwAt) -> Result<Option<(Die<'a>, Value<'a>)>> {
        for die in chain {
            if let Some(value) = die.entry()?.attr_value(name) {
                return Ok(Some((die.clone(), value)));
            }
        }
        Ok(None)
    }

    pub(super) fn name(&self, chain: &[Die<'a>]) -> Result<Option<String>> {
        match self.attribute(chain, gimli::DW_AT_name)? {
            Some((die, value)) => self.string(&die.unit, Some(value)),
            None => Ok(None),
        }
    }

    pub(super) fn linkage_name(&self, chain: &[Die<'a>]) -> Result<Option<String>> {
        for name in [gimli::DW_AT_linkage_name, gimli::DW_AT_MIPS_linkage_name] {
            if let Some((die, value)) = self.attribute(chain, name)? {
                return self.string(&die.unit, Some(value));
            }
        }
        Ok(None)
    }

    /// The entry of the type.
    pub(super) fn type_of(&self, chain: &[Die<'a>]) -> Result<Option<Die<'a>>> {
        match self.attribute(chain, gimli::DW_AT_type)? {
            Some((die, value)) => self.follow(&die, &value),
            None => Ok(None),
        }
    }

    /// The name that stands in an entry itself.
    pub(super) fn own_name(&self, die: &Die<'a>) -> Result<Option<String>> {
        self.string(&die.unit, die.entry()?.attr_value(gimli::DW_AT_name))
    }

    /// The entry of the type that an entry itself refers to.
    pub(super) fn own_type(&self, die: &Die<'a>) -> Result<Option<Die<'a>>> {
        match die.entry()?.attr_value(gimli::DW_AT_type) {
            Some(value) => self.follow(die, &value),
            None => Ok(None),
        }
    }

    pub(super) fn is_prototyped(&self, chain: &[Die<'a>]) -> Result<bool> {
        Ok(self.attribute(chain, gimli::DW_AT_prototyped)?.is_some())
    }

    /// The file, without its folder, and the line.
    pub(super) fn place(&self, chain: &[Die<'a>]) -> Result<Option<(String, u64)>> {
        let (Some((die, file)), Some((_, line))) =
            (self.attribute(chain, gimli::DW_AT_decl_file)?, self.attribute(chain, gimli::DW_AT_decl_line)?)
        else {
            return Ok(None);
        };
        let (AttributeValue::FileIndex(index), Some(line)) = (file, line.udata_value()) else { return Ok(None) };
        let Some(program) = &die.unit.line_program else { return Ok(None) };
        let Some(file) = program.header().file(index) else { return Ok(None) };
        let path = self.dwarf.attr_string(&die.unit, file.path_name())?.to_string_lossy().into_owned();
        Ok(Some((path.rsplit('/').next().unwrap_or_default().to_owned(), line)))
    }

    /// Where the function starts.
    pub(super) fn address(&self, chain: &[Die<'a>]) -> Result<Option<u64>> {
        if let Some((die, value)) = self.attribute(chain, gimli::DW_AT_low_pc)?
            && let Some(address) = self.dwarf.attr_address(&die.unit, value)?
        {
            return Ok(Some(address));
        }
        let Some((die, value)) = self.attribute(chain, gimli::DW_AT_ranges)? else { return Ok(None) };
        let Some(mut ranges) = self.dwarf.attr_ranges(&die.unit, value)? else { return Ok(None) };
        Ok(ranges.next()?.map(|range| range.begin))
    }

    /// Where the variable is, if that is the same place whoever looks, which it is not if each thread has one of its own.
    pub(super) fn fixed_address(&self, chain: &[Die<'a>]) -> Result<Option<u64>> {
        let Some((die, AttributeValue::Exprloc(place))) = self.attribute(chain, gimli::DW_AT_location)? else {
            return Ok(None);
        };
        let mut operations = place.operations(die.unit.encoding());
        let first = operations.next()?;
        Ok(match (first, operations.next()?) {
            (Some(Operation::Address { address }), None) => Some(address),
            (Some(Operation::AddressIndex { index }), None) => Some(self.dwarf.address(&die.unit, index)?),
            _ => None,
        })
    }

    /// Whether other files of source see it.
    pub(super) fn is_external(&self, chain: &[Die<'a>]) -> Result<bool> {
        let value = self.attribute(chain, gimli::DW_AT_external)?;
        Ok(value.is_some_and(|(_, value)| value == AttributeValue::Flag(true)))
    }

    /// The entries of the parameters, and whether others may follow. A compiler may leave out in the entry of the code
    /// what is not used there: the longest list counts.
    pub(super) fn parameters(&self, chain: &[Die<'a>]) -> Result<(Vec<Die<'a>>, bool)> {
        let mut longest = Vec::new();
        let mut variadic = false;
        for die in chain {
            let mut list = Vec::new();
            let mut tree = die.unit.entries_tree(Some(die.offset))?;
            let mut children = tree.root()?.children();
            while let Some(child) = children.next()? {
                match child.entry().tag() {
                    gimli::DW_TAG_formal_parameter => {
                        list.push(Die { unit: Rc::clone(&die.unit), offset: child.entry().offset() });
                    }
                    gimli::DW_TAG_unspecified_parameters | gimli::DW_TAG_GNU_formal_parameter_pack => variadic = true,
                    _ => {}
                }
            }
            if list.len() > longest.len() {
                longest = list;
            }
        }
        Ok((longest, variadic))
    }

    /// Whether a Fortran argument is passed by reference, as most are. Its type is that of the value in either case, so
    /// it shows only in where the value is when the function starts.
    pub(super) fn is_by_reference(&self, parameter: &Die<'a>, address: u64) -> Result<bool> {
        let Some(location) = parameter.entry()?.attr_value(gimli::DW_AT_location) else { return Ok(true) };
        if let AttributeValue::Exprloc(expression) = location {
            return self.is_indirect(expression, &parameter.unit);
        }
        let Some(mut list) = self.dwarf.attr_locations(&parameter.unit, location)? else { return Ok(true) };
        while let Some(place) = list.next()? {
            if (place.range.begin..place.range.end).contains(&address) {
                return self.is_indirect(place.data, &parameter.unit);
            }
        }
        Ok(true)
    }

    /// Whether the value at this place is not the argument itself, but what the argument points to.
    fn is_indirect(&self, place: Expression<Slice<'a>>, unit: &Unit<'a>) -> Result<bool> {
        let mut operations = place.operations(unit.encoding());
        let (mut first, mut last) = (None, None);
        while let Some(operation) = operations.next()? {
            first.get_or_insert(operation);
            last = Some(operation);
        }
        Ok(match (first, last) {
            // Computed, or in a register.
            (_, Some(Operation::StackValue | Operation::Piece { .. })) | (Some(Operation::Register { .. }), _) => false,
            (_, Some(Operation::Deref { .. })) => true,
            // On the stack.
            (Some(Operation::FrameOffset { .. } | Operation::CallFrameCFA), _) => false,
            (Some(Operation::RegisterOffset { register, .. }), _) => !self.frame.contains(&register.0),
            _ => true,
        })
    }

    pub(super) fn language(&self, die: &Die<'a>) -> Result<Language> {
        let mut cursor = die.unit.entries();
        let root = cursor.next_dfs()?;
        Ok(match root.and_then(|root| root.attr_value(gimli::DW_AT_language)) {
            Some(AttributeValue::Language(language)) => Language::of(language),
            _ => Language::Other,
        })
    }

    // ---- references ----

    pub(super) fn string(&self, unit: &Unit<'a>, value: Option<Value<'a>>) -> Result<Option<String>> {
        match value {
            Some(value) => Ok(Some(self.dwarf.attr_string(unit, value)?.to_string_lossy().into_owned())),
            None => Ok(None),
        }
    }

    /// The entry that an attribute of `from` refers to, unless it is in another file.
    pub(super) fn follow(&self, from: &Die<'a>, value: &Value<'a>) -> Result<Option<Die<'a>>> {
        Ok(match *value {
            AttributeValue::UnitRef(offset) => Some(Die { unit: Rc::clone(&from.unit), offset }),
            AttributeValue::DebugInfoRef(at) => self.units.iter().find_map(|unit| {
                let offset = at.to_unit_offset(&unit.header)?;
                Some(Die { unit: Rc::clone(unit), offset })
            }),
            AttributeValue::DebugTypesRef(wanted) => self.units.iter().find_map(|unit| match unit.header.type_() {
                UnitType::Type { type_signature, type_offset } if type_signature == wanted => {
                    Some(Die { unit: Rc::clone(unit), offset: type_offset })
                }
                _ => None,
            }),
            _ => None,
        })
    }
}

impl Language {
    fn of(language: gimli::DwLang) -> Self {
        match language {
            gimli::DW_LANG_C89 | gimli::DW_LANG_C | gimli::DW_LANG_C99 | gimli::DW_LANG_C11 | gimli::DW_LANG_C17 => {
                Self::C
            }
            gimli::DW_LANG_Fortran77
            | gimli::DW_LANG_Fortran90
            | gimli::DW_LANG_Fortran95
            | gimli::DW_LANG_Fortran03
            | gimli::DW_LANG_Fortran08
            | gimli::DW_LANG_Fortran18 => Self::Fortran,
            _ => Self::Other,
        }
    }
}

/// What an entry is in.
#[derive(Clone, Debug, Default)]
struct Scope {
    namespace: Option<String>,
    class: Option<String>,
    depth: usize,
}

impl Scope {
    fn inside(&self, name: Option<String>, is_class: bool) -> Scope {
        let name = name.unwrap_or_else(|| "unnamed".to_owned());
        let (mut namespace, mut class) = (self.namespace.clone(), self.class.clone());
        if is_class {
            class = Some(name);
        } else {
            namespace = Some(namespace.map_or(name.clone(), |outer| format!("{outer}_{name}")));
        }
        Scope { namespace, class, depth: self.depth + 1 }
    }
}
