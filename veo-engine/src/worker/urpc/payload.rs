//! The fields of a command's payload, one after the other without padding. Each is checked against what is left.

use std::ffi::CString;

use super::segment::Segment;
use crate::worker::guarded;

/// What is left of a payload.
#[derive(Debug)]
pub(super) struct Payload<'s> {
    at: *const u8,
    left: usize,
    /// Of which it is a part.
    segment: &'s Segment,
}

/// Bytes in a payload. They may change at any time: copy them out before they are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bytes<'s> {
    pub(super) at: *const u8,
    pub(super) count: usize,
    /// Of which they are a part.
    _segment: &'s Segment,
}

impl<'s> Payload<'s> {
    /// # Safety
    /// `left` bytes at `at` are inside the segment.
    pub(super) unsafe fn new(at: *const u8, left: usize, segment: &'s Segment) -> Self {
        Self { at, left, segment }
    }

    fn take(&mut self, count: usize) -> Option<*const u8> {
        let taken = self.at;
        self.left = self.left.checked_sub(count)?;
        self.at = self.at.wrapping_add(count);
        Some(taken)
    }

    /// A field `I`.
    pub(super) fn int(&mut self) -> Option<u32> {
        // SAFETY: `take` has found 4 bytes inside the segment.
        self.take(4).map(|at| unsafe { at.cast::<u32>().read_unaligned() })
    }

    /// A field `L`.
    pub(super) fn long(&mut self) -> Option<u64> {
        // SAFETY: `take` has found 8 bytes inside the segment.
        self.take(8).map(|at| unsafe { at.cast::<u64>().read_unaligned() })
    }

    /// A field `P`: bytes with their count before them.
    pub(super) fn bytes(&mut self) -> Option<Bytes<'s>> {
        let count = usize::try_from(self.long()?).ok()?;
        Some(Bytes { at: self.take(count)?, count, _segment: self.segment })
    }

    /// A field `P` that is text with a zero byte at its end.
    pub(super) fn text(&mut self) -> Option<CString> {
        let mut text = self.bytes()?.to_vec();
        let end = text.iter().position(|&byte| byte == 0)?;
        text.truncate(end);
        CString::new(text).ok()
    }
}

impl Bytes<'_> {
    pub(super) fn to_vec(self) -> Vec<u8> {
        let mut copy = vec![0; self.count];
        // SAFETY: the bytes are inside the segment, the copy is as long; they do not overlap.
        unsafe { copy.as_mut_ptr().copy_from_nonoverlapping(self.at, self.count) };
        copy
    }

    /// Appends the whole words among the bytes.
    pub(super) fn words(self, words: &mut Vec<u64>) {
        let at = self.at.cast::<u64>();
        // SAFETY: each word is among the bytes, which are inside the segment.
        words.extend((0..self.count / 8).map(|index| unsafe { at.wrapping_add(index).read_unaligned() }));
    }

    /// Copies the bytes to any address. `false` if that cannot be written.
    ///
    /// # Safety
    /// What is written there is nothing that Rust code here relies on.
    pub(super) unsafe fn copy_to(self, address: u64) -> bool {
        let to = std::ptr::with_exposed_provenance_mut(address as usize);
        // SAFETY: by this function's contract.
        unsafe { guarded::copy(to, self.at, self.count) }
    }
}
