//! `#[proc_init_hook]`: the function, and its entry among the hooks.

use super::declaration::site;
use super::stub::ends;
use crate::ir::Hook;
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

pub(super) fn expand(hook: &Hook, item: &TokenStream) -> TokenStream {
    let Hook { krate, cfgs, ident, arg, ret } = hook;
    let site = site(ident, krate);
    // Where a type is wrong, the compiler underlines it as it was written.
    let proc = Ident::new("proc", ends(arg).0.resolved_at(Span::mixed_site()));
    let call = quote_spanned!(ends(ret).0=> #ident(#proc));
    // The form of a hook is prescribed.
    quote! {
        #[allow(clippy::unnecessary_wraps)]
        #item

        #(#cfgs)*
        #krate::__private::inventory::submit! {
            #krate::__private::InitHook::new(#site, |#proc: &#krate::Proc| -> #krate::Result<()> { #call })
        }
    }
}
