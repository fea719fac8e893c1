//! The library as a user sees it: real kernels, compiled from C, in real worker processes.
//!
//! ```text
//!   types arguments forms                    what can be passed and returned
//!   requests futures dropped adapted         what becomes of a call
//!   memory copies globals variables hmem     VE memory
//!   sharing splits                           the order of its uses
//!   contexts scopes host_functions batches   queues
//!   deadlines cancelling races               limits of time, and requests that end before their turn
//!   faults hostile endless leaks host_death kills  how processes end, and what remains
//!   errors                                   every variant, and its message
//!   declarations engines                     what is found where
//!   dynamic                                  what is found by name at run time
//!   hooks processes restart pool             what prepares processes, keeps them apart, replaces them, shares work
//!   observed timeline                        what can be seen from outside
//!   auto_traits                              what may go to other threads
//! ```
//!
//! `VEO_ENGINE` chooses the engine for all of them. What is different on NEC's library is a row in `docs/engines.md` that the
//! test names (`support::differs`).
//!
//! `support` has what they share. Tests that need an environment of their own, or that count what a process holds, start
//! one of the programs in `src/bin`.

#![allow(clippy::unwrap_used)] // the helpers are tests, too

mod support;

mod adapted;
mod arguments;
mod auto_traits;
mod batches;
mod cancelling;
mod contexts;
mod copies;
mod deadlines;
mod declarations;
mod dropped;
mod dynamic;
mod endless;
mod engines;
mod errors;
mod faults;
mod forms;
mod futures;
mod globals;
mod hmem;
mod hooks;
mod host_death;
mod host_functions;
mod hostile;
mod kills;
mod leaks;
mod memory;
mod observed;
mod pool;
mod processes;
mod races;
mod requests;
mod restart;
mod scopes;
mod sharing;
mod splits;
mod standard_streams;
mod timeline;
mod types;
mod variables;
mod verify;
