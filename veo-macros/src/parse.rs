//! Tokens → syntax: the item under the attribute.
//!
//! Functions have a parser of their own, since the declarations we take are not all functions to syn: `fn f(x: i32);`
//! has no body outside of a block, `safe fn` is no function outside of an `unsafe extern` block, a body inside of a
//! block deserves a message of ours, and so do the parameters without names that one copies from a C header. So have
//! variables, for the same reasons.

use crate::errors::Errors;
use crate::messages;
use proc_macro2::{Group, Span, TokenStream, TokenTree};
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{
    Abi, AttrStyle, Attribute, Expr, FnArg, ForeignItem, Generics, Ident, Pat, PatType, PatWild, Safety, Signature,
    Token, Type, Variadic, Visibility, token,
};

/// What is under the attribute.
pub(crate) enum Input {
    Item(Item),
    /// Something else, which begins with this token.
    Other(TokenTree),
}

/// An item that declares or defines functions or variables.
pub(crate) enum Item {
    Block(Block),
    Function(Box<Function>),
    Variable(Box<Variable>),
}

/// `extern "C" { … }`
pub(crate) struct Block {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) abi: Abi,
    pub(crate) items: Vec<BlockItem>,
}

/// What a block declares.
pub(crate) enum BlockItem {
    Function(Box<Function>),
    Variable(Box<Variable>),
}

/// `pub fn f(x: i32) -> i32;`, or the same with a body.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) sig: Signature,
    pub(crate) body: Option<Group>,
}

/// `pub static mut X: i32;`, or the same with a value.
pub(crate) struct Variable {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    pub(crate) safety: Safety,
    pub(crate) static_token: Token![static],
    pub(crate) mutability: Option<Token![mut]>,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) value: Option<Expr>,
}

impl Item {
    /// The place of `extern`, `fn` or `static`.
    pub(crate) fn keyword(&self) -> Span {
        match self {
            Self::Block(block) => block.abi.extern_token.span,
            Self::Function(function) => function.sig.fn_token.span,
            Self::Variable(variable) => variable.static_token.span,
        }
    }
}

/// Reads the item. What cannot be read inside of a block is a mistake in `errors`, and the rest of the block is read.
pub(crate) fn item(tokens: TokenStream, errors: &mut Errors) -> syn::Result<Input> {
    let parse = |input: ParseStream| {
        let attrs = input.call(Attribute::parse_outer)?;
        if is_block(input) {
            return Ok(Input::Item(Item::Block(Block::parse(input, attrs, errors)?)));
        }
        if is_function(input) {
            return Ok(Input::Item(Item::Function(Box::new(Function::parse(input, attrs)?))));
        }
        if is_variable(input) {
            return Ok(Input::Item(Item::Variable(Box::new(Variable::parse(input, attrs)?))));
        }
        input.parse::<Visibility>()?;
        let first = input.parse()?;
        input.parse::<TokenStream>()?;
        Ok(Input::Other(first))
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

fn is_variable(input: ParseStream) -> bool {
    let ahead = input.fork();
    let head = || -> syn::Result<()> {
        ahead.parse::<Visibility>()?;
        Safety::parse_safe_or_unsafe(&ahead)?;
        Ok(())
    };
    head().is_ok() && ahead.peek(Token![static])
}

impl Block {
    fn parse(input: ParseStream, mut attrs: Vec<Attribute>, errors: &mut Errors) -> syn::Result<Self> {
        input.parse::<Option<Token![unsafe]>>()?;
        let abi = input.parse()?;
        let content;
        syn::braced!(content in input);
        let inner = content.call(Attribute::parse_inner)?;
        // They go on each item.
        attrs.extend(inner.into_iter().map(|attr| Attribute { style: AttrStyle::Outer, ..attr }));

        let mut items = Vec::new();
        while !content.is_empty() {
            match block_item(&content, errors) {
                Ok(item) => items.extend(item),
                Err(error) => {
                    errors.push(error);
                    skip_item(&content);
                }
            }
        }
        Ok(Self { attrs, abi, items })
    }
}

/// Reads a function or variable; anything else is a mistake, and nothing comes of it.
fn block_item(input: ParseStream, errors: &mut Errors) -> syn::Result<Option<BlockItem>> {
    let attrs = input.call(Attribute::parse_outer)?;
    if is_function(input) {
        return Ok(Some(BlockItem::Function(Box::new(Function::parse(input, attrs)?))));
    }
    if is_variable(input) {
        return Ok(Some(BlockItem::Variable(Box::new(Variable::parse(input, attrs)?))));
    }
    match input.parse()? {
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
        let sig = signature(input)?;
        let body = if input.peek(token::Brace) { Some(input.parse()?) } else { None };
        if body.is_none() {
            input.parse::<Token![;]>()?;
        }
        Ok(Self { attrs, vis, sig, body })
    }
}

impl Variable {
    fn parse(input: ParseStream, attrs: Vec<Attribute>) -> syn::Result<Self> {
        let vis = input.parse()?;
        let safety = Safety::parse_safe_or_unsafe(input)?;
        let (static_token, mutability, ident) = (input.parse()?, input.parse()?, input.parse()?);
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        let value = input.parse::<Option<Token![=]>>()?.map(|_| input.parse()).transpose()?;
        input.parse::<Token![;]>()?;
        Ok(Self { attrs, vis, safety, static_token, mutability, ident, ty, value })
    }
}

fn signature(input: ParseStream) -> syn::Result<Signature> {
    let constness = input.parse()?;
    let asyncness = input.parse()?;
    let safety = Safety::parse_safe_or_unsafe(input)?;
    let abi = input.parse()?;
    let fn_token = input.parse()?;
    let ident = input.parse()?;
    let mut generics: Generics = input.parse()?;
    let content;
    let paren_token = syn::parenthesized!(content in input);
    let (inputs, variadic) = parameters(&content)?;
    let output = input.parse()?;
    generics.where_clause = input.parse()?;
    Ok(Signature {
        constness,
        asyncness,
        safety,
        abi,
        fn_token,
        ident,
        generics,
        paren_token,
        inputs,
        variadic,
        output,
    })
}

fn parameters(input: ParseStream) -> syn::Result<(Punctuated<FnArg, Token![,]>, Option<Variadic>)> {
    let mut parameters = Punctuated::new();
    while !input.is_empty() {
        if let Some(variadic) = variadic(input)? {
            return Ok((parameters, Some(variadic)));
        }
        parameters.push_value(parameter(input)?);
        if !input.is_empty() {
            parameters.push_punct(input.parse()?);
        }
    }
    Ok((parameters, None))
}

/// `...` or `name: ...`
fn variadic(input: ParseStream) -> syn::Result<Option<Variadic>> {
    let ahead = input.fork();
    let attrs = ahead.call(Attribute::parse_outer)?;
    let pat = if ahead.peek2(Token![:]) && ahead.peek3(Token![...]) {
        Some((Box::new(ahead.call(Pat::parse_single)?), ahead.parse()?))
    } else {
        None
    };
    if !ahead.peek(Token![...]) {
        return Ok(None);
    }
    let variadic = Variadic { attrs, pat, dots: ahead.parse()?, comma: ahead.parse()? };
    input.advance_to(&ahead);
    Ok(Some(variadic))
}

/// `name: T`; also `T` alone, about which the compiler itself has complained when a macro sees it.
fn parameter(input: ParseStream) -> syn::Result<FnArg> {
    let ahead = input.fork();
    if let Ok(parameter) = ahead.parse() {
        input.advance_to(&ahead);
        return Ok(parameter);
    }
    let attrs = input.call(Attribute::parse_outer)?;
    let span = input.span();
    Ok(FnArg::Typed(PatType {
        attrs,
        pat: Box::new(Pat::Wild(PatWild { attrs: Vec::new(), underscore_token: Token![_](span) })),
        colon_token: Token![:](span),
        ty: input.parse()?,
    }))
}
