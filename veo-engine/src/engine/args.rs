//! `veo_args`: the argument list of a call.

use crate::shared::layout::{MAX_COUNT, Setter};

/// libveo has no limit here; ours only keeps a wild index from asking for all memory.
const MAX_ARGS: usize = 1 << 20;

// So a command can tell how many there are.
const _: () = assert!(MAX_ARGS <= MAX_COUNT as usize);

/// Which way a stack argument's bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Intent {
    pub(crate) copy_in: bool,
    pub(crate) copy_out: bool,
}

/// The stack arguments of a call, taken together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Stack {
    /// Their bytes, each padded to 8.
    pub(crate) bytes: usize,
    /// Whether any of them travels to the VE.
    pub(crate) copy_in: bool,
    /// Whether any of them travels back.
    pub(crate) copy_out: bool,
}

/// One argument as it was set.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Arg {
    /// Never set, below one that was.
    Hole,
    /// A 64-bit slot.
    Word(u64, Setter),
    /// A buffer that is copied to the VE stack at submission, back from it at completion, or both.
    Stack { buffer: *mut u8, len: usize, intent: Intent },
}

/// An argument list. Its buffers stay the caller's: libveo, too, keeps pointer and length only.
#[derive(Debug, Default)]
pub(crate) struct Args {
    list: Vec<Arg>,
    stack: usize,
    holes: usize,
}

impl Args {
    /// Sets argument `index`, growing the list as needed. `false` for an index that is negative or absurd.
    #[inline]
    pub(crate) fn set(&mut self, index: i32, arg: Arg) -> bool {
        let Some(index) = usize::try_from(index).ok().filter(|&index| index < MAX_ARGS) else {
            return false;
        };
        if matches!(arg, Arg::Stack { .. }) {
            self.stack += 1;
        }
        // One after the other, as most callers set them.
        if index == self.list.len() {
            self.list.push(arg)
        } else {
            self.replace(index, arg)
        }
        true
    }

    #[cold]
    fn replace(&mut self, index: usize, arg: Arg) {
        while index >= self.list.len() {
            self.list.push(Arg::Hole);
            self.holes += 1;
        }
        match std::mem::replace(&mut self.list[index], arg) {
            Arg::Hole => self.holes -= 1,
            Arg::Stack { .. } => self.stack -= 1,
            Arg::Word(..) => {}
        }
    }

    pub(crate) fn clear(&mut self) {
        self.list.clear();
        self.stack = 0;
        self.holes = 0;
    }

    /// The arguments in order, or `None` if there is a hole.
    pub(crate) fn list(&self) -> Option<&[Arg]> {
        (self.holes == 0).then_some(&self.list)
    }

    pub(crate) fn has_stack(&self) -> bool {
        self.stack != 0
    }

    /// The stack arguments taken together.
    pub(crate) fn stack(&self) -> Stack {
        self.list.iter().fold(Stack::default(), |sum, arg| match arg {
            Arg::Stack { len, intent, .. } => Stack {
                bytes: len.checked_next_multiple_of(8).unwrap_or(*len).saturating_add(sum.bytes),
                copy_in: sum.copy_in || intent.copy_in,
                copy_out: sum.copy_out || intent.copy_out,
            },
            _ => sum,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORD: Arg = Arg::Word(1, Setter::Integer);

    #[test]
    fn order_does_not_matter_but_holes_do() {
        let mut args = Args::default();
        assert!(args.list().is_some_and(<[Arg]>::is_empty));
        assert!(args.set(2, WORD));
        assert!(args.set(0, WORD));
        assert!(args.list().is_none());
        assert!(args.set(1, WORD) && args.set(1, WORD));
        assert_eq!(args.list().unwrap().len(), 3);
        assert!(!args.set(-1, WORD) && !args.set(i32::MAX, WORD));
        args.clear();
        assert!(args.list().is_some_and(<[Arg]>::is_empty));
    }

    #[test]
    fn replacing_a_stack_argument_forgets_it() {
        let mut args = Args::default();
        let intent = Intent { copy_in: true, copy_out: false };
        args.set(0, Arg::Stack { buffer: std::ptr::null_mut(), len: 0, intent });
        assert!(args.has_stack());
        args.set(0, WORD);
        assert!(!args.has_stack());
    }
}
