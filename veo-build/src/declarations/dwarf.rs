//! Shared libraries, read by their debug information.
//!
//! Declared is what the library exports. The rest of the debug information matters for the types only.

mod entries;
mod types;
mod variables;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::Path;

use object::elf::{Machine, STT_COMMON, STT_FUNC, STT_GNU_IFUNC, STT_OBJECT, STT_TLS, SymbolType};
use object::read::elf::ElfFile64;
use object::{LittleEndian, Object, ObjectSymbol, SymbolFlags};

use self::entries::{Die, Dies, Language};
use self::types::TypeReader;
use super::model::{Api, Function, Parameter, Type};
use crate::Error;

type Elf<'a> = ElfFile64<'a, LittleEndian>;

/// The machine of Vector Engines, as ELF files name it.
const EM_VE: Machine = Machine(251);

pub(crate) fn read(path: &Path, with_variables: bool) -> Result<Api, Error> {
    let damaged = |cause: String| Error::Library { path: path.to_owned(), cause };
    let bytes = fs::read(path).map_err(Error::io("read", path))?;
    let elf = Elf::parse(&*bytes).map_err(|error| damaged(format!("{error} (it should be a 64-bit ELF file)")))?;
    let sections = entries::sections(&elf).map_err(|error| damaged(error.to_string()))?;
    let missing = |detail| Error::NoDebugInformation { path: path.to_owned(), detail };
    if elf.section_by_name(".debug_info").is_none() {
        let linked = elf.section_by_name(".gnu_debuglink").is_some();
        return Err(missing(if linked { ", it names a file that has it" } else { "" }));
    }
    let frame = if elf.elf_header().e_machine.get(LittleEndian) == EM_VE { [9, 11] } else { [6, 7] };
    let dies = Dies::new(&sections, frame).map_err(|error| damaged(error.to_string()))?;
    let exported = exported(&elf, &[STT_FUNC, STT_GNU_IFUNC]);
    let mut reader = Reader { dies, types: TypeReader::default(), exported, functions: Vec::new() };
    let variables = with_variables.then(|| self::exported(&elf, &[STT_OBJECT, STT_COMMON, STT_TLS]));
    let api = reader.api(variables).map_err(|error| damaged(error.to_string()))?;
    if api.functions.is_empty() && api.variables.is_empty() && api.left_out.is_empty() {
        return Err(missing(" of a function that it exports"));
    }
    Ok(api)
}

/// What can be looked up by name.
#[derive(Clone, Copy, Debug)]
struct Exported {
    address: u64,
    /// Each thread has one of its own. The address is an offset then.
    is_thread_local: bool,
}

/// What can be looked up, of these kinds, by name. A program without a table for the loader is one that kernels were
/// linked into.
fn exported(elf: &Elf<'_>, kinds: &[SymbolType]) -> BTreeMap<String, Exported> {
    let named = |symbols: &mut dyn Iterator<Item = object::read::elf::ElfSymbol64<'_, '_, LittleEndian>>| {
        let symbols = symbols.filter(|symbol| is_exported(symbol, kinds));
        symbols.filter_map(|symbol| Some((symbol.name().ok()?.to_owned(), Exported::of(&symbol)))).collect()
    };
    let dynamic: BTreeMap<String, Exported> = named(&mut elf.dynamic_symbols());
    if dynamic.is_empty() { named(&mut elf.symbols()) } else { dynamic }
}

impl Exported {
    fn of(symbol: &object::read::elf::ElfSymbol64<'_, '_, LittleEndian>) -> Self {
        let is_thread_local =
            matches!(symbol.flags(), SymbolFlags::Elf { st_info, .. } if st_info.st_type() == STT_TLS);
        Self { address: symbol.address(), is_thread_local }
    }
}

fn is_exported(symbol: &object::read::elf::ElfSymbol64<'_, '_, LittleEndian>, kinds: &[SymbolType]) -> bool {
    let SymbolFlags::Elf { st_info, .. } = symbol.flags() else { return false };
    // `is_definition` leaves out those of which each thread has one.
    let is_defined = symbol.is_definition() || st_info.st_type() == STT_TLS && !symbol.is_undefined();
    is_defined && symbol.is_global() && kinds.contains(&st_info.st_type())
}

struct Reader<'a> {
    dies: Dies<'a>,
    types: TypeReader,
    /// Those whose entries are still to be found.
    exported: BTreeMap<String, Exported>,
    functions: Vec<(Option<String>, Function)>,
}

impl<'a> Reader<'a> {
    /// `variables`: those that are exported, if they are wanted.
    fn api(&mut self, variables: Option<BTreeMap<String, Exported>>) -> gimli::Result<Api> {
        let mut left_out = Vec::new();
        for found in self.dies.functions()? {
            let chain = self.dies.chain(&found.die)?;
            let Some(name) = self.dies.name(&chain)? else { continue };
            let language = self.dies.language(chain.last().unwrap_or(&found.die))?;
            let Some(symbol) = self.symbol(&chain, &name, language)? else { continue };
            self.exported.remove(&symbol);
            let function = Found { chain: &chain, name, symbol, language };
            let outcome = match &found.class {
                Some(class) => Err(format!("it is a member of `{class}`")),
                None => self.function(&function)?,
            };
            match outcome {
                Ok(read) => self.functions.push((found.namespace, read)),
                Err(reason) => left_out.push((function.symbol, reason)),
            }
        }
        let mut functions = std::mem::take(&mut self.functions);
        // The order in the source, not that in which units were linked.
        functions.sort_by(|(_, a), (_, b)| (&a.place, &a.symbol).cmp(&(&b.place, &b.symbol)));
        left_out.sort();
        let silent = self.exported.keys().filter(|symbol| !symbol.starts_with('_'));
        left_out.extend(silent.map(|symbol| (symbol.clone(), "it has no debug information".to_owned())));
        let functions = qualified(functions);
        let variables = variables.map_or_else(|| Ok(Vec::new()), |exported| self.variables(exported, &mut left_out))?;
        Ok(Api { functions, variables, types: std::mem::take(&mut self.types.types), left_out })
    }

    /// The name of a function in the library, if it is exported. A name alone does not tell: another file may have a
    /// `static` one of this name.
    fn symbol(&self, chain: &[Die<'a>], name: &str, language: Language) -> gimli::Result<Option<String>> {
        let names = self.symbols(chain, name, language)?;
        let Some((symbol, it)) = names.iter().find_map(|name| self.exported.get_key_value(name)) else {
            return Ok(None);
        };
        let is_it = self.dies.address(chain)? == Some(it.address) || self.dies.is_external(chain)?;
        Ok(is_it.then(|| symbol.clone()))
    }

    /// The names that a function or variable may have in the library.
    fn symbols(&self, chain: &[Die<'a>], name: &str, language: Language) -> gimli::Result<Vec<String>> {
        let linkage = self.dies.linkage_name(chain)?;
        let mut names = vec![linkage.unwrap_or_else(|| name.to_owned())];
        if language == Language::Fortran {
            names.push(format!("{}_", name.to_lowercase()));
        }
        Ok(names)
    }

    /// The function, or why it cannot be described.
    fn function(&mut self, found: &Found<'_, 'a>) -> gimli::Result<Result<Function, String>> {
        let Found { chain, name, symbol, language } = found;
        let Some(address) = self.dies.address(chain)? else { return Ok(Err("it has no code".to_owned())) };
        let (dies, variadic) = self.dies.parameters(chain)?;
        let result = match self.dies.type_of(chain)? {
            Some(die) => self.types.read(&self.dies, die)?,
            None => Type::Void,
        };
        let prototyped = self.dies.is_prototyped(chain)?;
        if *language == Language::C && !prototyped && result == Type::Void && dies.is_empty() {
            // With -g1 every function looks so.
            return Ok(Err("its debug information has no types; compile it with -g".to_owned()));
        }
        let mut parameters = Vec::new();
        for die in dies {
            let parameter_chain = self.dies.chain(&die)?;
            let name = self.dies.name(&parameter_chain)?;
            if name.as_deref().is_some_and(|name| matches!(name, "__result" | ".__result")) {
                return Ok(Err("it returns text".to_owned()));
            }
            let Some(of) = self.dies.type_of(&parameter_chain)? else {
                return Ok(Err("a parameter has no type".to_owned()));
            };
            let ty = if *language == Language::Fortran {
                let by_reference = self.dies.is_by_reference(&die, address)?;
                self.types.fortran(&self.dies, of, by_reference)?
            } else {
                self.types.read(&self.dies, of)?
            };
            parameters.push(Parameter { name, ty });
        }
        Ok(Ok(Function {
            name: name.clone(),
            symbol: symbol.clone(),
            parameters,
            result,
            variadic,
            comment: None,
            place: self.dies.place(chain)?,
        }))
    }
}

/// What is known of a function before its types are read.
struct Found<'f, 'a> {
    chain: &'f [Die<'a>],
    name: String,
    symbol: String,
    language: Language,
}

/// Functions of one name in several namespaces or modules have that in their names.
fn qualified(functions: Vec<(Option<String>, Function)>) -> Vec<Function> {
    let mut places: HashMap<String, BTreeSet<Option<String>>> = HashMap::new();
    for (namespace, function) in &functions {
        places.entry(function.name.clone()).or_default().insert(namespace.clone());
    }
    let named = functions.into_iter().map(|(namespace, mut function)| {
        if let (Some(namespace), true) = (namespace, places[&function.name].len() > 1) {
            function.name = format!("{namespace}_{}", function.name);
        }
        function
    });
    named.collect()
}
