//! The pipeline, and the last step of it: ir → tokens. Nothing here can fail.
//!
//! Generated code names everything by absolute path, and its own locals are hygienic: it compiles under
//! `no_implicit_prelude`, whatever the names of parameters and types are.

mod docs;
mod fallback;
mod kernel;
mod stub;

use crate::errors::Errors;
use crate::ir::Offload;
use crate::parse::{self, Function, Item};
use crate::{attr, check, messages};
use proc_macro2::TokenStream;
use quote::quote;

/// All of `#[ve_offload(keys)] item`.
pub(crate) fn ve_offload(keys: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let item = match parse::item(item.clone(), messages::OFFLOAD_WRONG_ITEM, &mut errors) {
        Ok(parsed) => {
            let keys = attr::offload(keys, &mut errors);
            offload(&check::offload(&keys, parsed, &mut errors))
        }
        Err(error) => {
            errors.push(error);
            item
        }
    };
    let errors = errors.into_tokens();
    quote!(#item #errors)
}

/// All of `#[ve_kernel(keys)] item`: the item, and what registers it.
pub(crate) fn ve_kernel(keys: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::new();
    let expanded = match kernel_function(item.clone(), &mut errors) {
        Ok(function) => {
            let keys = attr::kernel(keys, &mut errors);
            match check::kernel(&keys, &function, &mut errors) {
                Some(kernel) => kernel::expand(&kernel, &item),
                None => fallback::kernel(&function, item),
            }
        }
        Err(error) => {
            errors.push(error);
            item
        }
    };
    let errors = errors.into_tokens();
    quote!(#expanded #errors)
}

fn kernel_function(item: TokenStream, errors: &mut Errors) -> syn::Result<Function> {
    match parse::item(item, messages::KERNEL_WRONG_ITEM, errors)? {
        Item::Function(function) => Ok(*function),
        Item::Block(block) => Err(syn::Error::new_spanned(block.abi, messages::KERNEL_WRONG_ITEM)),
    }
}

fn offload(offload: &Offload) -> TokenStream {
    let krate = &offload.krate;
    let stubs = offload.declared.iter().flat_map(|declared| {
        declared.stubs.iter().map(move |stub| stub::expand(stub, &declared.library, declared.resolve, krate))
    });
    let broken = offload.broken.iter().map(|stub| fallback::stub(stub, krate));
    quote!(#(#stubs)* #(#broken)*)
}
