//! Tokens → syntax: the item under the attribute.
//!
//! Functions have a parser of their own, since the declarations we take are not all functions to syn: `fn f(x: i32);`
//! has no body outside of a block, `safe fn` is no function outside of an `unsafe extern` block, and a body inside a block, which
//! deserves a message of ours, would come as bare tokens.

use crate::errors::Errors;
use crate::messages;
use proc_macro2::{Group, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Abi, Attribute, ForeignItem, Safety, Signature, Token, Visibility, token};

/// The item under the attribute.
pub(crate) enum Item {
    Block(Block),
    Function(Box<Function>),
}

/// `extern "C" { … }`
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) abi: Abi,
    pub(crate) functions: Vec<Function>,
}

/// `pub fn f(x: i32) -> i32;`, or the same with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Option<Group>,
}

/// Reads the item; anything but a block or a function is the error `other`. What cannot be read inside of a block is a
/// mistake in `errors`, and the rest of the block is read.
pub(crate) fn item(tokens: TokenStream, other: &str, errors: &mut Errors) -> syn::Result<Item> {
    let parse = |input: ParseStream| {
        let attrs = input.call(Attribute::parse_outer)?;
        if is_block(input) {
            Ok(Item::Block(Block::parse(input, attrs, errors)?))
        } else if is_function(input) {
            Ok(Item::Function(Box::new(Function::parse(input, attrs)?)))
        } else {
            input.parse::<Visibility>()?;
            Err(input.error(other))
        }
    };
    parse.parse2(tokens)
}

fn is_block(input: ParseStream) -> bool {
    let ahead = input.fork();
    let head = || -> syn::Result<()> {
        ahead.parse::<Option<Token![unsafe]>>()?;
        ahead.parse::<Abi>()?;
        Ok(())
    };
    head().is_ok() && ahead.peek(token::Brace)
}

fn is_function(input: ParseStream) -> bool {
    let ahead = input.fork();
    let head = || -> syn::Result<()> {
        ahead.parse::<Visibility>()?;
        ahead.parse::<Option<Token![const]>>()?;
        ahead.parse::<Option<Token![async]>>()?;
        Safety::parse_safe_or_unsafe(&ahead)?;
        ahead.parse::<Option<Abi>>()?;
        Ok(())
    };
    head().is_ok() && ahead.peek(Token![fn])
}

impl Block {
    fn parse(input: ParseStream, mut attrs: Vec<Attribute>, errors: &mut Errors) -> syn::Result<Self> {
        input.parse::<Option<Token![unsafe]>>()?;
        let abi = input.parse()?;
        let content;
        syn::braced!(content in input);
        attrs.extend(content.call(Attribute::parse_inner)?);

        let mut functions = Vec::new();
        while !content.is_empty() {
            match block_item(&content, errors) {
                Ok(function) => functions.extend(function),
                Err(error) => {
                    errors.push(error);
                    skip_item(&content);
                }
            }
        }
        Ok(Self { attrs, abi, functions })
    }
}

/// Reads a function; anything else is a mistake, and nothing comes of it.
fn block_item(input: ParseStream, errors: &mut Errors) -> syn::Result<Option<Function>> {
    let attrs = input.call(Attribute::parse_outer)?;
    if is_function(input) {
        return Function::parse(input, attrs).map(Some);
    }
    match input.parse()? {
        ForeignItem::Static(item) => errors.at(&item.ident, messages::static_in_block(&item.ident)),
        ForeignItem::Type(item) => errors.at(&item.ident, messages::type_in_block(&item.ident)),
        ForeignItem::Macro(item) => errors.at(&item.mac.path, messages::MACRO_IN_BLOCK),
        other => errors.at(other, messages::NOT_A_PROTOTYPE),
    }
    Ok(None)
}

/// Goes on behind the next `;` or `{ … }`.
fn skip_item(input: ParseStream) {
    while let Ok(token) = input.parse::<TokenTree>() {
        match token {
            TokenTree::Punct(punct) if punct.as_char() == ';' => return,
            TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace => return,
            _ => {}
        }
    }
}

impl Function {
    fn parse(input: ParseStream, attrs: Vec<Attribute>) -> syn::Result<Self> {
        let vis = input.parse()?;
        let constness = input.parse()?;
        let asyncness = input.parse()?;
        let safe: Option<Token![safe]> = input.parse()?;
        let mut sig: Signature = input.parse()?;
        sig.constness = constness;
        sig.asyncness = asyncness;
        if let Some(safe) = safe {
            sig.safety = Safety::Safe(safe);
        }
        let body = if input.peek(token::Brace) { Some(input.parse()?) } else { None };
        if body.is_none() {
            input.parse::<Token![;]>()?;
        }
        Ok(Self { attrs, vis, sig, body })
    }
}
