//! Transfers in the queue of a context: with owned host memory, or with borrowed memory inside a scope.
//!
//! libveo reads and writes host memory when a request runs, from a thread of its own. A request that is forgotten must not
//! leave it a dangling pointer, so host memory is given away and comes back with the result, or is borrowed by a scope
//! whose end waits for everything, forgotten requests included.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::actual::check_owner;
use crate::context::Context;
use crate::creator;
use crate::error::{Error, Result};
use crate::limit::{Blocked, Limit};
use crate::pointer::VePtr;
use crate::request::{Finish, Request, What};
use crate::slice::{VeSlice, VeSliceMut};
use crate::uses::Access;

impl Context {
    /// Queues a copy of a buffer, or of a part of one, to host memory, which comes back with the result. Wraps
    /// `veo_async_read_mem`.
    ///
    /// # Errors
    /// When it is waited for: the lengths differ, the buffer belongs to another process, or the process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let x = proc.upload(&[1.0, 2.0, 3.0])?;
    /// assert_eq!(ctx.read(&x, vec![0.0; 3]).wait()?, [1.0, 2.0, 3.0]);
    /// assert_eq!(ctx.read(x.slice(1..), vec![0.0; 2]).wait()?, [2.0, 3.0]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn read<'b, T>(&self, from: impl Into<VeSlice<'b, T>>, to: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: AnyBitPattern + NoUninit + Send,
    {
        let mut to = to;
        let (pointer, len) = (to.as_mut_ptr().cast(), to.len());
        // SAFETY: the request owns the vector, and keeps it in place until it is final; if it is forgotten, so is the
        // vector.
        unsafe { self.queue_transfer(Host::To(pointer), from.into(), len, give_back::<T>) }.keeping(Box::new(to))
    }

    /// Queues a copy of host memory to a buffer, or to a part of one; the host memory comes back with the result. Wraps
    /// `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn write<'b, T>(&self, to: impl Into<VeSliceMut<'b, T>>, from: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: NoUninit + Send,
    {
        let (pointer, len) = (from.as_ptr().cast(), from.len());
        // SAFETY: as in `read`.
        unsafe { self.queue_transfer(Host::From(pointer), to.into().0, len, give_back::<T>) }.keeping(Box::new(from))
    }

    /// Queues a copy from any VE address to host memory, which comes back with the result. Nobody sees to the order but that
    /// of this queue. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// When it is waited for: the address is bad, or the process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let memory = proc.alloc_bytes(16)?.cast::<u64>();
    /// ctx.write_mem(memory, vec![1, 2]);
    /// assert_eq!(ctx.read_mem(memory.add(1), vec![0]).wait()?, [2]);
    /// ctx.free_mem(memory);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn read_mem<T>(&self, from: VePtr<T>, to: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: AnyBitPattern + NoUninit + Send,
    {
        let mut to = to;
        let (host, bytes) = (Host::To(to.as_mut_ptr().cast()), size_of_val(to.as_slice()));
        // SAFETY: as in `read`.
        unsafe { self.submit_transfer(host, from.addr(), bytes, give_back::<T>, &self.queue().limit(), |_| ()) }
            .keeping(Box::new(to))
    }

    /// Queues a copy of host memory to any VE address; the host memory comes back with the result. Wraps
    /// `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`read_mem`](Self::read_mem).
    pub fn write_mem<T>(&self, to: VePtr<T>, from: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: NoUninit + Send,
    {
        let (host, bytes) = (Host::From(from.as_ptr().cast()), size_of_val(from.as_slice()));
        // SAFETY: as in `read`.
        unsafe { self.submit_transfer(host, to.addr(), bytes, give_back::<T>, &self.queue().limit(), |_| ()) }
            .keeping(Box::new(from))
    }

    /// Queues an allocation of bytes that nobody frees but [`free_mem`](Self::free_mem) and
    /// [`Proc::free_mem`](crate::Proc::free_mem), also if the request is dropped. Wraps `veo_alloc_mem_async`.
    ///
    /// [`Proc::alloc`](crate::Proc::alloc) may wait for the main context; this does not.
    ///
    /// # Errors
    /// When it is waited for: no memory is left, the process has ended, or this libveo is older than API version 14.
    pub fn alloc_bytes(&self, bytes: usize) -> Request<'static, VePtr<u8>> {
        let request = self.submit(What::Alloc { bytes }, allocated, &self.queue().limit(), |queue, submitter| {
            let id = queue.api.alloc_mem_async(queue.handle, bytes)?;
            Ok(id.map(|id| (id, submitter.next_stamp())))
        });
        request.keeping(Box::new(self.0.proc.no_memory(bytes)))
    }

    /// Queues a free of what [`alloc_bytes`](Self::alloc_bytes), [`Proc::alloc_bytes`](crate::Proc::alloc_bytes) or a kernel
    /// allocated. Wraps `veo_free_mem_async`.
    ///
    /// # Errors
    /// When it is waited for: the process has ended, or this libveo is older than API version 14. Nobody looks whether
    /// something is allocated there.
    pub fn free_mem<T>(&self, pointer: VePtr<T>) -> Request<'static, ()> {
        let address = pointer.addr();
        self.submit(What::Free { address }, nothing, &self.queue().limit(), |queue, submitter| {
            let id = queue.api.free_mem_async(queue.handle, address)?;
            Ok(id.map(|id| (id, submitter.next_stamp())))
        })
    }

    /// Runs `f` with a scope, in which transfers may borrow host memory. Returns when all of them have finished, whatever
    /// became of their requests.
    ///
    /// In a host function of this context its end could not wait for them; so there they are refused.
    ///
    /// It cannot return before they have finished. So if they take longer than the [deadline](crate::ProcBuilder::deadline) of the process, the
    /// process is [killed](crate::Proc::kill).
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let data = [1, 2, 3];
    /// let mut back = [0; 3];
    /// let mut buffer = proc.zeroed(3)?;
    /// ctx.scope(|s| {
    ///     s.write(&mut buffer, &data);
    ///     s.read(&buffer, &mut back);
    /// });
    /// assert_eq!(back, data);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn scope<'env, R>(&self, f: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> R) -> R {
        let in_front = creator::place_in(self.queue().id).is_some();
        let scope = Scope { context: self.clone(), in_front, scope: PhantomData, env: PhantomData };
        // Also when `f` panics. The guard is ours alone: nobody can forget it.
        let _finish = Finished(self, in_front);
        f(&scope)
    }

    /// Queues a transfer of `len` elements in stream order.
    ///
    /// # Safety
    /// The host memory is valid for `len` elements, and used by nobody else, until the request is final.
    pub(crate) unsafe fn queue_transfer<'a, T: NoUninit, R>(
        &self,
        host: Host,
        memory: VeSlice<'_, T>,
        len: usize,
        finish: Finish<R>,
    ) -> Request<'a, R> {
        let (address, bytes) = (memory.region.address, len * size_of::<T>());
        let (access, operation) = match host {
            Host::To(_) => (Access::Read, "Context::read"),
            Host::From(_) => (Access::Write, "Context::write"),
        };
        let checked = memory.same_length(operation, len).and_then(|()| check_owner(self, memory.region.proc));
        if let Err(error) = checked {
            return Request::failed(self, error, host.what(address, bytes), finish);
        }
        let (queue, what) = (self.queue(), host.what(address, bytes));
        let limit = queue.limit();
        if let Err(blocked) = memory.region.order(queue.index, access, &limit) {
            return Request::failed(self, what.blocked(blocked), what, finish);
        }
        let note = |stamp| memory.region.note(queue.index, stamp, access);
        // SAFETY: the caller vouches for the host memory.
        unsafe { self.submit_transfer(host, address, bytes, finish, &limit, note) }
    }

    /// Queues a transfer.
    ///
    /// # Safety
    /// The host memory is valid for `bytes` bytes, and used by nobody else, until the request is final.
    pub(crate) unsafe fn submit_transfer<'a, R>(
        &self,
        host: Host,
        address: u64,
        bytes: usize,
        finish: Finish<R>,
        limit: &Limit,
        note: impl FnOnce(u64),
    ) -> Request<'a, R> {
        self.submit(host.what(address, bytes), finish, limit, |queue, submitter| {
            let stamp = submitter.next_stamp();
            note(stamp);
            let id = match host {
                // SAFETY: the caller vouches for the host memory.
                Host::To(to) => unsafe { queue.api.async_read_mem(queue.handle, to, address, bytes) },
                // SAFETY: the caller vouches for the host memory.
                Host::From(from) => unsafe { queue.api.async_write_mem(queue.handle, address, from, bytes) },
            };
            Ok(id.map(|id| (id, stamp)))
        })
    }
}

/// The host's side of a transfer, and its direction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Host {
    To(*mut u8),
    From(*const u8),
}

impl Host {
    /// The same, `bytes` further on.
    pub(crate) fn skip(self, bytes: usize) -> Self {
        match self {
            Self::To(to) => Self::To(to.wrapping_add(bytes)),
            Self::From(from) => Self::From(from.wrapping_add(bytes)),
        }
    }

    pub(crate) fn what(self, address: u64, bytes: usize) -> What {
        match self {
            Self::To(_) => What::Read { address, bytes },
            Self::From(_) => What::Write { address, bytes },
        }
    }
}

/// Gives the vector back that was kept for the transfer.
pub(crate) fn give_back<T: Send + 'static>(_value: u64, keep: Option<Box<dyn Any + Send>>) -> Result<Vec<T>> {
    let vector = keep.and_then(|keep| keep.downcast::<Vec<T>>().ok());
    vector.map(|vector| *vector).ok_or_else(|| Error::Ended {
        function: "a transfer".into(),
        library: None,
        report: None,
    })
}

/// The address of memory that was allocated; what was kept is the error if there is none.
fn allocated(address: u64, keep: Option<Box<dyn Any + Send>>) -> Result<VePtr<u8>> {
    match keep.and_then(|keep| keep.downcast::<Error>().ok()) {
        Some(no_memory) if address == 0 => Err(*no_memory),
        _ => Ok(VePtr::from_addr(address)),
    }
}

pub(crate) fn nothing(_value: u64, _keep: Option<Box<dyn Any + Send>>) -> Result<()> {
    Ok(())
}

/// Transfers that borrow host memory. Made by [`Context::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    context: Context,
    /// It is in a host function of this context, so its end cannot wait for what is queued in it.
    in_front: bool,
    /// Both invariant, as in `std::thread::Scope`.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a transfer that borrows until the end of the scope; if that cannot wait for it, the request says so.
    pub(crate) fn lend(&self, what: What, queue: impl FnOnce(&Context) -> Request<'scope, ()>) -> Request<'scope, ()> {
        if self.in_front {
            return Request::failed(&self.context, what.blocked(Blocked::Behind), what, nothing);
        }
        queue(&self.context)
    }

    /// Queues a copy of a buffer, or of a part of one, to host memory. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// As [`Context::read`].
    pub fn read<'b, T>(&'scope self, from: impl Into<VeSlice<'b, T>>, to: &'scope mut [T]) -> Request<'scope, ()>
    where
        T: AnyBitPattern + NoUninit,
    {
        let (host, from) = (Host::To(to.as_mut_ptr().cast()), from.into());
        self.lend(host.what(from.region.address, size_of_val(to)), |context| {
            // SAFETY: `to` is borrowed for `'scope`, which does not end before the transfer has (`Finished`).
            unsafe { context.queue_transfer(host, from, to.len(), nothing) }
        })
    }

    /// Queues a copy of host memory to a buffer, or to a part of one. Wraps `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`Context::read`].
    pub fn write<'b, T>(&'scope self, to: impl Into<VeSliceMut<'b, T>>, from: &'scope [T]) -> Request<'scope, ()>
    where
        T: NoUninit,
    {
        let (host, to) = (Host::From(from.as_ptr().cast()), to.into().0);
        self.lend(host.what(to.region.address, size_of_val(from)), |context| {
            // SAFETY: `from` is borrowed for `'scope`, which does not end before the transfer has (`Finished`).
            unsafe { context.queue_transfer(host, to, from.len(), nothing) }
        })
    }

    /// Queues a copy from any VE address to host memory. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// As [`Context::read_mem`].
    pub fn read_mem<T>(&'scope self, from: VePtr<T>, to: &'scope mut [T]) -> Request<'scope, ()>
    where
        T: AnyBitPattern + NoUninit,
    {
        let (host, bytes) = (Host::To(to.as_mut_ptr().cast()), size_of_val(to));
        self.lend(host.what(from.addr(), bytes), |context| {
            // SAFETY: as in `read`.
            unsafe { context.submit_transfer(host, from.addr(), bytes, nothing, &context.queue().limit(), |_| ()) }
        })
    }

    /// Queues a copy of host memory to any VE address. Wraps `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`Context::read_mem`].
    pub fn write_mem<T>(&'scope self, to: VePtr<T>, from: &'scope [T]) -> Request<'scope, ()>
    where
        T: NoUninit,
    {
        let (host, bytes) = (Host::From(from.as_ptr().cast()), size_of_val(from));
        self.lend(host.what(to.addr(), bytes), |context| {
            // SAFETY: as in `write`.
            unsafe { context.submit_transfer(host, to.addr(), bytes, nothing, &context.queue().limit(), |_| ()) }
        })
    }

    /// The context of this scope, for calls between the transfers.
    pub fn context(&self) -> &Context {
        &self.context
    }
}

impl fmt::Debug for Scope<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("context", &self.context).finish()
    }
}

/// Waits for the whole queue when dropped, unless it stands in front of it: then nothing was lent.
struct Finished<'c>(&'c Context, bool);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        if self.1 {
            return;
        }
        let queue = self.0.queue();
        let _waiting = queue.waiting();
        let limit = queue.limit();
        if limit.is_set() && !queue.finishes_within(&limit) {
            let proc = &self.0.0.proc;
            tracing::error!(
                target: "veo::call",
                process = proc.id(),
                "the transfers of a scope did not finish within the deadline, and nothing else ends them: killing the VE process"
            );
            proc.api.kill(proc.handle);
        }
        // Not `Queue::drain`, which trusts stamps: those say what the worker finished, and this is about host memory.
        queue.api.context_sync(queue.handle);
    }
}
