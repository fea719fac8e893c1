//! Calls whose arguments do not fit into a slot of the ring: words, setters and stack images go into a block of VE memory.
//!
//! ```text
//!   block   8 bytes for each argument │ a setter byte for each │ padding to 8 │ images of stack arguments, each padded to 8
//! ```

use super::args::Arg;
use super::context::Refused;
use super::memory::Block;
use crate::shared::layout::Setter;

/// libveo's limit for the stack arguments of one call.
const MAX_STACK_BYTES: usize = 63 << 20;

const TOO_LARGE: Refused = "its stack arguments exceed 63 MiB: put large data into VE buffers";

/// An OUT or INOUT stack argument, to be copied to the caller when the call is complete.
#[derive(Debug)]
pub(super) struct CopyBack {
    from: *const u8,
    to: *mut u8,
    len: usize,
}

// SAFETY: `from` points into VE memory, which lives as long as the process; `to` is the caller's buffer, which the C API
// obliges them to keep valid, for any thread, until the request is final.
unsafe impl Send for CopyBack {}

impl CopyBack {
    /// # Safety
    /// The block is still reserved, and the caller was not told yet that the request is final, so the buffer is valid.
    pub(super) unsafe fn run(self) {
        // SAFETY: by this function's contract; `from` and `to` have `len` bytes each, in different mappings.
        unsafe { self.to.copy_from_nonoverlapping(self.from, self.len) };
    }
}

/// Where the parts of a block are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    setters_at: usize,
    images_at: usize,
    pub(super) size: usize,
}

impl Layout {
    pub(super) fn of(list: &[Arg]) -> Result<Self, Refused> {
        let setters_at = 8 * list.len();
        let images_at = setters_at + list.len().next_multiple_of(8);
        let mut bytes = 0_usize;
        for arg in list {
            if let Arg::Stack { len, .. } = arg {
                bytes = len.checked_next_multiple_of(8).and_then(|len| bytes.checked_add(len)).ok_or(TOO_LARGE)?;
            }
        }
        if bytes > MAX_STACK_BYTES {
            return Err(TOO_LARGE);
        }
        Ok(Self { setters_at, images_at, size: (images_at + bytes).max(8) })
    }
}

/// Writes an argument list into a block of at least `layout.size` bytes; what must be copied back is added to `copy_back`.
pub(super) fn write(list: &[Arg], layout: Layout, block: Block, copy_back: &mut Vec<CopyBack>) {
    let mut image_at = layout.images_at;
    for (index, arg) in list.iter().enumerate() {
        let (word, setter) = match *arg {
            Arg::Word(word, setter) => (word, setter),
            Arg::Stack { .. } | Arg::Hole => (block.ve + image_at as u64, Setter::Integer),
        };
        let word_at = block.host.wrapping_add(8 * index).cast::<u64>();
        // SAFETY: the block is 64-byte aligned and has 8 bytes for each argument at its start.
        unsafe { word_at.write(word) };
        let setter_at = block.host.wrapping_add(layout.setters_at + index);
        // SAFETY: one byte for each argument follows the words.
        unsafe { setter_at.write(setter as u8) };
        if let Arg::Stack { buffer, len, intent } = *arg {
            let image = block.host.wrapping_add(image_at);
            image_at += len.next_multiple_of(8);
            if len == 0 {
                continue;
            }
            if intent.copy_in {
                // SAFETY: the caller's buffer has `len` bytes to read at submission; the image has room for them.
                unsafe { image.copy_from_nonoverlapping(buffer, len) };
            } else {
                // SAFETY: the image has `len` bytes.
                unsafe { image.write_bytes(0, len) };
            }
            if intent.copy_out {
                copy_back.push(CopyBack { from: image, to: buffer, len });
            }
        }
    }
}
