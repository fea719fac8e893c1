//! A context's thread: takes requests from its ring, one after the other, for as long as the process lives.

use std::ffi::{CStr, c_void};
use std::fs::File;
use std::os::unix::fs::FileExt;

use super::control;
use crate::shared::layout::{self, Command, INLINE_ARGS, Op};
use crate::shared::ring::WorkerRing;
use crate::worker::executor::{self, Executor, PlanCache};
use crate::worker::history::History;
use crate::worker::{fault, process, trampoline};

/// Serves the ring until it is told to quit.
pub(crate) fn run(context: u32, ring: &WorkerRing) {
    let running = fault::enter(context);
    let executor = executor::get();
    let mut plans = PlanCache::default();
    let history = History::of_this_thread();
    let mut words = Vec::new();
    process::thread_begins(context, control::gone);
    for seq in 0.. {
        let Ok(command) = ring.next(seq) else { control::end_corrupted() };
        history.skip(command.gap);
        let (status, value) = match command.op {
            Op::Call | Op::CallByBlock if !(command.kept || ring.begin(seq)) => {
                history.push(None);
                (layout::CANCELLED, 0)
            }
            Op::Call | Op::CallByBlock => {
                let setters = arguments(ring, seq, &command, &mut words);
                running.begin(seq, command.target, &words);
                let value = executor.call(&mut plans, command.target, &words, setters);
                running.end();
                history.push(Some(value));
                (layout::OK, value)
            }
            Op::Nop => {
                if command.count == 1 {
                    history.push(Some(command.target));
                }
                (layout::OK, 0)
            }
            Op::Quit if command.target == layout::QUIT => {
                process::thread_ends();
                ring.complete(seq, layout::OK, 0);
                return;
            }
            _ => {
                running.begin(seq, 0, &[]);
                let value = order(executor, &command);
                running.end();
                history.push((command.op != Op::Free).then_some(value));
                (layout::OK, value)
            }
        };
        ring.complete(seq, status, value);
    }
}

/// Collects the arguments of a call, wherever they are.
fn arguments<'a>(ring: &WorkerRing, seq: u64, command: &Command, words: &mut Vec<u64>) -> trampoline::Setters<'a> {
    words.clear();
    let count = command.count as usize;
    if command.op == Op::Call {
        words.extend((0..count.min(INLINE_ARGS)).map(|index| ring.arg(seq, index)));
        return trampoline::Setters::Bits(command.setters);
    }
    let block = std::ptr::with_exposed_provenance::<u8>(command.block as usize);
    // SAFETY: the host put `count` words at the start of the block, which stays reserved until we complete the request.
    let list = unsafe { std::slice::from_raw_parts(block.cast::<u64>(), count) };
    words.extend_from_slice(list);
    let setters = block.wrapping_add(8 * count);
    // SAFETY: one byte for each argument follows the words.
    trampoline::Setters::Bytes(unsafe { std::slice::from_raw_parts(setters, count) })
}

/// Does everything but calls.
fn order(executor: &Executor, command: &Command) -> u64 {
    match command.op {
        Op::Nop | Op::Call | Op::CallByBlock | Op::Quit => 0,
        Op::Load => with_text(command, |path| executor.load(path)),
        Op::Resolve => with_text(command, |name| executor.resolve(command.target, name)),
        Op::Unload => i64::from(executor.unload(command.target)).cast_unsigned(),
        Op::Free => {
            let address = std::ptr::with_exposed_provenance_mut(command.target as usize);
            // SAFETY: as on a VE, the caller vouches that a kernel got this address from `malloc`; if not, this process
            // ends, which is the documented result.
            unsafe { libc::free(address) };
            0
        }
        Op::Peek | Op::Poke => copy_own_memory(command.op, command.target, &block_bytes(command)),
    }
}

fn block_bytes(command: &Command) -> Vec<u8> {
    if command.count == 0 {
        return Vec::new();
    }
    let block = std::ptr::with_exposed_provenance::<u8>(command.block as usize);
    // SAFETY: the host put `count` bytes into the block, which stays reserved until we complete the request.
    unsafe { std::slice::from_raw_parts(block, command.count as usize) }.to_vec()
}

fn with_text(command: &Command, act: impl FnOnce(&CStr) -> u64) -> u64 {
    let mut text = block_bytes(command);
    text.push(0);
    CStr::from_bytes_until_nul(&text).map_or(0, act)
}

/// Copies between this process's own memory at `address` and VE memory, as `order` (address and length) says. The kernel
/// does it, so that a bad address is an error and not a fault. The value is the number of bytes copied.
fn copy_own_memory(op: Op, address: u64, order: &[u8]) -> u64 {
    let number = |at: usize| order.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes);
    let (Some(window), Some(length)) = (number(0), number(8)) else {
        return 0;
    };
    let Ok(memory) = File::options().read(true).write(true).open("/proc/self/mem") else {
        return 0;
    };
    let window: *mut c_void = std::ptr::with_exposed_provenance_mut(window as usize);
    // SAFETY: the host reserved the window, of this length, in VE memory for this order alone.
    let window = unsafe { std::slice::from_raw_parts_mut(window.cast::<u8>(), length as usize) };
    let done = if op == Op::Peek { memory.read_at(window, address) } else { memory.write_at(window, address) };
    done.map_or(0, |bytes| bytes as u64)
}
