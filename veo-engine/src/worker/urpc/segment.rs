//! A channel's shared memory: two halves, each a queue with its own header, mailboxes and payload area.
//!
//! Whoever can attach it can write anything to it, and so can every kernel. So what is read here is copied out first, then
//! checked, then used; nothing of it is ever borrowed as Rust memory.

use std::io;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::Release;
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};
use std::time::Duration;

use super::wait;

/// Mailboxes of a queue.
pub(super) const SLOTS: i64 = 256;

/// Flags of both queues.
pub(super) const EXCEPTION: u32 = 2;
pub(super) const EXITED: u32 = 4;

/// In the receiver's flags of the host's queue: we are there.
pub(super) const READY: u32 = 1;

const SENDER_FLAGS: usize = 0;
const RECEIVER_FLAGS: usize = 4;
const LAST_PUT: usize = 8;
const LAST_GET: usize = 16;
const MAILBOXES: usize = 24;
const PAYLOADS: usize = MAILBOXES + 8 * SLOTS as usize;

/// What remains unallocated at the end of each payload area.
const TAIL: usize = 4088;

/// Segments come in multiples of this.
const UNIT: usize = 8 << 20;

/// Payload offsets have 29 bits.
const OFFSET_LIMIT: usize = 1 << 29;

/// The segment of one channel, attached.
#[derive(Debug)]
pub(super) struct Segment {
    base: NonNull<u8>,
    half: usize,
}

// SAFETY: a mapping is an address range, not tied to a thread. Access to the bytes goes through raw pointers and atomics.
unsafe impl Send for Segment {}
// SAFETY: as above.
unsafe impl Sync for Segment {}

/// The host's queue or ours.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side {
    /// Commands, from the host.
    Commands,
    /// Replies, to the host.
    Replies,
}

/// How long others may have a segment attached. A host with several threads may be starting other programs, and each of
/// those is a copy of the host until it is another program.
const OTHERS_LEAVE: Duration = Duration::from_secs(1);

fn status(id: i32) -> Result<libc::shmid_ds, String> {
    let mut status = MaybeUninit::<libc::shmid_ds>::zeroed();
    // SAFETY: the call fills the object, or fails.
    if unsafe { libc::shmctl(id, libc::IPC_STAT, status.as_mut_ptr()) } != 0 {
        return Err(format!("there is no such segment, or it may not be read: {}", io::Error::last_os_error()));
    }
    // SAFETY: all-zero is valid, and the call has filled it.
    Ok(unsafe { status.assume_init() })
}

/// Whether this is a segment that our host has made for us, and that nobody has attached but the host: the size of its
/// halves, or why not.
pub(super) fn check(id: i32, host: i32) -> Result<usize, String> {
    let status = status(id)?;
    // SAFETY: no preconditions.
    let user = unsafe { libc::geteuid() };
    let owner = status.shm_perm.uid;
    if owner != user || status.shm_perm.cuid != user {
        return Err(format!("it belongs to user {owner}, and this is a process of user {user}"));
    }
    if status.shm_cpid != host {
        return Err(format!("process {} made it, and not this one's parent, {host}", status.shm_cpid));
    }
    let size = status.shm_segsz;
    if size == 0 || !size.is_multiple_of(UNIT) {
        return Err(format!("it has {size} bytes; expected a multiple of {UNIT}"));
    }
    let mut attached = 0;
    let is_ours = || {
        attached = self::status(id).map_or(0, |status| status.shm_nattch);
        attached == 1
    };
    if !wait::within(OTHERS_LEAVE, is_ours) {
        return Err(format!("{attached} processes have attached it; expected the host alone"));
    }
    Ok(size / 2)
}

impl Segment {
    /// Attaches a segment: the host takes that for our word that we are ready, and allows it once.
    pub(super) fn attach(id: i32, host: i32) -> Result<Self, String> {
        let half = check(id, host)?;
        Self::map(id, half).map_err(|error| format!("it cannot be attached: {error}"))
    }

    /// Attaches, in the host, the segment of a channel whose worker has ended.
    pub(super) fn inherit(id: i32) -> Option<Self> {
        let status = status(id).ok()?;
        // SAFETY: no preconditions.
        let host = unsafe { libc::getpid() };
        let size = status.shm_segsz;
        (status.shm_cpid == host && size != 0 && size.is_multiple_of(UNIT))
            .then(|| Self::map(id, size / 2).ok())
            .flatten()
    }

    fn map(id: i32, half: usize) -> io::Result<Self> {
        // SAFETY: the system chooses the address, so no other memory is touched.
        let base = unsafe { libc::shmat(id, ptr::null(), 0) };
        // `shmat` fails with the address -1.
        let base = NonNull::new(base.cast::<u8>()).filter(|base| base.as_ptr().addr() != usize::MAX);
        let base = base.ok_or_else(io::Error::last_os_error)?;
        // Children of kernels have no business in it; and with them it would outlive us.
        // SAFETY: the range is the one that was just attached; it only concerns later forks. Best effort.
        unsafe { libc::madvise(base.as_ptr().cast(), 2 * half, libc::MADV_DONTFORK) };
        Ok(Self { base, half })
    }

    /// The part of a payload area that is allocated from.
    pub(super) fn capacity(&self) -> usize {
        (self.half - PAYLOADS - TAIL).min(OFFSET_LIMIT - TAIL)
    }

    fn at(&self, side: Side, offset: usize) -> *mut u8 {
        debug_assert!(offset <= self.half);
        let start = match side {
            Side::Commands => 0,
            Side::Replies => self.half,
        };
        self.base.as_ptr().wrapping_add(start + offset)
    }

    fn flags(&self, side: Side, offset: usize) -> &AtomicU32 {
        // SAFETY: the offset is one of the header's, aligned and inside the mapping, which lives as long as `self`; both
        // sides access it atomically.
        unsafe { AtomicU32::from_ptr(self.at(side, offset).cast()) }
    }

    fn sender_flags(&self, side: Side) -> &AtomicU32 {
        self.flags(side, SENDER_FLAGS)
    }

    pub(super) fn receiver_flags(&self, side: Side) -> &AtomicU32 {
        self.flags(side, RECEIVER_FLAGS)
    }

    /// Tells the host in which state the worker is; `EXITED` in both queues.
    pub(super) fn raise(&self, flags: u32) {
        self.receiver_flags(Side::Commands).fetch_or(flags, Release);
        self.sender_flags(Side::Replies).fetch_or(flags & EXITED, Release);
    }

    /// Publishes reply `id`, whose payload is there.
    pub(super) fn publish_reply(&self, id: i64, word: u64) {
        self.mailbox(Side::Replies, id).store(word, Release);
        self.last_put(Side::Replies).store(id, Release);
    }

    fn counter(&self, side: Side, offset: usize) -> &AtomicI64 {
        // SAFETY: as in `flags`.
        unsafe { AtomicI64::from_ptr(self.at(side, offset).cast()) }
    }

    pub(super) fn last_put(&self, side: Side) -> &AtomicI64 {
        self.counter(side, LAST_PUT)
    }

    pub(super) fn last_get(&self, side: Side) -> &AtomicI64 {
        self.counter(side, LAST_GET)
    }

    /// The mailbox of message `id`.
    pub(super) fn mailbox(&self, side: Side, id: i64) -> &AtomicU64 {
        let slot = id.rem_euclid(SLOTS) as usize;
        // SAFETY: the slot is below their number, so the mailbox is aligned and inside the mapping; both sides access it
        // atomically.
        unsafe { AtomicU64::from_ptr(self.at(side, MAILBOXES + 8 * slot).cast()) }
    }

    /// The start of a payload, if all of it is inside the payload area.
    pub(super) fn payload(&self, side: Side, offset: usize, length: usize) -> Option<*mut u8> {
        let end = offset.checked_add(length)?;
        (offset.is_multiple_of(8) && end <= self.half - PAYLOADS).then(|| self.at(side, PAYLOADS + offset))
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: `attach` got this address from `shmat`, and nobody uses it after its owner.
        unsafe { libc::shmdt(self.base.as_ptr().cast()) };
    }
}
