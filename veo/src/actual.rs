//! Actual arguments: what a stub makes of whatever it is passed.
//!
//! A stub is generic over the forms of its arguments, so its code comes once for each combination. It does no more than
//! write a few words on the stack for each argument; all that is done with them is in [`call`](crate::call), once.

use std::fmt;
use std::marker::PhantomData;
use std::mem::MaybeUninit;
use std::ptr::NonNull;

use bytemuck::{AnyBitPattern, NoUninit};
use veo_engine::signature::Class;

use crate::api::Pack;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::function::Function;
use crate::global::Variable;
use crate::inner::ProcInner;
use crate::limit::Limit;
use crate::region::{Allocation, Region};
use crate::request::What;
use crate::stack::StackImages;
use crate::uses::Access;

/// One argument of a call that is about to be made. `'a` is that of the host memory that the call writes.
#[derive(Debug)]
pub struct Actual<'s, 'a>(Kind<'s, 'a>);

#[derive(Debug)]
enum Kind<'s, 'a> {
    Word(u64),
    Double(f64),
    Float(f32),
    /// VE memory, of which the use is ordered and noted.
    Whole(&'s Allocation, Access),
    Part(&'s Region<'s>, Access),
    Variable(&'s Variable, Access),
    /// A copy on the VE stack.
    StackIn(&'s [u8]),
    /// A copy that is copied back, of memory that `'a` is the exclusive borrow of; `None` once it is packed.
    StackOut {
        bytes: Option<NonNull<u8>>,
        len: usize,
        inout: bool,
        memory: PhantomData<&'a mut [u8]>,
    },
    Owned(&'s dyn Owned),
    Callback(&'s Function, &'static CallbackTypes),
}

/// An address that may be passed to one process only.
pub(crate) trait Owned: fmt::Debug {
    /// Whether that is the context's.
    fn check(&self, context: &Context) -> Result<()>;

    fn word(&self) -> u64;
}

/// The types that a VE function must have to be passed as an argument.
#[derive(Debug)]
pub(crate) struct CallbackTypes {
    pub(crate) params: &'static [Class],
    pub(crate) ret: Class,
}

impl<'s, 'a> Actual<'s, 'a> {
    /// Of an argument that goes as a whole. There is none if it was used before.
    #[inline]
    pub(crate) fn by_value<T>(argument: &mut Option<T>, actual: impl FnOnce(T) -> Self) -> Self {
        argument.take().map_or(Self::word(0), actual)
    }

    /// Of an argument that has what the call needs, and stays where it is.
    #[inline]
    pub(crate) fn by_ref<T>(argument: &'s mut Option<T>, actual: impl FnOnce(&'s T) -> Self) -> Self {
        argument.as_ref().map_or(Self::word(0), actual)
    }

    #[inline]
    pub(crate) fn word(value: u64) -> Self {
        Self(Kind::Word(value))
    }

    #[inline]
    pub(crate) fn double(value: f64) -> Self {
        Self(Kind::Double(value))
    }

    #[inline]
    pub(crate) fn float(value: f32) -> Self {
        Self(Kind::Float(value))
    }

    #[inline]
    pub(crate) fn whole(memory: &'s Allocation, access: Access) -> Self {
        Self(Kind::Whole(memory, access))
    }

    #[inline]
    pub(crate) fn part(memory: &'s Region<'s>, access: Access) -> Self {
        Self(Kind::Part(memory, access))
    }

    #[inline]
    pub(crate) fn variable(variable: &'s Variable, access: Access) -> Self {
        Self(Kind::Variable(variable, access))
    }

    #[inline]
    pub(crate) fn owned(address: &'s dyn Owned) -> Self {
        Self(Kind::Owned(address))
    }

    #[inline]
    pub(crate) fn callback(function: &'s Function, wanted: &'static CallbackTypes) -> Self {
        Self(Kind::Callback(function, wanted))
    }

    /// Data that travels on the VE stack.
    #[inline]
    pub(crate) fn copy_in<T: NoUninit>(data: &'s [T]) -> Self {
        const { check_alignment::<T>() };
        Self(Kind::StackIn(bytemuck::cast_slice(data)))
    }

    /// The same, and back.
    #[inline]
    pub(crate) fn copy_in_out<T: NoUninit + AnyBitPattern>(data: &'a mut [T]) -> Self {
        Self::copy_back(data, true)
    }

    /// Room for data that comes back.
    #[inline]
    pub(crate) fn copy_out<T: AnyBitPattern>(room: &'a mut [MaybeUninit<T>]) -> Self {
        Self::copy_back(room, false)
    }

    /// The same, over bytes that were other ones before.
    #[inline]
    pub(crate) fn copy_over(bytes: &'a mut [u8]) -> Self {
        Self::copy_back(bytes, false)
    }

    /// Any bytes are elements of this slice; if `inout`, it has no others.
    #[inline]
    fn copy_back<T>(slice: &'a mut [T], inout: bool) -> Self {
        const { check_alignment::<T>() };
        let bytes = NonNull::new(slice.as_mut_ptr().cast());
        Self(Kind::StackOut { bytes, len: size_of_val(slice), inout, memory: PhantomData })
    }

    /// Waits for what the argument conflicts with on other contexts, with nothing locked.
    #[inline]
    pub(crate) fn order(&self, context: &Context, what: What, limit: &Limit) -> Result<()> {
        let wait = |memory: Region<'_>, access| {
            check_owner(context, memory.proc)?;
            memory.order(context.queue().index, access, limit).map_err(|blocked| what.blocked(blocked))
        };
        match &self.0 {
            Kind::Word(_) | Kind::Double(_) | Kind::Float(_) | Kind::StackIn(_) | Kind::StackOut { .. } => Ok(()),
            Kind::Whole(memory, access) => wait(memory.region(), *access),
            Kind::Part(memory, access) => wait(**memory, *access),
            Kind::Variable(variable, access) => wait(variable.loaded()?, *access),
            Kind::Owned(address) => address.check(context),
            Kind::Callback(function, wanted) => function.check_callback(context, wanted),
        }
    }

    /// Packs it, and notes the use of its memory.
    #[inline]
    pub(crate) fn put(&mut self, packing: &mut Packing<'_>) {
        match &mut self.0 {
            Kind::Word(value) => packing.pack.word(*value),
            Kind::Double(value) => packing.pack.double(*value),
            Kind::Float(value) => packing.pack.float(*value),
            Kind::Whole(memory, access) => packing.memory(memory.region(), *access),
            Kind::Part(memory, access) => packing.memory(**memory, *access),
            Kind::Variable(variable, access) => packing.memory(variable.region(), *access),
            Kind::StackIn(bytes) => packing.stack_in(bytes),
            Kind::StackOut { bytes, len, inout, .. } => match bytes.take() {
                // SAFETY: the exclusive borrow that it was made of lasts for `'a`, and nobody else has the pointer any more.
                Some(bytes) => unsafe { packing.stack_out(bytes.as_ptr(), *len, *inout) },
                None => packing.pack.word(0),
            },
            Kind::Owned(address) => packing.pack.word(address.word()),
            Kind::Callback(function, _) => packing.pack.word(function.addr()),
        }
    }
}

/// An argument list in the making.
pub(crate) struct Packing<'q> {
    pub(crate) pack: &'q mut Pack,
    /// The context's number, for the notes of uses, and the stamp of the submission.
    pub(crate) queue: u16,
    pub(crate) stamp: u64,
    /// What travels on the VE stack.
    pub(crate) stack: Option<Box<StackImages>>,
}

impl Packing<'_> {
    /// Adds the address of VE memory, and notes the use.
    #[inline]
    fn memory(&mut self, memory: Region<'_>, access: Access) {
        memory.note(self.queue, self.stamp, access);
        self.pack.word(memory.address);
    }

    #[cold]
    fn stack_in(&mut self, bytes: &[u8]) {
        // The argument ends with this call, but the bytes are read at the submission: so they are staged, too.
        let image = self.stack.get_or_insert_default().add_input(bytes);
        // SAFETY: the image stays in place, and alive until the request is final.
        unsafe { self.pack.stack_in(image, bytes.len()) };
    }

    /// # Safety
    /// `to` is valid for reads (if `inout`) and writes of `len` bytes, exclusively, as long as the request may be waited for.
    #[cold]
    unsafe fn stack_out(&mut self, to: *mut u8, len: usize, inout: bool) {
        let image = self.stack.get_or_insert_default().add(to, len);
        if inout {
            // SAFETY: the image has `len` bytes; the caller vouches for `to`.
            unsafe { image.copy_from_nonoverlapping(to, len) };
        }
        // SAFETY: the image stays in place, and alive until the request is final.
        unsafe { self.pack.stack_out(image, len, inout) };
    }
}

/// Stack arguments are 8-byte aligned on the VE.
pub(crate) const fn check_alignment<T>() {
    assert!(
        align_of::<T>() <= 8,
        "stack arguments are aligned to 8 bytes on a VE: put this type into a VeBuffer instead"
    );
}

/// Whether memory may be used here: it must belong to the context's process.
pub(crate) fn check_owner(context: &Context, owner: &ProcInner) -> Result<()> {
    let used = context.0.proc.id();
    if owner.id() == used {
        return Ok(());
    }
    Err(Error::WrongProcess { what: "a VE buffer", owner: owner.id(), used })
}
