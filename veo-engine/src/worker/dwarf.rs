//! The signatures of functions that nobody declared, from the debug information of their libraries.
//!
//! Only what the calling convention needs is read: which classes the parameters and the result have. A function for which
//! that cannot be said, because it takes a struct by value, say, or because the debug information is damaged, has no
//! signature. The work is done at the first call of a function: finding its compilation unit, and the function's entry in
//! an index of that unit.

mod values;

use std::collections::HashMap;
use std::rc::Rc;

use gimli::{Attribute, AttributeValue, DebugInfoOffset, Range, UnitOffset};

use self::values::scalar;
use super::image::{Image, Module};
use crate::debuginfo::{DEEPEST, Die, Dies, Language, Result};
use crate::signature::Class;

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
        let units = Dies::new(image.dwarf()?).units_with_code().ok()?;
        let units = units.into_iter().map(|unit| IndexedUnit { at: unit.at, ranges: unit.ranges, functions: None });
        let units = units.collect();
        Some(Self { image, units })
    }

    /// The signature of the function at this address, as the file counts. Two functions can be at one address when the
    /// linker found that their code is the same; they must agree.
    fn find(&mut self, address: u64) -> Option<Signature> {
        let mut dies = Dies::new(self.image.dwarf()?);
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

impl<'a> Dies<'a> {
    fn signature(&mut self, function: &Die<'a>, address: u64) -> Result<Option<Signature>> {
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
        let Some(params) = self.classes(&chain, language, address)? else { return Ok(None) };
        // Without a prototype, callers pass a `float` as a `double`.
        let promoted = language == Language::C && !prototyped && params.contains(&Class::F32);
        // With `-g1`, every function looks as if it had neither parameters nor a result, but for the note of a prototype.
        let silent = ret == Class::Void && params.is_empty() && !prototyped;
        Ok((!promoted && !silent).then_some(Signature { ret, params }))
    }

    /// The classes of a function's parameters; `None` for a variadic function.
    fn classes(&mut self, chain: &[Die<'a>], language: Language, address: u64) -> Result<Option<Vec<Class>>> {
        let parameters = self.parameters(chain)?;
        if parameters.is_variadic {
            return Ok(None);
        }
        parameters.list.iter().map(|parameter| self.parameter(parameter, language, address)).collect()
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
}

#[cfg(test)]
mod tests;
