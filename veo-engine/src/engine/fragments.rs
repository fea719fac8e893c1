//! Into how many pieces libveo cuts a transfer. Nothing is cut here; but each piece uses up a request id, and callers may
//! count on ids.

use std::env;

use super::args::Stack;

/// The reserved area, argument area and command head that share libveo's buffer with a stack image.
const BUFFER_OVERHEAD: usize = 6160 + 40;

/// Bytes of buffer that libveo has in each direction for each thread of the VE process.
const BUFFER_PER_THREAD: usize = 4 << 20;

/// Threads that libveo assumes without `VE_OMP_NUM_THREADS`.
const DEFAULT_THREADS: usize = 4;

/// libveo looks at the environment with each transfer. Here, smaller ones take less time than that look: for them it is as
/// it was when the process was created.
const LOOK_FROM: usize = 64 << 10;

/// libveo's settings for transfers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fragments {
    /// What `VE_OMP_NUM_THREADS` said when the process was created.
    threads: Option<usize>,
    write: Cut,
    read: Cut,
}

/// The settings of one direction.
#[derive(Clone, Copy, Debug)]
struct Cut {
    /// No fragment is larger.
    limit: usize,
    /// From about this size on, a transfer is split.
    split: usize,
}

impl Cut {
    fn count(self, size: usize, parts: [(usize, usize); 3]) -> u64 {
        let piece = if size >= self.limit.saturating_mul(5) {
            self.limit
        } else {
            let count = parts.iter().find(|(divisor, _)| size > self.split / divisor).map_or(1, |&(_, count)| count);
            // Rounded down, then up: where the first one makes a multiple of 8, what is left is a fragment more.
            (size / count).next_multiple_of(8)
        };
        // The bound keeps absurd sizes from using up all ids there are.
        size.div_ceil(piece.max(1)).clamp(1, u32::MAX as usize) as u64
    }
}

impl Fragments {
    /// `threads` is what `VE_OMP_NUM_THREADS` says.
    pub(crate) fn from_environment(threads: Option<usize>) -> Self {
        let default_limit = if threads.is_some_and(|threads| threads <= 2) { 1 << 20 } else { 4 << 20 };
        let setting = |name: &str, default| {
            // Of 0 and of text libveo makes an endless loop.
            env::var(name).ok().and_then(|text| text.trim().parse().ok()).filter(|&bytes| bytes > 0).unwrap_or(default)
        };
        let cut = |limit, split| Cut { limit: setting(limit, default_limit), split: setting(split, 2 << 20) };
        Self { threads, write: cut("VEO_SENDFRAG", "VEO_SENDCUT"), read: cut("VEO_RECVFRAG", "VEO_RECVCUT") }
    }

    /// The settings for a transfer of this size.
    pub(crate) fn now(self, size: usize) -> Self {
        if size < LOOK_FROM { self } else { Self::from_environment(self.threads) }
    }

    /// Ids that writing `size` bytes uses up.
    pub(crate) fn of_write(&self, size: usize) -> u64 {
        self.write.count(size, [(1, 4), (2, 3), (3, 2)])
    }

    /// Ids that reading `size` bytes uses up.
    pub(crate) fn of_read(&self, size: usize) -> u64 {
        self.read.count(size, [(1, 5), (2, 4), (3, 2)])
    }

    /// Ids that a call uses up besides its own, if its stack image does not fit into libveo's buffer: the rest of the image
    /// is then written before the call, read after it, or both, and one more request stands for all of them.
    pub(crate) fn of_call(&self, arguments: usize, stack: Stack) -> u64 {
        let buffer = BUFFER_PER_THREAD.saturating_mul(self.threads.unwrap_or(DEFAULT_THREADS));
        let image = stack.bytes.saturating_add(176 + 8 * arguments);
        let image = image.checked_next_multiple_of(16).unwrap_or(image);
        let rest = image.saturating_sub(buffer.saturating_sub(BUFFER_OVERHEAD + 8 * arguments.min(8)));
        if stack.bytes == 0 || rest == 0 {
            return 0;
        }
        1 + if stack.copy_in { self.of_write(rest) } else { 0 } + if stack.copy_out { self.of_read(rest) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Cut = Cut { limit: 4 << 20, split: 2 << 20 };
    const FRAGMENTS: Fragments = Fragments { threads: None, write: PLAIN, read: PLAIN };

    #[test]
    fn pieces_are_counted_as_observed_with_libveo() {
        assert_eq!((FRAGMENTS.of_write(100), FRAGMENTS.of_read(100)), (1, 1));
        assert_eq!((FRAGMENTS.of_write(3 << 20), FRAGMENTS.of_read(3 << 20)), (4, 5));
        let small = Cut { limit: 1 << 20, ..PLAIN };
        assert_eq!(Fragments { write: small, ..FRAGMENTS }.of_write(32 << 20), 32);
    }

    #[test]
    fn thresholds_are_the_codes_not_the_documents() {
        let third = (2 << 20) / 3;
        assert_eq!((FRAGMENTS.of_write(third), FRAGMENTS.of_read(third)), (1, 1));
        assert_eq!((FRAGMENTS.of_write(third + 1), FRAGMENTS.of_read(third + 1)), (2, 2));
        assert_eq!((FRAGMENTS.of_write((1 << 20) + 1), FRAGMENTS.of_read((1 << 20) + 1)), (3, 5));
        assert_eq!((FRAGMENTS.of_write(0), FRAGMENTS.of_read(0)), (1, 1));
    }

    #[test]
    fn a_byte_too_many_is_a_fragment_more_where_the_others_end_at_a_multiple_of_8() {
        let split =
            Fragments { threads: None, write: Cut { split: 300_000, ..PLAIN }, read: Cut { split: 600_000, ..PLAIN } };
        let of_write = [100_000, 100_001, 100_002, 100_010, 150_001, 300_001].map(|size| split.of_write(size));
        assert_eq!(of_write, [1, 3, 2, 2, 4, 5]);
        let of_read = [200_001, 300_001, 600_001].map(|size| split.of_read(size));
        assert_eq!(of_read, [3, 5, 6]);
    }

    #[test]
    fn calls_with_large_stack_images_use_more_ids() {
        let ids = |bytes, copy_in, copy_out| FRAGMENTS.of_call(2, Stack { bytes, copy_in, copy_out });
        assert_eq!(ids(1 << 20, true, true), 0);
        assert_eq!(ids(0, false, false), 0);
        assert_eq!(ids(17 << 20, true, false), 1 + 3);
        assert_eq!(ids(17 << 20, false, true), 1 + 4);
        assert_eq!(ids(17 << 20, true, true), 1 + 3 + 4);
    }

    #[test]
    fn sizes_at_which_libveo_takes_more_ids_for_a_call() {
        let limit = 1 << 20;
        let one_thread = Fragments { threads: Some(1), write: Cut { limit, ..PLAIN }, read: Cut { limit, ..PLAIN } };
        let ids = |bytes, copy_in, copy_out| one_thread.of_call(2, Stack { bytes, copy_in, copy_out });
        assert_eq!(ids(4187888, true, true), 0);
        let steps = [
            (4187896, 1, 1),
            (4886944, 1, 1),
            (4886952, 2, 2),
            (5236464, 2, 2),
            (5236472, 3, 4),
            (6285040, 3, 4),
            (6285048, 4, 5),
        ];
        for (bytes, there, back) in steps {
            let found = (ids(bytes, true, false), ids(bytes, false, true), ids(bytes, true, true));
            assert_eq!(found, (1 + there, 1 + back, 1 + there + back), "{bytes}");
        }
    }
}
