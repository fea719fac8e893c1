//! The functions of a library, as its debug information describes them.
//!
//! What both readers need: the worker, which calls functions that nobody declared, and `veo::verify`, which compares
//! declarations with what was compiled. They find the file, and read types, each in its own way.
//!
//! Files may be damaged. Reading is an error then, never a panic; loops are bounded by the size of the file.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::rc::Rc;

use gimli::{
    Attribute, AttributeValue, DebugInfoOffset, DebugTypeSignature, DebuggingInformationEntry, Dwarf, EndianSlice,
    EntriesTreeNode, Expression, LittleEndian, Operation, Range, UnitHeader, UnitOffset, UnitType,
};

/// How the sections are read.
pub type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// What is read from an entry.
pub type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;

/// A compilation unit, or one of a single type.
pub type Unit<'a> = gimli::Unit<Slice<'a>>;

/// How deep namespaces and classes may be nested, and how long a chain of types or of declarations may be. More is damage.
pub const DEEPEST: usize = 64;

/// How many address ranges of one function are looked at.
const MOST_RANGES: usize = 64;

/// Languages with rules of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Language {
    /// C, of any year
    C,
    /// C++, of any year
    Cpp,
    /// Fortran, of any year
    Fortran,
    /// Rust
    Rust,
    /// All others, and what was made at link time.
    Other,
}

impl Language {
    /// By its number.
    #[must_use]
    pub fn of(language: gimli::DwLang) -> Self {
        match language {
            gimli::DW_LANG_C89 | gimli::DW_LANG_C | gimli::DW_LANG_C99 | gimli::DW_LANG_C11 | gimli::DW_LANG_C17 => {
                Self::C
            }
            gimli::DW_LANG_C_plus_plus
            | gimli::DW_LANG_C_plus_plus_03
            | gimli::DW_LANG_C_plus_plus_11
            | gimli::DW_LANG_C_plus_plus_14
            | gimli::DW_LANG_C_plus_plus_17
            | gimli::DW_LANG_C_plus_plus_20 => Self::Cpp,
            gimli::DW_LANG_Fortran77
            | gimli::DW_LANG_Fortran90
            | gimli::DW_LANG_Fortran95
            | gimli::DW_LANG_Fortran03
            | gimli::DW_LANG_Fortran08
            | gimli::DW_LANG_Fortran18 => Self::Fortran,
            gimli::DW_LANG_Rust => Self::Rust,
            _ => Self::Other,
        }
    }
}

/// A compilation unit that has code.
#[derive(Clone, Debug)]
pub struct UnitWithCode {
    /// Where it is.
    pub at: DebugInfoOffset,
    /// Its code.
    pub ranges: Vec<Range>,
}

/// A debugging information entry.
#[derive(Clone, Debug)]
pub struct Die<'a> {
    /// The unit it is in.
    pub unit: Rc<Unit<'a>>,
    /// Its place there.
    pub offset: UnitOffset,
}

/// The parameters of a function.
#[derive(Clone, Debug, Default)]
pub struct Parameters<'a> {
    /// In their order.
    pub list: Vec<Die<'a>>,
    /// There may be more in a call.
    pub is_variadic: bool,
}

/// Reads entries.
#[derive(Debug)]
pub struct Dies<'a> {
    /// The sections.
    pub dwarf: Dwarf<Slice<'a>>,
    units: HashMap<DebugInfoOffset, Rc<Unit<'a>>>,
    headers: OnceCell<Headers<'a>>,
}

/// What units there are, for references from one to another.
#[derive(Debug, Default)]
struct Headers<'a> {
    /// In their order.
    units: Vec<(DebugInfoOffset, UnitHeader<Slice<'a>>)>,
    types: HashMap<DebugTypeSignature, (UnitHeader<Slice<'a>>, UnitOffset)>,
}

/// Reading can fail anywhere: then nothing is known.
pub type Result<T> = gimli::Result<T>;

impl<'a> Dies<'a> {
    /// A reader of these sections.
    #[must_use]
    pub fn new(dwarf: Dwarf<Slice<'a>>) -> Self {
        Self { dwarf, units: HashMap::new(), headers: OnceCell::new() }
    }

    /// The unit that starts here.
    ///
    /// # Errors
    /// None does.
    pub fn unit(&mut self, at: DebugInfoOffset) -> Result<Rc<Unit<'a>>> {
        if let Some(unit) = self.units.get(&at) {
            return Ok(Rc::clone(unit));
        }
        let unit = Rc::new(self.dwarf.unit(self.dwarf.unit_header(at)?)?);
        self.units.insert(at, Rc::clone(&unit));
        Ok(unit)
    }

    // ---- which functions there are ----

    /// The units that have code. Where there is a table of them, units are not read for that.
    ///
    /// # Errors
    /// The list of units is damaged.
    pub fn units_with_code(&self) -> Result<Vec<UnitWithCode>> {
        let mut tabled: HashMap<DebugInfoOffset, Vec<Range>> = HashMap::new();
        let mut tables = self.dwarf.debug_aranges.headers();
        while let Some(table) = tables.next()? {
            let ranges = tabled.entry(table.debug_info_offset()).or_default();
            let mut entries = table.entries();
            while let Some(entry) = entries.next()? {
                let begin = entry.address();
                ranges.push(Range { begin, end: begin.saturating_add(entry.length()) });
            }
        }
        let mut found = Vec::new();
        let mut headers = self.dwarf.units();
        while let Some(header) = headers.next()? {
            let Some(at) = header.debug_info_offset() else { continue };
            let ranges = match tabled.remove(&at) {
                Some(ranges) => ranges,
                // One unit that cannot be read does not make the others useless.
                None => self.dwarf.unit(header).and_then(|unit| self.unit_ranges(&unit)).unwrap_or_default(),
            };
            if !ranges.is_empty() {
                found.push(UnitWithCode { at, ranges });
            }
        }
        Ok(found)
    }

    fn unit_ranges(&self, unit: &Unit<'a>) -> Result<Vec<Range>> {
        let mut cursor = unit.entries();
        let Some(root) = cursor.next_dfs()? else { return Ok(Vec::new()) };
        self.ranges(unit, root, usize::MAX)
    }

    /// The code of a unit or function.
    fn ranges(&self, unit: &Unit<'a>, entry: &Entry<'a>, most: usize) -> Result<Vec<Range>> {
        let mut found = Vec::new();
        if let Some(attribute) = entry.attr(gimli::DW_AT_ranges)
            && let Some(mut ranges) = self.dwarf.attr_ranges(unit, attribute.value())?
        {
            while let Some(range) = ranges.next()?
                && found.len() < most
            {
                found.push(range);
            }
            return Ok(found);
        }
        if let Some(begin) = self.address(unit, entry.attr(gimli::DW_AT_low_pc))? {
            let high = entry.attr(gimli::DW_AT_high_pc);
            let end = match high.map(Attribute::value) {
                Some(AttributeValue::Udata(size)) => begin.saturating_add(size),
                _ => self.address(unit, high)?.unwrap_or(begin),
            };
            found.push(Range { begin, end });
        }
        Ok(found)
    }

    fn address(&self, unit: &Unit<'a>, attribute: Option<&Attribute<Slice<'a>>>) -> Result<Option<u64>> {
        attribute.map_or(Ok(None), |attribute| self.dwarf.attr_address(unit, attribute.value()))
    }

    /// Every function of a unit that has code of its own, by its addresses.
    ///
    /// # Errors
    /// The unit is damaged.
    pub fn functions(&self, unit: &Unit<'a>) -> Result<HashMap<u64, Vec<UnitOffset>>> {
        let mut found: HashMap<u64, Vec<UnitOffset>> = HashMap::new();
        let mut tree = unit.entries_tree(None)?;
        visit(tree.root()?, gimli::DW_TAG_subprogram, DEEPEST, &mut |entry| {
            // A function whose cold part lies elsewhere has several ranges; one of them is its start.
            for range in self.ranges(unit, entry, MOST_RANGES)? {
                found.entry(range.begin).or_default().push(entry.offset());
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Where the units start.
    ///
    /// # Errors
    /// The list of units is damaged.
    pub fn units(&self) -> Result<Vec<DebugInfoOffset>> {
        Ok(self.headers()?.units.iter().map(|(at, _)| *at).collect())
    }

    /// Every function of a unit that is not only declared, whether or not it has code of its own.
    ///
    /// # Errors
    /// The unit is damaged.
    pub fn definitions(&self, unit: &Unit<'a>) -> Result<Vec<UnitOffset>> {
        let mut found = Vec::new();
        let mut tree = unit.entries_tree(None)?;
        visit(tree.root()?, gimli::DW_TAG_subprogram, DEEPEST, &mut |entry| {
            if !entry.has_attr(gimli::DW_AT_declaration) {
                found.push(entry.offset());
            }
            Ok(())
        })?;
        Ok(found)
    }

    /// Every variable of a unit that is outside of functions and not only declared, with its address, if it has a fixed one.
    ///
    /// # Errors
    /// The unit is damaged.
    pub fn variables(&self, unit: &Unit<'a>) -> Result<Vec<(UnitOffset, Option<u64>)>> {
        let mut found = Vec::new();
        let mut tree = unit.entries_tree(None)?;
        visit(tree.root()?, gimli::DW_TAG_variable, DEEPEST, &mut |entry| {
            if let Some(AttributeValue::Exprloc(place)) = entry.attr_value(gimli::DW_AT_location) {
                found.push((entry.offset(), self.fixed_address(unit, place)?));
            }
            Ok(())
        })?;
        Ok(found)
    }

    fn fixed_address(&self, unit: &Unit<'a>, place: Expression<Slice<'a>>) -> Result<Option<u64>> {
        let mut operations = place.operations(unit.encoding());
        let first = operations.next()?;
        Ok(match (first, operations.next()?) {
            (Some(Operation::Address { address }), None) => Some(address),
            (Some(Operation::AddressIndex { index }), None) => Some(self.dwarf.address(unit, index)?),
            _ => None,
        })
    }

    // ---- what is said of them ----

    /// The entry and those that it completes: what is said of a function is spread over its code, its abstract form if it
    /// was also inlined, and its declaration in a class. `None` if one of them is not in this file.
    ///
    /// # Errors
    /// An entry is damaged.
    pub fn chain(&mut self, first: &Die<'a>) -> Result<Option<Vec<Die<'a>>>> {
        let mut chain = vec![first.clone()];
        let mut last = first.clone();
        while chain.len() < DEEPEST {
            let entry = last.unit.entry(last.offset)?;
            let next = entry.attr_value(gimli::DW_AT_abstract_origin).or(entry.attr_value(gimli::DW_AT_specification));
            let Some(next) = next else { return Ok(Some(chain)) };
            let Some(next) = self.follow(&last, &next)? else { break };
            chain.push(next.clone());
            last = next;
        }
        Ok(None)
    }

    /// A function's parameters. The list of its code is the best, since it says where each one is, but a compiler may leave
    /// out there what is not used; then the longest list counts.
    ///
    /// # Errors
    /// An entry is damaged.
    pub fn parameters(&self, chain: &[Die<'a>]) -> Result<Parameters<'a>> {
        let mut longest = Parameters::default();
        for die in chain {
            let mut found = Parameters { list: Vec::new(), is_variadic: longest.is_variadic };
            let mut tree = die.unit.entries_tree(Some(die.offset))?;
            list_parameters(tree.root()?, &die.unit, 1, &mut found)?;
            longest.is_variadic = found.is_variadic;
            if found.list.len() > longest.list.len() {
                longest = found;
            }
        }
        Ok(longest)
    }

    /// Whether a Fortran argument is passed by reference. Its type is that of the value in either case, so it shows only in
    /// where the value is when the function starts. An argument that is nowhere is not used; by reference is the rule.
    ///
    /// # Errors
    /// The entry is damaged.
    pub fn is_by_reference(&self, parameter: &Die<'a>, address: u64) -> Result<bool> {
        let unit = &parameter.unit;
        let entry = unit.entry(parameter.offset)?;
        let Some(location) = entry.attr_value(gimli::DW_AT_location) else {
            return Ok(true);
        };
        if let AttributeValue::Exprloc(expression) = location {
            return is_indirect(expression, unit);
        }
        let Some(mut list) = self.dwarf.attr_locations(unit, location)? else { return Ok(true) };
        while let Some(place) = list.next()? {
            if (place.range.begin..place.range.end).contains(&address) {
                return is_indirect(place.data, unit);
            }
        }
        Ok(true)
    }

    /// The entry that an attribute of `from` refers to, unless it is in another file.
    ///
    /// # Errors
    /// The list of units is damaged.
    pub fn follow(&mut self, from: &Die<'a>, value: &AttributeValue<Slice<'a>>) -> Result<Option<Die<'a>>> {
        match *value {
            AttributeValue::UnitRef(offset) => Ok(Some(Die { unit: Rc::clone(&from.unit), offset })),
            AttributeValue::DebugInfoRef(at) => {
                let units = &self.headers()?.units;
                let (before, _) = units.split_at(units.partition_point(|(start, _)| *start <= at));
                let Some((start, offset)) =
                    before.last().and_then(|(start, header)| Some((*start, at.to_unit_offset(header)?)))
                else {
                    return Ok(None);
                };
                Ok(Some(Die { unit: self.unit(start)?, offset }))
            }
            AttributeValue::DebugTypesRef(wanted) => {
                let Some((header, offset)) = self.headers()?.types.get(&wanted).cloned() else { return Ok(None) };
                Ok(Some(Die { unit: Rc::new(self.dwarf.unit(header)?), offset }))
            }
            _ => Ok(None),
        }
    }

    fn headers(&self) -> Result<&Headers<'a>> {
        if self.headers.get().is_none() {
            let mut found = Headers::default();
            let (mut units, mut older) = (self.dwarf.units(), self.dwarf.type_units());
            while let Some(header) = units.next().transpose().or_else(|| older.next().transpose()).transpose()? {
                if let UnitType::Type { type_signature, type_offset } = header.type_() {
                    found.types.entry(type_signature).or_insert((header, type_offset));
                }
                found.units.extend(header.debug_info_offset().map(|at| (at, header)));
            }
            return Ok(self.headers.get_or_init(|| found));
        }
        Ok(self.headers.get_or_init(Headers::default))
    }

    /// The language of a unit's source.
    ///
    /// # Errors
    /// The unit is damaged.
    pub fn language(&self, unit: &Unit<'a>) -> Result<Language> {
        let mut cursor = unit.entries();
        let root = cursor.next_dfs()?;
        Ok(match root.and_then(|root| root.attr_value(gimli::DW_AT_language)) {
            Some(AttributeValue::Language(language)) => Language::of(language),
            _ => Language::Other,
        })
    }
}

/// Shows every function, or every variable, of a unit, in whatever namespace or class.
fn visit<'a>(
    parent: EntriesTreeNode<'_, '_, Slice<'a>>,
    tag: gimli::DwTag,
    depth: usize,
    show: &mut impl FnMut(&Entry<'a>) -> Result<()>,
) -> Result<()> {
    let mut children = parent.children();
    while let Some(child) = children.next()? {
        match child.entry().tag() {
            found if found == tag => show(child.entry())?,
            gimli::DW_TAG_namespace
            | gimli::DW_TAG_module
            | gimli::DW_TAG_class_type
            | gimli::DW_TAG_structure_type
            | gimli::DW_TAG_union_type
                if depth > 0 =>
            {
                visit(child, tag, depth - 1, show)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Adds the parameters of a function, or of a parameter pack.
fn list_parameters<'a>(
    parent: EntriesTreeNode<'_, '_, Slice<'a>>,
    unit: &Rc<Unit<'a>>,
    packs: usize,
    found: &mut Parameters<'a>,
) -> Result<()> {
    let mut children = parent.children();
    while let Some(child) = children.next()? {
        match child.entry().tag() {
            gimli::DW_TAG_formal_parameter => {
                found.list.push(Die { unit: Rc::clone(unit), offset: child.entry().offset() });
            }
            gimli::DW_TAG_unspecified_parameters => found.is_variadic = true,
            gimli::DW_TAG_GNU_formal_parameter_pack if packs > 0 => {
                list_parameters(child, unit, packs - 1, found)?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether the value at this place is not the argument itself, but what the argument points to.
fn is_indirect(place: Expression<Slice<'_>>, unit: &Unit<'_>) -> Result<bool> {
    const FRAME: [u16; 2] = [6, 7];
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
        (Some(Operation::RegisterOffset { register, .. }), _) => !FRAME.contains(&register.0),
        _ => true,
    })
}
