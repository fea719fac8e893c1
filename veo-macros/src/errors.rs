//! The error bag: every mistake of one input, shown together.

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Mistakes found so far. Must end in [`Errors::into_tokens`]: a bag that is dropped with nobody looking would turn a
/// wrong declaration into a right one, so that panics where our own tests see it.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    all: Option<syn::Error>,
    count: usize,
    looked_at: bool,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    /// A bag of one mistake.
    pub(crate) fn one(tokens: impl ToTokens, message: impl Into<String>) -> Self {
        let mut errors = Self::new();
        errors.at(tokens, message);
        errors
    }

    /// Adds a mistake; `tokens` is what the user must look at, from its first token to its last.
    pub(crate) fn at(&mut self, tokens: impl ToTokens, message: impl Into<String>) {
        self.push(syn::Error::new_spanned(tokens, message.into()));
    }

    /// Adds a mistake that has its place already.
    pub(crate) fn push(&mut self, error: syn::Error) {
        self.count += 1;
        match &mut self.all {
            Some(all) => all.combine(error),
            None => self.all = Some(error),
        }
    }

    /// How many there are; who compares two counts knows whether a step found any.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// One `compile_error!` for each mistake, nothing if there was none.
    pub(crate) fn into_tokens(mut self) -> TokenStream {
        self.looked_at = true;
        self.all.take().map(|all| all.to_compile_error()).unwrap_or_default()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        debug_assert!(self.looked_at || std::thread::panicking(), "mistakes were collected and never shown");
    }
}
