//! Where the images of VE stacks lie.
//!
//! For each call libveo lays out the stack of a VE: the argument words, and behind them the buffers that travel on the stack.
//! It puts into the arguments the addresses that the buffers will have, counted from the stack pointer that a channel named at
//! its start. So an image must lie at that very place. Kernels run on ordinary stacks of threads; the arena only holds images.

use std::io;
use std::ptr;

/// libveo wants a stack pointer and the lowest byte of an image in one block of this size, at a multiple of it.
const SIZE: usize = 64 << 20;

/// The stack pointer is so far below the end of the arena,
const BELOW_END: usize = 4096;

/// and the end of every image so far below the stack pointer.
const RED_ZONE: u64 = 512 << 10;

/// Where the argument words are in an image.
const WORDS: u64 = 176;

/// Arguments that travel in registers.
pub(super) const REGISTERS: usize = 8;

/// Arguments of a function of which nobody knows how many it has. libveo's own limit, which it does not enforce.
pub(super) const MAX_ARGUMENTS: usize = 256;

/// One channel's arena. Its pages exist when they are used.
#[derive(Debug)]
pub(super) struct Arena {
    base: *mut u8,
}

// SAFETY: a mapping is an address range, not tied to a thread.
unsafe impl Send for Arena {}

/// The place of an image in the arena.
#[derive(Clone, Copy, Debug)]
pub(super) struct Image {
    pub(super) top: u64,
    /// Its size, of which a command may carry only the beginning.
    size: u64,
}

impl Arena {
    pub(super) fn new() -> io::Result<Self> {
        let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
        // SAFETY: a new mapping at an address of the system's choice touches no other memory.
        let all = unsafe { libc::mmap(ptr::null_mut(), 2 * SIZE, libc::PROT_NONE, flags, -1, 0) };
        if all == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let all: *mut u8 = all.cast();
        let before = all.addr().next_multiple_of(SIZE) - all.addr();
        let base = all.wrapping_add(before);
        unmap(all, before);
        unmap(base.wrapping_add(SIZE), SIZE - before);
        let arena = Self { base };
        // SAFETY: the range is the rest of the mapping that was just made.
        if unsafe { libc::mprotect(base.cast(), SIZE, libc::PROT_READ | libc::PROT_WRITE) } != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(arena)
    }

    /// What libveo takes for the stack pointer.
    pub(super) fn stack_pointer(&self) -> u64 {
        (self.base.addr() + SIZE - BELOW_END) as u64
    }

    /// The image whose lowest byte is to be at `top`, if it is inside the arena and `carried` bytes are inside of it.
    pub(super) fn image(&self, top: u64, stack_pointer: u64, carried: usize) -> Option<Image> {
        let end = self.stack_pointer() - RED_ZONE;
        let size = end.checked_sub(top)?;
        let inside = stack_pointer == self.stack_pointer()
            && top >= self.base.addr() as u64
            && top.is_multiple_of(8)
            && carried as u64 <= size;
        inside.then_some(Image { top, size })
    }

    /// Copies the argument words after those in registers, of `arguments` in all. The image does not say how many there are; a
    /// callee ignores those that it has not declared.
    pub(super) fn words(&self, image: Image, arguments: usize, words: &mut Vec<u64>) {
        let first = WORDS + 8 * REGISTERS as u64;
        let count = (image.size.saturating_sub(first) / 8).min(arguments.saturating_sub(REGISTERS) as u64);
        words.extend((0..count).map(|index| {
            let inside = image.top + first + 8 * index - self.base.addr() as u64;
            let word = self.base.wrapping_add(inside as usize).cast::<u64>();
            // SAFETY: the image is inside the arena, the word inside the image, at a multiple of 8.
            unsafe { word.read() }
        }));
    }
}

impl Drop for Arena {
    fn drop(&mut self) {
        unmap(self.base, SIZE);
    }
}

fn unmap(start: *mut u8, bytes: usize) {
    if bytes > 0 {
        // SAFETY: the range is part of a mapping that `new` made, and nobody uses it any more.
        unsafe { libc::munmap(start.cast(), bytes) };
    }
}
