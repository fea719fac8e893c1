//! Declarations that veo-build makes of headers and of libraries.
//!
//! `raw.rs` is what it makes of `kernels/declared/declared.h`, `raw_variables.rs` of `variables.h` there. CONTRIBUTING.md says how to
//! make them anew (needs libclang); read the diff before you commit it.

#![allow(clippy::unwrap_used, reason = "helpers of tests should stop where they fail, as tests do")]

mod calls;
mod header;
mod languages;
mod library;
mod random;
/// Must bring no warning, and lack no docs.
#[deny(warnings, missing_docs)]
pub mod raw;
/// As `raw`.
#[deny(warnings, missing_docs)]
pub mod raw_variables;
mod settings;
mod support;
mod variables;
