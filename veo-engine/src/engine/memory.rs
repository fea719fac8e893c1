//! VE memory: one sparse memfd, mapped by host and worker, with its allocator on the host's side.
//!
//! So allocating needs no round trip, and reading or writing is one `memcpy`. The allocator is a buddy system over 64-byte
//! frames; it rounds sizes up to powers of two, which costs addresses but no memory, since untouched pages do not exist.
//! The address range is therefore larger than the memory that the node may hand out, and the bytes are counted.

use std::collections::HashMap;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::{Mutex, MutexGuard, PoisonError};

use buddy_system_allocator::FrameAllocator;

use crate::nodes;
use crate::shared::map::{self, Mapping};

/// Where the worker maps VE memory when the range is free: the range in which a real VE process has its heap.
pub(crate) const PREFERRED_BASE: usize = 0x6000_0000_0000;

/// Bytes of one frame: the alignment of every allocation.
const FRAME: usize = 64;

/// Freed ranges from this size on give their pages back to the system.
const RELEASE_FROM: usize = 128 << 10;

/// Smaller frees leave their pages, until they sum up to this and nothing is allocated any more.
const TIDY_FROM: usize = 1 << 20;

/// What a node has when `VEO_HOST_MEMORY` is not set, at most: the memory of a VE card.
const CARD_MEMORY: usize = 48 << 30;

/// The memory of one VE process.
#[derive(Debug)]
pub(crate) struct Memory {
    map: Mapping,
    ve_base: u64,
    heap: Mutex<Heap>,
}

/// A range of VE memory, by its addresses on both sides.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Block {
    pub(crate) ve: u64,
    pub(crate) host: *mut u8,
    pub(crate) capacity: usize,
}

// SAFETY: a block is a pair of addresses; whoever uses the pointer upholds the rules of shared memory.
unsafe impl Send for Block {}

/// What became of an address given to [`Memory::free`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freed {
    /// It was an allocation of ours.
    Done,
    /// It is outside of VE memory: perhaps a kernel allocated it.
    Foreign,
    /// It is inside VE memory, but not the start of a live allocation.
    Invalid,
}

impl Memory {
    /// Makes the memory; its base in the worker is set when the worker has reported it.
    pub(crate) fn new(node: i32, limit: usize) -> io::Result<(Self, OwnedFd)> {
        let range =
            limit
                .checked_mul(2)
                .and_then(usize::checked_next_power_of_two)
                .filter(|&range| range <= 1 << 46)
                .ok_or_else(|| io::Error::other("VEO_HOST_MEMORY asks for more than the 32 TiB that can be mapped"))?;
        let made = map::memfd(c"veo-memory", range).and_then(|fd| Ok((Mapping::new(&fd, range, None)?, fd)));
        let (map, fd) = made.map_err(|error| {
            let size = range >> 20;
            let text = format!(
                "cannot make {size} MiB of address space for VE memory: {error}; VEO_HOST_MEMORY asks for less, and `ulimit -v` may limit it"
            );
            io::Error::new(error.kind(), text)
        })?;
        let memory = Self { map, ve_base: PREFERRED_BASE as u64, heap: Mutex::new(Heap::new(range, node, limit)) };
        Ok((memory, fd))
    }

    pub(crate) fn set_base(&mut self, ve_base: u64) {
        self.ve_base = ve_base;
    }

    pub(crate) fn size(&self) -> usize {
        self.map.size()
    }

    fn heap(&self) -> MutexGuard<'_, Heap> {
        self.heap.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Allocates `size` bytes; their content is undefined. `None` when the node's memory is used up.
    pub(crate) fn alloc(&self, size: usize) -> Option<Block> {
        let offset = self.heap().alloc(size)?;
        Some(self.block(offset, size))
    }

    fn block(&self, offset: usize, capacity: usize) -> Block {
        Block { ve: self.ve_base + offset as u64, host: self.map.base().wrapping_add(offset), capacity }
    }

    /// Frees the allocation that starts at `address`.
    pub(crate) fn free(&self, address: u64) -> Freed {
        let Some(offset) = self.offset(address, 0) else {
            return Freed::Foreign;
        };
        let Some(size) = self.heap().free(offset) else {
            return Freed::Invalid;
        };
        if size >= RELEASE_FROM {
            self.map.release(offset, size);
        }
        let mut heap = self.heap();
        heap.finish_free(offset, size);
        if let Some(touched) = heap.take_if_empty() {
            // Under the lock: nobody can have memory there before the pages are gone.
            self.map.release(0, touched);
        }
        Freed::Done
    }

    /// Gives the node back what this process had of its memory: the process has ended, and can allocate no more.
    pub(crate) fn give_back(&self) {
        self.heap().close();
    }

    /// Where `len` bytes at a VE address are in this process. `None` when they are not all inside VE memory.
    pub(crate) fn host(&self, address: u64, len: usize) -> Option<*mut u8> {
        self.offset(address, len).map(|offset| self.map.base().wrapping_add(offset))
    }

    fn offset(&self, address: u64, len: usize) -> Option<usize> {
        let offset = usize::try_from(address.checked_sub(self.ve_base)?).ok()?;
        (offset < self.map.size() && len <= self.map.size() - offset).then_some(offset)
    }
}

/// The allocator proper, in offsets from the base.
struct Heap {
    frames: FrameAllocator<42>,
    /// Live allocations: offset → requested bytes.
    live: HashMap<usize, usize>,
    /// Bytes that this process has of the node's memory.
    used: usize,
    node: i32,
    limit: usize,
    /// Bytes of small frees whose pages are still there, and the end of all of them.
    untidy: usize,
    touched: usize,
}

impl std::fmt::Debug for Heap {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Heap").field("live", &self.live.len()).field("used", &self.used).finish_non_exhaustive()
    }
}

impl Heap {
    fn new(range: usize, node: i32, limit: usize) -> Self {
        let mut frames = FrameAllocator::new();
        frames.add_frame(0, range / FRAME);
        Self { frames, live: HashMap::new(), used: 0, node, limit, untidy: 0, touched: 0 }
    }

    fn alloc(&mut self, size: usize) -> Option<usize> {
        // A size of 0 has an address of its own, as `malloc(0)` has on a VE.
        let bytes = size.max(1).checked_next_multiple_of(FRAME)?;
        if !nodes::take_memory(self.node, bytes, self.limit) {
            return None;
        }
        let Some(frame) = self.frames.alloc(bytes / FRAME) else {
            nodes::give_memory_back(self.node, bytes);
            return None;
        };
        let offset = frame * FRAME;
        self.used += bytes;
        self.live.insert(offset, bytes);
        Some(offset)
    }

    /// Takes an allocation out of the table, so that nobody can free it twice, but leaves its frames reserved.
    fn free(&mut self, offset: usize) -> Option<usize> {
        self.live.remove(&offset)
    }

    /// Gives the frames back, after the pages were released.
    fn finish_free(&mut self, offset: usize, bytes: usize) {
        self.frames.dealloc(offset / FRAME, bytes / FRAME);
        if bytes < RELEASE_FROM {
            self.untidy += bytes;
            self.touched = self.touched.max(offset + bytes);
        }
        if self.used != 0 {
            self.used -= bytes;
            nodes::give_memory_back(self.node, bytes);
        }
    }

    /// The end of the range whose pages can be given back, if nothing is allocated and it is worth it.
    fn take_if_empty(&mut self) -> Option<usize> {
        if !self.live.is_empty() || self.untidy < TIDY_FROM {
            return None;
        }
        self.untidy = 0;
        Some(std::mem::take(&mut self.touched).next_multiple_of(4096))
    }

    fn close(&mut self) {
        nodes::give_memory_back(self.node, std::mem::take(&mut self.used));
        self.limit = 0;
    }
}

impl Drop for Heap {
    fn drop(&mut self) {
        self.close();
    }
}

/// The bytes that the processes on one node may allocate: `VEO_HOST_MEMORY`, else this host's memory up to a card's.
pub(crate) fn limit() -> io::Result<usize> {
    if let Some(text) = std::env::var_os("VEO_HOST_MEMORY") {
        return text.to_str().and_then(parse_size).filter(|&size| size >= 1 << 20).ok_or_else(|| {
            io::Error::other(format!(
                "VEO_HOST_MEMORY={text:?}: expected a number of bytes of at least 1M, with K, M, G or T after it if you like, as in 8G"
            ))
        });
    }
    // SAFETY: `sysconf` only reads its argument.
    let pages = unsafe { libc::sysconf(libc::_SC_PHYS_PAGES) };
    let memory = usize::try_from(pages).map_or(CARD_MEMORY, |pages| pages.saturating_mul(4096));
    Ok(memory.clamp(1 << 30, CARD_MEMORY))
}

fn parse_size(text: &str) -> Option<usize> {
    let text = text.trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let shift = match text[digits.len()..].to_ascii_uppercase().as_str() {
        "" => 0,
        "K" => 10,
        "M" => 20,
        "G" => 30,
        "T" => 40,
        _ => return None,
    };
    digits.trim().parse::<usize>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_with_their_units() {
        assert_eq!(parse_size("4096"), Some(4096));
        assert_eq!(parse_size(" 8G "), Some(8 << 30));
        assert_eq!(parse_size("3m"), Some(3 << 20));
        for bad in ["", "G", "1X", "-1", "1.5G", "99999999999T"] {
            assert_eq!(parse_size(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn allocations_are_disjoint_and_come_back() {
        let (memory, _fd) = Memory::new(63, 1 << 20).unwrap();
        let mut blocks: Vec<Block> = Vec::new();
        for size in (0..200).map(|i| i * 37 % 4096) {
            let block = memory.alloc(size).unwrap();
            assert!(block.ve.is_multiple_of(64));
            assert!(
                blocks
                    .iter()
                    .all(|b| b.ve + (b.capacity.max(1) as u64) <= block.ve || block.ve + (size.max(1) as u64) <= b.ve)
            );
            blocks.push(block);
        }
        for block in &blocks {
            assert_eq!(memory.free(block.ve), Freed::Done);
            assert_eq!(memory.free(block.ve), Freed::Invalid);
        }
        assert_eq!(memory.heap().used, 0);
        assert!(memory.alloc(1 << 20).is_some());
    }

    #[test]
    fn small_frees_give_their_pages_back_when_nothing_is_left() {
        let (memory, _fd) = Memory::new(59, 1 << 30).unwrap();
        let kept = memory.alloc(1).unwrap();
        let blocks: Vec<Block> = (0..600).map(|_| memory.alloc(4096).unwrap()).collect();
        for block in &blocks {
            // SAFETY: the block is ours, and as long.
            unsafe { block.host.write_bytes(7, 4096) };
            assert_eq!(memory.free(block.ve), Freed::Done);
        }
        let first = |block: &Block| {
            // SAFETY: still inside the mapping.
            unsafe { block.host.read_volatile() }
        };
        assert!(blocks.iter().any(|block| first(block) == 7), "something is left, so pages are");
        assert_eq!(memory.free(kept.ve), Freed::Done);
        assert!(blocks.iter().all(|block| first(block) == 0));
    }

    #[test]
    fn processes_share_the_memory_of_their_node() {
        let (first, _fd) = Memory::new(60, 1 << 20).unwrap();
        let (second, _fd) = Memory::new(60, 1 << 20).unwrap();
        let block = first.alloc(768 << 10).unwrap();
        assert!(second.alloc(512 << 10).is_none());
        first.give_back();
        assert!(second.alloc(512 << 10).is_some());
        assert!(first.alloc(1).is_none());
        assert_eq!(first.free(block.ve), Freed::Done);
        assert!(second.alloc(513 << 10).is_none());
    }

    #[test]
    fn too_much_is_refused_and_foreign_addresses_are_told_apart() {
        let (memory, _fd) = Memory::new(61, 1 << 20).unwrap();
        assert!(memory.alloc((1 << 20) + 1).is_none());
        assert!(memory.alloc(usize::MAX).is_none());
        assert_eq!(memory.free(0), Freed::Foreign);
        assert_eq!(memory.free(PREFERRED_BASE as u64), Freed::Invalid);
        assert!(memory.host(PREFERRED_BASE as u64 + memory.size() as u64 - 4, 8).is_none());
        assert!(memory.host(u64::MAX, 8).is_none());
    }

    #[test]
    fn large_frees_give_their_pages_back() {
        let (memory, _fd) = Memory::new(62, 1 << 30).unwrap();
        let block = memory.alloc(1 << 20).unwrap();
        // SAFETY: the block is ours and at least a mebibyte long.
        unsafe { block.host.write_bytes(7, 1 << 20) };
        assert_eq!(memory.free(block.ve), Freed::Done);
        // SAFETY: still inside the mapping.
        assert_eq!(unsafe { block.host.read_volatile() }, 0);
    }
}
