//! What stands in for a function, or an item, that broke a rule, so that nothing else is wrong because of it.

use super::declaration::conditions;
use crate::check::types;
use crate::ir::Stub;
use crate::parse::{Block, BlockItem, Function, Variable};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{FnArg, Ident, Path, Safety, Type};

/// A function of the same name that takes anything.
pub(super) fn stub(stub: &Stub, krate: &Path) -> TokenStream {
    let Stub { vis, ident, .. } = stub;
    let cfgs = conditions(&stub.attrs);
    let unsafety = stub.is_unsafe.then(|| quote!(unsafe));
    let types: Vec<Ident> = (0..stub.args.len()).map(|index| format_ident!("A{index}")).collect();
    let params = stub.args.iter().zip(&types).map(|(arg, ty)| match types::function_of(&arg.ty) {
        // Of `None` alone the compiler would want to know the type.
        Some(_) if matches!(arg.ty, Type::Path(_)) => quote!(#ty: #krate::__private::AnyFunction),
        _ => quote!(#ty),
    });
    let ret = match &stub.ret.ty {
        Some(ty) => quote!(#ty),
        None => quote!(()),
    };
    let named = &stub.named;
    quote! {
        #(#cfgs)*
        #[allow(dead_code, missing_docs, clippy::all)]
        #vis #unsafety fn #ident<#(#params),*>(
            _: &#krate::Context,
            #(_: #types),*
        ) -> #krate::Request<'static, <#ret as #krate::VeRet>::Output> {
            // The types of the declaration are in use, or their imports would get a warning.
            type Declared = (#(*const #named,)*);
            ::core::unreachable!()
        }
    }
}

/// A kernel or hook as it was written, or one that the compiler takes if it would have a second word about that.
pub(super) fn function(function: &Function, item: TokenStream) -> TokenStream {
    let sig = &function.sig;
    if sig.variadic.is_none() && sig.receiver().is_none() && function.body.is_some() {
        return item;
    }
    let (vis, ident, abi, generics, output) = (&function.vis, &sig.ident, &sig.abi, &sig.generics, &sig.output);
    let unsafety = matches!(sig.safety, Safety::Unsafe(_)).then(|| quote!(unsafe));
    let types = sig.inputs.iter().filter_map(|arg| match arg {
        FnArg::Typed(arg) => Some(&arg.ty),
        FnArg::Receiver(_) => None,
    });
    let where_clause = &generics.where_clause;
    quote! {
        #[allow(dead_code)]
        #vis #unsafety #abi fn #ident #generics(#(_: #types),*) #output #where_clause {
            ::core::unreachable!()
        }
    }
}

/// A block under the wrong attribute, which the compiler takes as one of foreign functions.
pub(super) fn block(block: &Block) -> TokenStream {
    let (attrs, abi) = (&block.attrs, &block.abi);
    let items = block.items.iter().map(|item| match item {
        BlockItem::Function(function) => {
            let Function { attrs, vis, sig, .. } = &**function;
            quote!(#(#attrs)* #vis #sig;)
        }
        BlockItem::Variable(variable) => variable_of(variable),
    });
    quote! {
        #(#attrs)*
        unsafe #abi {
            #(#items)*
        }
    }
}

/// A variable under the wrong attribute, as it was written, or as one of a library.
pub(super) fn variable(variable: &Variable, item: TokenStream) -> TokenStream {
    if variable.value.is_some() {
        return item;
    }
    let item = variable_of(variable);
    quote!(unsafe extern "C" { #item })
}

fn variable_of(variable: &Variable) -> TokenStream {
    let Variable { attrs, vis, safety, static_token, mutability, ident, ty, .. } = variable;
    quote!(#(#attrs)* #vis #safety #static_token #mutability #ident: #ty;)
}
