//! The static that says all about a declaration, and its entry with `inventory`.

use crate::ir::{Declared, Library, LibraryName, Resolve};
use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

/// What is declared.
pub(super) struct Subject<'a> {
    /// The function of `veo` that makes the declaration.
    constructor: &'static str,
    ident: &'a Ident,
    symbol: &'a str,
    types: TokenStream,
}

impl<'a> Subject<'a> {
    pub(super) fn new(constructor: &'static str, ident: &'a Ident, symbol: &'a str, types: TokenStream) -> Self {
        Self { constructor, ident, symbol, types }
    }
}

/// `static name: Declaration = …;`, and what registers it.
pub(super) fn expand(name: &Ident, subject: &Subject<'_>, declared: &Declared, krate: &Path) -> TokenStream {
    let Subject { constructor, ident, symbol, types } = subject;
    let constructor = format_ident!("{constructor}");
    let site = site(ident, krate);
    let library = library(&declared.library, krate);
    let resolve = match declared.resolve {
        Resolve::AtCreation => quote!(AtCreation),
        Resolve::Required => quote!(Required),
        Resolve::AtFirstCall => quote!(AtFirstCall),
    };
    let help = declared.help.as_ref().map(|text| quote!(.with_help(#text)));
    quote! {
        static #name: #krate::__private::Declaration = #krate::__private::Declaration::#constructor(
            #site,
            #library,
            #symbol,
            #types,
            #krate::__private::Resolve::#resolve,
        )#help;
        #krate::__private::inventory::submit! {
            #krate::__private::Entry(&#name)
        }
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
