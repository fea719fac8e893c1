//! How values reach functions: by declaration, by debug information, and by the setters of the C API. The worker is this
//! test program itself.

#![allow(
    clippy::undocumented_unsafe_blocks,
    clippy::multiple_unsafe_ops_per_block,
    clippy::unwrap_used,
    reason = "this program speaks C, and is a test: every call is unsafe, with handles and buffers that live on the same page"
)]

mod generated;
mod languages;
mod random;
mod support;
