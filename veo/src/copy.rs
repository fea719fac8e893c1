//! Copies on the VE, and fills, which are one transfer and then copies. The C library of the VE process does them, on every
//! engine; between two processes the data travel by way of the host.

use std::any::Any;

use bytemuck::NoUninit;
use veo_engine::signature::{Class, Record};

use crate::actual::Actual;
use crate::api::{Api, Pack, ProcHandle};
use crate::buffer::VeBuffer;
use crate::call::submit;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::registry::Table;
use crate::request::{Request, What};
use crate::slice::{VeSlice, VeSliceMut};
use crate::transfer::{Host, nothing};
use crate::uses::Access;

/// The C library of a VE process.
const LIBRARY: &str = "libc.so.6";

/// What travels from the host to fill memory; the rest is copied from it.
const FIRST: usize = 64 << 10;

/// What travels at once between two processes.
const PIECE: usize = 1 << 20;

/// What is used of the C library of a VE process. Looked up when the process is created: later it would wait for what is queued
/// on the main context.
#[derive(Debug)]
pub(crate) struct CLibrary {
    /// 0 if there is none.
    memmove: u64,
}

impl CLibrary {
    pub(crate) fn of(api: Api, proc: ProcHandle, table: &Table) -> Self {
        let library = api.load_library(proc, c"libc.so.6");
        let memmove = if library == 0 { 0 } else { api.get_sym(proc, library, "memmove") };
        if memmove != 0 {
            // Only to save the worker the search for its types. The program may have declared it, too; that does as well.
            let record = Record { library, name: "memmove", ret: Class::U64, params: &[Class::U64; 3] };
            let _ = table.declare(api, proc, memmove, &record);
        }
        Self { memmove }
    }

    /// Whether it can copy.
    pub(crate) fn copies(&self) -> bool {
        self.memmove != 0
    }

    fn memmove(&self) -> Result<u64> {
        if self.memmove != 0 {
            return Ok(self.memmove);
        }
        Err(Error::Symbol {
            symbol: "memmove".into(),
            library: LIBRARY.into(),
            reason: "the VE process has no such C library, which copies within it are done with; copy by way of the host, with `to_vec` and `write`".into(),
        })
    }
}

impl Context {
    /// Queues a copy within the VE process, of a buffer or of a part of one to another. It does not touch the host. Wraps
    /// `veo_call_async` of `memmove`.
    ///
    /// # Errors
    /// When it is waited for: the lengths differ, one of them belongs to another process ([`VeBuffer::copy_from`] copies
    /// between processes), or the process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let x = proc.upload(&[1, 2, 3, 4])?;
    /// let mut y = proc.zeroed::<i32>(4)?;
    /// ctx.copy(x.slice(..2), y.slice_mut(2..)).wait()?;
    /// assert_eq!(y.to_vec()?, [0, 0, 1, 2]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn copy<'b, 'c, T>(
        &self,
        from: impl Into<VeSlice<'b, T>>,
        to: impl Into<VeSliceMut<'c, T>>,
    ) -> Request<'static, ()> {
        let (from, to) = (from.into(), to.into().0);
        if let Err(error) = to.same_length("Context::copy", from.len) {
            let what = What::Copy { to: to.region.address, bytes: from.len * size_of::<T>() };
            return Request::failed(self, error, what, nothing);
        }
        self.queue_copy(from.as_bytes(), to.as_bytes())
    }

    /// Queues a copy of `from.len` bytes.
    pub(crate) fn queue_copy(&self, from: VeSlice<'_, u8>, to: VeSlice<'_, u8>) -> Request<'static, ()> {
        let what = What::Copy { to: to.region.address, bytes: from.len };
        let actuals = &mut [
            Actual::part(&to.region, Access::Write),
            Actual::part(&from.region, Access::Read),
            Actual::word(from.len as u64),
        ];
        submit(self, what, self.0.proc.c_library.memmove(), actuals, nothing)
    }

    /// Queues the filling of a buffer, or of a part of one. At most 64 KiB travel to the VE, or one element if that is larger.
    /// Wraps `veo_async_write_mem`, and `veo_call_async` of `memmove`.
    ///
    /// # Errors
    /// When it is waited for: the memory belongs to another process, or the process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let mut x = proc.alloc::<f64>(1000)?;
    /// ctx.fill(&mut x, 1.0);
    /// ctx.fill(x.slice_mut(..10), -1.0);
    /// assert_eq!(x.to_vec()?[9..11], [-1.0, 1.0]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn fill<'b, T: NoUninit + Send>(&self, to: impl Into<VeSliceMut<'b, T>>, value: T) -> Request<'static, ()> {
        let to = to.into().0;
        let cancels = self.queue().cancels();
        let first = first_piece(value, to.len);
        let (host, len) = (Host::From(first.as_ptr().cast()), first.len());
        // SAFETY: the request owns the vector, and keeps it in place until it is final.
        let write = unsafe { self.queue_transfer(host, to.slice(..len), len, nothing) }.keeping(Box::new(first));
        let bytes = to.as_bytes();
        let copies = doublings(len * size_of::<T>(), bytes.len)
            .map(|(done, count)| self.queue_copy(bytes.slice(..count), bytes.slice(done..done + count)));
        let what = What::Fill { address: bytes.region.address, bytes: bytes.len };
        join(write, copies, None).called(what).unless_cancelled_since(cancels)
    }
}

impl<T> VeSliceMut<'_, T> {
    /// Copies other VE memory to it, after the requests that use the two. Within a process it does not touch the host, and wraps
    /// `veo_call_sync` of `memmove`; between two it wraps `veo_read_mem` and `veo_write_mem`, of at most 1 MiB at a time.
    ///
    /// # Errors
    /// The lengths differ, or a process has ended.
    pub fn copy_from<'b>(&mut self, from: impl Into<VeSlice<'b, T>>) -> Result<()> {
        let from = from.into();
        self.0.same_length("VeBuffer::copy_from", from.len)?;
        let limit = order_copy("VeBuffer::copy_from", from, self.0)?;
        copy_now(&limit, from.as_bytes(), self.0.as_bytes())
    }

    /// Sets every element to `value`, after the requests that use the buffer. At most 64 KiB travel to the VE, or one element
    /// if that is larger. Wraps `veo_write_mem`, and `veo_call_sync` of `memmove`.
    ///
    /// # Errors
    /// The process has ended.
    pub fn fill(&mut self, value: T) -> Result<()>
    where
        T: NoUninit,
    {
        self.fill_within(&self.0.region.proc.main.limit(), value)
    }

    pub(crate) fn fill_within(&mut self, limit: &Limit, value: T) -> Result<()>
    where
        T: NoUninit,
    {
        let first = first_piece(value, self.0.len);
        self.0.slice(..first.len()).exclusive().write_within(limit, &first)?;
        self.0.region.order_on_host(Access::Write, "VeBuffer::fill", limit)?;
        let bytes = self.0.as_bytes();
        doublings(size_of_val(first.as_slice()), bytes.len)
            .try_for_each(|(done, count)| copy_now(limit, bytes.slice(..count), bytes.slice(done..done + count)))
    }
}

impl<T> VeBuffer<T> {
    /// Copies another buffer, or a part of one, to this one, after the requests that use the two. The other may belong to
    /// another process. See [`VeSliceMut::copy_from`].
    ///
    /// # Errors
    /// The lengths differ, or a process has ended.
    ///
    /// ```
    /// let (here, there) = (veo::Proc::create(0)?, veo::Proc::create(0)?);
    /// let x = here.upload(&[1, 2, 3])?;
    /// let mut y = there.alloc(3)?;
    /// y.copy_from(&x)?;
    /// assert_eq!(y.to_vec()?, [1, 2, 3]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn copy_from<'b>(&mut self, from: impl Into<VeSlice<'b, T>>) -> Result<()> {
        self.as_mut_slice().copy_from(from)
    }

    /// Sets every element to `value`, after the requests that use the buffer. See [`VeSliceMut::fill`].
    ///
    /// # Errors
    /// The process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let mut x = proc.alloc(100_000)?;
    /// x.fill([1.0, -1.0])?;
    /// assert_eq!(x.to_vec()?, vec![[1.0, -1.0]; 100_000]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn fill(&mut self, value: T) -> Result<()>
    where
        T: NoUninit,
    {
        self.as_mut_slice().fill(value)
    }
}

fn first_piece<T: NoUninit>(value: T, len: usize) -> Vec<T> {
    vec![value; len.min((FIRST / size_of::<T>().max(1)).max(1))]
}

/// The copies that make `all` bytes of the `first`: how many there are before each, and how many it adds.
fn doublings(first: usize, all: usize) -> impl Iterator<Item = (usize, usize)> {
    let done = std::iter::successors(Some(first), |done| done.checked_mul(2));
    done.take_while(move |&done| 0 < done && done < all).map(move |done| (done, done.min(all - done)))
}

/// Joins requests of one queue to one: the queue runs them in order, and if one fails, its process has ended, and the last fails,
/// too; but a part of them may be cancelled ([`Request::unless_cancelled_since`]). `keep` is kept until the last of them is final,
/// and goes with that.
pub(crate) fn join<'a, T>(
    first: Request<'a, T>,
    rest: impl Iterator<Item = Request<'a, T>>,
    keep: Option<Box<dyn Any + Send>>,
) -> Request<'a, T> {
    let with = |request: Request<'a, T>, keep| match keep {
        Some(keep) => request.keeping(keep),
        None => request,
    };
    let mut last = first;
    for next in rest {
        if last.was_refused() {
            break;
        }
        if next.was_refused() {
            drop(with(last, keep).called(What::Piece));
            return next;
        }
        drop(std::mem::replace(&mut last, next).called(What::Piece));
    }
    with(last, keep)
}

/// Waits for what a copy by the host conflicts with. Gives the limit of the copy, the shorter one of the two processes'.
pub(crate) fn order_copy<T>(operation: &str, from: VeSlice<'_, T>, to: VeSlice<'_, T>) -> Result<Limit> {
    let deadlines = [from.region.proc.main.deadline, to.region.proc.main.deadline];
    let limit = Limit::new(deadlines.into_iter().flatten().min());
    from.region.order_on_host(Access::Read, operation, &limit)?;
    to.region.order_on_host(Access::Write, operation, &limit)?;
    Ok(limit)
}

/// Copies `from.len` bytes, which were waited for.
pub(crate) fn copy_now(limit: &Limit, from: VeSlice<'_, u8>, to: VeSlice<'_, u8>) -> Result<()> {
    let (source, target) = (from.region.address, to.region.address);
    if from.region.proc.id() == to.region.proc.id() {
        return copy_within(limit, to.region.proc, source, target, from.len);
    }
    let mut piece = vec![0_u8; from.len.min(PIECE)];
    for start in (0..from.len).step_by(PIECE) {
        let piece = &mut piece[..PIECE.min(from.len - start)];
        from.region.proc.read_within(limit, piece, source + start as u64)?;
        to.region.proc.write_within(limit, target + start as u64, piece)?;
    }
    Ok(())
}

fn copy_within(limit: &Limit, proc: &ProcInner, from: u64, to: u64, bytes: usize) -> Result<()> {
    if bytes == 0 {
        return Ok(());
    }
    let _entered = proc.enter_within(limit, || format!("copying {bytes} bytes to VE address {to:#x}"))?;
    let mut pack = Pack::new(proc.api)?;
    [to, from, bytes as u64].into_iter().for_each(|word| pack.word(word));
    match proc.api.call_sync(proc.handle, proc.c_library.memmove()?, &pack) {
        Some(_) => Ok(()),
        None => {
            let reason = proc.api.report(proc.handle).or_else(|| proc.api.last_error());
            let reason = reason.unwrap_or_else(|| "the VE process has ended, or has no such memory".into());
            Err(Error::Transfer { operation: "copy", address: to, bytes, reason })
        }
    }
}
