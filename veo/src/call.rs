//! A call in the making: what the expansion of `#[ve_offload]` drives. Not public API.
//!
//! Two phases. First every argument waits for what it conflicts with on other contexts, with nothing locked. Then the
//! queue is locked, the arguments are packed, and the call is submitted.

use std::marker::PhantomData;
use std::sync::MutexGuard;

use crate::arg::{VeArg, VeRet};
use crate::context::Context;
use crate::declaration::Declaration;
use crate::error::{Error, Result};
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::observe;
use crate::queue::Submitter;
use crate::request::{Finish, Request, What};
use crate::slice::VeSlice;
use crate::stack::StackImages;
use crate::uses::Access;

/// Phase one.
#[derive(Debug)]
pub struct Call<'c> {
    context: &'c Context,
    what: What,
    address: Result<u64, Box<Error>>,
    limit: Limit,
}

impl<'c> Call<'c> {
    /// Looks up the function's address in the context's process.
    #[inline]
    #[must_use]
    pub fn new(context: &'c Context, declaration: &'static Declaration) -> Self {
        let address = context.0.proc.address(declaration).map_err(Box::new);
        Self { context, what: What::Call(declaration), address, limit: context.queue().limit() }
    }

    /// A call of a function that was looked up before.
    pub(crate) fn to(context: &'c Context, what: What, address: Result<u64>) -> Self {
        Self { context, what, address: address.map_err(Box::new), limit: context.queue().limit() }
    }

    pub(crate) fn context(&self) -> &'c Context {
        self.context
    }

    /// Waits for what a use of memory conflicts with.
    #[inline]
    pub(crate) fn wait_for<T>(&self, memory: VeSlice<'_, T>, access: Access) -> Result<()> {
        check_owner(self.context, memory.proc)?;
        let own = self.context.queue().index;
        memory.order(own, access, &self.limit).map_err(|blocked| self.what.blocked(blocked))
    }

    /// Lets memory wait for what its use conflicts with.
    pub(crate) fn order_memory(mut self, memory: &VeSlice<'_, u8>, access: Access) -> Self {
        if self.address.is_ok()
            && let Err(error) = self.wait_for(*memory, access)
        {
            self.address = Err(Box::new(error));
        }
        self
    }

    /// Lets an argument wait for what it conflicts with.
    #[inline]
    #[must_use]
    pub fn order<'a, D: ?Sized, M>(mut self, arg: &impl VeArg<'a, D, M>) -> Self {
        if self.address.is_ok()
            && let Err(error) = arg.order(&self)
        {
            self.address = Err(Box::new(error));
        }
        self
    }

    /// Locks the queue.
    #[inline]
    #[must_use]
    pub fn begin<'a>(self) -> Packing<'c, 'a> {
        let Self { context, what, address, limit } = self;
        let target = address.and_then(|address| {
            let turn = context.queue().turn(&limit);
            let mut submitter = turn.map_err(|blocked| Box::new(what.blocked(blocked)))?;
            submitter.pack.clear();
            let stamp = submitter.next_stamp();
            Ok(Target { address, submitter, stamp })
        });
        Packing { context, what, target, stack: None, memory: PhantomData }
    }
}

/// Phase two.
#[derive(Debug)]
pub struct Packing<'c, 'a> {
    context: &'c Context,
    what: What,
    target: Result<Target<'c>, Box<Error>>,
    stack: Option<Box<StackImages>>,
    /// The memory that the images go to.
    memory: PhantomData<&'a mut u8>,
}

struct Target<'c> {
    address: u64,
    submitter: MutexGuard<'c, Submitter>,
    stamp: u64,
}

impl std::fmt::Debug for Target<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Target").field("address", &self.address).finish_non_exhaustive()
    }
}

impl<'a> Packing<'_, 'a> {
    /// Adds the next argument.
    #[inline]
    pub fn put<D: ?Sized, M>(&mut self, arg: impl VeArg<'a, D, M>) {
        arg.put(self);
    }

    /// Submits the call.
    #[inline]
    #[must_use]
    pub fn submit<R: VeRet>(self) -> Request<'a, R::Output> {
        self.submit_for(|word, _| Ok(R::from_word(word)))
    }

    /// Submits the call; `finish` makes its result of the word that it leaves.
    #[inline]
    pub(crate) fn submit_for<T>(self, finish: Finish<T>) -> Request<'a, T> {
        let what = self.what;
        let Target { address, submitter, stamp } = match self.target {
            Ok(target) => target,
            Err(error) => return Request::failed(self.context, *error, what, finish),
        };
        let queue = self.context.queue();
        if let Some(error) = self.stack.as_ref().and_then(|stack| too_large(stack, what)) {
            drop(submitter);
            return Request::failed(self.context, error, what, finish);
        }
        // SAFETY: the only buffers that come back are in `stack`, which the request keeps until it is final.
        let id = unsafe { queue.api.call_async(queue.handle, address, &submitter.pack) };
        let Some(id) = id else {
            drop(submitter);
            return Request::failed(self.context, queue.refusal(what), what, finish);
        };
        observe::submitted(queue, submitter, what, id, || self.stack.as_ref().map_or(0, |stack| stack.bytes()));
        Request::queued(self.context, id, stamp, what, finish).with_stack(self.stack)
    }

    #[inline]
    pub(crate) fn word(&mut self, value: u64) {
        if let Ok(target) = &mut self.target {
            target.submitter.pack.word(value);
        }
    }

    #[inline]
    pub(crate) fn double(&mut self, value: f64) {
        if let Ok(target) = &mut self.target {
            target.submitter.pack.double(value);
        }
    }

    #[inline]
    pub(crate) fn float(&mut self, value: f32) {
        if let Ok(target) = &mut self.target {
            target.submitter.pack.float(value);
        }
    }

    /// Adds the address of VE memory, and notes the use.
    #[inline]
    pub(crate) fn buffer<T>(&mut self, memory: VeSlice<'_, T>, access: Access) {
        if let Ok(target) = &mut self.target {
            memory.note(self.context.queue().index, target.stamp, access);
            target.submitter.pack.word(memory.pointer.addr());
        }
    }

    /// Adds bytes that travel on the VE stack.
    pub(crate) fn stack_in(&mut self, bytes: &[u8]) {
        if let Ok(target) = &mut self.target {
            // The argument ends with this call, but the bytes are read at the submission: so they are staged, too.
            let image = self.stack.get_or_insert_default().add_input(bytes);
            // SAFETY: the image stays in place, and alive until the request is final.
            unsafe { target.submitter.pack.stack_in(image, bytes.len()) };
        }
    }

    /// Adds memory that is written when the call has finished, and is read before if `inout`.
    ///
    /// # Safety
    /// `to` is valid for reads (if `inout`) and writes of `len` bytes, exclusively, during `'a`.
    pub(crate) unsafe fn stack_out(&mut self, to: *mut u8, len: usize, inout: bool) {
        if let Ok(target) = &mut self.target {
            let image = self.stack.get_or_insert_default().add(to, len);
            if inout {
                // SAFETY: the image has `len` bytes; the caller vouches for `to`.
                unsafe { image.copy_from_nonoverlapping(to, len) };
            }
            // SAFETY: the image stays in place, and alive until the request is final.
            unsafe { target.submitter.pack.stack_out(image, len, inout) };
        }
    }
}

/// What a call's stack arguments may have together: libveo's own limit is hardly larger, and less clear.
const STACK_LIMIT: usize = 63 << 20;

fn too_large(stack: &StackImages, what: What) -> Option<Error> {
    let bytes = stack.bytes();
    (bytes > STACK_LIMIT).then(|| Error::Refused {
        operation: what.to_string(),
        reason: format!(
            "its stack arguments have {bytes} bytes, and a call takes at most 63 MiB of them; use `Proc::upload` for large data"
        ),
    })
}

/// Whether a buffer may be used here: it must belong to the context's process.
pub(crate) fn check_owner(context: &Context, owner: &ProcInner) -> Result<()> {
    let used = context.0.proc.id();
    if owner.id() == used {
        return Ok(());
    }
    Err(Error::WrongProcess { what: "a VE buffer", owner: owner.id(), used })
}
