//! Rules about the head of a function: what stands around its types.

use super::types;
use crate::errors::Errors;
use crate::ir::{Arg, ArgClass, Ret, Stub};
use crate::messages::{self, MAX_ARGS};
use crate::parse::Function;
use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{Attribute, FnArg, GenericParam, Generics, Pat, PatType, ReturnType, Safety, Signature, Type};

/// The ir of a declaration; if `errors` grew it is good for its name and number of arguments only.
pub(super) fn stub(
    function: Function,
    attrs: Vec<Attribute>,
    symbol: String,
    fortran: bool,
    errors: &mut Errors,
) -> Stub {
    let Function { vis, sig, .. } = function;
    qualifiers(&sig, errors);
    generics(&sig, errors);
    variadic(&sig, messages::VARIADIC, errors);
    receiver(&sig, messages::SELF, errors);
    number_of_args(&sig, errors);
    let lifetimes = lifetime_rule(&sig.generics);
    Stub {
        attrs,
        vis,
        is_unsafe: matches!(sig.safety, Safety::Unsafe(_)),
        symbol,
        args: args(&sig, lifetimes, fortran, errors),
        ret: ret(&sig, lifetimes, errors),
        named: named(&sig),
        ident: sig.ident,
    }
}

/// Checks a function under `#[ve_kernel]`.
pub(super) fn kernel(function: &Function, errors: &mut Errors) {
    let sig = &function.sig;
    kernel_abi(sig, errors);
    if let Some(asyncness) = &sig.asyncness {
        errors.at(asyncness, messages::KERNEL_ASYNC);
    }
    let generics = &sig.generics;
    if generics.lt_token.is_some() {
        errors.at(generics, messages::KERNEL_GENERICS);
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause.where_token, messages::WHERE_CLAUSE);
    }
    variadic(sig, messages::KERNEL_VARIADIC, errors);
    receiver(sig, messages::KERNEL_SELF, errors);
    number_of_args(sig, errors);
    if function.body.is_none() {
        errors.at(&sig.ident, messages::KERNEL_WITHOUT_BODY);
    }
    if generics.lt_token.is_some() {
        return; // What its types are is not known.
    }
    for arg in typed(sig) {
        pattern(arg, errors);
        types::kernel_argument(&arg.ty, errors);
    }
    if let Some(ty) = returned(sig) {
        types::returned(ty, errors);
    }
}

/// Checks a function under `#[proc_init_hook]`, and gives the types of its parameter and its result.
pub(super) fn hook(function: &Function, errors: &mut Errors) -> Option<(Type, Type)> {
    let sig = &function.sig;
    if let Some(asyncness) = &sig.asyncness {
        errors.at(asyncness, messages::HOOK_ASYNC);
    }
    if let Safety::Unsafe(safety) = &sig.safety {
        errors.at(safety, messages::HOOK_UNSAFE);
    }
    if let Some(abi) = &sig.abi {
        errors.at(abi, messages::HOOK_ABI);
    }
    let generics = &sig.generics;
    if generics.lt_token.is_some() {
        errors.at(generics, messages::HOOK_GENERICS);
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause.where_token, messages::HOOK_GENERICS);
    }
    variadic(sig, messages::HOOK_PARAMETERS, errors);
    receiver(sig, messages::HOOK_SELF, errors);
    if function.body.is_none() {
        errors.at(&sig.ident, messages::HOOK_WITHOUT_BODY);
    }
    let arg = hook_parameter(sig, errors);
    if returned(sig).is_none() {
        errors.at(&sig.ident, messages::HOOK_RESULT);
    }
    Some((arg?, returned(sig)?.clone()))
}

/// The type of the only parameter, which is a shared reference.
fn hook_parameter(sig: &Signature, errors: &mut Errors) -> Option<Type> {
    let mut parameters = typed(sig);
    let (first, second) = (parameters.next(), parameters.next());
    match (first, second) {
        (None, _) if sig.receiver().is_some() || sig.variadic.is_some() => {}
        (None, _) => errors.at(&sig.ident, messages::HOOK_PARAMETERS),
        (_, Some(second)) => errors.at(second, messages::HOOK_PARAMETERS),
        (Some(first), None) => match &*first.ty {
            Type::Reference(reference) if reference.mutability.is_none() => return Some((*first.ty).clone()),
            Type::Reference(_) | Type::Path(_) => errors.at(&first.ty, messages::HOOK_REFERENCE),
            _ => errors.at(&first.ty, messages::HOOK_PARAMETERS),
        },
    }
    None
}

fn kernel_abi(sig: &Signature, errors: &mut Errors) {
    match sig.abi.as_ref().map(|abi| &abi.name) {
        None => errors.at(sig.fn_token, messages::KERNEL_ABI),
        Some(Some(name)) if name.value() != "C" => errors.at(name, messages::KERNEL_ABI),
        Some(_) => {}
    }
}

/// The parameters that have types.
fn typed(sig: &Signature) -> impl Iterator<Item = &PatType> {
    sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(arg),
        FnArg::Receiver(_) => None,
    })
}

/// The types of the parameters.
pub(super) fn types(sig: &Signature) -> impl Iterator<Item = &Type> {
    typed(sig).map(|arg| &*arg.ty)
}

/// The written return type.
pub(super) fn returned(sig: &Signature) -> Option<&Type> {
    match &sig.output {
        ReturnType::Type(_, ty) if !types::is_unit(ty) => Some(ty),
        _ => None,
    }
}

// ---- around the parameters ----------------------------------------------------------------------------------------

fn qualifiers(sig: &Signature, errors: &mut Errors) {
    if let Some(asyncness) = &sig.asyncness {
        errors.at(asyncness, messages::ASYNC);
    }
    if let Some(constness) = &sig.constness {
        errors.at(constness, messages::CONST);
    }
}

fn generics(sig: &Signature, errors: &mut Errors) {
    let generics = &sig.generics;
    if has_types(generics) {
        errors.at(generics, messages::generics(&sig.ident));
    } else if generics.lt_token.is_some() {
        errors.at(generics, messages::FN_LIFETIMES);
    } else if let Some(clause) = &generics.where_clause {
        errors.at(clause.where_token, messages::WHERE_CLAUSE);
    }
}

fn has_types(generics: &Generics) -> bool {
    generics.params.iter().any(|param| !matches!(param, GenericParam::Lifetime(_)))
}

fn variadic(sig: &Signature, message: &str, errors: &mut Errors) {
    if let Some(variadic) = &sig.variadic {
        errors.at(variadic.dots, message);
    }
}

fn receiver(sig: &Signature, message: &str, errors: &mut Errors) {
    if let Some(receiver) = sig.receiver() {
        errors.at(receiver, message);
    }
}

fn number_of_args(sig: &Signature, errors: &mut Errors) {
    if let Some(first_too_many) = sig.inputs.iter().nth(MAX_ARGS) {
        errors.at(first_too_many, messages::too_many_args(sig.inputs.len()));
    }
}

// ---- the parameters -----------------------------------------------------------------------------------------------

/// What is said about lifetimes in types, so that `fn f<'a>(x: &'a T)` is one mistake.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lifetimes {
    Refused,
    SaidAlready,
}

fn lifetime_rule(generics: &Generics) -> Lifetimes {
    if generics.lt_token.is_some() { Lifetimes::SaidAlready } else { Lifetimes::Refused }
}

fn args(sig: &Signature, lifetimes: Lifetimes, fortran: bool, errors: &mut Errors) -> Vec<Arg> {
    let mut args: Vec<Arg> = Vec::new();
    for arg in typed(sig) {
        let name = pattern(arg, errors).unwrap_or_else(|| unnamed(args.len(), sig));
        if args.iter().any(|other| other.name == name) {
            errors.at(&name, messages::duplicate_parameter(&name));
        }
        let before = errors.count();
        let class = types::argument(&arg.ty, errors);
        let by_value = parameter_attributes(arg, &class, fortran, errors);
        let class = if fortran && !by_value { by_reference(class) } else { class };
        if errors.count() == before {
            lifetime(&arg.ty, lifetimes, errors);
        }
        args.push(Arg { name, class, is_plain: types::is_plain(&arg.ty), ty: (*arg.ty).clone() });
    }
    args
}

/// Says whether the argument is one that Fortran takes by value.
fn parameter_attributes(arg: &PatType, class: &ArgClass, fortran: bool, errors: &mut Errors) -> bool {
    let mut by_value = false;
    for attr in &arg.attrs {
        if !attr.path().is_ident("value") {
            errors.at(attr, messages::PARAMETER_ATTRIBUTE);
        } else if !fortran {
            errors.at(attr, messages::VALUE_OUTSIDE_OF_FORTRAN);
        } else if !matches!(class, ArgClass::Value) {
            errors.at(attr, messages::VALUE_OF_A_REFERENCE);
        } else {
            by_value = true;
        }
    }
    by_value
}

fn by_reference(class: ArgClass) -> ArgClass {
    match class {
        ArgClass::Value => ArgClass::ByReference,
        other => other,
    }
}

/// The name of a parameter, `None` for `_`.
fn pattern(arg: &PatType, errors: &mut Errors) -> Option<Ident> {
    match &*arg.pat {
        Pat::Ident(pat) if pat.by_ref.is_none() && pat.mutability.is_none() && pat.subpat.is_none() => {
            return Some(pat.ident.clone());
        }
        Pat::Wild(_) => {}
        other => errors.at(other, messages::pattern(&arg.ty)),
    }
    None
}

/// A name for parameter number `index`, in nobody's way.
fn unnamed(index: usize, sig: &Signature) -> Ident {
    let mut name = format!("arg{index}");
    let is_taken = |name: &str| typed(sig).any(|arg| arg.pat.to_token_stream().to_string() == name);
    while is_taken(&name) {
        name.push('_');
    }
    Ident::new(&name, Span::mixed_site())
}

fn ret(sig: &Signature, lifetimes: Lifetimes, errors: &mut Errors) -> Ret {
    let Some(ty) = returned(sig) else {
        return Ret { ty: None, is_plain: true };
    };
    let before = errors.count();
    types::returned(ty, errors);
    if errors.count() == before {
        lifetime(ty, lifetimes, errors);
    }
    let is_usable = errors.count() == before && !has_types(&sig.generics) && types::lifetime(ty).is_none();
    Ret { ty: is_usable.then(|| ty.clone()), is_plain: types::is_plain(ty) }
}

/// Types with names that mean something outside of the function too.
fn named(sig: &Signature) -> Vec<Type> {
    if sig.generics.lt_token.is_some() {
        return Vec::new();
    }
    types(sig).chain(returned(sig)).filter_map(types::named_part).cloned().collect()
}

fn lifetime(ty: &Type, rule: Lifetimes, errors: &mut Errors) {
    if let (Some(lifetime), Lifetimes::Refused) = (types::lifetime(ty), rule) {
        errors.at(lifetime, messages::TYPE_LIFETIME);
    }
}
