//! libveo without a card, for programs in C, Python and other languages: `libveo.so`, and `veorun`, its worker.
//!
//! The engine itself is crate `veo-engine`, which Rust programs have inside through crate `veo`. This crate gives its
//! functions their C names in a shared library. `cargo xtask install` lays that out as programs expect it.
//!
//! It is a crate of its own since cargo links the shared library in the build of whatever depends on it.
//!
//! For a `veorun` with Rust kernels of one's own, `fn main() { veo_host::veorun() }` is the whole program.

mod exports;

#[doc(inline)]
pub use veo_engine::*;
