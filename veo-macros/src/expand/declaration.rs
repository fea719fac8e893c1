//! The static that says all about a declaration, and its entry with `inventory`.
//!
//! Those of a block stand beside their functions, not in them, and have one entry: that is a function less for each, which the
//! program would call at its start. That of a lone function is in it, since there may be no statics where that stands: in an
//! `impl`.

use crate::ir::{Declared, Library, LibraryName, Resolve};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path, Token};

/// What is declared.
pub(super) struct Subject<'a> {
    /// The function of `veo` that makes the declaration.
    pub(super) constructor: &'static str,
    /// What the user has put on it.
    pub(super) attrs: &'a [Attribute],
    pub(super) ident: &'a Ident,
    pub(super) symbol: &'a str,
    pub(super) types: TokenStream,
}

/// The name of the static.
pub(super) fn name(ident: &Ident) -> Ident {
    format_ident!("__VEO_{}", ident.unraw(), span = Span::mixed_site())
}

/// A static, where it belongs.
pub(super) struct Placed {
    pub(super) beside: Option<TokenStream>,
    pub(super) inside: Option<TokenStream>,
}

pub(super) fn expand(subject: &Subject<'_>, declared: &Declared, krate: &Path) -> Placed {
    let declaration = declaration(subject, declared, krate);
    if declared.is_block {
        return Placed { beside: Some(declaration), inside: None };
    }
    let register = register(declared, krate);
    Placed { beside: None, inside: Some(quote!(#declaration #register)) }
}

/// `static name: Declaration = …;`
fn declaration(subject: &Subject<'_>, declared: &Declared, krate: &Path) -> TokenStream {
    let Subject { constructor, attrs, ident, symbol, types } = subject;
    let (name, constructor) = (name(ident), format_ident!("{constructor}"));
    let kept = forwarded(attrs, |meta| condition(meta).or_else(|| level(meta)));
    let site = site(ident, krate);
    let library = library(&declared.library, krate);
    let resolve = match declared.resolve {
        Resolve::AtCreation => quote!(AtCreation),
        Resolve::Required => quote!(Required),
        Resolve::AtFirstCall => quote!(AtFirstCall),
    };
    let help = declared.help.as_ref().map(|text| quote!(.with_help(#text)));
    quote! {
        #(#kept)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        static #name: #krate::__private::Declaration = #krate::__private::Declaration::#constructor(
            #site,
            #library,
            #symbol,
            #types,
            #krate::__private::Resolve::#resolve,
        )#help;
    }
}

/// What registers the declarations of a block.
pub(super) fn register_block(declared: &Declared, krate: &Path) -> Option<TokenStream> {
    let is_empty = declared.stubs.is_empty() && declared.getters.is_empty();
    (declared.is_block && !is_empty).then(|| register(declared, krate))
}

fn register(declared: &Declared, krate: &Path) -> TokenStream {
    let stubs = declared.stubs.iter().map(|stub| (&stub.attrs, &stub.ident));
    let getters = declared.getters.iter().map(|getter| (&getter.attrs, &getter.ident));
    let declarations = stubs.chain(getters).map(|(attrs, ident)| {
        let (conditions, name) = (conditions(attrs), name(ident));
        quote!(#(#conditions)* &#name)
    });
    quote! {
        #krate::__private::inventory::submit! {
            #krate::__private::Entry(&[#(#declarations),*])
        }
    }
}

/// Those of the user's attributes under which the item exists.
pub(super) fn conditions(attrs: &[Attribute]) -> Vec<TokenStream> {
    forwarded(attrs, condition)
}

/// What of the user's attributes, and of those in a `cfg_attr`, is said of something else, too.
fn forwarded(attrs: &[Attribute], what: impl Fn(&Meta) -> Option<TokenStream> + Copy) -> Vec<TokenStream> {
    attrs.iter().filter_map(|attr| forward(&attr.meta, what)).map(|meta| quote!(#[#meta])).collect()
}

fn forward(meta: &Meta, what: impl Fn(&Meta) -> Option<TokenStream> + Copy) -> Option<TokenStream> {
    let Meta::List(list) = meta else { return what(meta) };
    if !list.path.is_ident("cfg_attr") {
        return what(meta);
    }
    let metas = list.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated).ok()?;
    let mut metas = metas.iter();
    let condition = metas.next()?;
    let inner: Vec<TokenStream> = metas.filter_map(|meta| forward(meta, what)).collect();
    (!inner.is_empty()).then(|| quote!(cfg_attr(#condition, #(#inner),*)))
}

/// One under which the item exists.
fn condition(meta: &Meta) -> Option<TokenStream> {
    meta.path().is_ident("cfg").then(|| quote!(#meta))
}

/// A level of lints, which the types of the item may bring. That one is expected is said of the function.
fn level(meta: &Meta) -> Option<TokenStream> {
    match meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            let lints = &list.tokens;
            Some(quote!(allow(#lints)))
        }
        meta => ["allow", "warn", "deny"].iter().any(|level| meta.path().is_ident(level)).then(|| quote!(#meta)),
    }
}

fn library(library: &Library, krate: &Path) -> TokenStream {
    let Library::Files(names) = library else {
        return quote!(#krate::__private::LibrarySpec::Static);
    };
    let names = names.iter().map(|name| match name {
        LibraryName::Known(name) => quote!(#name),
        LibraryName::Macro(call) => {
            quote_spanned!(call.mac.path.span()=> #krate::__private::library_name(#call))
        }
    });
    quote! {
        #krate::__private::LibrarySpec::Files {
            names: &[#(#names),*],
            dir: ::core::option_env!("VEO_KERNEL_DIR"),
        }
    }
}

/// Where the user's declaration is: the macros in it get the span of the function's name.
pub(super) fn site(ident: &Ident, krate: &Path) -> TokenStream {
    let rust_name = ident.unraw().to_string();
    let place = |name: &str| {
        let name = format_ident!("{name}", span = ident.span());
        quote_spanned!(ident.span()=> ::core::#name!())
    };
    let (module, file, line) = (place("module_path"), place("file"), place("line"));
    quote! {
        #krate::__private::Site {
            rust_name: #rust_name,
            module: #module,
            file: #file,
            line: #line,
        }
    }
}
