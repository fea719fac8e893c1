//! VE memory: owned buffers, parts of them, and plain addresses.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Range, RangeBounds};
use std::sync::Arc;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::creator;
use crate::error::{Error, Result};
use crate::inner::ProcInner;
use crate::process::Proc;
use crate::queue::{Abandoned, Queue};
use crate::request::What;
use crate::uses::{Access, Uses};

/// A VE address of a `T`. It says nothing about lifetime or length: the raw form, which kernels return, and the way around
/// all tracking.
///
/// ```
/// let p = veo::VePtr::<f64>::from_addr(0x6000_0000_0000);
/// assert_eq!(p.offset(2).addr(), 0x6000_0000_0010);
/// ```
pub struct VePtr<T>(u64, PhantomData<fn() -> T>);

impl<T> VePtr<T> {
    /// The pointer to this VE address.
    #[must_use]
    pub const fn from_addr(address: u64) -> Self {
        Self(address, PhantomData)
    }

    /// The null pointer.
    #[must_use]
    pub const fn null() -> Self {
        Self::from_addr(0)
    }

    /// The VE address.
    #[must_use]
    pub const fn addr(self) -> u64 {
        self.0
    }

    /// Whether it is null.
    #[must_use]
    pub const fn is_null(self) -> bool {
        self.0 == 0
    }

    /// The address `count` elements further on; it wraps around at the end of the address space.
    #[must_use]
    pub const fn offset(self, count: isize) -> Self {
        let bytes = count.wrapping_mul(size_of::<T>().cast_signed());
        Self::from_addr(self.0.wrapping_add_signed(bytes as i64))
    }

    /// The same address, of another type.
    #[must_use]
    pub const fn cast<U>(self) -> VePtr<U> {
        VePtr::from_addr(self.0)
    }
}

impl<T> Clone for VePtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for VePtr<T> {}

impl<T> PartialEq for VePtr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for VePtr<T> {}

impl<T> fmt::Debug for VePtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VePtr({:#x})", self.0)
    }
}

/// Memory of a VE process for `len` elements of type `T`. Freed when dropped, behind the requests that use it.
///
/// Stubs take `&VeBuffer<T>` for a declared `*const T`, and `&mut VeBuffer<T>` for `*mut T`. They borrow it only while
/// they submit, since a context runs its requests in order:
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn increment(n: usize, x: *mut i32) { for i in 0..n { unsafe { *x.add(i) += 1 } } }
/// # }
/// # #[veo::ve_offload(lib = static)] extern "C" { fn increment(n: usize, x: *mut i32); }
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let mut x = proc.upload(&[1, 2, 3])?;
/// increment(&ctx, 3, &mut x);
/// increment(&ctx, 3, &mut x); // not waited for: the queue keeps the order
/// assert_eq!(x.to_vec()?, [3, 4, 5]); // reading waits for both
/// # Ok::<(), veo::Error>(())
/// ```
///
/// `T` is plain data: the traits of [`bytemuck`].
pub struct VeBuffer<T> {
    proc: Arc<ProcInner>,
    pointer: VePtr<T>,
    len: usize,
    uses: Uses,
}

impl<T> VeBuffer<T> {
    pub(crate) fn alloc(proc: &Proc, len: usize) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(|| proc.0.no_memory(usize::MAX))?;
        let address = proc.0.api.alloc_mem(proc.0.handle, bytes).ok_or_else(|| proc.0.no_memory(bytes))?;
        let pointer = VePtr::from_addr(address);
        Ok(Self { proc: Arc::clone(&proc.0), pointer, len, uses: Uses::default() })
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The address of the first element. What is done with it is not tracked.
    #[must_use]
    pub fn as_ptr(&self) -> VePtr<T> {
        self.pointer
    }

    /// The process it belongs to.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.proc))
    }

    /// The whole buffer as a slice.
    #[must_use]
    pub fn as_slice(&self) -> VeSlice<'_, T> {
        VeSlice { proc: &self.proc, pointer: self.pointer, len: self.len, uses: &self.uses }
    }

    /// The whole buffer as a mutable slice.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> VeSliceMut<'_, T> {
        VeSliceMut(self.as_slice())
    }

    /// Part of the buffer.
    ///
    /// # Panics
    /// The range is not inside the buffer.
    #[must_use]
    #[track_caller]
    pub fn slice(&self, range: impl RangeBounds<usize>) -> VeSlice<'_, T> {
        self.as_slice().slice(range)
    }

    /// Part of the buffer, mutable.
    ///
    /// # Panics
    /// The range is not inside the buffer.
    #[must_use]
    #[track_caller]
    pub fn slice_mut(&mut self, range: impl RangeBounds<usize>) -> VeSliceMut<'_, T> {
        VeSliceMut(self.as_slice().slice(range))
    }

    /// Copies the buffer to the host, after the requests that write it. Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The lengths differ, or the process has ended.
    pub fn read(&self, to: &mut [T]) -> Result<()>
    where
        T: AnyBitPattern + NoUninit,
    {
        self.as_slice().read(to)
    }

    /// Copies host data to the buffer, after the requests that use it. Wraps `veo_write_mem`.
    ///
    /// # Errors
    /// The lengths differ, or the process has ended.
    pub fn write(&mut self, from: &[T]) -> Result<()>
    where
        T: NoUninit,
    {
        self.as_mut_slice().write(from)
    }

    /// The buffer's elements, after the requests that write it. Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The process has ended.
    pub fn to_vec(&self) -> Result<Vec<T>>
    where
        T: AnyBitPattern + NoUninit,
    {
        self.as_slice().to_vec()
    }

    /// Sets every byte to zero.
    pub(crate) fn zero(&self) -> Result<()> {
        const PIECE: usize = 1 << 20;
        let bytes = self.len * size_of::<T>();
        let zeros = vec![0_u8; bytes.min(PIECE)];
        let mut done = 0;
        while done < bytes {
            let piece = (bytes - done).min(PIECE);
            self.proc.write(self.pointer.addr() + done as u64, &zeros[..piece])?;
            done += piece;
        }
        Ok(())
    }
}

impl<T> Drop for VeBuffer<T> {
    fn drop(&mut self) {
        let address = self.pointer.addr();
        let pending = self.uses.pending(&self.proc);
        if pending.is_empty() {
            // The main context's queue is as good as any.
            return free(&self.proc.main_queue(), address);
        }
        if let [queue] = pending.as_slice()
            && let Some(_visit) = queue.visit()
        {
            return free(queue, address);
        }
        free_aside(&self.proc, pending, address);
    }
}

/// Frees an address when everything in the queue is complete.
fn free(queue: &Queue, address: u64) {
    let mut submitter = queue.submitter();
    let Ok(id) = queue.api.free_mem_async(queue.handle, address) else {
        // A libveo without asynchronous freeing: it waits for the main context's queue at least.
        queue.api.free_mem(queue.proc, address);
        return;
    };
    let stamp = submitter.next_stamp();
    drop(submitter);
    // Refused: the process has ended, and its memory with it.
    if let Some(id) = id {
        queue.abandon(Abandoned { id, stamp, what: What::Free { address }, keep: None, panic: None });
    }
}

/// Frees an address that is in use on several contexts, or on one that is being closed, when all of them are done. The
/// process does not live on for it: its end frees everything.
fn free_aside(proc: &Arc<ProcInner>, pending: Vec<Arc<Queue>>, address: u64) {
    let visit = proc.visit();
    let proc = Arc::downgrade(proc);
    creator::run_aside("veo-free", move || {
        pending.iter().for_each(|queue| queue.drain());
        let proc = proc.upgrade();
        // First: either of the two may be the last handle of the process by now.
        drop(visit);
        drop(pending);
        if let Some(proc) = proc {
            free(&proc.main_queue(), address);
        }
    });
}

impl<T> fmt::Debug for VeBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VeBuffer").field("address", &self.pointer).field("len", &self.len).finish_non_exhaustive()
    }
}

/// Part of a [`VeBuffer`], shared.
pub struct VeSlice<'b, T> {
    pub(crate) proc: &'b Arc<ProcInner>,
    pub(crate) pointer: VePtr<T>,
    pub(crate) len: usize,
    pub(crate) uses: &'b Uses,
}

impl<T> Clone for VeSlice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for VeSlice<'_, T> {}

impl<T> fmt::Debug for VeSlice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VeSlice").field("address", &self.pointer).field("len", &self.len).finish()
    }
}

impl<'b, T> VeSlice<'b, T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The address of the first element.
    #[must_use]
    pub fn as_ptr(&self) -> VePtr<T> {
        self.pointer
    }

    /// Part of this part.
    ///
    /// # Panics
    /// The range is not inside it.
    #[must_use]
    #[track_caller]
    pub fn slice(self, range: impl RangeBounds<usize>) -> VeSlice<'b, T> {
        let Range { start, end } = resolve(range, self.len);
        Self { pointer: self.pointer.offset(start.cast_signed()), len: end - start, ..self }
    }

    /// Copies it to the host, after the requests that write the buffer. Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The lengths differ, or the process has ended.
    pub fn read(&self, to: &mut [T]) -> Result<()>
    where
        T: AnyBitPattern + NoUninit,
    {
        self.same_length("VeBuffer::read", to.len())?;
        self.uses.order(self.proc, Some(MAIN), Access::Read);
        self.proc.read(bytemuck::cast_slice_mut(to), self.pointer.addr())
    }

    /// Its elements, after the requests that write the buffer. Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The process has ended.
    pub fn to_vec(&self) -> Result<Vec<T>>
    where
        T: AnyBitPattern + NoUninit,
    {
        let mut elements = vec![bytemuck::Zeroable::zeroed(); self.len];
        self.read(&mut elements)?;
        Ok(elements)
    }

    /// The same memory as bytes, whatever they mean.
    pub(crate) fn as_bytes(self) -> VeSlice<'b, u8> {
        VeSlice { proc: self.proc, pointer: self.pointer.cast(), len: self.len * size_of::<T>(), uses: self.uses }
    }

    pub(crate) fn same_length(&self, operation: &'static str, slice: usize) -> Result<()> {
        if self.len == slice { Ok(()) } else { Err(Error::Length { operation, buffer: self.len, slice }) }
    }
}

/// The host's own reads and writes are queued behind the main context's requests by libveo itself.
const MAIN: u16 = 0;

/// Part of a [`VeBuffer`], exclusive.
pub struct VeSliceMut<'b, T>(pub(crate) VeSlice<'b, T>);

impl<T> fmt::Debug for VeSliceMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VeSliceMut").field(&self.0).finish()
    }
}

impl<T> VeSliceMut<'_, T> {
    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.len == 0
    }

    /// The address of the first element.
    #[must_use]
    pub fn as_ptr(&self) -> VePtr<T> {
        self.0.pointer
    }

    /// The same part, shared.
    #[must_use]
    pub fn as_slice(&self) -> VeSlice<'_, T> {
        self.0
    }

    /// The same part again, for one more use of it.
    #[must_use]
    pub fn reborrow(&mut self) -> VeSliceMut<'_, T> {
        VeSliceMut(self.0)
    }

    /// Copies host data to it, after the requests that use the buffer. Wraps `veo_write_mem`.
    ///
    /// # Errors
    /// The lengths differ, or the process has ended.
    pub fn write(&mut self, from: &[T]) -> Result<()>
    where
        T: NoUninit,
    {
        self.0.same_length("VeBuffer::write", from.len())?;
        self.0.uses.order(self.0.proc, Some(MAIN), Access::Write);
        self.0.proc.write(self.0.pointer.addr(), bytemuck::cast_slice(from))
    }
}

/// A range as indexes into `len` elements.
#[track_caller]
fn resolve(range: impl RangeBounds<usize>, len: usize) -> Range<usize> {
    let start = match range.start_bound() {
        Bound::Included(&start) => start,
        Bound::Excluded(&start) => start.saturating_add(1),
        Bound::Unbounded => 0,
    };
    let end = match range.end_bound() {
        Bound::Included(&end) => end.saturating_add(1),
        Bound::Excluded(&end) => end,
        Bound::Unbounded => len,
    };
    assert!(start <= end && end <= len, "range {start}..{end} is not inside a VE buffer of {len} elements");
    start..end
}
