//! Memory that the host and its worker share, and how each side waits for the other.
//!
//! Everything here obeys one rule: the worker runs kernels that may scribble over every shared byte, so the host reads
//! shared memory through raw pointers and atomics only, copies a value out before it looks at it, and never forms a
//! reference to it. No lock lives here.

pub(crate) mod control;
pub(crate) mod layout;
#[cfg(test)]
#[cfg(loom)]
mod loom_tests;
pub(crate) mod map;
#[cfg(loom)]
mod model;
pub(crate) mod ring;
pub(crate) mod wait;
#[cfg(not(loom))]
mod words;
