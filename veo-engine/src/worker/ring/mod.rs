//! The door for our own host engine: rings for requests, a socket for what is rare.
//!
//! ```text
//!   control   the control thread: opens contexts, reports faults, ends the process
//!   queue     a context's thread: takes requests from its ring
//! ```

pub(crate) mod control;
mod queue;
