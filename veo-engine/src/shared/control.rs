//! Messages on the control socket: what is too rare, or too late, for a ring.
//!
//! ```text
//!   host → worker   Setup (+ memory and main ring as descriptors) · Open (+ ring) · Quit
//!   worker → host   Hello · Opened · Fault · Gone · Corrupted
//! ```
//!
//! The socket keeps message boundaries (`SOCK_SEQPACKET`) and is inherited, so it has no name; its hang-up tells each side
//! that the other is gone, however it died.

use std::io;
use std::mem;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd, RawFd};
use std::ptr;
use std::time::{Duration, Instant};

use super::layout::PROTOCOL_VERSION;
use super::map::above_stdio;
use super::wait::Barrier;

/// Opens [`Message::Setup`] and [`Message::Hello`]: proves that a veo host talks to a veo worker.
const MAGIC: u64 = u64::from_le_bytes(*b"veo-host");

/// The largest message: a fault report with its backtrace fits.
const MAX_MESSAGE: usize = 64 << 10;

/// The environment variable that tells a new process that it is a worker, and on which descriptor its socket is.
pub(crate) const SOCKET_VARIABLE: &str = "VEO_HOST_SOCKET";

/// The frames of a backtrace, as text: `symbol+0x12 at src/kernel.c:41 (libx.so)`.
pub(crate) type Frames = Vec<String>;

/// A message on the control socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    /// The first message of all. Descriptors: the memory, the main context's ring.
    Setup { memory: u64, barrier: Barrier },
    /// Start a thread for another context. Descriptor: its ring.
    Open { context: u32, stack: u64 },
    /// End the process.
    Quit,
    /// The worker is up, has its memory mapped at `base`, and knows which barrier both sides can use.
    Hello { base: u64, barrier: Barrier },
    /// The thread of `context` runs, or `errno` says why not.
    Opened { context: u32, errno: i32 },
    /// A kernel was hit by a signal; the process is about to end.
    Fault(Fault),
    /// A kernel ended the thread of `context` with `pthread_exit`.
    Gone { context: u32 },
    /// A kernel wrote over a ring; the process is about to end.
    Corrupted,
}

/// What the worker knows of a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) context: u32,
    /// The request that ran, plus one; 0 when none did.
    pub(crate) tag: u64,
    pub(crate) signal: i32,
    pub(crate) address: u64,
    /// The size of the thread's stack if it overflowed, else 0.
    pub(crate) overflowed_stack: u64,
    /// The function that was called, its library, and its arguments as they were passed.
    pub(crate) function: String,
    pub(crate) library: String,
    pub(crate) args: Vec<u64>,
    pub(crate) frames: Frames,
}

impl Message {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut out = Writer(Vec::new());
        match self {
            Self::Setup { memory, barrier } => out.u32(1).greeting().u64(*memory).barrier(*barrier),
            Self::Open { context, stack } => out.u32(2).u32(*context).u64(*stack),
            Self::Quit => out.u32(3),
            Self::Hello { base, barrier } => out.u32(4).greeting().u64(*base).barrier(*barrier),
            Self::Opened { context, errno } => out.u32(5).u32(*context).u32(errno.cast_unsigned()),
            Self::Fault(fault) => {
                out.u32(6).u32(fault.context).u64(fault.tag).u32(fault.signal.cast_unsigned()).u64(fault.address);
                out.u64(fault.overflowed_stack);
                out.text(&fault.function).text(&fault.library).u32(fault.args.len() as u32);
                for &arg in &fault.args {
                    out.u64(arg);
                }
                out.u32(fault.frames.len() as u32);
                for frame in &fault.frames {
                    out.text(frame);
                }
                &mut out
            }
            Self::Gone { context } => out.u32(7).u32(*context),
            Self::Corrupted => out.u32(8),
        };
        out.0
    }

    /// Reads a message that may be anything at all: it comes from a process that runs kernels.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let mut input = Reader(bytes);
        let message = match input.u32()? {
            1 => {
                input.greeting()?;
                Self::Setup { memory: input.u64()?, barrier: input.barrier()? }
            }
            2 => Self::Open { context: input.u32()?, stack: input.u64()? },
            3 => Self::Quit,
            4 => {
                input.greeting()?;
                Self::Hello { base: input.u64()?, barrier: input.barrier()? }
            }
            5 => Self::Opened { context: input.u32()?, errno: input.u32()?.cast_signed() },
            6 => Self::Fault(Fault {
                context: input.u32()?,
                tag: input.u64()?,
                signal: input.u32()?.cast_signed(),
                address: input.u64()?,
                overflowed_stack: input.u64()?,
                function: input.text()?,
                library: input.text()?,
                args: input.list(Reader::u64)?,
                frames: input.list(Reader::text)?,
            }),
            7 => Self::Gone { context: input.u32()? },
            8 => Self::Corrupted,
            _ => return None,
        };
        Some(message)
    }
}

struct Writer(Vec<u8>);

impl Writer {
    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }

    fn greeting(&mut self) -> &mut Self {
        self.u64(MAGIC).u32(PROTOCOL_VERSION)
    }

    fn barrier(&mut self, barrier: Barrier) -> &mut Self {
        self.u32(u32::from(barrier == Barrier::Membarrier))
    }

    fn text(&mut self, text: &str) -> &mut Self {
        self.u32(text.len() as u32);
        self.0.extend_from_slice(text.as_bytes());
        self
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn bytes(&mut self, count: usize) -> Option<&[u8]> {
        let (head, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(head)
    }

    fn u32(&mut self) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes(4)?.try_into().ok()?))
    }

    fn u64(&mut self) -> Option<u64> {
        Some(u64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    fn text(&mut self) -> Option<String> {
        let length = self.u32()? as usize;
        Some(String::from_utf8_lossy(self.bytes(length)?).into_owned())
    }

    fn list<T>(&mut self, mut item: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        // No capacity from the wire: the items themselves bound the length.
        let count = self.u32()?;
        (0..count).map(|_| item(self)).collect()
    }

    fn barrier(&mut self) -> Option<Barrier> {
        Some(if self.u32()? == 0 { Barrier::Fence } else { Barrier::Membarrier })
    }

    fn greeting(&mut self) -> Option<()> {
        (self.u64()? == MAGIC && self.u32()? == PROTOCOL_VERSION).then_some(())
    }
}

/// Room for the descriptors that travel with one message.
#[repr(C, align(8))]
struct Ancillary([u8; 64]);

/// Sends one message, with descriptors if there are any.
pub(crate) fn send(socket: BorrowedFd<'_>, message: &Message, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
    let mut bytes = message.encode();
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut ancillary = Ancillary([0; 64]);
    // SAFETY: all-zero is a valid, empty `msghdr`.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    if !descriptors.is_empty() {
        let raw: Vec<RawFd> = descriptors.iter().map(AsRawFd::as_raw_fd).collect();
        let size = u32::try_from(size_of_val(raw.as_slice())).map_err(|_| io::ErrorKind::InvalidInput)?;
        // SAFETY: pure arithmetic on its argument.
        let space = unsafe { libc::CMSG_SPACE(size) } as usize;
        if space > size_of::<Ancillary>() {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        header.msg_control = (&raw mut ancillary).cast();
        header.msg_controllen = space;
        // SAFETY: the header has a live control buffer.
        let first = unsafe { libc::CMSG_FIRSTHDR(&raw const header) };
        // SAFETY: the buffer has room for at least one `cmsghdr`, and is aligned by its type.
        let control = unsafe { &mut *first };
        control.cmsg_level = libc::SOL_SOCKET;
        control.cmsg_type = libc::SCM_RIGHTS;
        // SAFETY: pure arithmetic on its argument.
        control.cmsg_len = unsafe { libc::CMSG_LEN(size) } as usize;
        // SAFETY: `control` heads a buffer of CMSG_SPACE(size) bytes, so its data has `size` bytes.
        let data = unsafe { libc::CMSG_DATA(control) };
        // SAFETY: both ranges have `size` bytes and do not overlap.
        unsafe { ptr::copy_nonoverlapping(raw.as_ptr().cast::<u8>(), data, size as usize) };
    }
    // SAFETY: the header points to live buffers of the lengths it states.
    let sent = unsafe { libc::sendmsg(socket.as_raw_fd(), &raw const header, libc::MSG_NOSIGNAL) };
    if sent < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

/// Receives one message with its descriptors, which are closed on exec. `Ok(None)` when the peer is gone.
pub(crate) fn receive(socket: BorrowedFd<'_>) -> io::Result<Option<(Message, Vec<OwnedFd>)>> {
    let mut bytes = vec![0_u8; MAX_MESSAGE];
    let mut part = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
    let mut ancillary = Ancillary([0; 64]);
    // SAFETY: all-zero is a valid, empty `msghdr`.
    let mut header: libc::msghdr = unsafe { mem::zeroed() };
    header.msg_iov = &raw mut part;
    header.msg_iovlen = 1;
    header.msg_control = (&raw mut ancillary).cast();
    header.msg_controllen = size_of::<Ancillary>();
    // SAFETY: the header points to live buffers of the lengths it states.
    let received = unsafe { libc::recvmsg(socket.as_raw_fd(), &raw mut header, libc::MSG_CMSG_CLOEXEC) };
    let descriptors = descriptors(&header);
    match usize::try_from(received) {
        Err(_) => Err(io::Error::last_os_error()),
        Ok(0) => Ok(None),
        Ok(length) => Message::decode(&bytes[..length])
            .map(|message| Some((message, descriptors)))
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "not a message of this protocol version")),
    }
}

/// Takes ownership of every descriptor that came with a message.
fn descriptors(header: &libc::msghdr) -> Vec<OwnedFd> {
    let mut found = Vec::new();
    // SAFETY: the kernel filled the header's control buffer, which is alive.
    let mut control = unsafe { libc::CMSG_FIRSTHDR(header) };
    // SAFETY: a non-null result of the CMSG macros points to a control header inside the buffer.
    while let Some(head) = unsafe { control.as_ref() } {
        if head.cmsg_level == libc::SOL_SOCKET && head.cmsg_type == libc::SCM_RIGHTS {
            // SAFETY: pure arithmetic on its argument.
            let data_len = head.cmsg_len.saturating_sub(unsafe { libc::CMSG_LEN(0) } as usize);
            // SAFETY: `control` heads a message in the buffer.
            let data = unsafe { libc::CMSG_DATA(control) };
            for index in 0..data_len / size_of::<RawFd>() {
                // SAFETY: the index is below the number of descriptors in this control message.
                let slot = unsafe { data.cast::<RawFd>().add(index) };
                // SAFETY: the kernel wrote a descriptor there; control data may be unaligned.
                let raw = unsafe { slot.read_unaligned() };
                // SAFETY: the kernel installed this descriptor for us; nobody else owns it.
                found.push(unsafe { OwnedFd::from_raw_fd(raw) });
            }
        }
        // SAFETY: header and control message belong to the same live buffer.
        control = unsafe { libc::CMSG_NXTHDR(header, control) };
    }
    found
}

/// Waits until one of the descriptors has input or hung up, at most for `limit`. Says which have.
pub(crate) fn readable(descriptors: &[RawFd], limit: Option<Duration>) -> Vec<bool> {
    let mut polled: Vec<libc::pollfd> = descriptors.iter().map(|&fd| for_input(fd)).collect();
    poll(&mut polled, limit);
    polled.iter().map(|polled| polled.revents != 0).collect()
}

pub(crate) fn for_input(fd: RawFd) -> libc::pollfd {
    libc::pollfd { fd, events: libc::POLLIN, revents: 0 }
}

/// Waits until something happened to one of the descriptors, at most for `limit`.
pub(crate) fn poll(polled: &mut [libc::pollfd], limit: Option<Duration>) {
    let deadline = limit.map(|limit| Instant::now() + limit);
    loop {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        // Rounded up, so that the last wait is not a busy one.
        let timeout = left.map_or(-1, |left| i32::try_from(left.as_millis() + 1).unwrap_or(i32::MAX));
        // SAFETY: the array is alive and its length is passed.
        let count = unsafe { libc::poll(polled.as_mut_ptr(), polled.len() as libc::nfds_t, timeout) };
        // A signal interrupts the wait, whatever its handler's flags.
        if count >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return;
        }
    }
}

/// Makes the two ends of a control socket, both closed on exec.
pub(crate) fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let mut ends = [0; 2];
    let kind = libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC;
    // SAFETY: the array has room for the two descriptors.
    if unsafe { libc::socketpair(libc::AF_UNIX, kind, 0, ends.as_mut_ptr()) } != 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor.
    let near = unsafe { OwnedFd::from_raw_fd(ends[0]) };
    // SAFETY: the kernel just gave us this descriptor.
    let far = unsafe { OwnedFd::from_raw_fd(ends[1]) };
    Ok((above_stdio(near)?, above_stdio(far)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd;

    fn samples() -> Vec<Message> {
        vec![
            Message::Setup { memory: 1 << 40, barrier: Barrier::Membarrier },
            Message::Open { context: 3, stack: 4 << 20 },
            Message::Quit,
            Message::Hello { base: 0x6000_0000_0000, barrier: Barrier::Fence },
            Message::Opened { context: 3, errno: -12 },
            Message::Gone { context: 2 },
            Message::Corrupted,
            Message::Fault(Fault {
                context: 1,
                tag: 9,
                signal: 11,
                address: 16,
                overflowed_stack: 8 << 20,
                function: "f".into(),
                library: "libx.so".into(),
                args: vec![1, u64::MAX],
                frames: vec!["f+0x4".into(), String::new()],
            }),
        ]
    }

    #[test]
    fn messages_come_back_as_they_were_sent_with_their_descriptors() {
        let (near, far) = pair().unwrap();
        for message in samples() {
            send(near.as_fd(), &message, &[near.as_fd(), far.as_fd()]).unwrap();
            let (received, descriptors) = receive(far.as_fd()).unwrap().unwrap();
            assert_eq!(received, message);
            assert_eq!(descriptors.len(), 2);
        }
        drop(near);
        assert!(receive(far.as_fd()).unwrap().is_none());
    }

    #[test]
    fn garbage_is_an_error_at_every_length() {
        for message in samples() {
            let bytes = message.encode();
            for length in 0..bytes.len() {
                assert!(Message::decode(&bytes[..length]).is_none());
            }
        }
        assert!(Message::decode(&[6; 64]).is_none());
        assert!(Message::decode(&[0xff; 4]).is_none());
    }
}
