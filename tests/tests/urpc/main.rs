//! The worker's URPC door, driven by a small host of our own: NEC's library is not needed, nor are huge pages.
//!
//! ```text
//!   host → channel → segment    the host program: starts a worker, sends commands, shares memory
//!   wire                        what the words and payloads look like
//!
//!   start                       how a worker starts, and when it refuses
//!   commands transfers          libraries, symbols, memory
//!   calls images                arguments in registers, and on the stack
//!   queues channels             many commands; many contexts
//!   exceptions ends             crashes; the end of the worker, and of its host
//!   hostile fuzz                hosts that break the rules
//! ```
//!
//! What is tested here is said in docs/urpc.md.

#![allow(clippy::unwrap_used)] // the helpers are tests, too

mod channel;
mod host;
mod segment;
mod wire;

mod calls;
mod channels;
mod commands;
mod ends;
mod exceptions;
mod fuzz;
mod hostile;
mod images;
mod queues;
mod start;
mod transfers;
