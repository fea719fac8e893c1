//! Rules about the attributes under `#[ve_offload]`: which are kept on the stub, which one is for us, which mean
//! nothing.

use crate::errors::Errors;
use crate::messages;
use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Attribute, Expr, ExprLit, Lit, LitStr, Meta};

/// What a function or variable has on it.
pub(super) struct Attributes {
    /// What goes on the stub or getter.
    pub(super) kept: Vec<Attribute>,
    pub(super) link_name: Option<LitStr>,
}

const KEPT: [&str; 9] = ["doc", "cfg", "cfg_attr", "deprecated", "must_use", "allow", "expect", "warn", "deny"];

/// Those of a function or variable, behind those that its block has for all.
pub(super) fn of_item(attrs: &[Attribute], shared: &[Attribute], errors: &mut Errors) -> Attributes {
    let mut out = Attributes { kept: shared.to_vec(), link_name: None };
    for attr in attrs {
        if attr.path().is_ident("link_name") {
            link_name(attr, &mut out.link_name, errors);
        } else if is_kept(attr, errors) {
            out.kept.push(attr.clone());
        }
    }
    out
}

/// Those of a block that hold for each of its items; its doc comment, which rustdoc does not show either, is none.
pub(super) fn of_block(attrs: &[Attribute], errors: &mut Errors) -> Vec<Attribute> {
    let kept = attrs.iter().filter(|attr| is_kept(attr, errors));
    kept.filter(|attr| !attr.path().is_ident("doc")).cloned().collect()
}

/// The conditions among some attributes.
pub(super) fn cfgs(attrs: &[Attribute]) -> Vec<Attribute> {
    attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect()
}

fn is_kept(attr: &Attribute, errors: &mut Errors) -> bool {
    let path = attr.path();
    if path.is_ident("cfg_attr") && mentions_link_name(attr.meta.to_token_stream()) {
        errors.at(attr, messages::LINK_NAME_CONDITIONAL);
        return false;
    }
    if KEPT.iter().any(|name| path.is_ident(name)) {
        return true;
    }
    // Words to other tools, such as `rustfmt::skip`, are read where they stand.
    let to_a_tool = path.segments.len() > 1 && path.segments[0].ident == "rustfmt";
    if !to_a_tool {
        errors.at(attr, messages::attribute(&name(attr)));
    }
    false
}

/// The name of an attribute, which in `#[unsafe(no_mangle)]` is `no_mangle`.
fn name(attr: &Attribute) -> String {
    match &attr.meta {
        Meta::List(list) if list.path.is_ident("unsafe") => {
            list.tokens.clone().into_iter().next().map_or_else(|| "unsafe".to_owned(), messages::text)
        }
        meta => messages::text(meta.path()),
    }
}

fn mentions_link_name(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "link_name",
        TokenTree::Group(group) => mentions_link_name(group.stream()),
        _ => false,
    })
}

fn link_name(attr: &Attribute, name: &mut Option<LitStr>, errors: &mut Errors) {
    let value = match &attr.meta {
        Meta::NameValue(meta) => Some(&meta.value),
        _ => None,
    };
    match value {
        Some(Expr::Lit(ExprLit { lit: Lit::Str(string), .. })) if name.is_none() => *name = Some(string.clone()),
        Some(Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => errors.at(attr, messages::LINK_NAME_TWICE),
        _ => errors.at(attr, messages::LINK_NAME_KIND),
    }
}
