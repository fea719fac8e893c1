//! Into how many pieces libveo cuts a transfer. Nothing is cut here; but each piece uses up a request id, and callers may
//! count on ids.

use std::env;

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
            size.div_ceil(count).next_multiple_of(8)
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

    /// Ids that a call uses up besides its own, if its stack image does not fit into libveo's buffer: it is then sent as a
    /// write, a call and a read, and a request that stands for all of them. `stack` is the sum of the padded lengths.
    pub(crate) fn of_call(&self, arguments: usize, stack: usize) -> u64 {
        let buffer = BUFFER_PER_THREAD.saturating_mul(self.threads.unwrap_or(DEFAULT_THREADS));
        let image = stack.saturating_add(176 + 8 * arguments);
        let image = image.checked_next_multiple_of(16).unwrap_or(image);
        if stack == 0 || image <= buffer.saturating_sub(BUFFER_OVERHEAD + 8 * arguments.min(8)) {
            return 0;
        }
        self.of_write(image) + 1 + self.of_read(image)
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
        assert_eq!((FRAGMENTS.of_write((1 << 20) + 1), FRAGMENTS.of_read((1 << 20) + 1)), (3, 4));
        assert_eq!((FRAGMENTS.of_write(0), FRAGMENTS.of_read(0)), (1, 1));
    }

    #[test]
    fn calls_with_large_stack_images_use_more_ids() {
        assert_eq!(FRAGMENTS.of_call(3, 1 << 20), 0);
        assert_eq!(FRAGMENTS.of_call(3, 0), 0);
        assert_eq!(FRAGMENTS.of_call(1, 17 << 20), 4 + 1 + 5);
    }
}
