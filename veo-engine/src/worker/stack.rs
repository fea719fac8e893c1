//! Stacks, and whether one overflowed.

use std::mem::MaybeUninit;
use std::ptr;

/// The stack of a context's thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stack {
    /// The process's own, which grows.
    Main,
    /// A thread's, from its lowest byte.
    Fixed { low: u64, size: u64 },
}

impl Stack {
    /// The stack of a thread that is not the process's first one. (Of the first one, this would read a file.)
    pub(crate) fn of_this_thread() -> Self {
        let mut attributes = MaybeUninit::<libc::pthread_attr_t>::zeroed();
        // SAFETY: no preconditions.
        let thread = unsafe { libc::pthread_self() };
        // SAFETY: the thread is alive, and the object can be written.
        if unsafe { libc::pthread_getattr_np(thread, attributes.as_mut_ptr()) } != 0 {
            return Self::Main;
        }
        let (mut low, mut size) = (ptr::null_mut(), 0);
        // SAFETY: the call above filled the attributes, and both results can be written.
        let result = unsafe { libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut low, &raw mut size) };
        // SAFETY: the attributes are valid and not used any more.
        unsafe { libc::pthread_attr_destroy(attributes.as_mut_ptr()) };
        if result == 0 { Self::Fixed { low: low as u64, size: size as u64 } } else { Self::Main }
    }
}

/// The size of the stack, if the access that was refused at `address` is one by which its thread left it.
pub(crate) fn overflowed(stack: Stack, stack_pointer: u64, address: u64) -> Option<u64> {
    let (low, size) = match stack {
        Stack::Main => main_stack(&std::fs::read_to_string("/proc/self/maps").ok()?)?,
        Stack::Fixed { low, size } => (low, size),
    };
    is_overflow(low, stack_pointer, address).then_some(size)
}

/// Whether an access is one by which a thread leaves its stack: below the lowest byte, but not below the stack pointer by
/// more than what a call or a probe may touch. A pointer that happens to point there is no overflow.
fn is_overflow(low: u64, stack_pointer: u64, address: u64) -> bool {
    const PROBE: u64 = 4096;
    const LARGEST_FRAME: u64 = 1 << 30;
    address < low && stack_pointer.saturating_sub(PROBE) <= address && low.saturating_sub(address) <= LARGEST_FRAME
}

/// The lowest byte of the main thread's stack, which could not grow further, and its size.
fn main_stack(maps: &str) -> Option<(u64, u64)> {
    let line = maps.lines().find(|line| line.ends_with("[stack]"))?;
    let (low, rest) = line.split_once('-')?;
    let (high, _) = rest.split_once(' ')?;
    let (low, high) = (u64::from_str_radix(low, 16).ok()?, u64::from_str_radix(high, 16).ok()?);
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the result can be written.
    unsafe { libc::getrlimit(libc::RLIMIT_STACK, &raw mut limit) };
    let size = if limit.rlim_cur == libc::RLIM_INFINITY { high.saturating_sub(low) } else { limit.rlim_cur };
    Some((low, size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_overflow_is_told_from_a_wild_pointer() {
        let low = 0x7000_0000;
        assert!(is_overflow(low, low, low - 8), "a call");
        assert!(is_overflow(low, low - 100, low - 60), "a small frame");
        assert!(is_overflow(low, low - (10 << 20), low - (9 << 20)), "a large frame");
        assert!(!is_overflow(low, low + 100_000, low - 8), "a pointer below the stack");
        assert!(!is_overflow(low, low + 8, low + 16), "the stack itself");
        assert!(!is_overflow(low, 0, 0), "no stack at all");
    }

    #[test]
    fn the_main_stack_is_in_the_maps() {
        let maps = "7f00-7f10 r-xp 0 0:0 1 /lib/x.so\n7ffc5000-7ffe6000 rw-p 0 00:00 0    [stack]\nffff-10000 r-xp\n";
        assert_eq!(main_stack(maps).unwrap().0, 0x7ffc_5000);
        assert_eq!(main_stack("nonsense\n[stack]\nxyz-[stack]"), None);
        assert!(main_stack(&std::fs::read_to_string("/proc/self/maps").unwrap()).is_some());
    }

    #[test]
    fn a_thread_knows_its_stack() {
        let thread = std::thread::Builder::new().stack_size(4 << 20);
        let look = || {
            let local = 0_u8;
            (&raw const local as u64, Stack::of_this_thread())
        };
        let (local, stack) = thread.spawn(look).unwrap().join().unwrap();
        let Stack::Fixed { low, size } = stack else { panic!("{stack:?}") };
        assert!(size >= 4 << 20 && (low..low + size).contains(&local));
    }
}
