//! What a library has for a symbol. Each file is read once, as long as it stays the same.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::file::{Binary, Identity, SymbolKind};
use super::missing::{self, Missing};
use super::model::{Function, Variable};
use super::read::{Found, Reader};
use crate::lock::lock;

/// What a symbol is declared to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Sort {
    Function,
    Variable,
}

/// What is known of a symbol.
#[derive(Debug)]
pub(super) enum Outcome {
    Function(Box<Function>),
    Variable(Box<Variable>),
    /// A variable of which each thread has one of its own, as far as it is known.
    ThreadLocal(Option<Box<Variable>>),
    /// It is there, but nothing is known of its types, for this reason.
    NoTypes(String),
    Missing(Missing),
}

/// A library, as far as it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Library {
    identity: Identity,
    pub(super) machine: u16,
    outcomes: HashMap<(String, Sort), Arc<Outcome>>,
}

impl Library {
    /// Reads what the file has for these symbols. An error says why it is no library.
    pub(super) fn look_up(path: &Path, symbols: &[(&str, Sort)]) -> Result<Self, String> {
        static KNOWN: Mutex<Option<HashMap<PathBuf, Library>>> = Mutex::new(None);
        let identity = Identity::of(path).map_err(|error| error.to_string())?;
        let mut known = lock(&KNOWN);
        let known = known.get_or_insert_default();
        if let Some(library) = known.get(path)
            && library.identity == identity
            && symbols.iter().all(|&(symbol, sort)| library.outcome(symbol, sort).is_some())
        {
            return Ok(library.clone());
        }
        let mut library = Self::read(path, identity.clone(), symbols)?;
        if let Some(before) = known.remove(path)
            && before.identity == identity
        {
            library.outcomes.extend(before.outcomes);
        }
        known.insert(path.to_path_buf(), library.clone());
        Ok(library)
    }

    fn read(path: &Path, identity: Identity, symbols: &[(&str, Sort)]) -> Result<Self, String> {
        let binary = Binary::read(path)?;
        let mut reader = binary.debug.as_ref().and_then(Reader::new);
        let outcome = |&(symbol, sort): &(&str, Sort)| {
            let outcome = outcome(&binary, reader.as_mut(), symbol, sort);
            ((symbol.to_owned(), sort), Arc::new(outcome))
        };
        let outcomes = symbols.iter().map(outcome).collect();
        Ok(Self { identity, machine: binary.machine, outcomes })
    }

    /// What was found for a symbol that was asked for.
    pub(super) fn outcome(&self, symbol: &str, sort: Sort) -> Option<&Outcome> {
        self.outcomes.get(&(symbol.to_owned(), sort)).map(|outcome| &**outcome)
    }
}

fn outcome(binary: &Binary, reader: Option<&mut Reader<'_>>, symbol: &str, sort: Sort) -> Outcome {
    let is_function = sort == Sort::Function;
    let address = match binary.exported.get(symbol) {
        Some(found) if found.kind == SymbolKind::Indirect && is_function => {
            let reason = "which function it is, is decided when the library is loaded (ifunc)";
            return Outcome::NoTypes(reason.into());
        }
        Some(found) if found.kind == SymbolKind::ThreadLocal && !is_function => {
            return match reader.map(|reader| reader.variable(None, symbol)) {
                Some(Found::Variable(variable)) => Outcome::ThreadLocal(Some(variable)),
                _ => Outcome::ThreadLocal(None),
            };
        }
        Some(found) if found.kind.may_be_a_function() && is_function => found.address,
        Some(found) if found.kind.may_be_a_variable() && !is_function => found.address,
        _ => return Outcome::Missing(missing::explain(symbol, sort, binary, reader)),
    };
    let Some(reader) = reader else {
        return Outcome::NoTypes(binary.note.clone().unwrap_or_else(|| DAMAGED.into()));
    };
    let found = if is_function { reader.function(address, symbol) } else { reader.variable(Some(address), symbol) };
    match found {
        Found::Function(function) => Outcome::Function(function),
        Found::Variable(variable) => Outcome::Variable(variable),
        Found::NoTypes(reason) => Outcome::NoTypes(reason),
    }
}

const DAMAGED: &str = "its debug information is damaged";
