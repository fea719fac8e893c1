//! Declarations that veo-build makes of headers and of libraries.
//!
//! `raw.rs` is what it makes of `kernels/declared/declared.h`. CONTRIBUTING.md says how to make it anew (needs libclang);
//! read the diff before you commit it.

#![allow(clippy::unwrap_used, reason = "helpers of tests should stop where they fail, as tests do")]

mod calls;
mod header;
mod languages;
mod library;
mod random;
/// Must bring no warning, and lack no docs.
#[deny(warnings, missing_docs)]
pub mod raw;
mod settings;
mod support;
