//! One declared function → the function that users call.
//!
//! Its signature says what may be passed, by `VeArg` bounds. Its body makes the call of the declaration, a static beside it,
//! and of the arguments, each as what it comes down to. There is a copy of the body for each combination of what is passed,
//! so it does no more.
//!
//! Whether the declared types are right is asked where their `TYPE` is taken, with the user's span, so that the answer
//! comes once and there. See [`asked`] for those that may be wrong.

use super::declaration::{self, Placed, Subject};
use super::docs;
use crate::ir::{Arg, ArgClass, Declared, Ret, Stub};
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use std::collections::HashSet;
use syn::ext::IdentExt;
use syn::{Path, Type};

pub(super) fn expand(stub: &Stub, declared: &Declared, krate: &Path) -> TokenStream {
    let Stub { attrs, vis, ident, .. } = stub;
    let docs = docs::of(stub, &declared.library);
    let unsafety = stub.is_unsafe.then(|| quote!(unsafe));
    let ctx = Ident::new("ctx", Span::mixed_site());
    let markers = markers(stub);
    let params = stub.args.iter().zip(&markers).map(|(arg, marker)| param(arg, marker.as_ref(), krate));
    let markers = markers.iter().flatten();
    let returned = returned(&stub.ret, krate);
    let Placed { beside, inside } = declaration(stub, declared, krate);
    let call = call(stub, &ctx, &returned, krate);
    quote! {
        #beside
        #(#attrs)*
        #docs
        #[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
        #vis #unsafety fn #ident<'veo, #(#markers),*>(
            #ctx: &#krate::Context,
            #(#params),*
        ) -> #krate::Request<'veo, <#returned as #krate::VeRet>::Output> {
            #inside
            #call
        }
    }
}

/// For each argument that is a raw pointer: what stands for the form in which a call passes it. Such names are not hygienic,
/// and so must not be those of the user's types and parameters.
fn markers(stub: &Stub) -> Vec<Option<Ident>> {
    let mut taken: HashSet<String> = stub.args.iter().map(|arg| arg.name.to_string()).collect();
    let types = stub.args.iter().map(|arg| &arg.ty).chain(&stub.ret.ty);
    types.for_each(|ty| idents(ty.to_token_stream(), &mut taken));
    let free = |mut name: String| {
        while taken.contains(&name) {
            name.insert(0, '_');
        }
        Ident::new(&name, Span::mixed_site())
    };
    let marker =
        |(index, arg): (usize, &Arg)| matches!(arg.class, ArgClass::Pointer).then(|| free(format!("M{index}")));
    stub.args.iter().enumerate().map(marker).collect()
}

fn idents(tokens: TokenStream, names: &mut HashSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Ident(ident) => drop(names.insert(ident.to_string())),
            TokenTree::Group(group) => idents(group.stream(), names),
            _ => {}
        }
    }
}

// ---- the signature ------------------------------------------------------------------------------------------------

fn param(arg: &Arg, marker: Option<&Ident>, krate: &Path) -> TokenStream {
    let name = &arg.name;
    let marker = marker.map(|marker| quote!(, #marker));
    let passed = passed(arg, krate);
    // A wrong call shows the bound, which underlines the declared type then.
    let bound = |passed: &TokenStream| {
        let (start, _) = ends(&arg.ty);
        let bound = in_place_of(&arg.ty, krate, "VeArg", &quote!('veo, #passed #marker));
        quote_spanned!(start=> impl #bound)
    };
    let plain = bound(&passed);
    if arg.is_plain {
        return quote!(#name: #plain);
    }
    let asked = bound(&asked(&arg.ty, &passed, &quote!(VeParam), krate));
    // rustdoc shows what is meant, the compiler sees what asks.
    quote! {
        #[cfg(doc)]
        #name: #plain,
        #[cfg(not(doc))]
        #name: #asked
    }
}

/// The `D` of `VeArg`: what a call passes for a declared type.
fn passed(arg: &Arg, krate: &Path) -> TokenStream {
    let ty = &arg.ty;
    match &arg.class {
        ArgClass::Value | ArgClass::Pointer => quote!(#ty),
        ArgClass::ByReference => in_place_of(ty, krate, "ByReference", &quote!(#ty)),
        ArgClass::In(target) => in_place_of(ty, krate, "In", &quote!(#target)),
        ArgClass::InOut(target) => in_place_of(ty, krate, "InOut", &quote!(#target)),
        ArgClass::Out(target) => in_place_of(ty, krate, "Out", &quote!(#target)),
    }
}

fn returned(ret: &Ret, krate: &Path) -> TokenStream {
    match &ret.ty {
        None => quote!(()),
        Some(ty) if ret.is_plain => quote!(#ty),
        Some(ty) => asked(ty, &quote!(#ty), &quote!(VeRet), krate),
    }
}

/// `ty`, if `wanted` is implemented for it, else a type that is an error already.
///
/// A name such as `Point` may stand for a type that no call can pass. With `Point` itself in the signature that would
/// be one error here and one more at each call. An array whose length asks for the trait is an erroneous type when the
/// answer is no, and the compiler says nothing more about what is made of one. Its `IntoIterator::Item` gives the
/// element back.
fn asked(written: &Type, ty: &TokenStream, wanted: &TokenStream, krate: &Path) -> TokenStream {
    asked_with(&constant(written, ty, wanted, "CLASS", krate), ty)
}

/// The same with the constant that asks.
pub(super) fn asked_with(constant: &TokenStream, ty: &TokenStream) -> TokenStream {
    quote!(<[#ty; { let _ = #constant; 0 }] as ::core::iter::IntoIterator>::Item)
}

/// `<ty as wanted>::NAME`, where the compiler underlines the type as it is `written` if the trait is missing.
pub(super) fn constant(
    written: &Type,
    ty: &TokenStream,
    wanted: &TokenStream,
    name: &str,
    krate: &Path,
) -> TokenStream {
    let (first, _) = ends(written);
    let name = Ident::new(name, first);
    quote_spanned!(first=> <#ty as #krate::#wanted>::#name)
}

/// `krate::name<inside>` in place of the type that is `written`: its ends are where the ends of that are, so that
/// messages underline the whole of it.
fn in_place_of(written: &Type, krate: &Path, name: &str, inside: &TokenStream) -> TokenStream {
    let (first, last) = ends(written);
    let name = Ident::new(name, Span::mixed_site());
    let path = quote!(#krate::#name).into_iter().map(|mut token| {
        // A name keeps its resolution; punctuation has none.
        let at = if let TokenTree::Ident(ident) = &token { ident.span().located_at(first) } else { first };
        token.set_span(at);
        token
    });
    let (open, close) = (quote_spanned!(first=> <), quote_spanned!(last=> >));
    quote!(#(#path)* #open #inside #close)
}

pub(super) fn ends(ty: &Type) -> (Span, Span) {
    let mut tokens = ty.to_token_stream().into_iter();
    let first = tokens.next().map_or_else(Span::mixed_site, |token| token.span());
    (first, tokens.last().map_or(first, |token| token.span()))
}

// ---- the body -----------------------------------------------------------------------------------------------------

fn declaration(stub: &Stub, declared: &Declared, krate: &Path) -> Placed {
    let args = stub.args.iter().map(|arg| {
        let (name, ty) = (arg.name.unraw().to_string(), &arg.ty);
        let described = constant(ty, &passed(arg, krate), &quote!(VeParam), "TYPE", krate);
        let described = match arg.class {
            // `Out<T>` does not name `MaybeUninit`; its import must not count as unused.
            ArgClass::Out(_) => quote!({
                let _ = ::core::marker::PhantomData::<fn(#ty)>;
                #described
            }),
            _ => described,
        };
        quote!(#krate::__private::Param { name: #name, ty: #described })
    });
    let ret = match &stub.ret.ty {
        Some(ty) => constant(ty, &quote!(#ty), &quote!(VeRet), "TYPE", krate),
        None => quote!(<() as #krate::VeRet>::TYPE),
    };
    let types = quote!(&[#(#args),*], #ret);
    let Stub { attrs, ident, symbol, .. } = stub;
    declaration::expand(&Subject { constructor: "new", attrs, ident, symbol, types }, declared, krate)
}

fn call(stub: &Stub, ctx: &Ident, returned: &TokenStream, krate: &Path) -> TokenStream {
    let names = stub.args.iter().map(|arg| &arg.name);
    let declaration = declaration::name(&stub.ident);
    quote! {
        #krate::__private::call::<#returned>(
            #ctx,
            &#declaration,
            &mut [#(#krate::VeArg::actual(&mut ::core::option::Option::Some(#names))),*],
        )
    }
}
