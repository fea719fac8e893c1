//! VE memory that is owned.

use std::fmt;
use std::marker::PhantomData;
use std::ops::RangeBounds;
use std::sync::Arc;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::creator;
use crate::error::Result;
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::pointer::VePtr;
use crate::process::Proc;
use crate::queue::Queue;
use crate::region::Allocation;
use crate::slice::{Chunks, ChunksMut, VeSlice, VeSliceMut};

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
    pub(crate) memory: Allocation,
    len: usize,
    element: PhantomData<VePtr<T>>,
}

impl<T> VeBuffer<T> {
    pub(crate) fn alloc(limit: &Limit, proc: &Proc, len: usize) -> Result<Self> {
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(|| proc.0.no_memory(usize::MAX))?;
        let address = proc.0.alloc_within(limit, bytes)?;
        Ok(Self { memory: Allocation::new(Arc::clone(&proc.0), address), len, element: PhantomData })
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
        VePtr::from_addr(self.memory.address)
    }

    /// The process it belongs to.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.memory.proc))
    }

    /// The whole buffer as a slice.
    #[must_use]
    pub fn as_slice(&self) -> VeSlice<'_, T> {
        VeSlice::new(self.memory.region(), self.len)
    }

    /// The whole buffer as a mutable slice.
    #[must_use]
    pub fn as_mut_slice(&mut self) -> VeSliceMut<'_, T> {
        VeSliceMut(self.as_slice())
    }

    /// Two parts of the buffer, `[0, mid)` and `[mid, len)`. See [`VeSlice::split_at`].
    ///
    /// # Panics
    /// `mid` is larger than the length.
    #[must_use]
    #[track_caller]
    pub fn split_at(&self, mid: usize) -> (VeSlice<'_, T>, VeSlice<'_, T>) {
        self.as_slice().split_at(mid)
    }

    /// Two parts of the buffer, `[0, mid)` and `[mid, len)`, that can be written side by side. See
    /// [`VeSliceMut::split_at_mut`].
    ///
    /// # Panics
    /// `mid` is larger than the length.
    #[must_use]
    #[track_caller]
    pub fn split_at_mut(&mut self, mid: usize) -> (VeSliceMut<'_, T>, VeSliceMut<'_, T>) {
        self.as_mut_slice().split_at_mut(mid)
    }

    /// The buffer in pieces of `size` elements, the last one with what is left. See [`VeSlice::split_at`].
    ///
    /// # Panics
    /// `size` is 0.
    #[track_caller]
    pub fn chunks(&self, size: usize) -> Chunks<'_, T> {
        self.as_slice().chunks(size)
    }

    /// The buffer in pieces of `size` elements, the last one with what is left, that can be written side by side. See
    /// [`VeSliceMut::split_at_mut`].
    ///
    /// # Panics
    /// `size` is 0.
    ///
    /// ```
    /// # mod kernels {
    /// #     #[veo::ve_kernel]
    /// #     pub unsafe extern "C" fn set(n: usize, value: i32, x: *mut i32) { for i in 0..n { unsafe { *x.add(i) = value } } }
    /// # }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn set(n: usize, value: i32, x: *mut i32); }
    /// let proc = veo::Proc::create(0)?;
    /// let contexts = [proc.open_context()?, proc.open_context()?];
    /// let mut x = proc.alloc::<i32>(7)?;
    /// for ((i, part), ctx) in x.chunks_mut(2).enumerate().zip(contexts.iter().cycle()) {
    ///     set(ctx, part.len(), i as i32, part); // the contexts work side by side
    /// }
    /// assert_eq!(x.to_vec()?, [0, 0, 1, 1, 2, 2, 3]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    #[track_caller]
    pub fn chunks_mut(&mut self, size: usize) -> ChunksMut<'_, T> {
        self.as_mut_slice().chunks_mut(size)
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
        self.as_mut_slice().slice_mut(range)
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
    pub(crate) fn zero(&self, limit: &Limit) -> Result<()> {
        const PIECE: usize = 1 << 20;
        // On a card, nothing is slower than the way there. Here the pages are, and nobody has them yet.
        let Allocation { proc, address, .. } = &self.memory;
        if !proc.api.is_host() && proc.c_library.copies() {
            return self.as_slice().as_bytes().exclusive().fill_within(limit, 0);
        }
        let bytes = self.len * size_of::<T>();
        let zeros = vec![0_u8; bytes.min(PIECE)];
        let mut done = 0;
        while done < bytes {
            let piece = (bytes - done).min(PIECE);
            proc.write_within(limit, address + done as u64, &zeros[..piece])?;
            done += piece;
        }
        Ok(())
    }
}

impl<T> Drop for VeBuffer<T> {
    fn drop(&mut self) {
        let Allocation { proc, address, uses } = &self.memory;
        let (address, pending) = (*address, uses.pending(proc));
        if pending.is_empty() {
            // The main context's queue is as good as any.
            return proc.main.free(address);
        }
        if let [queue] = pending.as_slice()
            && let Some(_visit) = queue.visit()
        {
            return queue.free(address);
        }
        free_aside(proc, pending, address);
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
            proc.main.free(address);
        }
    });
}

impl<T> fmt::Debug for VeBuffer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VeBuffer").field("address", &self.as_ptr()).field("len", &self.len).finish_non_exhaustive()
    }
}
