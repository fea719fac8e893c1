//! Copies of rectangles: rows at a fixed distance, on either side.

use std::any::Any;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::buffer::VeBuffer;
use crate::context::Context;
use crate::copy::{copy_now, join, order_copy};
use crate::error::{Error, Result};
use crate::request::{Finish, Request, What};
use crate::slice::{VeSlice, VeSliceMut};
use crate::transfer::{Host, Scope, give_back, nothing};
use crate::uses::Access;

/// The shape of a copy of `rows` rows of `columns` elements each. A *pitch* is the distance from the beginning of one row to that
/// of the next, in elements; without one, rows are next to each other.
///
/// What `cudaMemcpy2D` is for CUDA; there, pitches and the width of a row count bytes. Where a rectangle begins is said by the
/// slices that are passed. If both sides are without gaps it is one transfer, else one for each row, so wide rows are fast, and a
/// single column is better fetched with what is around it.
///
/// ```
/// use veo::Copy2d;
///
/// let proc = veo::Proc::create(0)?;
/// let mut matrix = proc.zeroed::<i32>(4 * 5)?; // 4 rows of 5
/// let tile = Copy2d::new(2, 3);
/// matrix.slice_mut(6..).write_2d(&[1, 2, 3, 4, 5, 6], tile.to_pitch(5))?; // to row 1, column 1
/// assert_eq!(matrix.to_vec()?, [
///     0, 0, 0, 0, 0,
///     0, 1, 2, 3, 0,
///     0, 4, 5, 6, 0,
///     0, 0, 0, 0, 0,
/// ]);
/// let mut right = [0; 4];
/// matrix.slice(7..).read_2d(&mut right, Copy2d::new(2, 2).from_pitch(5))?;
/// assert_eq!(right, [2, 3, 5, 6]);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "it only describes a copy"]
pub struct Copy2d {
    rows: usize,
    columns: usize,
    from_pitch: usize,
    to_pitch: usize,
}

/// One piece of it: where it begins on either side, and its length, in elements.
struct Piece {
    from: usize,
    to: usize,
    len: usize,
}

impl Piece {
    fn of<'b, 'c, T>(&self, from: VeSlice<'b, T>, to: VeSlice<'c, T>) -> (VeSlice<'b, T>, VeSlice<'c, T>) {
        (from.slice(self.from..self.from + self.len), to.slice(self.to..self.to + self.len))
    }
}

impl Copy2d {
    /// Rows without gaps.
    pub const fn new(rows: usize, columns: usize) -> Self {
        Self { rows, columns, from_pitch: columns, to_pitch: columns }
    }

    /// The distance between rows of the source, in elements.
    pub const fn from_pitch(self, from_pitch: usize) -> Self {
        Self { from_pitch, ..self }
    }

    /// The distance between rows of the target, in elements.
    pub const fn to_pitch(self, to_pitch: usize) -> Self {
        Self { to_pitch, ..self }
    }

    /// Whether it lies inside memory of these lengths, and its rows beside each other.
    fn check(self, operation: &str, from: usize, to: usize) -> Result<()> {
        let Self { rows, columns, from_pitch, to_pitch } = self;
        for (side, pitch, len) in [("source", from_pitch, from), ("target", to_pitch, to)] {
            let refused = |what: String| Error::Refused {
                operation: format!("{operation} of {rows} rows of {columns} elements, {pitch} apart in the {side},"),
                reason: what,
            };
            if pitch < columns {
                return Err(refused("rows would overlap; a pitch is at least the number of columns".into()));
            }
            let extent = match rows.checked_sub(1) {
                Some(gaps) if columns > 0 => gaps.checked_mul(pitch).and_then(|start| start.checked_add(columns)),
                _ => Some(0),
            };
            match extent {
                Some(extent) if extent <= len => {}
                Some(extent) => return Err(refused(format!("it takes {extent} elements, and the {side} has {len}"))),
                None => return Err(refused(format!("no memory is as large; the {side} has {len} elements"))),
            }
        }
        Ok(())
    }

    /// How many pieces it has: its rows, or one if there are no gaps. It was checked.
    fn pieces(self) -> usize {
        let Self { rows, columns, from_pitch, to_pitch } = self;
        let is_one = columns == 0 || from_pitch == columns && to_pitch == columns;
        if is_one { 1 } else { rows.max(1) }
    }

    fn piece(self, index: usize) -> Piece {
        let len = if self.pieces() == 1 { self.rows * self.columns } else { self.columns };
        Piece { from: index * self.from_pitch, to: index * self.to_pitch, len }
    }

    fn bytes<T>(self) -> usize {
        self.rows.saturating_mul(self.columns).saturating_mul(size_of::<T>())
    }
}

impl Context {
    /// Queues a copy of a rectangle of a buffer to host memory, which comes back with the result; what lies between the rows stays
    /// as it is. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// As [`read`](Self::read), or the rectangle is not inside the buffer or the host memory.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let x = proc.upload(&[1, 2, 3, 4, 5, 6])?; // 2 rows of 3
    /// let shape = veo::Copy2d::new(2, 1).from_pitch(3).to_pitch(2);
    /// assert_eq!(ctx.read_2d(&x, vec![0; 4], shape).wait()?, [1, 0, 4, 0]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn read_2d<'b, T>(&self, from: impl Into<VeSlice<'b, T>>, to: Vec<T>, shape: Copy2d) -> Request<'static, Vec<T>>
    where
        T: AnyBitPattern + NoUninit + Send,
    {
        let mut to = Box::new(to);
        let (host, len) = (Host::To(to.as_mut_ptr().cast()), to.len());
        // SAFETY: the vector is kept in place until all requests are final.
        unsafe { self.queue_2d(host, len, from.into(), shape, give_back::<T>, Some(to)) }
    }

    /// Queues a copy of a rectangle of host memory to a buffer; the host memory comes back with the result. Wraps
    /// `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`read_2d`](Self::read_2d).
    pub fn write_2d<'b, T>(
        &self,
        to: impl Into<VeSliceMut<'b, T>>,
        from: Vec<T>,
        shape: Copy2d,
    ) -> Request<'static, Vec<T>>
    where
        T: NoUninit + Send,
    {
        let from = Box::new(from);
        let (host, len) = (Host::From(from.as_ptr().cast()), from.len());
        // SAFETY: as in `read_2d`.
        unsafe { self.queue_2d(host, len, to.into().0, shape, give_back::<T>, Some(from)) }
    }

    /// Queues a copy of a rectangle within the VE process. Wraps `veo_call_async` of `memmove`.
    ///
    /// # Errors
    /// As [`copy`](Self::copy), or the rectangle is not inside the memory.
    pub fn copy_2d<'b, 'c, T>(
        &self,
        from: impl Into<VeSlice<'b, T>>,
        to: impl Into<VeSliceMut<'c, T>>,
        shape: Copy2d,
    ) -> Request<'static, ()> {
        let (from, to) = (from.into(), to.into().0);
        let what = What::Copy { to: to.region.address, bytes: shape.bytes::<T>() };
        if let Err(error) = shape.check("Context::copy_2d", from.len, to.len) {
            return Request::failed(self, error, what, nothing);
        }
        let copy = |index| {
            let (from, to) = shape.piece(index).of(from, to);
            self.queue_copy(from.as_bytes(), to.as_bytes())
        };
        let cancels = self.queue().cancels();
        join(copy(0), (1..shape.pieces()).map(copy), None).called(what).unless_cancelled_since(cancels)
    }

    /// # Safety
    /// The host memory is valid for `len` elements, and used by nobody else, until the request is final and `keep` dropped.
    unsafe fn queue_2d<'a, T: NoUninit, R>(
        &self,
        host: Host,
        len: usize,
        memory: VeSlice<'_, T>,
        shape: Copy2d,
        finish: Finish<R>,
        keep: Option<Box<dyn Any + Send>>,
    ) -> Request<'a, R> {
        let what = host.what(memory.region.address, shape.bytes::<T>());
        let checked = match host {
            Host::To(_) => shape.check("Context::read_2d", memory.len, len),
            Host::From(_) => shape.check("Context::write_2d", len, memory.len),
        };
        if let Err(error) = checked {
            return Request::failed(self, error, what, finish);
        }
        let transfer = |index| {
            let Piece { from, to, len } = shape.piece(index);
            let (ve, at) = if matches!(host, Host::To(_)) { (from, to) } else { (to, from) };
            // SAFETY: the piece is inside the host memory, which the caller vouches for.
            unsafe { self.queue_transfer(host.skip(at * size_of::<T>()), memory.slice(ve..ve + len), len, finish) }
        };
        let cancels = self.queue().cancels();
        join(transfer(0), (1..shape.pieces()).map(transfer), keep).called(what).unless_cancelled_since(cancels)
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a copy of a rectangle of a buffer to host memory. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// As [`Context::read_2d`].
    pub fn read_2d<'b, T>(
        &'scope self,
        from: impl Into<VeSlice<'b, T>>,
        to: &'scope mut [T],
        shape: Copy2d,
    ) -> Request<'scope, ()>
    where
        T: AnyBitPattern + NoUninit,
    {
        let (host, len, from) = (Host::To(to.as_mut_ptr().cast()), to.len(), from.into());
        self.lend(host.what(from.region.address, shape.bytes::<T>()), |context| {
            // SAFETY: `to` is borrowed for `'scope`, which does not end before all requests have.
            unsafe { context.queue_2d(host, len, from, shape, nothing, None) }
        })
    }

    /// Queues a copy of a rectangle of host memory to a buffer. Wraps `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`Context::read_2d`].
    pub fn write_2d<'b, T>(
        &'scope self,
        to: impl Into<VeSliceMut<'b, T>>,
        from: &'scope [T],
        shape: Copy2d,
    ) -> Request<'scope, ()>
    where
        T: NoUninit,
    {
        let (host, len, to) = (Host::From(from.as_ptr().cast()), from.len(), to.into().0);
        self.lend(host.what(to.region.address, shape.bytes::<T>()), |context| {
            // SAFETY: as in `read_2d`.
            unsafe { context.queue_2d(host, len, to, shape, nothing, None) }
        })
    }
}

impl<T> VeSlice<'_, T> {
    /// Copies a rectangle to the host, after the requests that write the buffer; what lies between the rows there stays as it is.
    /// Wraps `veo_read_mem`, once for each row: for many, [`Context::read_2d`] is faster.
    ///
    /// # Errors
    /// The rectangle is not inside the memory, or the process has ended.
    pub fn read_2d(&self, to: &mut [T], shape: Copy2d) -> Result<()>
    where
        T: AnyBitPattern + NoUninit,
    {
        shape.check("VeBuffer::read_2d", self.len, to.len())?;
        let limit = self.region.proc.main.limit();
        self.region.order_on_host(Access::Read, "VeBuffer::read_2d", &limit)?;
        (0..shape.pieces()).map(|index| shape.piece(index)).try_for_each(|Piece { from, to: at, len }| {
            let from = self.as_ptr().add(from).addr();
            self.region.proc.read_within(&limit, bytemuck::cast_slice_mut(&mut to[at..at + len]), from)
        })
    }
}

impl<T> VeSliceMut<'_, T> {
    /// Copies a rectangle of host memory to it, after the requests that use the buffer. Wraps `veo_write_mem`, once for each
    /// row: for many, [`Context::write_2d`] is faster.
    ///
    /// # Errors
    /// As [`VeSlice::read_2d`].
    pub fn write_2d(&mut self, from: &[T], shape: Copy2d) -> Result<()>
    where
        T: NoUninit,
    {
        shape.check("VeBuffer::write_2d", from.len(), self.len())?;
        let limit = self.0.region.proc.main.limit();
        self.0.region.order_on_host(Access::Write, "VeBuffer::write_2d", &limit)?;
        (0..shape.pieces()).map(|index| shape.piece(index)).try_for_each(|Piece { from: at, to, len }| {
            let to = self.as_ptr().add(to).addr();
            self.0.region.proc.write_within(&limit, to, bytemuck::cast_slice(&from[at..at + len]))
        })
    }

    /// Copies a rectangle of other VE memory to it, after the requests that use the two. The other may belong to another
    /// process. Wraps the functions of [`copy_from`](Self::copy_from), for each row: for many within a process,
    /// [`Context::copy_2d`] is faster.
    ///
    /// # Errors
    /// As [`VeSlice::read_2d`].
    pub fn copy_from_2d<'b>(&mut self, from: impl Into<VeSlice<'b, T>>, shape: Copy2d) -> Result<()> {
        let from = from.into();
        shape.check("VeBuffer::copy_from_2d", from.len, self.len())?;
        let limit = order_copy("VeBuffer::copy_from_2d", from, self.0)?;
        (0..shape.pieces())
            .map(|index| shape.piece(index).of(from, self.0))
            .try_for_each(|(from, to)| copy_now(&limit, from.as_bytes(), to.as_bytes()))
    }
}

impl<T> VeBuffer<T> {
    /// Copies a rectangle to the host. See [`VeSlice::read_2d`].
    ///
    /// # Errors
    /// As there.
    pub fn read_2d(&self, to: &mut [T], shape: Copy2d) -> Result<()>
    where
        T: AnyBitPattern + NoUninit,
    {
        self.as_slice().read_2d(to, shape)
    }

    /// Copies a rectangle of host memory to the buffer. See [`VeSliceMut::write_2d`].
    ///
    /// # Errors
    /// As there.
    pub fn write_2d(&mut self, from: &[T], shape: Copy2d) -> Result<()>
    where
        T: NoUninit,
    {
        self.as_mut_slice().write_2d(from, shape)
    }

    /// Copies a rectangle of other VE memory to the buffer. See [`VeSliceMut::copy_from_2d`].
    ///
    /// # Errors
    /// As there.
    pub fn copy_from_2d<'b>(&mut self, from: impl Into<VeSlice<'b, T>>, shape: Copy2d) -> Result<()> {
        self.as_mut_slice().copy_from_2d(from, shape)
    }
}
