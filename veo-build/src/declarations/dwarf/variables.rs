//! The variables that a library exports.

use std::collections::BTreeSet;

use super::entries::Language;
use super::types::is_const;
use super::{Reader, Type};
use crate::declarations::model::Variable;

impl Reader<'_> {
    /// Those of these names, in the order of the source. What cannot be described is `left_out`.
    pub(super) fn variables(
        &mut self,
        exported: BTreeSet<String>,
        left_out: &mut Vec<(String, String)>,
    ) -> gimli::Result<Vec<Variable>> {
        // Of functions nothing is looked up any more.
        self.exported = exported;
        let mut variables = Vec::new();
        for found in self.dies.variables()? {
            let chain = self.dies.chain(&found.die)?;
            let Some(name) = self.dies.name(&chain)? else { continue };
            let language = self.dies.language(chain.last().unwrap_or(&found.die))?;
            let Some(symbol) = self.symbol(&chain, &name, language)? else { continue };
            if !self.exported.remove(&symbol) {
                continue;
            }
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
            variables.push((inside, Variable { name, symbol, ty, constant, comment: None, place }));
        }
        let silent = self.exported.iter().filter(|symbol| !symbol.starts_with('_'));
        left_out.extend(silent.map(|symbol| (symbol.clone(), "it has no debug information".to_owned())));
        variables.sort_by(|(_, a), (_, b)| (&a.place, &a.symbol).cmp(&(&b.place, &b.symbol)));
        Ok(qualified(variables))
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
