//! The memory that both sides share: two queues, one for each direction.

use std::sync::Mutex;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicI64, AtomicU32, AtomicU64};
use std::{io, mem, ptr};

/// Slots of a queue.
pub(crate) const SLOTS: usize = 256;

/// Where the payloads of a queue begin.
pub(crate) const PAYLOADS: usize = 2072;

/// Bytes at the end of a queue that payloads never use.
const TAIL: usize = 6160;

/// One of the two queues of a segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Queue {
    /// To the worker.
    Commands,
    /// From the worker.
    Replies,
}

/// Whose flags.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Side {
    Sender,
    Receiver,
}

/// Held while a process is copied, and while there is a segment that the copy would have attached: until a copy becomes
/// another program, it would count as a user of other tests' segments.
pub(crate) static FORK: Mutex<()> = Mutex::new(());

/// A segment of System V shared memory, attached. The system takes it away with its last user.
#[derive(Debug)]
pub(crate) struct Segment {
    id: i32,
    start: *mut u8,
    half: usize,
}

// SAFETY: what is read and written through the pointer is atomic, or the protocol's to order, as between the two processes.
unsafe impl Send for Segment {}

impl Segment {
    /// A new segment as libveo makes it for `VE_OMP_NUM_THREADS=threads`, but for the huge pages.
    pub(crate) fn new(threads: usize) -> Self {
        let this = Self::of_size(threads * (8 << 20));
        for queue in [Queue::Commands, Queue::Replies] {
            this.last_put(queue).store(-1, Relaxed);
            this.last_get(queue).store(-1, Relaxed);
        }
        this
    }

    /// A new segment with nothing but zeros in it.
    pub(crate) fn of_size(size: usize) -> Self {
        // SAFETY: makes a segment; nothing is attached yet.
        let id = unsafe { libc::shmget(libc::IPC_PRIVATE, size, libc::IPC_CREAT | 0o700) };
        assert!(id >= 0, "shmget of {size} bytes: {}", io::Error::last_os_error());
        let this = Self::attach(id, size);
        // From now on it goes with its last user.
        // SAFETY: this order takes no argument.
        unsafe { libc::shmctl(id, libc::IPC_RMID, ptr::null_mut()) };
        this
    }

    fn attach(id: i32, size: usize) -> Self {
        let _nobody = FORK.lock();
        // SAFETY: attaches at an address that the system chooses.
        let start = unsafe { libc::shmat(id, ptr::null(), 0) };
        assert!(start as isize != -1, "shmat: {}", io::Error::last_os_error());
        // SAFETY: the memory is what `shmat` gave.
        let result = unsafe { libc::madvise(start, size, libc::MADV_DONTFORK) };
        assert_eq!(result, 0, "madvise: {}", io::Error::last_os_error());
        Self { id, start: start.cast(), half: size / 2 }
    }

    pub(crate) fn id(&self) -> i32 {
        self.id
    }

    /// What payloads of one queue may use.
    pub(crate) fn payload_limit(&self) -> usize {
        self.half - TAIL
    }

    /// `URPC_DATA_BUFF_LEN`
    pub(crate) fn announced_length(&self) -> usize {
        (self.half + 8).saturating_sub(PAYLOADS)
    }

    /// How often it is attached.
    pub(crate) fn attached(&self) -> u64 {
        self.state().shm_nattch
    }

    /// The process that attached or detached last.
    pub(crate) fn last_user(&self) -> i32 {
        self.state().shm_lpid
    }

    fn state(&self) -> libc::shmid_ds {
        // SAFETY: all-zero is a valid value of this type.
        let mut state: libc::shmid_ds = unsafe { mem::zeroed() };
        // SAFETY: the pointer is valid for this order's answer.
        let result = unsafe { libc::shmctl(self.id, libc::IPC_STAT, &raw mut state) };
        assert_eq!(result, 0, "shmctl: {}", io::Error::last_os_error());
        state
    }

    /// The same memory once more, as if a second process used it.
    pub(crate) fn attach_again(&self) -> Self {
        Self::attach(self.id, 2 * self.half)
    }

    pub(crate) fn last_put(&self, queue: Queue) -> &AtomicI64 {
        // SAFETY: `at` gives memory that stays attached as long as `self`, aligned as the offset is.
        unsafe { AtomicI64::from_ptr(self.at(queue, 8, 8).cast()) }
    }

    pub(crate) fn last_get(&self, queue: Queue) -> &AtomicI64 {
        // SAFETY: as above.
        unsafe { AtomicI64::from_ptr(self.at(queue, 16, 8).cast()) }
    }

    /// The slot of the request with this id.
    pub(crate) fn slot(&self, queue: Queue, id: i64) -> &AtomicU64 {
        let slot = id.rem_euclid(SLOTS as i64) as usize;
        // SAFETY: as above.
        unsafe { AtomicU64::from_ptr(self.at(queue, 24 + 8 * slot, 8).cast()) }
    }

    pub(crate) fn flags(&self, queue: Queue, side: Side) -> u32 {
        // SAFETY: as above.
        unsafe { AtomicU32::from_ptr(self.at(queue, 4 * side as usize, 4).cast()) }.load(Acquire)
    }

    /// Whether the slot of this request is free.
    pub(crate) fn is_free(&self, queue: Queue, id: i64) -> bool {
        self.slot(queue, id).load(Acquire) & 0xff == 0
    }

    /// Frees the slot of this request, and its payload with it.
    pub(crate) fn free(&self, queue: Queue, id: i64) {
        let slot = self.slot(queue, id);
        slot.store(slot.load(Relaxed) & !0xff, Release);
    }

    pub(crate) fn write_payload(&self, offset: usize, bytes: &[u8]) {
        let to = self.at(Queue::Commands, PAYLOADS + offset, bytes.len());
        // SAFETY: `at` checked the bounds; the worker does not touch this part before it is told of it.
        unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), to, bytes.len()) };
    }

    pub(crate) fn read_payload(&self, offset: usize, length: usize) -> Vec<u8> {
        let from = self.at(Queue::Replies, PAYLOADS + offset, length);
        let mut bytes = vec![0; length];
        // SAFETY: `at` checked the bounds; the worker does not touch this part before its slot is freed.
        unsafe { ptr::copy_nonoverlapping(from, bytes.as_mut_ptr(), length) };
        bytes
    }

    fn at(&self, queue: Queue, offset: usize, length: usize) -> *mut u8 {
        assert!(offset + length <= self.half, "{length} bytes at {offset} of {queue:?}");
        let base = if queue == Queue::Commands { 0 } else { self.half };
        self.start.wrapping_add(base + offset)
    }
}

impl Drop for Segment {
    fn drop(&mut self) {
        // SAFETY: nothing refers to the memory any longer.
        unsafe { libc::shmdt(self.start.cast()) };
    }
}
