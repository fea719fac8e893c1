//! The static that says all about a declaration, and the entry of those of a block with `inventory`.
//!
//! It stands beside its function, not in it: one entry for all of them is a function less for each, which the program would
//! call at its start.

use crate::check::attributes::mentions;
use crate::ir::{Declared, Library, LibraryName, Resolve};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Attribute, Meta, Path};

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

/// `static name: Declaration = …;`
pub(super) fn expand(subject: &Subject<'_>, declared: &Declared, krate: &Path) -> TokenStream {
    let Subject { constructor, attrs, ident, symbol, types } = subject;
    let (name, constructor) = (name(ident), format_ident!("{constructor}"));
    let (conditions, levels) = (conditions(attrs), levels(attrs));
    let site = site(ident, krate);
    let library = library(&declared.library, krate);
    let resolve = match declared.resolve {
        Resolve::AtCreation => quote!(AtCreation),
        Resolve::Required => quote!(Required),
        Resolve::AtFirstCall => quote!(AtFirstCall),
    };
    let help = declared.help.as_ref().map(|text| quote!(.with_help(#text)));
    quote! {
        #(#conditions)*
        #(#levels)*
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

/// What registers all that is declared.
pub(super) fn register(declared: &Declared, krate: &Path) -> TokenStream {
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

/// Those under which the item exists.
fn conditions(attrs: &[Attribute]) -> impl Iterator<Item = &Attribute> {
    attrs.iter().filter(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("cfg_attr") => mentions(list.tokens.clone(), "cfg"),
        meta => meta.path().is_ident("cfg"),
    })
}

/// What the user says of lints, which the types of the item may bring. That one is expected is said of the function.
fn levels(attrs: &[Attribute]) -> impl Iterator<Item = TokenStream> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(list) if list.path.is_ident("expect") => {
            let lints = &list.tokens;
            Some(quote!(#[allow(#lints)]))
        }
        meta if ["allow", "warn", "deny"].iter().any(|level| meta.path().is_ident(level)) => Some(quote!(#attr)),
        _ => None,
    })
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
