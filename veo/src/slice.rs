//! Parts of VE memory.

use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, Range, RangeBounds};

use bytemuck::{AnyBitPattern, NoUninit};

use crate::buffer::VeBuffer;
use crate::error::{Error, Result};
use crate::limit::Limit;
use crate::pointer::VePtr;
use crate::region::Region;
use crate::uses::Access;

/// Part of a [`VeBuffer`], shared.
pub struct VeSlice<'b, T> {
    pub(crate) region: Region<'b>,
    pub(crate) len: usize,
    element: PhantomData<VePtr<T>>,
}

impl<T> Clone for VeSlice<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for VeSlice<'_, T> {}

impl<T> fmt::Debug for VeSlice<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VeSlice").field("address", &self.as_ptr()).field("len", &self.len).finish()
    }
}

impl<'b, T> VeSlice<'b, T> {
    /// `len` elements there.
    #[inline]
    pub(crate) fn new(region: Region<'b>, len: usize) -> Self {
        Self { region, len, element: PhantomData }
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

    /// The address of the first element.
    #[must_use]
    pub fn as_ptr(&self) -> VePtr<T> {
        VePtr::from_addr(self.region.address)
    }

    /// Part of this part. Its uses are noted as uses of the whole buffer, or of what was [split off](Self::split_at).
    ///
    /// # Panics
    /// The range is not inside it.
    #[must_use]
    #[track_caller]
    pub fn slice(self, range: impl RangeBounds<usize>) -> VeSlice<'b, T> {
        let Range { start, end } = resolve(range, self.len);
        Self::new(self.region.at(self.as_ptr().add(start).addr()), end - start)
    }

    /// Two parts, `[0, mid)` and `[mid, len)`, whose uses are told apart: what is done with one does not wait for the other.
    ///
    /// # Panics
    /// `mid` is larger than the length.
    #[must_use]
    #[track_caller]
    pub fn split_at(self, mid: usize) -> (VeSlice<'b, T>, VeSlice<'b, T>) {
        (self.slice(..mid).apart(), self.slice(mid..).apart())
    }

    /// Pieces of `size` elements, the last one with what is left. See [`split_at`](Self::split_at).
    ///
    /// # Panics
    /// `size` is 0.
    #[track_caller]
    pub fn chunks(self, size: usize) -> Chunks<'b, T> {
        assert!(size > 0, "VE memory cannot be cut into pieces of no elements");
        Chunks { rest: self, size }
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
        let Region { proc, address, .. } = self.region;
        let limit = proc.main.limit();
        self.region.order_on_host(Access::Read, "VeBuffer::read", &limit)?;
        proc.read_within(&limit, bytemuck::cast_slice_mut(to), address)
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
        VeSlice::new(self.region, self.len * size_of::<T>())
    }

    pub(crate) fn same_length(&self, operation: &'static str, slice: usize) -> Result<()> {
        if self.len == slice { Ok(()) } else { Err(Error::Length { operation, buffer: self.len, slice }) }
    }

    /// For whoever has exclusive use of the memory.
    pub(crate) fn exclusive(self) -> VeSliceMut<'b, T> {
        VeSliceMut(self)
    }

    /// The same, with uses noted for itself alone.
    fn apart(self) -> Self {
        Self::new(self.region.apart(self.len * size_of::<T>()), self.len)
    }
}

/// Part of a [`VeBuffer`], exclusive.
pub struct VeSliceMut<'b, T>(pub(crate) VeSlice<'b, T>);

impl<T> fmt::Debug for VeSliceMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("VeSliceMut").field(&self.0).finish()
    }
}

impl<'b, T> VeSliceMut<'b, T> {
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
        self.0.as_ptr()
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

    /// Part of this part; [`reborrow`](Self::reborrow) keeps the rest. Its uses are noted as uses of the whole buffer, or of what
    /// was [split off](Self::split_at_mut).
    ///
    /// # Panics
    /// The range is not inside it.
    #[must_use]
    #[track_caller]
    pub fn slice_mut(self, range: impl RangeBounds<usize>) -> VeSliceMut<'b, T> {
        VeSliceMut(self.0.slice(range))
    }

    /// Two parts, `[0, mid)` and `[mid, len)`, for one call that takes both, or for two contexts.
    ///
    /// Their uses are told apart: what one context does with one part does not wait for what another one does with the
    /// other. Later uses of the whole wait for both, and uses of overlapping parts for each other.
    ///
    /// # Panics
    /// `mid` is larger than the length.
    ///
    /// ```
    /// # mod kernels {
    /// #     #[veo::ve_kernel]
    /// #     pub unsafe extern "C" fn double(n: usize, x: *const i32, y: *mut i32) {
    /// #         for i in 0..n { unsafe { *y.add(i) = 2 * *x.add(i) } }
    /// #     }
    /// # }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn double(n: usize, x: *const i32, y: *mut i32); }
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let mut buffer = proc.upload(&[1, 2, 0, 0])?;
    /// let (x, y) = buffer.split_at_mut(2);
    /// double(&ctx, 2, x.as_slice(), y);
    /// assert_eq!(buffer.to_vec()?, [1, 2, 2, 4]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    #[must_use]
    #[track_caller]
    pub fn split_at_mut(self, mid: usize) -> (VeSliceMut<'b, T>, VeSliceMut<'b, T>) {
        let (left, right) = self.0.split_at(mid);
        (VeSliceMut(left), VeSliceMut(right))
    }

    /// Pieces of `size` elements, the last one with what is left. See [`split_at_mut`](Self::split_at_mut).
    ///
    /// # Panics
    /// `size` is 0.
    #[track_caller]
    pub fn chunks_mut(self, size: usize) -> ChunksMut<'b, T> {
        ChunksMut(self.0.chunks(size))
    }

    /// Copies host data to it, after the requests that use the buffer. Wraps `veo_write_mem`.
    ///
    /// # Errors
    /// The lengths differ, or the process has ended.
    pub fn write(&mut self, from: &[T]) -> Result<()>
    where
        T: NoUninit,
    {
        self.write_within(&self.0.region.proc.main.limit(), from)
    }

    pub(crate) fn write_within(&mut self, limit: &Limit, from: &[T]) -> Result<()>
    where
        T: NoUninit,
    {
        self.0.same_length("VeBuffer::write", from.len())?;
        let Region { proc, address, .. } = self.0.region;
        self.0.region.order_on_host(Access::Write, "VeBuffer::write", limit)?;
        proc.write_within(limit, address, bytemuck::cast_slice(from))
    }
}

/// Pieces of VE memory, shared. Made by [`VeBuffer::chunks`] and [`VeSlice::chunks`].
#[derive(Clone, Debug)]
#[must_use = "an iterator does nothing before it is asked"]
pub struct Chunks<'b, T> {
    rest: VeSlice<'b, T>,
    size: usize,
}

impl<'b, T> Iterator for Chunks<'b, T> {
    type Item = VeSlice<'b, T>;

    fn next(&mut self) -> Option<VeSlice<'b, T>> {
        let (chunk, rest) = self.rest.split_at(self.size.min(self.rest.len));
        self.rest = rest;
        (!chunk.is_empty()).then_some(chunk)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.rest.len.div_ceil(self.size);
        (left, Some(left))
    }
}

impl<T> ExactSizeIterator for Chunks<'_, T> {}

/// Pieces of VE memory, exclusive. Made by [`VeBuffer::chunks_mut`] and [`VeSliceMut::chunks_mut`].
#[derive(Debug)]
#[must_use = "an iterator does nothing before it is asked"]
pub struct ChunksMut<'b, T>(Chunks<'b, T>);

impl<'b, T> Iterator for ChunksMut<'b, T> {
    type Item = VeSliceMut<'b, T>;

    fn next(&mut self) -> Option<VeSliceMut<'b, T>> {
        self.0.next().map(VeSliceMut)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<T> ExactSizeIterator for ChunksMut<'_, T> {}

/// What a function takes that reads VE memory.
macro_rules! shared_from {
    ($($form:ty, |$memory:ident| $slice:expr;)*) => {$(
        impl<'b, T> From<$form> for VeSlice<'b, T> {
            #[inline]
            fn from($memory: $form) -> Self {
                $slice
            }
        }
    )*};
}

shared_from! {
    &'b VeBuffer<T>, |memory| memory.as_slice();
    &'b mut VeBuffer<T>, |memory| memory.as_slice();
    &VeSlice<'b, T>, |memory| *memory;
    VeSliceMut<'b, T>, |memory| memory.0;
    &'b VeSliceMut<'_, T>, |memory| memory.0;
}

impl<'b, T> From<&'b mut VeBuffer<T>> for VeSliceMut<'b, T> {
    #[inline]
    fn from(memory: &'b mut VeBuffer<T>) -> Self {
        memory.as_mut_slice()
    }
}

impl<'b, T> From<&'b mut VeSliceMut<'_, T>> for VeSliceMut<'b, T> {
    #[inline]
    fn from(memory: &'b mut VeSliceMut<'_, T>) -> Self {
        memory.reborrow()
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
