//! The signatures of functions that nobody declared, from the debug information of their libraries.
//!
//! Only what the calling convention needs is read: which classes the parameters and the result have. A function for which
//! that cannot be said, because it takes a struct by value, say, or because the debug information is damaged, has no
//! signature. The work is done at the first call of a function: finding its compilation unit, and the function's entry in
//! an index of that unit.

mod values;

use std::collections::HashMap;
use std::rc::Rc;

use gimli::{
    Attribute, AttributeValue, DebugInfoOffset, DebuggingInformationEntry, Dwarf, EntriesTreeNode, Range, UnitOffset,
    UnitType,
};

use self::values::{Language, is_indirect, scalar};
use super::image::{Image, Module, Slice};
use crate::signature::Class;

type Entry<'a> = DebuggingInformationEntry<Slice<'a>>;
type Unit<'a> = gimli::Unit<Slice<'a>>;

/// How deep namespaces and classes may be nested, and how long a chain of types or of declarations may be. More is damage.
const DEEPEST: usize = 64;

/// How many address ranges of one function are looked at.
const MOST_RANGES: usize = 64;

/// A function's result and parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Signature {
    pub(crate) ret: Class,
    pub(crate) params: Vec<Class>,
}

/// What was read so far.
#[derive(Debug, Default)]
pub(crate) struct Signatures {
    /// By what the loader added to the addresses in the file.
    libraries: HashMap<u64, Option<Library>>,
}

impl Signatures {
    /// The signature of the function at this address.
    pub(crate) fn find(&mut self, address: u64) -> Option<Signature> {
        let module = Module::of(address)?;
        let library = self.libraries.entry(module.bias).or_insert_with(|| Library::new(module.image()?));
        library.as_mut()?.find(address.wrapping_sub(module.bias))
    }
}

/// A library's debug information.
#[derive(Debug)]
struct Library {
    image: Image,
    units: Vec<IndexedUnit>,
}

/// A compilation unit that has code.
#[derive(Debug)]
struct IndexedUnit {
    at: DebugInfoOffset,
    ranges: Vec<Range>,
    /// The entries of its functions, by their addresses. Filled when first asked for.
    functions: Option<HashMap<u64, Vec<UnitOffset>>>,
}

impl Library {
    fn new(image: Image) -> Option<Self> {
        let units = Dies::new(&image)?.units_with_code().ok()?;
        Some(Self { image, units })
    }

    /// The signature of the function at this address, as the file counts. Two functions can be at one address when the
    /// linker found that their code is the same; they must agree.
    fn find(&mut self, address: u64) -> Option<Signature> {
        let mut dies = Dies::new(&self.image)?;
        let mut agreed = None;
        for unit in &mut self.units {
            if !unit.ranges.iter().any(|range| (range.begin..range.end).contains(&address)) {
                continue;
            }
            let loaded = dies.unit(unit.at).ok()?;
            let functions = unit.functions.get_or_insert_with(|| dies.functions(&loaded).unwrap_or_default());
            for &offset in functions.get(&address).into_iter().flatten() {
                let signature = dies.signature(&Die { unit: Rc::clone(&loaded), offset }, address).ok()??;
                if agreed.get_or_insert_with(|| signature.clone()) != &signature {
                    return None;
                }
            }
        }
        agreed
    }
}

/// A debugging information entry.
#[derive(Clone, Debug)]
struct Die<'a> {
    unit: Rc<Unit<'a>>,
    offset: UnitOffset,
}

/// Reads entries.
struct Dies<'a> {
    dwarf: Dwarf<Slice<'a>>,
    units: HashMap<DebugInfoOffset, Rc<Unit<'a>>>,
}

/// Reading can fail anywhere: then there is no signature.
type Result<T> = gimli::Result<T>;

impl<'a> Dies<'a> {
    fn new(image: &'a Image) -> Option<Self> {
        Some(Self { dwarf: image.dwarf()?, units: HashMap::new() })
    }

    fn unit(&mut self, at: DebugInfoOffset) -> Result<Rc<Unit<'a>>> {
        if let Some(unit) = self.units.get(&at) {
            return Ok(Rc::clone(unit));
        }
        let unit = Rc::new(self.dwarf.unit(self.dwarf.unit_header(at)?)?);
        self.units.insert(at, Rc::clone(&unit));
        Ok(unit)
    }

    // ---- which functions there are ----

    /// The units that have code. Where there is a table of them, units are not read for that.
    fn units_with_code(&self) -> Result<Vec<IndexedUnit>> {
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
                found.push(IndexedUnit { at, ranges, functions: None });
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

    /// Every function of a unit that has code of its own.
    fn functions(&self, unit: &Unit<'a>) -> Result<HashMap<u64, Vec<UnitOffset>>> {
        let mut found = HashMap::new();
        let mut tree = unit.entries_tree(None)?;
        self.collect(unit, tree.root()?, DEEPEST, &mut found)?;
        Ok(found)
    }

    fn collect(
        &self,
        unit: &Unit<'a>,
        parent: EntriesTreeNode<'_, '_, Slice<'a>>,
        depth: usize,
        found: &mut HashMap<u64, Vec<UnitOffset>>,
    ) -> Result<()> {
        let mut children = parent.children();
        while let Some(child) = children.next()? {
            let entry = child.entry();
            match entry.tag() {
                gimli::DW_TAG_subprogram => {
                    // A function whose cold part lies elsewhere has several ranges; one of them is its start.
                    for range in self.ranges(unit, entry, MOST_RANGES)? {
                        found.entry(range.begin).or_default().push(entry.offset());
                    }
                }
                gimli::DW_TAG_namespace
                | gimli::DW_TAG_module
                | gimli::DW_TAG_class_type
                | gimli::DW_TAG_structure_type
                | gimli::DW_TAG_union_type
                    if depth > 0 =>
                {
                    self.collect(unit, child, depth - 1, found)?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    // ---- what they take and return ----

    fn signature(&mut self, function: &Die<'a>, address: u64) -> Result<Option<Signature>> {
        // What is said of a function is spread over its code, its abstract form if it was also inlined, and its
        // declaration in a class.
        let Some(chain) = self.chain(function)? else { return Ok(None) };
        // A unit of code that was made at link time is in no language.
        let language = self.language(&chain.last().unwrap_or(function).unit)?;
        let mut entries = Vec::new();
        for die in &chain {
            entries.push(die.unit.entry(die.offset)?);
        }
        let attribute =
            |name| entries.iter().zip(&chain).find_map(|(entry, die)| Some((entry.attr(name)?.value(), die)));
        let usual = match attribute(gimli::DW_AT_calling_convention) {
            None => true,
            Some((AttributeValue::CallingConvention(convention), _)) => {
                matches!(convention, gimli::DW_CC_normal | gimli::DW_CC_program)
            }
            Some(_) => false,
        };
        let ret = match attribute(gimli::DW_AT_type) {
            None => Some(Class::Void),
            Some((value, die)) => self.follow(die, &value)?.map_or(Ok(None), |die| self.class(die))?,
        };
        let prototyped = attribute(gimli::DW_AT_prototyped).is_some();
        let (Some(ret), true) = (ret, usual) else { return Ok(None) };
        let Some(params) = self.parameters(&chain, language, address)? else { return Ok(None) };
        // Without a prototype, callers pass a `float` as a `double`.
        let promoted = language == Language::C && !prototyped && params.contains(&Class::F32);
        // With `-g1`, every function looks as if it had neither parameters nor a result, but for the note of a prototype.
        let silent = ret == Class::Void && params.is_empty() && !prototyped;
        Ok((!promoted && !silent).then_some(Signature { ret, params }))
    }

    /// The entry and those that it completes. `None` if one of them is not in this file.
    fn chain(&mut self, first: &Die<'a>) -> Result<Option<Vec<Die<'a>>>> {
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

    /// The classes of a function's parameters. The list of its code is the best, since it says where each one is, but a
    /// compiler may leave out there what is not used; then the longest list counts.
    fn parameters(&mut self, chain: &[Die<'a>], language: Language, address: u64) -> Result<Option<Vec<Class>>> {
        let mut longest: Vec<Die<'a>> = Vec::new();
        for die in chain {
            let mut list = Vec::new();
            let mut tree = die.unit.entries_tree(Some(die.offset))?;
            if !list_parameters(tree.root()?, &die.unit, 1, &mut list)? {
                return Ok(None);
            }
            if list.len() > longest.len() {
                longest = list;
            }
        }
        let mut classes = Vec::new();
        for parameter in longest {
            match self.parameter(&parameter, language, address)? {
                Some(class) => classes.push(class),
                None => return Ok(None),
            }
        }
        Ok(Some(classes))
    }

    fn parameter(&mut self, parameter: &Die<'a>, language: Language, address: u64) -> Result<Option<Class>> {
        if language == Language::Fortran && self.is_by_reference(parameter, address)? {
            return Ok(Some(Class::U64));
        }
        for die in self.chain(parameter)?.unwrap_or_default() {
            let entry = die.unit.entry(die.offset)?;
            if let Some(name) = entry.attr_value(gimli::DW_AT_name)
                && matches!(self.dwarf.attr_string(&die.unit, name)?.slice(), b"__in_chrg" | b"__vtt_parm")
            {
                // Some of a constructor's forms have these, others do not.
                return Ok(None);
            }
            if let Some(value) = entry.attr_value(gimli::DW_AT_type) {
                let Some(of) = self.follow(&die, &value)? else { return Ok(None) };
                return Ok(self.class(of)?.filter(|&class| class != Class::Void));
            }
        }
        Ok(None)
    }

    /// Whether a Fortran argument is passed by reference. Its type is that of the value in either case, so it shows only in
    /// where the value is when the function starts. An argument that is nowhere is not used; by reference is the rule.
    fn is_by_reference(&self, parameter: &Die<'a>, address: u64) -> Result<bool> {
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

    /// The class of a type's values.
    fn class(&mut self, mut of: Die<'a>) -> Result<Option<Class>> {
        for _ in 0..DEEPEST {
            let entry = of.unit.entry(of.offset)?;
            // A type may be in a unit of its own, with a mere note of it here.
            let inner = entry.attr_value(gimli::DW_AT_signature).or(entry.attr_value(gimli::DW_AT_type));
            let size = entry.attr(gimli::DW_AT_byte_size).and_then(Attribute::udata_value);
            match entry.tag() {
                gimli::DW_TAG_pointer_type | gimli::DW_TAG_reference_type | gimli::DW_TAG_rvalue_reference_type => {
                    return Ok(Some(Class::U64));
                }
                gimli::DW_TAG_array_type => {
                    return Ok((!entry.has_attr(gimli::DW_AT_GNU_vector)).then_some(Class::U64));
                }
                gimli::DW_TAG_base_type => {
                    let odd = [gimli::DW_AT_bit_size, gimli::DW_AT_endianity].iter().any(|&name| entry.has_attr(name));
                    let encoding = match entry.attr_value(gimli::DW_AT_encoding) {
                        Some(AttributeValue::Encoding(encoding)) if !odd => encoding,
                        _ => return Ok(None),
                    };
                    return Ok(scalar(encoding, size));
                }
                gimli::DW_TAG_enumeration_type if inner.is_none() => {
                    return Ok(scalar(gimli::DW_ATE_signed, size));
                }
                gimli::DW_TAG_enumeration_type
                | gimli::DW_TAG_typedef
                | gimli::DW_TAG_const_type
                | gimli::DW_TAG_volatile_type
                | gimli::DW_TAG_restrict_type
                | gimli::DW_TAG_atomic_type
                | gimli::DW_TAG_template_alias
                | gimli::DW_TAG_subrange_type => match inner {
                    None => return Ok(Some(Class::Void)),
                    Some(inner) => match self.follow(&of, &inner)? {
                        None => return Ok(None),
                        Some(inner) => of = inner,
                    },
                },
                _ => return Ok(None),
            }
        }
        Ok(None)
    }

    /// The entry that an attribute of `from` refers to, unless it is in another file.
    fn follow(&mut self, from: &Die<'a>, value: &AttributeValue<Slice<'a>>) -> Result<Option<Die<'a>>> {
        match *value {
            AttributeValue::UnitRef(offset) => Ok(Some(Die { unit: Rc::clone(&from.unit), offset })),
            AttributeValue::DebugInfoRef(at) => {
                let mut headers = self.dwarf.units();
                while let Some(header) = headers.next()? {
                    if let (Some(offset), Some(start)) = (at.to_unit_offset(&header), header.debug_info_offset()) {
                        return Ok(Some(Die { unit: self.unit(start)?, offset }));
                    }
                }
                Ok(None)
            }
            AttributeValue::DebugTypesRef(wanted) => {
                let (mut headers, mut older) = (self.dwarf.units(), self.dwarf.type_units());
                while let Some(header) = headers.next().transpose().or_else(|| older.next().transpose()).transpose()? {
                    if let UnitType::Type { type_signature, type_offset } = header.type_()
                        && type_signature == wanted
                    {
                        return Ok(Some(Die { unit: Rc::new(self.dwarf.unit(header)?), offset: type_offset }));
                    }
                }
                Ok(None)
            }
            _ => Ok(None),
        }
    }

    fn language(&self, unit: &Unit<'a>) -> Result<Language> {
        let mut cursor = unit.entries();
        let root = cursor.next_dfs()?;
        Ok(match root.and_then(|root| root.attr_value(gimli::DW_AT_language)) {
            Some(AttributeValue::Language(language)) => Language::of(language),
            _ => Language::Other,
        })
    }
}

/// Adds the parameters of a function, or of a parameter pack. `false` for a variadic function.
fn list_parameters<'a>(
    parent: EntriesTreeNode<'_, '_, Slice<'a>>,
    unit: &Rc<Unit<'a>>,
    packs: usize,
    list: &mut Vec<Die<'a>>,
) -> Result<bool> {
    let mut complete = true;
    let mut children = parent.children();
    while let Some(child) = children.next()? {
        match child.entry().tag() {
            gimli::DW_TAG_formal_parameter => {
                list.push(Die { unit: Rc::clone(unit), offset: child.entry().offset() });
            }
            gimli::DW_TAG_unspecified_parameters => return Ok(false),
            gimli::DW_TAG_GNU_formal_parameter_pack if packs > 0 => {
                complete &= list_parameters(child, unit, packs - 1, list)?;
            }
            _ => {}
        }
    }
    Ok(complete)
}

#[cfg(test)]
mod tests;
