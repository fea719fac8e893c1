//! The door for NEC's own libveo, which speaks URPC: two queues in a SysV shared memory segment for each context.
//! Normative text: `docs/urpc.md`.
//!
//! ```text
//!   start     the start of the worker, its control thread, further contexts
//!   serve     a context's thread: takes commands from its channel and answers them
//!   channel   a pair of queues: commands in, replies out
//!   payload   the fields of a command
//!   arena     where the images of VE stacks lie
//!   segment   shared memory, and what of it may be touched
//!   obituary  what the host says in the place of a worker that has ended without a word
//!   wait      waiting without anybody who wakes
//! ```

mod arena;
mod channel;
mod obituary;
mod payload;
mod segment;
mod serve;
mod start;
mod wait;

pub(crate) use obituary::{announce_end, give_back, segments_of};
pub(crate) use start::refusal;
pub(super) use start::{is_announced, serve};

/// Commands, and the replies among them.
mod command {
    pub(super) const PING: u8 = 1;
    pub(super) const EXIT: u8 = 2;
    pub(super) const ACK: u8 = 3;
    pub(super) const RESULT: u8 = 4;
    pub(super) const RESULT_AND_STACK: u8 = 5;
    pub(super) const EXCEPTION: u8 = 6;
    pub(super) const LOAD_LIBRARY: u8 = 7;
    pub(super) const UNLOAD_LIBRARY: u8 = 8;
    pub(super) const GET_SYMBOL: u8 = 9;
    pub(super) const ALLOCATE: u8 = 10;
    pub(super) const FREE: u8 = 11;
    /// Write; also the reply to a read.
    pub(super) const SEND: u8 = 12;
    pub(super) const RECEIVE: u8 = 13;
    pub(super) const CALL: u8 = 14;
    pub(super) const CALL_STACK_IN: u8 = 15;
    pub(super) const CALL_STACK_OUT: u8 = 16;
    pub(super) const CALL_STACK_IN_OUT: u8 = 17;
    pub(super) const NEW_PEER: u8 = 19;
    pub(super) const SYNC_PCI: u8 = 20;
    pub(super) const COPY: u8 = 21;
}
