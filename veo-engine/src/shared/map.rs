//! Anonymous shared memory: a sealed memfd and its mapping. No name in any file system, so nothing can be left behind.

use std::ffi::CStr;
use std::io;
use std::os::fd::{AsFd, AsRawFd, FromRawFd, OwnedFd};
use std::ptr::{self, NonNull};

/// Makes a sparse memfd of `size` bytes whose size nobody can change any more.
///
/// The seals are what makes host accesses to it safe from `SIGBUS`: without them a kernel could shrink the file under the
/// host's mapping.
pub(crate) fn memfd(name: &CStr, size: usize) -> io::Result<OwnedFd> {
    // SAFETY: `name` is a NUL-terminated string; the call has no other memory effects.
    let fd = unsafe { libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING) };
    if fd < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
    let fd = above_stdio(unsafe { OwnedFd::from_raw_fd(fd) })?;
    let length = libc::off_t::try_from(size).map_err(|_| io::ErrorKind::InvalidInput)?;
    // SAFETY: plain system call on a descriptor that we own.
    if unsafe { libc::ftruncate(fd.as_raw_fd(), length) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let seals = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_SEAL;
    // SAFETY: plain system call on a descriptor that we own.
    if unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_ADD_SEALS, seals) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(fd)
}

/// A shared, writable mapping of a whole memfd. Unmapped when dropped.
#[derive(Debug)]
pub(crate) struct Mapping {
    base: NonNull<u8>,
    size: usize,
}

// SAFETY: a mapping is an address range, not tied to a thread. Access to the bytes goes through raw pointers and atomics.
unsafe impl Send for Mapping {}
// SAFETY: as for `Send`: a shared `Mapping` only hands out its address.
unsafe impl Sync for Mapping {}

impl Mapping {
    /// Maps `size` bytes of `fd`, at `wanted` when that range is free and anywhere else otherwise.
    pub(crate) fn new(fd: impl AsFd, size: usize, wanted: Option<usize>) -> io::Result<Self> {
        let fd = fd.as_fd().as_raw_fd();
        if let Some(address) = wanted
            && let Ok(mapping) = Self::map(fd, size, address, libc::MAP_FIXED_NOREPLACE)
        {
            // A kernel older than 4.17 takes the address for a hint: wherever that led, it is as good as anywhere else.
            return Ok(mapping);
        }
        Self::map(fd, size, 0, 0)
    }

    fn map(fd: i32, size: usize, address: usize, flags: i32) -> io::Result<Self> {
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_NORESERVE | flags;
        // SAFETY: the address is 0 or used with MAP_FIXED_NOREPLACE, so no existing mapping is touched.
        let base = unsafe { libc::mmap(ptr::with_exposed_provenance_mut(address), size, protection, flags, fd, 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { base, size })
    }

    pub(crate) fn base(&self) -> *mut u8 {
        self.base.as_ptr()
    }

    pub(crate) fn size(&self) -> usize {
        self.size
    }

    /// Gives the pages of a range back to the system; they read as zero afterwards. Best effort.
    pub(crate) fn release(&self, offset: usize, len: usize) {
        let start = offset.next_multiple_of(4096);
        let end = (offset + len) & !4095;
        if end <= start || end > self.size {
            return;
        }
        // SAFETY: `start < size`, so the address is inside the mapping.
        let address = unsafe { self.base.as_ptr().add(start) };
        // SAFETY: the range is inside our own shared mapping; MADV_REMOVE only drops its pages.
        unsafe { libc::madvise(address.cast(), end - start, libc::MADV_REMOVE) };
    }
}

impl Drop for Mapping {
    fn drop(&mut self) {
        // SAFETY: base and size are those of a mapping that we made and that nobody uses after its owner.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.size) };
    }
}

/// The same descriptor with a number above those of standard input, output and error, which the program may have closed:
/// what is printed there must not end in a file of ours.
pub(crate) fn above_stdio(fd: OwnedFd) -> io::Result<OwnedFd> {
    if fd.as_raw_fd() > libc::STDERR_FILENO {
        return Ok(fd);
    }
    // SAFETY: plain system call on a descriptor that we own.
    let high = unsafe { libc::fcntl(fd.as_raw_fd(), libc::F_DUPFD_CLOEXEC, libc::STDERR_FILENO + 1) };
    if high < 0 {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: the kernel just gave us this descriptor; nobody else owns it.
    Ok(unsafe { OwnedFd::from_raw_fd(high) })
}

/// Opens what is closed of standard input, output and error, as Rust's own start of `main` does.
pub(crate) fn open_stdio() {
    for number in 0..=libc::STDERR_FILENO {
        // SAFETY: plain system call.
        if unsafe { libc::fcntl(number, libc::F_GETFD) } < 0 {
            // SAFETY: the path is NUL-terminated. The lowest free number is the one that is closed.
            unsafe { libc::open(c"/dev/null".as_ptr(), libc::O_RDWR) };
        }
    }
}
