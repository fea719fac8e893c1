//! Debug information → functions, variables and types.
//!
//! A function or variable is found by its address: names of symbols and of functions differ, for aliases, in C++, in Fortran.

mod types;
mod variables;

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gimli::{AttributeValue, DebugInfoOffset, Range, UnitOffset};
use veo_engine::debuginfo::{Die, Dies, Language, Result, Slice, Unit, UnitWithCode};

use self::variables::Variables;
use super::file::Sections;
use super::model::{Function, Parameter, Record, Ty, Variable};

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
            // A `static` one of this name is that of another file.
            if self.is_external(&die)?
                && let read @ Found::Function(_) = self.read(&die, address)?
            {
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

    /// Whether other files of source see it.
    fn is_external(&mut self, die: &Die<'a>) -> Result<bool> {
        let Some(chain) = self.dies.chain(die)? else { return Ok(false) };
        let value = self.attribute(&chain, gimli::DW_AT_external)?;
        Ok(matches!(value, Some((AttributeValue::Flag(true), _))))
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
