//! Variables, by their addresses and names.
//!
//! A unit that has variables may have no code, so all units are looked at.

use std::collections::HashMap;
use std::rc::Rc;

use gimli::{DebugInfoOffset, UnitOffset};
use veo_engine::debuginfo::{Die, Result};

use super::{DAMAGED, Found, MOST_ENTRIES, NO_TYPES, NOT_DESCRIBED, Reader};
use crate::verify::model::{Ty, Variable};

/// Where an entry is.
type Place = (DebugInfoOffset, UnitOffset);

/// The variables of a library.
#[derive(Default)]
pub(super) struct Variables {
    by_address: HashMap<u64, Vec<Place>>,
    /// Also those whose address is known when they are used only, such as one for each thread.
    by_name: HashMap<String, Vec<Place>>,
}

impl<'a> Reader<'a> {
    /// The variable at this address; if several are there, such as parts of a Fortran block, the one with this symbol.
    pub(in crate::verify) fn variable(&mut self, address: u64, symbol: &str) -> Found {
        self.find_variable(address, symbol).unwrap_or_else(|_| Found::NoTypes(DAMAGED.into()))
    }

    fn find_variable(&mut self, address: u64, symbol: &str) -> Result<Found> {
        let known = match self.variables.take() {
            Some(known) => known,
            None => self.index_variables()?,
        };
        let named = known.by_name.get(symbol).into_iter().flatten();
        let here = known.by_address.get(&address).into_iter().flatten();
        let here: Vec<Place> = here.copied().collect();
        // The same name may be that of a `static` variable elsewhere.
        let place = named.copied().find(|place| here.is_empty() || here.contains(place)).or(here.first().copied());
        self.variables = Some(known);
        let Some((at, offset)) = place else { return Ok(Found::NoTypes(NOT_DESCRIBED.into())) };
        let die = Die { unit: self.dies.unit(at)?, offset };
        self.read_variable(&die)
    }

    fn index_variables(&mut self) -> Result<Variables> {
        let mut found = Variables::default();
        for at in self.dies.units()? {
            let Ok(unit) = self.dies.unit(at) else { continue };
            for (offset, address) in self.dies.variables(&unit).unwrap_or_default() {
                let die = Die { unit: Rc::clone(&unit), offset };
                if let Some(address) = address {
                    found.by_address.entry(address).or_default().push((at, offset));
                }
                if let Ok(Some(name)) = self.symbol_of(&die) {
                    found.by_name.entry(name).or_default().push((at, offset));
                }
            }
        }
        Ok(found)
    }

    /// The name that the linker knows it by.
    fn symbol_of(&mut self, die: &Die<'a>) -> Result<Option<String>> {
        let Some(chain) = self.dies.chain(die)? else { return Ok(None) };
        let linkage_name = self.linkage_name(&chain)?;
        linkage_name.map_or_else(|| self.text(&chain, gimli::DW_AT_name), |name| Ok(Some(name)))
    }

    fn read_variable(&mut self, die: &Die<'a>) -> Result<Found> {
        self.left = MOST_ENTRIES;
        let Some(chain) = self.dies.chain(die)? else {
            return Ok(Found::NoTypes("a part of its debug information is in another file".into()));
        };
        let origin = chain.last().unwrap_or(die).clone();
        let ty: Ty = match self.attribute(&chain, gimli::DW_AT_type)? {
            None => return Ok(Found::NoTypes(NO_TYPES.into())),
            Some((value, die)) => self.follow(&die, &value, 0)?,
        };
        Ok(Found::Variable(Box::new(Variable {
            name: self.text(&chain, gimli::DW_AT_name)?.unwrap_or_else(|| "?".into()),
            language: self.dies.language(&origin.unit)?,
            place: self.place(&chain)?,
            ty,
        })))
    }
}
