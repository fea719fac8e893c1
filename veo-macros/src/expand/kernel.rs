//! `#[ve_kernel]`: the function, and its entry in the static library.

use super::stub::constant;
use crate::ir::Kernel;
use proc_macro2::TokenStream;
use quote::quote;

pub(super) fn expand(kernel: &Kernel, item: &TokenStream) -> TokenStream {
    let Kernel { krate, cfgs, ident, name, .. } = kernel;
    let args = kernel.args.iter().map(|ty| constant(ty, &quote!(#ty), &quote!(VeParam), "CLASS", krate));
    let ret = match &kernel.ret {
        Some(ty) => constant(ty, &quote!(#ty), &quote!(VeRet), "CLASS", krate),
        None => quote!(<() as #krate::VeRet>::CLASS),
    };
    quote! {
        #item

        #(#cfgs)*
        #krate::__private::inventory::submit! {
            #krate::__private::StaticKernel::new(#name, #ident as *const (), &[#(#args),*], #ret)
        }
    }
}
