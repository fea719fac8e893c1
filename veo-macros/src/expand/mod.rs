//! The pipeline, and the last step of it: ir → tokens. Nothing here can fail.
//!
//! Generated code names everything by absolute path, and its own locals are hygienic: it compiles under
//! `no_implicit_prelude`, whatever the names of parameters and types are.

mod declaration;
mod docs;
mod fallback;
mod hook;
mod kernel;
mod stub;
mod variable;

use crate::errors::Errors;
use crate::ir::{Broken, Offload};
use crate::parse::{self, Input, Item};
use crate::{attr, check, messages};
use proc_macro2::TokenStream;
use quote::quote;

/// All of `#[ve_offload(keys)] item`.
pub(crate) fn ve_offload(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand(item, messages::OFFLOAD_WRONG_ITEM, |parsed, _, errors| {
        let keys = attr::offload(keys, errors);
        offload(check::offload(&keys, parsed, errors))
    })
}

/// All of `#[ve_kernel(keys)] item`: the item, and what registers it.
pub(crate) fn ve_kernel(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand(item, messages::KERNEL_WRONG_ITEM, |parsed, item, errors| match parsed {
        Item::Function(function) => {
            let keys = attr::kernel(keys, errors);
            match check::kernel(&keys, &function, errors) {
                Some(kernel) => kernel::expand(&kernel, &item),
                None => fallback::function(&function, item),
            }
        }
        Item::Block(block) => {
            errors.at(&block.abi, messages::KERNEL_ON_BLOCK);
            fallback::block(&block)
        }
        Item::Variable(variable) => {
            errors.at(variable.static_token, messages::KERNEL_WRONG_ITEM);
            fallback::variable(&variable, item)
        }
    })
}

/// All of `#[proc_init_hook(keys)] item`: the item, and what registers it.
pub(crate) fn proc_init_hook(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand(item, messages::HOOK_WRONG_ITEM, |parsed, item, errors| match parsed {
        Item::Function(function) => {
            let krate = attr::hook(keys, errors);
            match check::hook(krate.as_ref(), &function, errors) {
                Some(hook) => hook::expand(&hook, &item),
                None => fallback::function(&function, item),
            }
        }
        Item::Block(block) => {
            errors.at(&block.abi, messages::HOOK_ON_BLOCK);
            fallback::block(&block)
        }
        Item::Variable(variable) => {
            errors.at(variable.static_token, messages::HOOK_WRONG_ITEM);
            fallback::variable(&variable, item)
        }
    })
}

/// What `expanded` makes of an item, and all mistakes; an item that is no business of ours stays as it is.
fn expand(
    item: TokenStream,
    wrong_item: &str,
    expanded: impl FnOnce(Item, TokenStream, &mut Errors) -> TokenStream,
) -> TokenStream {
    let mut errors = Errors::new();
    let tokens = match parse::item(item.clone(), &mut errors) {
        Ok(Input::Item(parsed)) => expanded(parsed, item, &mut errors),
        Ok(Input::Other(first)) => {
            errors.at(first, wrong_item);
            item
        }
        Err(error) => {
            errors.push(error);
            TokenStream::new()
        }
    };
    let errors = errors.into_tokens();
    quote!(#tokens #errors)
}

fn offload(offload: Offload) -> TokenStream {
    let krate = &offload.krate;
    let declared = offload.declared.iter();
    let register = declared.clone().filter_map(|declared| declaration::register_block(declared, krate));
    let functions = declared.clone().flat_map(|declared| declared.stubs.iter().map(move |stub| (stub, declared)));
    let functions = functions.map(|(stub, declared)| stub::expand(stub, declared, krate));
    let getters = declared.flat_map(|declared| declared.getters.iter().map(move |getter| (getter, declared)));
    let getters = getters.map(|(getter, declared)| variable::expand(getter, declared, krate));
    let broken = offload.broken.into_iter().map(|broken| match broken {
        Broken::Function(stub) => fallback::stub(&stub, krate),
        Broken::Variable(getter, wrong) => variable::fallback(&getter, wrong.map(Errors::into_tokens), krate),
    });
    quote!(#(#functions)* #(#getters)* #(#broken)* #(#register)*)
}
