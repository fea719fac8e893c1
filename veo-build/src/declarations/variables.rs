//! Variables: which of them can be declared, and as what.

use std::collections::BTreeSet;

use super::Settings;
use super::model::{Api, Kind, Type, Variable};
use super::select::{self, Chosen, Types};
use crate::{Error, LeftOut};

/// The variables to declare, with their names in Rust, which no function may have.
pub(super) fn plan<'a>(
    api: &'a Api,
    types: &Types<'_>,
    functions: &[Chosen<'_>],
    settings: &Settings,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<(String, &'a Variable)>, Error> {
    let mut taken: BTreeSet<String> = functions.iter().map(|chosen| chosen.rust_name.clone()).collect();
    let mut chosen = Vec::new();
    for variable in &api.variables {
        if !select::is_wanted(settings, &variable.name, &variable.symbol) {
            continue;
        }
        let reason = if settings.variables {
            why_not(types, variable)
        } else {
            Some("it is a variable, not a function".to_owned())
        };
        if let Some(reason) = reason {
            left_out.push(LeftOut { name: variable.name.clone(), reason });
            continue;
        }
        let name = select::rust_name(settings, &variable.name, &variable.symbol)?;
        if !taken.insert(name.clone()) {
            return Err(Error::TwoOfOneName { name, symbol: variable.symbol.clone() });
        }
        chosen.push((name, variable));
    }
    Ok(chosen)
}

/// Why a variable cannot be declared.
fn why_not(types: &Types<'_>, variable: &Variable) -> Option<String> {
    if let Some(reason) = variable.refused {
        return Some(reason.to_owned());
    }
    if let Some(reason) = select::too_long(&variable.symbol) {
        return Some(reason);
    }
    why_not_type(types, &types.written(&variable.ty)).map(|what| format!("the variable is {what}"))
}

/// Why a variable of this type cannot be declared: what it is.
fn why_not_type(types: &Types<'_>, ty: &Type) -> Option<String> {
    match ty {
        Type::Scalar(_) | Type::Complex(_) => None,
        _ if types.scalar(ty).is_some() || types.function(ty).is_some() => None,
        Type::Array { len: 0, .. } => Some("an array whose length is not said".to_owned()),
        Type::Array { of, .. } => why_not_type(types, of),
        Type::Pointer { to, .. } => types.why_not_pointee(to),
        Type::Unsupported(what) => Some(what.reason().to_owned()),
        Type::Named(name) => {
            let reason = match types.api.types.get(name).map(|definition| &definition.kind) {
                Some(Kind::Record(fields)) => types.not_plain(fields)?,
                Some(Kind::Opaque(reason)) => *reason,
                _ => "it is not described",
            };
            Some(format!("a `{name}`, which is no plain data, since {reason}"))
        }
        Type::Void | Type::Function { .. } => Some("of no type".to_owned()),
    }
}
