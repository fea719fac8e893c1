//! What the integration tests and their small programs share.
//!
//! ```text
//!   install   libveo as C and Python programs find it
//!   kernels   what kernels/*.c offers, declared
//!   system    what the system knows about a process: children, descriptors, mappings
//! ```
//!
//! The programs in `src/bin` are processes that a test starts, with an environment of their own, or to be killed.

pub mod install;
pub mod kernels;
pub mod system;

/// The examples in the documents, which run as documentation tests.
#[cfg(doctest)]
mod documents {
    #[doc = include_str!("../../README.md")]
    mod readme {}
    #[doc = include_str!("../../docs/from-pyveo.md")]
    mod from_pyveo {}
}
