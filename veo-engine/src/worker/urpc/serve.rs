//! A context's thread: takes commands from its channel, one after the other, and answers each.

use std::time::Duration;

use super::arena::{Arena, MAX_ARGUMENTS, REGISTERS};
use super::channel::{self, Channel, Command};
use super::payload::{Bytes, Payload};
use super::{command, start, wait};
use crate::worker::executor::{self, Executor, PlanCache};
use crate::worker::fault::{self, Running};
use crate::worker::history::History;
use crate::worker::trampoline::Setters;
use crate::worker::{guarded, process};

/// How long the host may take to read the last reply of a channel.
const LAST_REPLY: Duration = Duration::from_millis(400);

/// What a command has come to.
#[derive(Debug)]
enum Answer {
    Done,
    Value(u64),
    /// A value, and so many bytes of the stack's image.
    Image {
        value: u64,
        top: u64,
        bytes: usize,
    },
    /// What the host wants to have at its own address `to`.
    Data {
        to: u64,
        from: u64,
        bytes: usize,
    },
    /// A further channel could not be opened. The host must find its segment attached until it has read this.
    NotOpened {
        errno: i32,
        segment: super::segment::Segment,
    },
    /// The host wants this channel to end.
    Exit,
}

/// Why a command cannot be answered: the worker ends with it, as a VE process does.
#[derive(Debug)]
struct Failure {
    signal: i32,
    text: String,
}

/// A command that breaks the protocol.
fn malformed(what: &str) -> Failure {
    Failure { signal: libc::SIGSYS, text: format!("veorun does not understand a command of libveo: {what}") }
}

fn too_short() -> Failure {
    malformed("its payload is too short")
}

fn no_memory_at(operation: &str, bytes: usize, address: u64) -> Failure {
    let text = format!("cannot {operation} {bytes} bytes at {address:#x}: the VE process has no such memory");
    Failure { signal: libc::SIGSEGV, text }
}

/// Serves a channel until the host ends it.
pub(super) fn run(mut channel: Channel, arena: Arena) {
    wait::nap_precisely();
    let running = fault::enter(channel.number());
    process::thread_begins(channel.number(), start::gone);
    let mut server = Server {
        executor: executor::get(),
        running: &running,
        plans: PlanCache::default(),
        history: History::of_this_thread(),
        words: Vec::new(),
        is_main: channel.number() == 0,
        arena,
    };
    channel.open();
    while server.serve_one(&mut channel) {}
    process::thread_ends();
    channel.close();
}

/// What a context's thread has, besides its channel.
struct Server<'r> {
    executor: &'static Executor,
    running: &'r Running,
    plans: PlanCache,
    history: Box<History>,
    /// The arguments of a call; kept for their capacity.
    words: Vec<u64>,
    is_main: bool,
    arena: Arena,
}

impl Server<'_> {
    /// Serves the next command. `false` when it was the last one.
    fn serve_one(&mut self, channel: &mut Channel) -> bool {
        let Command { id, number, payload } = channel.next();
        while channel::is_ending() {
            std::thread::park();
        }
        self.running.begin(id.cast_unsigned(), 0, &[]);
        let answer = match payload {
            Some(payload) => self.obey(id, number, payload),
            None => Err(malformed("its payload is not inside the segment")),
        };
        self.running.end();
        let goes_on = match answer {
            Ok(answer) => self.reply(channel, id, answer),
            Err(failure) => fail(channel, id, &failure),
        };
        channel.done(id);
        goes_on
    }

    fn obey(&mut self, id: i64, number: u8, mut payload: Payload<'_>) -> Result<Answer, Failure> {
        let answer = match number {
            command::PING | command::SYNC_PCI => Some(Answer::Done),
            command::EXIT => Some(Answer::Exit),
            command::LOAD_LIBRARY => payload.text().map(|path| Answer::Value(self.executor.load(&path))),
            command::UNLOAD_LIBRARY => payload.long().map(|library| {
                let result = self.executor.unload(library);
                Answer::Value(i64::from(result).cast_unsigned())
            }),
            command::GET_SYMBOL => {
                let library = payload.long();
                library.zip(payload.text()).map(|(library, name)| Answer::Value(self.executor.resolve(library, &name)))
            }
            command::ALLOCATE => payload.long().map(|bytes| Answer::Value(allocate(bytes))),
            command::FREE => return free(payload.long()),
            command::SEND => return send(payload.long(), payload.bytes()),
            command::RECEIVE => receive(&mut payload),
            command::COPY => return copy(&mut payload),
            command::CALL..=command::CALL_STACK_IN_OUT => return self.call(id, number, payload),
            command::NEW_PEER if self.is_main => return new_peer(&mut payload),
            _ => return Err(malformed(&format!("number {number} means nothing here"))),
        };
        answer.ok_or_else(too_short)
    }

    /// A call, or the question for the stack pointer, which is a call of nothing.
    fn call(&mut self, id: i64, number: u8, mut payload: Payload<'_>) -> Result<Answer, Failure> {
        let short = || malformed("its payload is too short for a call");
        let function = payload.long().ok_or_else(short)?;
        let registers = payload.bytes().ok_or_else(short)?;
        if registers.count > 8 * REGISTERS || !registers.count.is_multiple_of(8) {
            return Err(malformed("a call has 0 to 8 words in registers"));
        }
        if number == command::CALL && function == 0 && registers.count == 0 {
            return Ok(Answer::Value(self.arena.stack_pointer()));
        }
        self.words.clear();
        registers.words(&mut self.words);
        let image = if number == command::CALL { None } else { Some(self.image(number, function, &mut payload)?) };
        self.running.begin(id.cast_unsigned(), function, &self.words);
        let value = self.executor.call(&mut self.plans, function, &self.words, Setters::Unknown);
        Ok(match image {
            Some((top, bytes)) if number != command::CALL_STACK_IN => Answer::Image { value, top, bytes },
            _ => Answer::Value(value),
        })
    }

    /// Puts the image of a VE stack to its place, and the words in it to the other arguments. Says where it is, and how many
    /// bytes of it the host sent or wants back.
    fn image(&mut self, number: u8, function: u64, payload: &mut Payload<'_>) -> Result<(u64, usize), Failure> {
        let short = || malformed("its payload is too short for the image of a stack");
        let (top, stack_pointer) = payload.long().zip(payload.long()).ok_or_else(short)?;
        let bytes = payload.bytes().ok_or_else(short)?;
        let image = self.arena.image(top, stack_pointer, bytes.count);
        let image = image.ok_or_else(|| malformed("the image of a stack is not where this channel's stack is"))?;
        if number != command::CALL_STACK_OUT {
            // SAFETY: the image is inside the arena, which is memory for images only.
            if !unsafe { bytes.copy_to(image.top) } {
                return Err(no_memory_at("write", bytes.count, image.top));
            }
            if self.words.len() == REGISTERS {
                let arguments = self.executor.parameters(&mut self.plans, function).unwrap_or(MAX_ARGUMENTS);
                self.arena.words(image, arguments, &mut self.words);
            }
        }
        Ok((image.top, bytes.count))
    }

    fn reply(&mut self, channel: &mut Channel, id: i64, answer: Answer) -> bool {
        let mut value = None;
        match answer {
            Answer::Done => channel.ack(id),
            Answer::Value(result) => {
                value = Some(result);
                channel.result(id, result);
            }
            Answer::Image { value: result, top, bytes } => {
                value = Some(result);
                if !channel.result_and_bytes(id, command::RESULT_AND_STACK, result, top, bytes) {
                    return end_after(channel, id, libc::SIGSEGV);
                }
            }
            Answer::Data { to, from, bytes } => {
                value = Some(to);
                // A reply of any other kind makes libveo crash, or wait for a minute.
                if !channel.result_and_bytes(id, command::SEND, to, from, bytes) {
                    eprintln!("veorun: {}", no_memory_at("read", bytes, from).text);
                    return end_after(channel, id, libc::SIGSEGV);
                }
            }
            Answer::NotOpened { errno, segment } => {
                channel.result(id, errno as u64);
                channel.flush(id, LAST_REPLY);
                drop(segment);
            }
            Answer::Exit => {
                channel.ack(id);
                return false;
            }
        }
        self.history.push(value);
        true
    }
}

/// Answers a command that failed. libveo gives the context up then, and never ends the worker.
fn fail(channel: &mut Channel, id: i64, failure: &Failure) -> bool {
    channel::close_all();
    channel.fail(id, failure.signal, &failure.text, LAST_REPLY);
    process::end_after_fault(failure.signal)
}

/// The reply that was just given has ended the context, for libveo; so it ends the worker.
fn end_after(channel: &Channel, id: i64, signal: i32) -> bool {
    channel::close_all();
    channel.flush(id, LAST_REPLY);
    process::end_after_fault(signal)
}

fn allocate(bytes: u64) -> u64 {
    let Ok(bytes) = usize::try_from(bytes) else { return 0 };
    // SAFETY: any size is allowed.
    unsafe { libc::malloc(bytes) as u64 }
}

fn free(address: Option<u64>) -> Result<Answer, Failure> {
    let address = address.ok_or_else(too_short)?;
    // What stands before a block is read by `free`; that much of the address can be checked.
    if address != 0 && (!address.is_multiple_of(16) || guarded::read_word(address - 8).is_none()) {
        let text = format!("cannot free {address:#x}: nothing is allocated there");
        return Err(Failure { signal: libc::SIGSEGV, text });
    }
    let address = std::ptr::with_exposed_provenance_mut(address as usize);
    // SAFETY: as on a VE, the caller vouches that `malloc` gave this address; if not, this process ends, which is the
    // documented result.
    unsafe { libc::free(address) };
    Ok(Answer::Done)
}

fn send(to: Option<u64>, data: Option<Bytes<'_>>) -> Result<Answer, Failure> {
    let (to, data) = to.zip(data).ok_or_else(too_short)?;
    // SAFETY: as on a VE, the caller vouches for what it writes to; this process is the boundary.
    if unsafe { data.copy_to(to) } { Ok(Answer::Done) } else { Err(no_memory_at("write", data.count, to)) }
}

fn receive(payload: &mut Payload<'_>) -> Option<Answer> {
    let (from, to, bytes) = (payload.long()?, payload.long()?, payload.long()?);
    Some(Answer::Data { to, from, bytes: usize::try_from(bytes).ok()? })
}

fn copy(payload: &mut Payload<'_>) -> Result<Answer, Failure> {
    let (to, from, bytes) = (payload.long(), payload.long(), payload.long());
    let Some(((to, from), bytes)) = to.zip(from).zip(bytes) else {
        return Err(too_short());
    };
    let target = std::ptr::with_exposed_provenance_mut(to as usize);
    let source = std::ptr::with_exposed_provenance(from as usize);
    // SAFETY: as on a VE, the caller vouches for what it writes to; this process is the boundary.
    if unsafe { guarded::copy(target, source, bytes as usize) } {
        return Ok(Answer::Done);
    }
    Err(no_memory_at(&format!("copy from {from:#x}"), bytes as usize, to))
}

fn new_peer(payload: &mut Payload<'_>) -> Result<Answer, Failure> {
    let (id, core, stack) = (payload.int(), payload.int(), payload.long());
    let Some(((id, core), stack)) = id.zip(core).zip(stack) else {
        return Err(too_short());
    };
    match start::open(id.cast_signed(), core.cast_signed(), stack) {
        Ok(()) => {
            start::let_host_settle();
            Ok(Answer::Value(0))
        }
        Err(start::NotOpened::Segment(reason)) => {
            Err(malformed(&format!("segment {id} of a further context: {reason}")))
        }
        Err(start::NotOpened::Thread(error, segment)) => {
            Ok(Answer::NotOpened { errno: error.raw_os_error().unwrap_or(libc::ENOMEM), segment })
        }
    }
}
