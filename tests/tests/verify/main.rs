//! Declarations against libraries that are compiled for a test: what differs is found, what fits is not complained about.

#![allow(clippy::unwrap_used, reason = "this program is a test")]

mod files;
mod matrix;
mod random;
mod support;
mod variables;
