//! The words of URPC: what commands look like in memory. docs/urpc.md says the same in prose.

use std::ops::Range;

/// Numbers of commands and replies.
pub(crate) mod command {
    pub(crate) const PING: u8 = 1;
    pub(crate) const EXIT: u8 = 2;
    pub(crate) const ACK: u8 = 3;
    pub(crate) const RESULT: u8 = 4;
    pub(crate) const RESULT_WITH_IMAGE: u8 = 5;
    pub(crate) const EXCEPTION: u8 = 6;
    pub(crate) const LOAD: u8 = 7;
    pub(crate) const UNLOAD: u8 = 8;
    pub(crate) const RESOLVE: u8 = 9;
    pub(crate) const ALLOC: u8 = 10;
    pub(crate) const FREE: u8 = 11;
    pub(crate) const SEND: u8 = 12;
    pub(crate) const RECEIVE: u8 = 13;
    pub(crate) const CALL: u8 = 14;
    pub(crate) const CALL_IN: u8 = 15;
    pub(crate) const CALL_OUT: u8 = 16;
    pub(crate) const CALL_IN_OUT: u8 = 17;
    pub(crate) const SLEEPING: u8 = 18;
    pub(crate) const NEW_PEER: u8 = 19;
    pub(crate) const SYNC: u8 = 20;
    pub(crate) const COPY: u8 = 21;
}

/// Bits of a queue's flags.
pub(crate) mod flag {
    pub(crate) const READY: u32 = 1;
    pub(crate) const EXCEPTION: u32 = 2;
    pub(crate) const EXITED: u32 = 4;
}

/// What a slot holds: a command, and where its payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) command: u8,
    pub(crate) offset: usize,
    pub(crate) length: usize,
}

impl Word {
    pub(crate) fn pack(self) -> u64 {
        u64::from(self.command) | (self.offset as u64) << 8 | (self.length as u64) << 37
    }

    pub(crate) fn unpack(word: u64) -> Self {
        Self { command: word as u8, offset: (word >> 8 & 0x1fff_ffff) as usize, length: (word >> 37) as usize }
    }
}

/// A payload, field by field, without padding in between.
#[derive(Clone, Debug, Default)]
pub(crate) struct Payload(Vec<u8>);

impl Payload {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn u32(mut self, value: u32) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn u64(mut self, value: u64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A byte count and the bytes.
    pub(crate) fn bytes(mut self, bytes: &[u8]) -> Self {
        self = self.u64(bytes.len() as u64);
        self.raw(bytes)
    }

    /// As [`bytes`](Self::bytes), with the NUL at the end counted.
    pub(crate) fn text(self, text: &str) -> Self {
        self.bytes(&[text.as_bytes(), &[0]].concat())
    }

    /// A list of words, as bytes.
    pub(crate) fn words(self, words: &[u64]) -> Self {
        self.bytes(&words.iter().flat_map(|word| word.to_le_bytes()).collect::<Vec<_>>())
    }

    /// A byte count, and room for the bytes: what stands there means nothing.
    pub(crate) fn reserved(self, count: usize) -> Self {
        self.bytes(&vec![0xa5; count])
    }

    pub(crate) fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }

    /// The bytes as they are sent: a multiple of 8.
    pub(crate) fn padded(mut self) -> Vec<u8> {
        self.0.resize(self.0.len().next_multiple_of(8), 0);
        self.0
    }
}

/// Takes the fields of a payload off its front.
pub(crate) struct Fields<'a>(pub(crate) &'a [u8]);

impl<'a> Fields<'a> {
    pub(crate) fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    pub(crate) fn bytes(&mut self) -> &'a [u8] {
        let count = self.u64();
        self.take(usize::try_from(count).unwrap())
    }

    fn take(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at_checked(count).expect("the payload is long enough");
        self.0 = rest;
        taken
    }
}

/// An argument, as the setters of libveo's C API know them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Argument<'a> {
    I64(i64),
    I32(i32),
    U32(u32),
    I16(i16),
    U16(u16),
    I8(i8),
    U8(u8),
    F64(f64),
    F32(f32),
    In(&'a [u8]),
    Out(usize),
    InOut(&'a [u8]),
}

impl Argument<'_> {
    /// The word in a register, and how many of its bytes libveo writes when it is on the stack. `None` for a buffer.
    fn scalar(self) -> Option<(u64, usize)> {
        Some(match self {
            Self::I64(value) => (value.cast_unsigned(), 8),
            Self::I32(value) => (i64::from(value).cast_unsigned(), 4),
            Self::U32(value) => (u64::from(value), 4),
            Self::I16(value) => (i64::from(value).cast_unsigned(), 2),
            Self::U16(value) => (u64::from(value), 2),
            Self::I8(value) => (i64::from(value).cast_unsigned(), 1),
            Self::U8(value) => (u64::from(value), 1),
            Self::F64(value) => (value.to_bits(), 8),
            Self::F32(value) => (u64::from(value.to_bits()) << 32, 8),
            Self::In(_) | Self::Out(_) | Self::InOut(_) => return None,
        })
    }

    /// What a buffer holds before the call.
    fn buffer(self) -> Vec<u8> {
        match self {
            Self::In(bytes) | Self::InOut(bytes) => bytes.to_vec(),
            Self::Out(length) => vec![0; length],
            _ => Vec::new(),
        }
    }
}

/// Words of arguments that travel in registers.
const REGISTERS: usize = 8;

/// Where the words of the arguments begin in a stack image.
const PARAMETERS: usize = 176;

/// How far below the stack pointer an image ends.
const GAP: u64 = 512 << 10;

/// A call as libveo lays it out.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) registers: Vec<u64>,
    pub(crate) image: Vec<u8>,
    /// Where the image is to be.
    pub(crate) top: u64,
    pub(crate) command: u8,
    /// Where in the image the buffers are that come back.
    pub(crate) results: Vec<Range<usize>>,
}

impl Call {
    /// The call of a function with these arguments, on a channel with this stack pointer.
    pub(crate) fn new(sp: u64, arguments: &[Argument<'_>]) -> Self {
        let buffers: usize = arguments.iter().map(|argument| argument.buffer().len().next_multiple_of(8)).sum();
        let mut image = vec![0; (PARAMETERS + 8 * arguments.len() + buffers).next_multiple_of(16)];
        let top = sp - GAP - image.len() as u64;
        let (mut registers, mut results, mut copies_in) = (Vec::new(), Vec::new(), false);
        let mut free = PARAMETERS + 8 * arguments.len();
        for (index, &argument) in arguments.iter().enumerate() {
            let (word, width) = argument.scalar().unwrap_or((top + free as u64, 8));
            if index < REGISTERS {
                registers.push(word);
            } else {
                let at = PARAMETERS + 8 * index;
                image[at..at + width].copy_from_slice(&word.to_le_bytes()[..width]);
                copies_in |= argument.scalar().is_some();
            }
            let content = argument.buffer();
            let place = free..free + content.len();
            image[place.clone()].copy_from_slice(&content);
            free += content.len().next_multiple_of(8);
            copies_in |= matches!(argument, Argument::In(_) | Argument::InOut(_));
            if matches!(argument, Argument::Out(_) | Argument::InOut(_)) {
                results.push(place);
            }
        }
        let command = match (copies_in, !results.is_empty()) {
            (false, false) => command::CALL,
            (true, false) => command::CALL_IN,
            (false, true) => command::CALL_OUT,
            (true, true) => command::CALL_IN_OUT,
        };
        Self { registers, image, top, command, results }
    }

    /// The payload of the command, of which the image is at most `most` bytes.
    pub(crate) fn payload(&self, function: u64, sp: u64, most: usize) -> Payload {
        let payload = Payload::new().u64(function).words(&self.registers);
        let image = &self.image[..most.min(self.image.len())];
        match self.command {
            command::CALL => payload,
            command::CALL_OUT => payload.u64(self.top).u64(sp).reserved(image.len()),
            _ => payload.u64(self.top).u64(sp).bytes(image),
        }
    }
}

/// Traffic of libveo 3.0.2, recorded.
mod recorded {
    use super::*;

    fn word(command: u8, offset: usize, payload: Payload) -> u64 {
        Word { command, offset, length: payload.padded().len() }.pack()
    }

    #[test]
    fn words_of_commands() {
        let path = Payload::new().text("libk.so");
        assert_eq!(path.clone().padded(), b"\x08\0\0\0\0\0\0\0libk.so\0");
        assert_eq!(word(command::CALL, 0, Payload::new().u64(0).words(&[])), 0x0000_0200_0000_000e);
        assert_eq!(word(command::LOAD, 16, path), 0x0000_0200_0000_1007);
        assert_eq!(word(command::RESOLVE, 32, Payload::new().u64(0).text("foo")), 0x0000_0300_0000_2009);
        assert_eq!(word(command::ALLOC, 56, Payload::new().u64(4096)), 0x0000_0100_0000_380a);
        assert_eq!(word(command::SEND, 64, Payload::new().u64(7).bytes(b"ABCDEFGHIJ")), 0x0000_0400_0000_400c);
        assert_eq!(word(command::CALL, 128, Payload::new().u64(9).words(&[40, 2])), 0x0000_0400_0000_800e);
        assert_eq!(word(command::EXIT, 0, Payload::new()), 2);
        let word = 0x0000_2400_000e_7811;
        assert_eq!(Word::unpack(word), Word { command: command::CALL_IN_OUT, offset: 3704, length: 288 });
        assert_eq!(Word::unpack(word).pack(), word);
    }

    #[test]
    fn a_call_with_buffers_on_the_stack() {
        let sp = 0x7f31_37ff_f000;
        let call = Call::new(sp, &[Argument::InOut(&[1, 2, 3, 4, 5]), Argument::Out(8), Argument::I64(7)]);
        assert_eq!((call.top, call.image.len(), call.command), (0x7f31_37f7_ef20, 224, command::CALL_IN_OUT));
        assert_eq!(call.registers, [0x7f31_37f7_efe8, 0x7f31_37f7_eff0, 7]);
        assert_eq!(call.results, [200..205, 208..216]);
        assert_eq!(call.image[200..208], [1, 2, 3, 4, 5, 0, 0, 0]);
        assert_eq!(call.payload(1, sp, usize::MAX).padded().len(), 288);
    }

    #[test]
    fn words_on_the_stack_are_filled_with_zeros() {
        let eight = [Argument::I64(0); 8];
        let call = Call::new(1 << 30, &[&eight[..], &[Argument::I16(-2), Argument::F32(1.5)]].concat());
        assert_eq!(call.image[240..248], [0xfe, 0xff, 0, 0, 0, 0, 0, 0]);
        assert_eq!(call.image[248..256], 0x3fc0_0000_0000_0000_u64.to_le_bytes());
        assert_eq!((call.command, call.registers.len()), (command::CALL_IN, 8));
    }
}
