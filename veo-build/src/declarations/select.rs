//! From what a library offers to what is declared: the choices of the caller, and the rules of the attribute.

use std::collections::{BTreeSet, HashMap};

use super::model::{Api, Function, Kind, Parameter, Scalar, Type, Variable};
use super::{IntegerWidth, Settings, layout, names, pattern, variables};
use crate::{Error, LeftOut};

/// More arguments, or longer names, the C API of VEO does not take.
const MAX_ARGS: usize = 256;
const MAX_NAME: usize = 255;
/// Functions that are passed have no more than this.
const MAX_PASSED_ARGS: usize = 16;

/// What is to be written.
pub(crate) struct Plan<'a> {
    pub(crate) functions: Vec<Chosen<'a>>,
    /// With their names in Rust.
    pub(crate) variables: Vec<(String, &'a Variable)>,
    /// The names of the types that all these need, each behind those that it needs itself.
    pub(crate) types: Vec<String>,
    pub(crate) left_out: Vec<LeftOut>,
}

pub(crate) struct Chosen<'a> {
    pub(crate) rust_name: String,
    pub(crate) function: &'a Function,
}

pub(crate) fn plan<'a>(api: &'a Api, settings: &Settings) -> Result<Plan<'a>, Error> {
    check_names(api, settings)?;
    check_widths(api, settings)?;
    check_copied(api, settings)?;
    let types = Types { api, widths: &settings.widths };
    let mut left_out = Vec::new();
    let mut wanted = Vec::new();
    for function in api.functions.iter().filter(|function| is_wanted(settings, &function.name, &function.symbol)) {
        match types.why_not(function) {
            Some(reason) => left_out.push(LeftOut { name: function.name.clone(), reason }),
            None => {
                wanted.push(Chosen { rust_name: rust_name(settings, &function.name, &function.symbol)?, function });
            }
        }
    }
    let functions = without_namesakes(wanted, settings, &mut left_out)?;
    let others = api.left_out.iter().filter(|(name, _)| is_wanted(settings, name, name));
    left_out.extend(others.map(|(name, reason)| LeftOut { name: name.clone(), reason: reason.clone() }));
    let variables = variables::plan(api, &types, &functions, settings, &mut left_out)?;
    if functions.is_empty() && variables.is_empty() {
        return Err(Error::NothingToDeclare { input: settings.input(), left_out });
    }
    let types = needed(&types, &functions, &variables);
    Ok(Plan { functions, variables, types, left_out })
}

pub(super) fn is_wanted(settings: &Settings, name: &str, symbol: &str) -> bool {
    let fits = |pattern: &String| pattern::fits(pattern, name) || pattern::fits(pattern, symbol);
    (settings.allow.is_empty() || settings.allow.iter().any(fits)) && !settings.block.iter().any(fits)
}

/// Whether calls pass a value of the host for this parameter.
pub(crate) fn is_copied(settings: &Settings, function: &Function, parameter: &Parameter) -> bool {
    let is_meant = |name: &str| parameter.name.as_deref() == Some(name);
    let fits = |pattern: &str| pattern::fits(pattern, &function.name) || pattern::fits(pattern, &function.symbol);
    settings.copied.iter().any(|(functions, name)| is_meant(name) && fits(functions))
}

// ---- names --------------------------------------------------------------------------------------------------------

/// What the caller names is there: a misspelt name would do nothing, silently.
fn check_names(api: &Api, settings: &Settings) -> Result<(), Error> {
    let functions = api.functions.iter().flat_map(|function| [&function.name, &function.symbol]);
    let variables = api.variables.iter().flat_map(|variable| [&variable.name, &variable.symbol]);
    let others = variables.chain(api.left_out.iter().map(|(name, _)| name));
    let names: BTreeSet<&String> = functions.chain(others).collect();
    let patterns = settings.allow.iter().chain(&settings.block).chain(settings.renames.iter().map(|(from, _)| from));
    for pattern in patterns {
        if !names.iter().any(|name| pattern::fits(pattern, name)) {
            return Err(Error::NoSuchName { name: pattern.clone(), kind: "function", input: settings.input() });
        }
    }
    Ok(())
}

fn check_copied(api: &Api, settings: &Settings) -> Result<(), Error> {
    let types = Types { api, widths: &settings.widths };
    for (functions, name) in &settings.copied {
        let one = Settings { copied: vec![(functions.clone(), name.clone())], ..settings.clone() };
        let is_copied = |function: &Function| {
            let to_const = |ty| matches!(types.written(ty), Type::Pointer { to_const: true, .. });
            function.parameters.iter().any(|parameter| to_const(&parameter.ty) && is_copied(&one, function, parameter))
        };
        if !api.functions.iter().any(is_copied) {
            let kind = "pointer to const among the parameters";
            return Err(Error::NoSuchName { name: name.clone(), kind, input: settings.input() });
        }
    }
    Ok(())
}

fn check_widths(api: &Api, settings: &Settings) -> Result<(), Error> {
    let types = Types { api, widths: &[] };
    for (name, _) in &settings.widths {
        let integer = match types.api.types.get(name).map(|definition| &definition.kind) {
            Some(Kind::Alias(ty)) => types.scalar(ty).and_then(Scalar::signed).is_some(),
            _ => false,
        };
        if !integer {
            let kind = "`typedef` of an integer type";
            return Err(Error::NoSuchName { name: name.clone(), kind, input: settings.input() });
        }
    }
    Ok(())
}

pub(super) fn rust_name(settings: &Settings, name: &str, symbol: &str) -> Result<String, Error> {
    let renamed = settings.renames.iter().find(|(from, _)| from == symbol || from == name);
    let name = match renamed {
        Some((_, to)) => to.clone(),
        None => {
            let prefix = settings.strip_prefix.as_deref().unwrap_or_default();
            names::value(name.strip_prefix(prefix).unwrap_or(name))
        }
    };
    if names::value(&name) == name { Ok(name) } else { Err(Error::BadFunctionName { name, symbol: symbol.to_owned() }) }
}

/// Why a name cannot be asked for.
pub(super) fn too_long(symbol: &str) -> Option<String> {
    let bytes = symbol.len();
    (bytes > MAX_NAME).then(|| format!("its name has {bytes} bytes, of which VEO takes {MAX_NAME}"))
}

/// Functions of one name, which C++ calls overloads, need names that tell them apart.
fn without_namesakes<'a>(
    functions: Vec<Chosen<'a>>,
    settings: &Settings,
    left_out: &mut Vec<LeftOut>,
) -> Result<Vec<Chosen<'a>>, Error> {
    let mut count: HashMap<String, usize> = HashMap::new();
    for chosen in &functions {
        *count.entry(chosen.rust_name.clone()).or_default() += 1;
    }
    let mut kept = Vec::new();
    for chosen in functions {
        if count[&chosen.rust_name] == 1 {
            kept.push(chosen);
            continue;
        }
        let Chosen { rust_name, function } = chosen;
        if settings.renames.iter().any(|(_, to)| *to == rust_name) || settings.strip_prefix.is_some() {
            return Err(Error::TwoOfOneName { name: rust_name, symbol: function.symbol.clone() });
        }
        let reason =
            format!("it is one of several functions of this name; `rename(\"{}\", …)` tells it apart", function.symbol);
        left_out.push(LeftOut { name: function.name.clone(), reason });
    }
    Ok(kept)
}

// ---- types --------------------------------------------------------------------------------------------------------

/// What types come to in Rust.
pub(crate) struct Types<'a> {
    pub(crate) api: &'a Api,
    pub(crate) widths: &'a [(String, IntegerWidth)],
}

impl Types<'_> {
    /// The type as it is written: names of pointers and arrays are spelled out, since the attribute goes by how a type is
    /// written, and names that say no more than the scalar they stand for are replaced by it.
    pub(crate) fn written(&self, ty: &Type) -> Type {
        match ty {
            Type::Pointer { to_const, to } => Type::pointer(*to_const, self.written(to)),
            Type::Array { of, len } => Type::array(self.written(of), *len),
            Type::Function { parameters, result } => Type::Function {
                parameters: parameters.iter().map(|ty| self.written(ty)).collect(),
                result: Box::new(self.written(result)),
            },
            Type::Named(name) => match self.api.types.get(name).map(|definition| &definition.kind) {
                Some(Kind::Alias(target)) if !self.is_kept(name, target) => self.written(target),
                Some(_) => ty.clone(),
                None => Type::Unsupported(super::model::Unsupported::Other),
            },
            _ => ty.clone(),
        }
    }

    fn is_kept(&self, name: &str, target: &Type) -> bool {
        if self.widths.iter().any(|(chosen, _)| chosen == name) {
            return true;
        }
        match self.written(target) {
            Type::Scalar(scalar) => !name.starts_with("__") && name.trim_end_matches('_') != scalar.rust(),
            Type::Named(target) => !name.starts_with("__") && target != name,
            Type::Function { .. } => true,
            _ => false,
        }
    }

    /// The scalar that a type is, under whatever names.
    pub(crate) fn scalar(&self, ty: &Type) -> Option<Scalar> {
        match ty {
            Type::Scalar(scalar) => Some(*scalar),
            Type::Named(name) => match &self.api.types.get(name)?.kind {
                Kind::Alias(ty) => self.scalar(ty),
                Kind::Enum { of, .. } => Some(*of),
                _ => None,
            },
            _ => None,
        }
    }

    /// Why there can be no stub for a function.
    fn why_not(&self, function: &Function) -> Option<String> {
        if function.variadic {
            return Some("it takes any number of arguments".to_owned());
        }
        if function.parameters.len() > MAX_ARGS {
            return Some(format!("it takes {} arguments, of which VEO passes {MAX_ARGS}", function.parameters.len()));
        }
        if let Some(reason) = too_long(&function.symbol) {
            return Some(reason);
        }
        for (index, parameter) in function.parameters.iter().enumerate() {
            if let Some(reason) = self.why_not_value(&self.written(&parameter.ty)) {
                let name = parameter.name.clone().unwrap_or_else(|| (index + 1).to_string());
                return Some(format!("parameter `{name}` is {reason}"));
            }
        }
        self.why_not_result(&function.result).map(|reason| format!("it returns {reason}"))
    }

    fn why_not_result(&self, ty: &Type) -> Option<String> {
        match self.written(ty) {
            Type::Void => None,
            ty if self.function(&ty).is_some() => Some("a function".to_owned()),
            ty => self.why_not_value(&ty),
        }
    }

    /// Why a type cannot travel in a register.
    fn why_not_value(&self, ty: &Type) -> Option<String> {
        match ty {
            Type::Scalar(_) => None,
            Type::Complex(_) => {
                Some("a complex number, which fits no VE register; libraries take them by pointer".to_owned())
            }
            Type::Pointer { to, .. } => self.why_not_pointee(to),
            Type::Array { .. } => Some("an array by value".to_owned()),
            Type::Void => Some("of no type".to_owned()),
            Type::Unsupported(what) => Some(what.reason().to_owned()),
            Type::Function { .. } => self.why_not_function(ty),
            Type::Named(_) if self.scalar(ty).is_some() => None,
            Type::Named(_) if self.function(ty).is_some() => self.why_not_function(ty),
            Type::Named(name) => Some(format!("`{name}` by value: structs and unions go by pointer")),
        }
    }

    pub(super) fn why_not_pointee(&self, ty: &Type) -> Option<String> {
        match ty {
            Type::Pointer { to, .. } | Type::Array { of: to, .. } => self.why_not_pointee(to),
            Type::Unsupported(what) => Some(format!("a pointer to {}", what.reason())),
            _ => self.function(ty).map(|_| "a pointer to a function pointer".to_owned()),
        }
    }

    fn why_not_function(&self, ty: &Type) -> Option<String> {
        let (parameters, result) = self.function(ty)?;
        if parameters.len() > MAX_PASSED_ARGS {
            return Some(format!(
                "a function of {} arguments, of which there may be {MAX_PASSED_ARGS}",
                parameters.len()
            ));
        }
        if let Some(reason) = parameters.iter().find_map(|ty| self.why_not_value(&self.written(ty))) {
            return Some(format!("a function that takes {reason}"));
        }
        self.why_not_result(result).map(|reason| format!("a function that returns {reason}"))
    }

    /// The function that a type is a pointer to, under whatever names.
    pub(super) fn function<'t>(&'t self, ty: &'t Type) -> Option<(&'t [Type], &'t Type)> {
        match ty {
            Type::Function { parameters, result } => Some((parameters, result)),
            Type::Named(name) => match &self.api.types.get(name)?.kind {
                Kind::Alias(ty) => self.function(ty),
                _ => None,
            },
            _ => None,
        }
    }

    /// Why a struct is not plain data.
    pub(crate) fn not_plain(&self, fields: &[super::model::Field]) -> Option<&'static str> {
        let is_variable = |name: &str| self.widths.iter().any(|(chosen, _)| chosen == name);
        layout::not_plain(&self.api.types, fields, &is_variable)
    }
}

/// The names of all types that have to be written, for the functions, the variables and for each other.
fn needed(types: &Types<'_>, functions: &[Chosen<'_>], variables: &[(String, &Variable)]) -> Vec<String> {
    let mut found = Needed { types, seen: BTreeSet::new(), order: Vec::new() };
    for Chosen { function, .. } in functions {
        function.parameters.iter().for_each(|parameter| found.ty(&parameter.ty));
        found.ty(&function.result);
    }
    // What is a function is the address of anything then.
    let variables = variables.iter().filter(|(_, variable)| types.function(&variable.ty).is_none());
    variables.for_each(|(_, variable)| found.ty(&variable.ty));
    found.order
}

struct Needed<'a> {
    types: &'a Types<'a>,
    seen: BTreeSet<String>,
    order: Vec<String>,
}

impl Needed<'_> {
    fn ty(&mut self, ty: &Type) {
        match self.types.written(ty) {
            Type::Pointer { to, .. } | Type::Array { of: to, .. } => self.ty(&to),
            Type::Function { parameters, result } => {
                parameters.iter().for_each(|ty| self.ty(ty));
                self.ty(&result);
            }
            Type::Named(name) => self.name(name),
            _ => {}
        }
    }

    fn name(&mut self, name: String) {
        if !self.seen.insert(name.clone()) {
            return;
        }
        match self.types.api.types.get(&name).map(|definition| &definition.kind) {
            Some(Kind::Alias(target)) if !self.types.widths.iter().any(|(chosen, _)| *chosen == name) => {
                self.ty(target)
            }
            Some(Kind::Record(fields)) if self.types.not_plain(fields).is_none() => {
                fields.iter().for_each(|field| self.ty(&field.ty));
            }
            _ => {}
        }
        self.order.push(name);
    }
}
