//! The layout of one context's ring. Normative text: `docs/protocol.md`.

/// Changes with every change of this layout or of the control messages.
pub(crate) const PROTOCOL_VERSION: u32 = 3;

/// Requests in the ring at most; the host keeps further ones back until there is room. The model has two, so that they
/// are soon used again.
pub(crate) const SLOTS: u64 = if cfg!(loom) { 2 } else { 256 };

/// Arguments that travel in the slot itself; longer lists go through a block of VE memory.
pub(crate) const INLINE_ARGS: usize = 12;

/// The largest count of a command: 21 bits.
pub(crate) const MAX_COUNT: u32 = (1 << 21) - 1;

/// The largest gap of a command: 11 bits, and more than `veo_prev_req_result` can look back.
pub(crate) const MAX_GAP: u32 = (1 << 11) - 1;

/// Offsets in the ring's memory. The words that one side polls while the other writes have cache lines of their own, two
/// lines apart because processors fetch lines in pairs.
pub(crate) const WORKER_SLEEPS: usize = 0;
pub(crate) const WAKE_AT: usize = 128;
pub(crate) const HOST_FUTEX: usize = 256;
/// The call that the worker has begun last, or is about to begin: [`about_to_begin`], [`begun`].
pub(crate) const BEGUN: usize = 384;
/// Calls with smaller numbers that are not begun must not be.
pub(crate) const CANCELLED_BELOW: usize = 512;
pub(crate) const SLOTS_AT: usize = 640;
pub(crate) const SLOT_SIZE: usize = 128;
pub(crate) const RING_SIZE: usize = (SLOTS_AT + SLOTS as usize * SLOT_SIZE).next_multiple_of(4096);

/// Words of a slot. A request with up to four arguments is one cache line, which goes to the worker and comes back with the
/// result: measured a fifth faster than two lines that go one way each.
pub(crate) const STATE: usize = 0;
pub(crate) const HEAD: usize = 8;
pub(crate) const TARGET: usize = 16;
pub(crate) const VALUE: usize = 24;
pub(crate) const ARGS: usize = 32;

const _: () = {
    assert!(ARGS + INLINE_ARGS * 8 == SLOT_SIZE);
    assert!(SLOTS_AT.is_multiple_of(SLOT_SIZE));
    assert!(SLOTS.is_power_of_two());
};

/// What the worker is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Op {
    /// Nothing: marks the place of work that the host did itself. With a `count` of 1, the target is its result.
    Nop = 0,
    /// Call the function at the target, with the inline arguments.
    Call = 1,
    /// `dlopen` the path in the block.
    Load = 2,
    /// `dlclose` the target.
    Unload = 3,
    /// Look up the name in the block in the library that is the target.
    Resolve = 4,
    /// Give the target to `free`: memory that a kernel allocated.
    Free = 5,
    /// Copy memory of the worker at the target into VE memory; the block says where to, and how many bytes.
    Peek = 6,
    /// The other way.
    Poke = 7,
    /// End the thread of this context, if the target is [`QUIT`].
    Quit = 8,
    /// Call the function at the target, with the arguments in the block.
    CallByBlock = 9,
}

impl Op {
    pub(crate) const fn from_wire(value: u8) -> Option<Self> {
        Some(match value {
            0 => Self::Nop,
            1 => Self::Call,
            2 => Self::Load,
            3 => Self::Unload,
            4 => Self::Resolve,
            5 => Self::Free,
            6 => Self::Peek,
            7 => Self::Poke,
            8 => Self::Quit,
            9 => Self::CallByBlock,
            _ => return None,
        })
    }
}

/// What tells an order to end from a kernel's garbage in the ring, after which the host would wait for a thread that is gone.
pub(crate) const QUIT: u64 = u64::from_le_bytes(*b"veo quit");

/// How a slot was set when the function has no declared signature: two bits an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Setter {
    Integer = 0,
    Double = 1,
    Float = 2,
}

impl Setter {
    pub(crate) const fn from_wire(value: u8) -> Self {
        match value {
            1 => Self::Double,
            2 => Self::Float,
            _ => Self::Integer,
        }
    }
}

/// A command, as both sides see it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Command {
    pub(crate) op: Op,
    /// Arguments of a call; bytes in the block of the others. At most [`MAX_COUNT`].
    pub(crate) count: u32,
    /// Replies without a value that come before this request's own, for `veo_prev_req_result`. At most [`MAX_GAP`].
    pub(crate) gap: u32,
    /// Two bits for each of the inline arguments: a [`Setter`].
    pub(crate) setters: u32,
    /// A call that is not to be cancelled: somebody waits for it who would not know what that means.
    pub(crate) kept: bool,
    /// The function, library handle or address.
    pub(crate) target: u64,
    /// VE address of the block, if `op` has one: it takes the place of the first argument.
    pub(crate) block: u64,
}

impl Command {
    pub(crate) const NOP: Self = Self { op: Op::Nop, count: 0, gap: 0, setters: 0, kept: false, target: 0, block: 0 };

    /// `op`, `kept`, `setters`, `count` and `gap` in one word. The setters of a call with a block are in the block.
    pub(crate) const fn head(self) -> u64 {
        self.op as u64
            | (self.kept as u64) << 7
            | (self.setters as u64 & 0xff_ffff) << 8
            | ((self.count & MAX_COUNT) as u64) << 32
            | (self.gap as u64) << 53
    }

    /// The command with this first word.
    pub(crate) fn from_head(head: u64, target: u64, block: u64) -> Self {
        Self {
            op: Op::from_wire(head as u8 & 0x7f).unwrap_or(Op::Nop),
            kept: head & 0x80 != 0,
            count: (head >> 32) as u32 & MAX_COUNT,
            gap: (head >> 53) as u32,
            setters: (head >> 8) as u32 & 0xff_ffff,
            target,
            block,
        }
    }
}

/// Results, equal to libveo's `veo_command_state`.
pub(crate) const OK: u8 = 0;
pub(crate) const EXCEPTION: u8 = 1;
pub(crate) const ERROR: u8 = 2;

/// The result of a call that was cancelled before it was begun. libveo knows no such thing.
pub(crate) const CANCELLED: u8 = 3;

/// The state of a slot in which request `seq` waits for the worker.
pub(crate) const fn posted(seq: u64) -> u64 {
    (seq + 1) << 3
}

/// The state of a slot in which request `seq` is complete.
pub(crate) const fn done(seq: u64, status: u8) -> u64 {
    posted(seq) | 4 | status as u64
}

/// The result of request `seq`, if this state says that it is complete.
pub(crate) const fn result(state: u64, seq: u64) -> Option<u8> {
    if state & !3 != done(seq, OK) {
        return None;
    }
    // A worker has nothing else to say; what a kernel wrote there is an error.
    const CANCELLED_BITS: u64 = CANCELLED as u64;
    Some(match state & 3 {
        0 => OK,
        CANCELLED_BITS => CANCELLED,
        _ => ERROR,
    })
}

/// What [`BEGUN`] says while the worker looks whether call `seq` was cancelled.
pub(crate) const fn about_to_begin(seq: u64) -> u64 {
    2 * seq + 1
}

/// What [`BEGUN`] says from the beginning of call `seq` on.
pub(crate) const fn begun(seq: u64) -> u64 {
    2 * seq + 2
}

/// The first call that comes after what [`BEGUN`] says, and the one that the worker is still looking at.
pub(crate) const fn after_begun(word: u64) -> (u64, Option<u64>) {
    if word & 1 == 1 { (word / 2 + 1, Some(word / 2)) } else { (word / 2, None) }
}
