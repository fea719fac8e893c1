//! One declared variable → the function that gives it.
//!
//! Its body looks the declaration up in the process. Whether the declared type is
//! right is asked as for a result: see `asked` in `stub`.

use super::declaration::{self, Placed, Subject};
use super::docs;
use super::stub::{asked_with, constant};
use crate::check::types;
use crate::ir::{Declared, Getter};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;
use syn::Path;

pub(super) fn expand(getter: &Getter, declared: &Declared, krate: &Path) -> TokenStream {
    let (ty, is_mutable) = (&getter.ty, getter.is_mutable);
    let proc = Ident::new("proc", Span::mixed_site());
    let asks = constant(ty, &quote!(#ty), &quote!(VeVariable), if is_mutable { "MUT" } else { "CONST" }, krate);
    let Getter { attrs, ident, symbol, .. } = getter;
    let subject = Subject { constructor: "variable", attrs, ident, symbol, types: asks.clone() };
    let Placed { beside, inside } = declaration::expand(&subject, declared, krate);
    let (look_up, name) = (if is_mutable { quote!(variable) } else { quote!(constant) }, declaration::name(ident));
    let body = quote! {
        #inside
        #krate::__private::#look_up(#proc, &#name)
    };
    let docs = docs::of_variable(getter, &declared.library);
    let written = quote!(#ty);
    if getter.is_plain {
        let function = function(getter, &docs, &proc, &written, &body, krate);
        return quote!(#beside #function);
    }
    // rustdoc shows what is meant, the compiler sees what asks.
    let shown = function(getter, &docs, &proc, &written, &quote!(::core::unreachable!()), krate);
    let asking = function(getter, &docs, &proc, &asked_with(&asks, &written), &body, krate);
    quote! {
        #beside
        #[cfg(doc)]
        #shown
        #[cfg(not(doc))]
        #asking
    }
}

/// What stands in for a variable that broke a rule. `wrong`: what is to be said of its type, as part of a type that is an
/// error, so that no use of the variable can be one more.
pub(super) fn fallback(getter: &Getter, wrong: Option<TokenStream>, krate: &Path) -> TokenStream {
    let cfgs = declaration::conditions(&getter.attrs);
    let (ty, named) = (&getter.ty, types::named_part(&getter.ty).into_iter());
    let ty = wrong.map_or_else(|| quote!(#ty), |wrong| asked_with(&wrong, &quote!(())));
    let head = head(getter, &quote!(_), &ty, krate);
    quote! {
        #(#cfgs)*
        #[allow(dead_code, missing_docs, non_snake_case, clippy::all)]
        #head {
            // The type of the declaration is in use, or its import would get a warning.
            type Declared = (#(*const #named,)*);
            ::core::unreachable!()
        }
    }
}

fn function(
    getter: &Getter,
    docs: &TokenStream,
    proc: &Ident,
    ty: &TokenStream,
    body: &TokenStream,
    krate: &Path,
) -> TokenStream {
    let attrs = &getter.attrs;
    let head = head(getter, &quote!(#proc), ty, krate);
    quote! {
        #(#attrs)*
        #docs
        #[allow(non_snake_case)]
        #head {
            #body
        }
    }
}

fn head(getter: &Getter, proc: &TokenStream, ty: &TokenStream, krate: &Path) -> TokenStream {
    let Getter { vis, ident, .. } = getter;
    let unsafety = getter.is_unsafe.then(|| quote!(unsafe));
    let handle = if getter.is_mutable { quote!(VeGlobal) } else { quote!(VeConst) };
    // `<>`: the compiler would suggest type parameters behind the name, if there is a type that it does not know.
    quote! {
        #vis #unsafety fn #ident<>(#proc: &#krate::Proc) -> #krate::Result<#krate::#handle<#ty>>
    }
}
