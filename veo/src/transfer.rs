//! Transfers in the queue of a context: with owned host memory, or with borrowed memory inside a scope.
//!
//! libveo reads and writes host memory when a request runs, from a thread of its own. A request that is forgotten must not
//! leave it a dangling pointer, so host memory is given away and comes back with the result, or is borrowed by a scope
//! whose end waits for everything, forgotten requests included.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::buffer::VeBuffer;
use crate::call::check_owner;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::request::{Finish, Request, What};
use crate::slice::VeSlice;
use crate::uses::Access;

impl Context {
    /// Queues a copy of a buffer to host memory, which comes back with the result. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// When it is waited for: the lengths differ, the buffer belongs to another process, or the process has ended.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let ctx = proc.open_context()?;
    /// let x = proc.upload(&[1.0, 2.0])?;
    /// assert_eq!(ctx.read(&x, vec![0.0; 2]).wait()?, [1.0, 2.0]);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn read<T>(&self, from: &VeBuffer<T>, to: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: AnyBitPattern + NoUninit + Send,
    {
        let mut to = to;
        let (pointer, len) = (to.as_mut_ptr().cast(), to.len());
        // SAFETY: the request owns the vector, and keeps it in place until it is final; if it is forgotten, so is the
        // vector.
        unsafe { self.queue_read(from.as_slice(), pointer, len, give_back::<T>) }.keeping(Box::new(to))
    }

    /// Queues a copy of host memory to a buffer; the host memory comes back with the result. Wraps `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn write<T>(&self, to: &mut VeBuffer<T>, from: Vec<T>) -> Request<'static, Vec<T>>
    where
        T: NoUninit + Send,
    {
        let (pointer, len) = (from.as_ptr().cast(), from.len());
        // SAFETY: as in `read`.
        unsafe { self.queue_write(to.as_slice(), pointer, len, give_back::<T>) }.keeping(Box::new(from))
    }

    /// Runs `f` with a scope, in which transfers may borrow host memory. Returns when all of them have finished, whatever
    /// became of their requests.
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
        let scope = Scope { context: self.clone(), scope: PhantomData, env: PhantomData };
        // Also when `f` panics. The guard is ours alone: nobody can forget it.
        let _finish = Finished(self);
        f(&scope)
    }

    /// # Safety
    /// `to` is valid for writes of `len` elements until the request is final.
    unsafe fn queue_read<'a, T: NoUninit, R>(
        &self,
        from: VeSlice<'_, T>,
        to: *mut u8,
        len: usize,
        finish: Finish<R>,
    ) -> Request<'a, R> {
        let (address, bytes) = (from.pointer.addr(), len * size_of::<T>());
        self.queue_transfer(from, len, Access::Read, What::Read { address, bytes }, finish, |context| {
            let queue = context.queue();
            // SAFETY: the caller vouches for the host memory.
            unsafe { queue.api.async_read_mem(queue.handle, to, address, bytes) }
        })
    }

    /// # Safety
    /// `from` is valid for reads of `len` elements, and unchanged, until the request is final.
    unsafe fn queue_write<'a, T: NoUninit, R>(
        &self,
        to: VeSlice<'_, T>,
        from: *const u8,
        len: usize,
        finish: Finish<R>,
    ) -> Request<'a, R> {
        let (address, bytes) = (to.pointer.addr(), len * size_of::<T>());
        self.queue_transfer(to, len, Access::Write, What::Write { address, bytes }, finish, |context| {
            let queue = context.queue();
            // SAFETY: the caller vouches for the host memory.
            unsafe { queue.api.async_write_mem(queue.handle, address, from, bytes) }
        })
    }

    fn queue_transfer<'a, T, R>(
        &self,
        memory: VeSlice<'_, T>,
        len: usize,
        access: Access,
        what: What,
        finish: Finish<R>,
        submit: impl FnOnce(&Self) -> Option<u64>,
    ) -> Request<'a, R> {
        let operation = if access == Access::Read { "Context::read" } else { "Context::write" };
        let checked = memory.same_length(operation, len).and_then(|()| check_owner(self, memory.proc));
        if let Err(error) = checked {
            return Request::failed(self, error, what, finish);
        }
        let queue = self.queue();
        memory.order(queue.index, access);
        let mut submitter = queue.submitter();
        let stamp = submitter.next_stamp();
        memory.note(queue.index, stamp, access);
        let id = submit(self);
        drop(submitter);
        match id {
            Some(id) => Request::queued(self, id, stamp, what, finish),
            None => Request::failed(self, queue.refusal(what), what, finish),
        }
    }
}

/// Gives the vector back that was kept for the transfer.
fn give_back<T: Send + 'static>(_value: u64, keep: Option<Box<dyn Any + Send>>) -> Result<Vec<T>> {
    let vector = keep.and_then(|keep| keep.downcast::<Vec<T>>().ok());
    vector.map(|vector| *vector).ok_or_else(|| Error::Ended {
        function: "a transfer".into(),
        library: None,
        report: None,
    })
}

fn nothing(_value: u64, _keep: Option<Box<dyn Any + Send>>) -> Result<()> {
    Ok(())
}

/// Transfers that borrow host memory. Made by [`Context::scope`].
pub struct Scope<'scope, 'env: 'scope> {
    context: Context,
    /// Both invariant, as in `std::thread::Scope`.
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

impl<'scope> Scope<'scope, '_> {
    /// Queues a copy of a buffer to host memory. Wraps `veo_async_read_mem`.
    ///
    /// # Errors
    /// As [`Context::read`].
    pub fn read<T>(&'scope self, from: &VeBuffer<T>, to: &'scope mut [T]) -> Request<'scope, ()>
    where
        T: AnyBitPattern + NoUninit,
    {
        // SAFETY: `to` is borrowed for `'scope`, which does not end before the transfer has (`Finished`).
        unsafe { self.context.queue_read(from.as_slice(), to.as_mut_ptr().cast(), to.len(), nothing) }
    }

    /// Queues a copy of host memory to a buffer. Wraps `veo_async_write_mem`.
    ///
    /// # Errors
    /// As [`Context::read`].
    pub fn write<T>(&'scope self, to: &mut VeBuffer<T>, from: &'scope [T]) -> Request<'scope, ()>
    where
        T: NoUninit,
    {
        // SAFETY: `from` is borrowed for `'scope`, which does not end before the transfer has (`Finished`).
        unsafe { self.context.queue_write(to.as_slice(), from.as_ptr().cast(), from.len(), nothing) }
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

/// Waits for the whole queue when dropped.
struct Finished<'c>(&'c Context);

impl Drop for Finished<'_> {
    fn drop(&mut self) {
        let queue = self.0.queue();
        // Not `Queue::drain`, which trusts stamps: those say what the worker finished, and this is about host memory.
        queue.api.context_sync(queue.handle);
    }
}
