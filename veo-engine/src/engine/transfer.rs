//! Memory of a process: allocation behind the queue, and transfers to every address of the worker.

use std::io;
use std::sync::PoisonError;

use super::deferred::Work;
use super::memory::{Block, Freed};
use super::process::Process;
use super::replies::Reply;
use crate::shared::layout::{self, Op};

/// Bytes that the kernel copies at once between processes: it cuts longer requests short.
const MAX_PIECE: usize = 1 << 30;

/// Bytes that travel at once when the worker itself must copy.
const PIECE: usize = 1 << 20;

/// A transfer that did not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadAddress;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Read,
    Write,
}

impl Process {
    /// Allocates VE memory; if there is none, after the frees that are queued. It waits for nothing else: the memory is the
    /// host's to give.
    pub(crate) fn alloc(&self, size: usize) -> Option<Block> {
        let main = self.main()?;
        let block = self.memory.alloc(size).or_else(|| {
            main.quiesce(None);
            self.reap();
            self.memory.alloc(size)
        });
        let told = main.answer(1, Reply::Value(block.map_or(0, |block| block.ve)));
        if let (Some(block), Err(_)) = (block, told) {
            self.memory.free(block.ve);
            return None;
        }
        block
    }

    /// Frees VE memory, behind everything that was queued on the main context.
    pub(crate) fn free(&self, address: u64) -> Result<(), BadAddress> {
        if address != 0 && self.memory.host(address, 0).is_none() {
            self.order(Op::Free, address, &[]);
            return Ok(());
        }
        let Some(Ok(())) = self.main().map(|main| main.turn(1, Reply::Empty(1))) else {
            return Ok(());
        };
        match self.memory.free(address) {
            Freed::Invalid => Err(BadAddress),
            Freed::Done | Freed::Foreign => Ok(()),
        }
    }

    /// Does a transfer as soon as everything that was queued on the main context is complete.
    pub(crate) fn transfer(&self, work: Work) -> Result<(), BadAddress> {
        let main = self.main().ok_or(BadAddress)?;
        let (ids, reply) = work.ids(self);
        main.turn(ids, reply).map_err(|_| BadAddress)?;
        let outcome = work.run(main, self);
        if outcome.status == layout::OK { Ok(()) } else { Err(BadAddress) }
    }

    /// Copies between two VE addresses, this one and one of `other`, behind what is queued on both main contexts.
    pub(crate) fn copy_between(&self, to: u64, other: &Self, from: u64, len: usize) -> Result<(), BadAddress> {
        self.main().ok_or(BadAddress)?.turn(1, Reply::Value(to)).map_err(|_| BadAddress)?;
        if !std::ptr::eq(self, other) {
            other.main().ok_or(BadAddress)?.turn(1, Reply::Empty(1)).map_err(|_| BadAddress)?;
        }
        if let (Some(target), Some(source)) = (self.memory.host(to, len), other.memory.host(from, len)) {
            // SAFETY: both are `len` mapped bytes of VE memory; they may overlap.
            unsafe { source.copy_to(target, len) };
            return Ok(());
        }
        let mut piece = vec![0_u8; len.min(PIECE)];
        let mut done = 0;
        while done < len {
            let length = piece.len().min(len - done);
            // SAFETY: the buffer has `length` bytes.
            unsafe { other.read(piece.as_mut_ptr(), from.wrapping_add(done as u64), length) }?;
            // SAFETY: as above.
            unsafe { self.write(to.wrapping_add(done as u64), piece.as_ptr(), length) }?;
            done += length;
        }
        Ok(())
    }

    /// Copies `len` bytes at a VE address to the host.
    ///
    /// # Safety
    /// `to` is valid for writes of `len` bytes.
    pub(crate) unsafe fn read(&self, to: *mut u8, from: u64, len: usize) -> Result<(), BadAddress> {
        if len == 0 {
            return Ok(());
        }
        if self.has_ended() {
            return Err(BadAddress);
        }
        if let Some(source) = self.memory.host(from, len) {
            // SAFETY: source is `len` mapped bytes of VE memory; the caller vouches for `to`, which is not VE memory.
            unsafe { to.copy_from_nonoverlapping(source, len) };
            return Ok(());
        }
        // SAFETY: the caller vouches for `to`.
        unsafe { self.copy_foreign(to, from, len, Way::Read) }
    }

    /// Copies `len` bytes of the host to a VE address.
    ///
    /// # Safety
    /// `from` is valid for reads of `len` bytes.
    pub(crate) unsafe fn write(&self, to: u64, from: *const u8, len: usize) -> Result<(), BadAddress> {
        if len == 0 {
            return Ok(());
        }
        if self.has_ended() {
            return Err(BadAddress);
        }
        if let Some(target) = self.memory.host(to, len) {
            // SAFETY: target is `len` mapped bytes of VE memory; the caller vouches for `from`, which is not VE memory.
            unsafe { target.copy_from_nonoverlapping(from, len) };
            return Ok(());
        }
        // SAFETY: the caller vouches for `from`.
        unsafe { self.copy_foreign(from.cast_mut(), to, len, Way::Write) }
    }

    /// Copies between the host and addresses of the worker outside of VE memory: globals, stacks, what kernels allocated.
    ///
    /// # Safety
    /// `host` is valid for `len` bytes, for writes if the way is `Read`.
    unsafe fn copy_foreign(&self, host: *mut u8, address: u64, len: usize, way: Way) -> Result<(), BadAddress> {
        let mut done = 0;
        while done < len {
            let piece = (len - done).min(MAX_PIECE);
            // SAFETY: part of the range that the caller vouches for.
            unsafe { self.copy_piece(host.wrapping_add(done), address.wrapping_add(done as u64), piece, way) }?;
            done += piece;
        }
        Ok(())
    }

    /// # Safety
    /// As for [`copy_foreign`](Self::copy_foreign).
    unsafe fn copy_piece(&self, host: *mut u8, address: u64, len: usize, way: Way) -> Result<(), BadAddress> {
        let near = libc::iovec { iov_base: host.cast(), iov_len: len };
        let far = libc::iovec { iov_base: std::ptr::with_exposed_provenance_mut(address as usize), iov_len: len };
        let copy = match way {
            Way::Read => libc::process_vm_readv,
            Way::Write => libc::process_vm_writev,
        };
        let collected = self.collected.read().unwrap_or_else(PoisonError::into_inner);
        if *collected {
            return Err(BadAddress);
        }
        // SAFETY: `near` is valid by this function's contract; the kernel checks `far` in the other process.
        let copied = unsafe { copy(self.pid, &raw const near, 1, &raw const far, 1, 0) };
        let error = io::Error::last_os_error().raw_os_error();
        drop(collected);
        match (usize::try_from(copied), error) {
            (Ok(copied), _) if copied == len => Ok(()),
            // SAFETY: as this function's contract.
            (Err(_), Some(libc::EPERM | libc::ENOSYS)) => unsafe { self.copy_by_worker(host, address, len, way) },
            _ => Err(BadAddress),
        }
    }

    /// The same by the worker itself, where the system forbids access to another process's memory.
    ///
    /// # Safety
    /// As for [`copy_foreign`](Self::copy_foreign).
    unsafe fn copy_by_worker(&self, host: *mut u8, address: u64, len: usize, way: Way) -> Result<(), BadAddress> {
        let window = self.memory.alloc(len.min(PIECE)).ok_or(BadAddress)?;
        let mut done = 0;
        while done < len {
            let piece = (len - done).min(PIECE);
            let here = host.wrapping_add(done);
            if way == Way::Write {
                // SAFETY: the window has `piece` bytes, and `host` has `len`, of which this is a part.
                unsafe { window.host.copy_from_nonoverlapping(here, piece) };
            }
            let op = if way == Way::Read { Op::Peek } else { Op::Poke };
            let order = [window.ve, piece as u64].map(u64::to_le_bytes).concat();
            if self.order(op, address + done as u64, &order) != Some(piece as u64) {
                break;
            }
            if way == Way::Read {
                // SAFETY: as above.
                unsafe { here.copy_from_nonoverlapping(window.host, piece) };
            }
            done += piece;
        }
        self.memory.free(window.ve);
        if done == len { Ok(()) } else { Err(BadAddress) }
    }
}
