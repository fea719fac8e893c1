//! The variables that a library exports.

use std::collections::BTreeMap;

use super::entries::{Die, Language};
use super::types::is_const;
use super::{Exported, Reader, Type};
use crate::declarations::model::{THREAD_LOCAL, Variable};

impl<'a> Reader<'a> {
    /// Those that are exported, in the order of the source. What cannot be described is `left_out`.
    pub(super) fn variables(
        &mut self,
        mut exported: BTreeMap<String, Exported>,
        left_out: &mut Vec<(String, String)>,
    ) -> gimli::Result<Vec<Variable>> {
        let mut variables = Vec::new();
        for found in self.dies.variables()? {
            let chain = self.dies.chain(&found.die)?;
            let Some(name) = self.dies.name(&chain)? else { continue };
            let language = self.dies.language(chain.last().unwrap_or(&found.die))?;
            let Some(symbol) = self.variable_symbol(&chain, &name, language, &exported)? else { continue };
            let refused = exported.remove(&symbol).and_then(|it| it.is_thread_local.then_some(THREAD_LOCAL));
            let Some(die) = self.dies.type_of(&chain)? else {
                left_out.push((symbol, "its debug information has no type".to_owned()));
                continue;
            };
            let constant = is_const(&self.dies, die.clone())?;
            let ty: Type = match language {
                Language::Fortran => self.types.fortran_variable(&self.dies, die)?,
                _ => self.types.read(&self.dies, die)?,
            };
            let place = self.dies.place(&chain)?;
            let inside = found.namespace.or(found.class);
            variables.push((inside, Variable { name, symbol, ty, constant, refused, comment: None, place }));
        }
        let silent = exported.keys().filter(|symbol| !symbol.starts_with('_'));
        left_out.extend(silent.map(|symbol| (symbol.clone(), "it has no debug information".to_owned())));
        variables.sort_by(|(_, a), (_, b)| (&a.place, &a.symbol).cmp(&(&b.place, &b.symbol)));
        Ok(qualified(variables))
    }

    /// The name of a variable in the library, if it is exported. A name alone does not tell: another file may have a
    /// `static` one of this name.
    fn variable_symbol(
        &self,
        chain: &[Die<'a>],
        name: &str,
        language: Language,
        exported: &BTreeMap<String, Exported>,
    ) -> gimli::Result<Option<String>> {
        let symbols = self.symbols(chain, name, language)?;
        let Some((symbol, it)) = symbols.iter().find_map(|name| exported.get_key_value(name)) else { return Ok(None) };
        let is_it = match self.dies.fixed_address(chain)? {
            Some(address) => !it.is_thread_local && address == it.address,
            None => language == Language::Fortran || self.dies.is_external(chain)?,
        };
        Ok(is_it.then(|| symbol.clone()))
    }
}

/// Variables of one name in several namespaces, modules or classes have that in their names.
fn qualified(variables: Vec<(Option<String>, Variable)>) -> Vec<Variable> {
    let names: Vec<String> = variables.iter().map(|(_, variable)| variable.name.clone()).collect();
    let count = |name: &String| names.iter().filter(|other| *other == name).count();
    let named = variables.into_iter().map(|(inside, mut variable)| {
        if let (Some(inside), true) = (inside, count(&variable.name) > 1) {
            variable.name = format!("{inside}_{}", variable.name);
        }
        variable
    });
    named.collect()
}
