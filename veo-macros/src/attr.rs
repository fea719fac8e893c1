//! Tokens → syntax: the keys between the parentheses of an attribute.
//!
//! A key that is wrong is a mistake in the error bag, and reading goes on with the next one, so that for example
//! `crate = path` still holds for what is expanded then.

use crate::errors::Errors;
use crate::messages;
use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Expr, ExprLit, ExprMacro, Lit, LitStr, Path, Token};

const OFFLOAD_KEYS: [&str; 8] = ["lib", "required", "lazy", "link_prefix", "link_suffix", "fortran", "help", "crate"];
const KERNEL_KEYS: [&str; 2] = ["name", "crate"];
const HOOK_KEYS: [&str; 1] = ["crate"];

#[derive(Default)]
pub(crate) struct OffloadKeys {
    pub(crate) lib: Option<Lib>,
    pub(crate) required: Option<Ident>,
    pub(crate) lazy: Option<Ident>,
    pub(crate) link_prefix: Option<LitStr>,
    pub(crate) link_suffix: Option<LitStr>,
    pub(crate) fortran: Option<Ident>,
    pub(crate) help: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

pub(crate) enum Lib {
    Static,
    Files(Vec<LibName>),
}

/// The name of one library.
pub(crate) enum LibName {
    Literal(LitStr),
    /// `concat!(…)`, `env!(…)`, or a macro of the user's: the compiler makes a literal of it.
    Macro(ExprMacro),
}

#[derive(Default)]
pub(crate) struct KernelKeys {
    pub(crate) name: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

pub(crate) fn offload(tokens: TokenStream, errors: &mut Errors) -> OffloadKeys {
    let mut keys = OffloadKeys::default();
    each_key("ve_offload", &OFFLOAD_KEYS, tokens, errors, |key, input| {
        match key.to_string().as_str() {
            "lib" => keys.lib = Some(library(key, input)?),
            "required" => keys.required = Some(flag(key, input)?),
            "lazy" => keys.lazy = Some(flag(key, input)?),
            "link_prefix" => keys.link_prefix = Some(string(key, input)?),
            "link_suffix" => keys.link_suffix = Some(string(key, input)?),
            "fortran" => keys.fortran = Some(flag(key, input)?),
            "help" => keys.help = Some(string(key, input)?),
            _ => keys.krate = Some(krate(key, input)?),
        }
        Ok(())
    });
    keys
}

pub(crate) fn kernel(tokens: TokenStream, errors: &mut Errors) -> KernelKeys {
    let mut keys = KernelKeys::default();
    each_key("ve_kernel", &KERNEL_KEYS, tokens, errors, |key, input| {
        match key.to_string().as_str() {
            "name" => keys.name = Some(string(key, input)?),
            _ => keys.krate = Some(krate(key, input)?),
        }
        Ok(())
    });
    keys
}

/// The only key of a hook: where crate `veo` is.
pub(crate) fn hook(tokens: TokenStream, errors: &mut Errors) -> Option<Path> {
    let mut path = None;
    each_key("proc_init_hook", &HOOK_KEYS, tokens, errors, |key, input| {
        path = Some(krate(key, input)?);
        Ok(())
    });
    path
}

/// Reads a list of keys; `value` gets those that are known, each once, and reads what follows.
fn each_key(
    attribute: &str,
    known: &[&str],
    tokens: TokenStream,
    errors: &mut Errors,
    mut value: impl FnMut(&Ident, ParseStream) -> syn::Result<()>,
) {
    let mut seen = Vec::new();
    let mut one = |input: ParseStream| {
        let key = key(attribute, known, input)?;
        if seen.contains(&key) {
            return Err(syn::Error::new(key.span(), messages::duplicate_key(&key)));
        }
        value(&key, input)?;
        seen.push(key);
        if input.is_empty() || input.peek(Token![,]) {
            return Ok(());
        }
        Err(input.error(messages::EXPECTED_COMMA))
    };
    let parse = |input: ParseStream| {
        while !input.is_empty() {
            if let Err(error) = one(input) {
                errors.push(error);
                skip_value(input);
            }
            input.parse::<Option<Token![,]>>()?;
        }
        Ok(())
    };
    if let Err(error) = parse.parse2(tokens) {
        errors.push(error);
    }
}

fn key(attribute: &str, known: &[&str], input: ParseStream) -> syn::Result<Ident> {
    if let Ok(lib) = input.fork().parse::<LitStr>() {
        return Err(syn::Error::new(lib.span(), messages::lib_as_bare_string(&lib.value())));
    }
    let key = Ident::parse_any(input).map_err(|error| syn::Error::new(error.span(), messages::EXPECTED_KEY))?;
    match key.to_string().as_str() {
        name if known.contains(&name) => Ok(key),
        _ => Err(syn::Error::new(key.span(), messages::unknown_key(attribute, &key, known))),
    }
}

/// Goes on behind what was wrong, in front of the next `,`.
fn skip_value(input: ParseStream) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // Cannot fail: there is a token. If it does, the caller's loop ends at the same place with an error.
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// Reads `= value`; a mistake in it says `expected`, on the value if there is one.
fn value(key: &Ident, input: ParseStream, expected: &str) -> syn::Result<Expr> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(key.span(), expected));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(equals, expected));
    }
    let at = input.span();
    input.parse().map_err(|_| syn::Error::new(at, expected))
}

fn string_literal(value: Expr, expected: &str) -> syn::Result<LitStr> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(string), .. }) => Ok(string),
        other => Err(syn::Error::new_spanned(other, expected)),
    }
}

fn string(key: &Ident, input: ParseStream) -> syn::Result<LitStr> {
    let expected = messages::string_kind(key);
    string_literal(value(key, input, &expected)?, &expected)
}

fn flag(key: &Ident, input: ParseStream) -> syn::Result<Ident> {
    if input.peek(Token![=]) {
        return Err(syn::Error::new(key.span(), messages::no_value(key)));
    }
    Ok(key.clone())
}

fn library(key: &Ident, input: ParseStream) -> syn::Result<Lib> {
    if input.peek(Token![=]) && input.peek2(Token![static]) {
        input.parse::<Token![=]>()?;
        input.parse::<Token![static]>()?;
        return Ok(Lib::Static);
    }
    match value(key, input, messages::LIB_KIND)? {
        Expr::Array(list) if list.elems.is_empty() => Err(syn::Error::new_spanned(list, messages::LIB_EMPTY_LIST)),
        Expr::Array(list) => list.elems.into_iter().map(lib_name).collect::<syn::Result<_>>().map(Lib::Files),
        name => Ok(Lib::Files(vec![lib_name(name)?])),
    }
}

fn lib_name(value: Expr) -> syn::Result<LibName> {
    match value {
        Expr::Macro(name) => Ok(LibName::Macro(name)),
        name => string_literal(name, messages::LIB_KIND).map(LibName::Literal),
    }
}

fn krate(key: &Ident, input: ParseStream) -> syn::Result<Path> {
    if !input.peek(Token![=]) {
        return Err(syn::Error::new(key.span(), messages::CRATE_KIND));
    }
    input.parse::<Token![=]>()?;
    let at = input.span();
    input.call(Path::parse_mod_style).map_err(|_| syn::Error::new(at, messages::CRATE_KIND))
}
