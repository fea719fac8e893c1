//! What a library has for a symbol. Each file is read once, as long as it stays the same.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use super::file::{Binary, Identity, SymbolKind};
use super::missing::{self, Missing};
use super::model::Function;
use super::read::{Found, Reader};
use crate::lock::lock;

/// What is known of a symbol.
#[derive(Debug)]
pub(super) enum Outcome {
    Function(Box<Function>),
    /// It is there, but nothing is known of its types, for this reason.
    NoTypes(String),
    Missing(Missing),
}

/// A library, as far as it was looked at.
#[derive(Clone, Debug)]
pub(super) struct Library {
    identity: Identity,
    pub(super) machine: u16,
    outcomes: HashMap<String, Arc<Outcome>>,
}

impl Library {
    /// Reads what the file has for these symbols. An error says why it is no library.
    pub(super) fn look_up(path: &Path, symbols: &[&str]) -> Result<Self, String> {
        static KNOWN: Mutex<Option<HashMap<PathBuf, Library>>> = Mutex::new(None);
        let identity = Identity::of(path).map_err(|error| error.to_string())?;
        let mut known = lock(&KNOWN);
        let known = known.get_or_insert_default();
        if let Some(library) = known.get(path)
            && library.identity == identity
            && symbols.iter().all(|&symbol| library.outcomes.contains_key(symbol))
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

    fn read(path: &Path, identity: Identity, symbols: &[&str]) -> Result<Self, String> {
        let binary = Binary::read(path)?;
        let mut reader = binary.debug.as_ref().and_then(Reader::new);
        let mut outcomes = HashMap::new();
        for &symbol in symbols {
            let outcome = match binary.exported.get(symbol) {
                Some(found) if found.kind == SymbolKind::Indirect => {
                    Outcome::NoTypes("which function it is, is decided when the library is loaded (ifunc)".into())
                }
                Some(found) if found.kind != SymbolKind::Variable => match &mut reader {
                    Some(reader) => match reader.function(found.address, symbol) {
                        Found::Function(function) => Outcome::Function(function),
                        Found::NoTypes(reason) => Outcome::NoTypes(reason),
                    },
                    None => Outcome::NoTypes(binary.note.clone().unwrap_or_else(|| DAMAGED.into())),
                },
                _ => Outcome::Missing(missing::explain(symbol, &binary, reader.as_mut())),
            };
            outcomes.insert(symbol.to_owned(), Arc::new(outcome));
        }
        Ok(Self { identity, machine: binary.machine, outcomes })
    }

    /// What was found for a symbol that was asked for.
    pub(super) fn outcome(&self, symbol: &str) -> Option<&Outcome> {
        self.outcomes.get(symbol).map(|outcome| &**outcome)
    }
}

const DAMAGED: &str = "its debug information is damaged";
