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
    by_name: HashMap<String, Vec<Place>>,
    /// Those whose address is known when they are used only, such as one for each thread. Other files see them.
    without_address: HashMap<String, Place>,
    /// The files that have the debug information of some units.
    elsewhere: Vec<String>,
}

impl Variables {
    /// The variable at this address; if several are there, such as parts of a Fortran block, the one with this symbol. One
    /// with this name at another address is a `static` one of another file.
    fn find(&self, address: Option<u64>, symbol: &str) -> Option<Place> {
        let here = address.and_then(|address| self.by_address.get(&address)).map_or(&[][..], Vec::as_slice);
        let named = self.by_name.get(symbol).into_iter().flatten().find(|place| here.contains(place));
        named.or(here.first()).or_else(|| self.without_address.get(symbol)).copied()
    }

    /// Why there is nothing about one.
    fn why_not(&self) -> String {
        match &self.elsewhere[..] {
            [] => NOT_DESCRIBED.into(),
            [name] => format!("its debug information may be in {name}: compile without -gsplit-dwarf"),
            [name, others @ ..] => {
                let files = if others.len() == 1 { "another file" } else { "other files" };
                format!("its debug information may be in {name} or {files} of that kind: compile without -gsplit-dwarf")
            }
        }
    }
}

impl<'a> Reader<'a> {
    /// The variable at this address, or, if each thread has one of its own, with this symbol.
    pub(in crate::verify) fn variable(&mut self, address: Option<u64>, symbol: &str) -> Found {
        self.find_variable(address, symbol).unwrap_or_else(|_| Found::NoTypes(DAMAGED.into()))
    }

    fn find_variable(&mut self, address: Option<u64>, symbol: &str) -> Result<Found> {
        let known = match self.variables.take() {
            Some(known) => known,
            None => self.index_variables()?,
        };
        let place = known.find(address, symbol).ok_or_else(|| known.why_not());
        self.variables = Some(known);
        let (at, offset) = match place {
            Ok(place) => place,
            Err(reason) => return Ok(Found::NoTypes(reason)),
        };
        let die = Die { unit: self.dies.unit(at)?, offset };
        self.read_variable(&die)
    }

    fn index_variables(&mut self) -> Result<Variables> {
        let mut found = Variables::default();
        for at in self.dies.units()? {
            let Ok(unit) = self.dies.unit(at) else { continue };
            if let Ok(Some(name)) = unit.dwo_name() {
                found.elsewhere.push(self.string(&unit, name)?);
            }
            for (offset, address) in self.dies.variables(&unit).unwrap_or_default() {
                let die = Die { unit: Rc::clone(&unit), offset };
                let name = self.symbol_of(&die).ok().flatten();
                match (address, name) {
                    (Some(address), name) => {
                        found.by_address.entry(address).or_default().push((at, offset));
                        found.by_name.entry(name.unwrap_or_default()).or_default().push((at, offset));
                    }
                    (None, Some(name)) if self.is_external(&die).unwrap_or(false) => {
                        found.without_address.entry(name).or_insert((at, offset));
                    }
                    (None, _) => {}
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
