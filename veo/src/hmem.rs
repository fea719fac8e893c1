//! Heterogeneous memory (HMEM): VE addresses with a tag that says which process they belong to.
//!
//! ```text
//!   bit 63        1: a VE address
//!   bits 62..59   the process, by its identifier: 0 to 15
//!   bits 58..0    the VE address
//! ```

use std::ffi::c_void;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, Weak};

use bytemuck::{AnyBitPattern, NoUninit};

use crate::actual::{Actual, Owned};
use crate::arg::{Erased, Exact, VeArg};
use crate::context::Context;
use crate::copy::copy_now;
use crate::error::{Error, Result};
use crate::inner::ProcInner;
use crate::lock::lock;
use crate::pointer::VePtr;
use crate::process::Proc;
use crate::region::Region;
use crate::slice::VeSlice;
use crate::uses::Uses;

/// How many processes tags can tell apart: those with a larger [identifier](Proc::identifier) have no HMEM. What
/// `veo_get_max_proc_identifier` returns.
pub const MAX_HMEM_PROCS: u32 = veo_sys::VEO_MAX_HMEM_PROCS.unsigned_abs();

const TAG: u64 = veo_sys::VEO_HMEM_VE_BIT | veo_sys::VEO_HMEM_PROC_MASK;

/// Whether an address is tagged as one of a VE process. What `veo_is_ve_addr` returns.
///
/// ```
/// assert!(!veo::is_ve_addr(0x1000));
/// assert!(veo::is_ve_addr(0x8000_0000_0000_1000));
/// ```
#[must_use]
pub const fn is_ve_addr(address: u64) -> bool {
    address & veo_sys::VEO_HMEM_VE_BIT != 0
}

/// A tagged VE address of a `T`: it says which VE process it belongs to. As [`VePtr`], it says nothing about lifetime or length.
///
/// A stub takes it for a declared pointer, and passes the address without the tag, which is an address everywhere; a kernel
/// that wants the tag takes a `u64`, [`addr`](Self::addr).
///
/// ```
/// use veo::hmemcpy;
///
/// let proc = veo::Proc::create(0)?;
/// let x = proc.alloc_hmem::<i32>(3)?;
/// hmemcpy(x, &[1, 2, 3], 3)?; // to, from, elements
/// let mut back = [0; 2];
/// hmemcpy(&mut back, x.add(1), 2)?;
/// assert_eq!(back, [2, 3]);
/// proc.free_hmem(x)?;
/// # Ok::<(), veo::Error>(())
/// ```
pub struct HmemPtr<T>(u64, PhantomData<fn() -> T>);

impl<T> HmemPtr<T> {
    /// The pointer with this address, tag included.
    #[must_use]
    pub const fn from_addr(address: u64) -> Self {
        Self(address, PhantomData)
    }

    /// The address, tag included.
    #[must_use]
    pub const fn addr(self) -> u64 {
        self.0
    }

    /// Whether it is tagged. What `veo_is_ve_addr` returns.
    #[must_use]
    pub const fn is_ve_addr(self) -> bool {
        is_ve_addr(self.0)
    }

    /// The VE address without the tag. What `veo_get_hmem_addr` returns.
    #[must_use]
    pub const fn as_ptr(self) -> VePtr<T> {
        VePtr::from_addr(if self.is_ve_addr() { self.0 & !TAG } else { self.0 })
    }

    /// The identifier of the process in the tag, if there is one. What `veo_get_proc_identifier_from_hmem` returns.
    #[must_use]
    pub const fn proc_identifier(self) -> Option<u32> {
        let identifier = (self.0 & veo_sys::VEO_HMEM_PROC_MASK) >> veo_sys::VEO_HMEM_PROC_SHIFT;
        if self.is_ve_addr() { Some(identifier as u32) } else { None }
    }

    /// The address `count` elements further on, of the same process.
    #[must_use]
    pub const fn add(self, count: usize) -> Self {
        Self::from_addr(self.0 & TAG | self.as_ptr().add(count).addr() & !TAG)
    }

    /// The same address, of another type.
    #[must_use]
    pub const fn cast<U>(self) -> HmemPtr<U> {
        HmemPtr::from_addr(self.0)
    }

    /// The process it belongs to. What `veo_get_proc_handle_from_hmem` returns.
    ///
    /// # Errors
    /// It is not tagged, or no process with this identifier that has [asked for it](Proc::identifier) is there any more.
    pub fn proc(self) -> Result<Proc> {
        self.owner("the process of an HMEM pointer").map(Proc)
    }

    /// The PID of the VE process. Wraps `veo_get_pid_from_hmem`.
    ///
    /// # Errors
    /// As [`proc`](Self::proc), or the process has ended, or this libveo is older than API version 13.
    pub fn pid(self) -> Result<i32> {
        let owner = self.owner("the PID of an HMEM pointer")?;
        // SAFETY: the process is alive.
        let pid = unsafe { owner.api.pid_from_hmem(self.0) }?;
        pid.ok_or_else(|| ended(&owner, "asking for the PID of an HMEM pointer"))
    }

    /// The node of the VE process, as numbered by the system. Wraps `veo_get_venum_from_hmem`.
    ///
    /// # Errors
    /// As [`pid`](Self::pid).
    pub fn node(self) -> Result<i32> {
        let owner = self.owner("the node of an HMEM pointer")?;
        // SAFETY: the process is alive.
        let node = unsafe { owner.api.node_from_hmem(self.0) }?;
        node.ok_or_else(|| ended(&owner, "asking for the node of an HMEM pointer"))
    }

    fn owner(self, operation: &str) -> Result<Arc<ProcInner>> {
        let refused = |reason: String| Error::Refused { operation: format!("{operation} {self:?}"), reason };
        let Some(identifier) = self.proc_identifier() else {
            return Err(refused("it is not tagged; `Proc::hmem_ptr` tags an address".into()));
        };
        let mut owners = owners(identifier);
        match (owners.pop(), owners.is_empty()) {
            (Some(owner), true) => Ok(owner),
            (Some(_), false) => Err(refused(format!("processes of two engines have the identifier {identifier}"))),
            (None, _) => Err(refused(format!(
                "no process with the identifier {identifier} has HMEM; it has ended, or its identifier was never asked for"
            ))),
        }
    }
}

/// The processes whose identifiers were asked for: libveo crashes on the tag of one that is not there. Of several engines,
/// processes may have the same.
static OWNERS: Mutex<Vec<(u32, Weak<ProcInner>)>> = Mutex::new(Vec::new());

/// Notes that a process was asked for its identifier.
pub(crate) fn note_owner(identifier: u32, proc: &Arc<ProcInner>) {
    let mut owners = lock(&OWNERS);
    owners.retain(|(_, owner)| owner.strong_count() > 0);
    if !owners.iter().any(|(_, owner)| std::ptr::eq(owner.as_ptr(), Arc::as_ptr(proc))) {
        owners.push((identifier, Arc::downgrade(proc)));
    }
}

fn owners(identifier: u32) -> Vec<Arc<ProcInner>> {
    // One of these may be the last handle; what its drop does is not to be done with the lock held.
    let owners =
        lock(&OWNERS).iter().filter(|(known, _)| *known == identifier).map(|(_, owner)| owner.clone()).collect();
    let owners: Vec<Weak<ProcInner>> = owners;
    // One that was destroyed has lost its identifier to others.
    let is_its_own =
        |owner: &Arc<ProcInner>| matches!(owner.api.proc_identifier(owner.handle), Ok(Some(own)) if own == identifier);
    owners.iter().filter_map(Weak::upgrade).filter(is_its_own).collect()
}

/// An HMEM pointer is used in its own process.
fn own(owner: &ProcInner, used: &ProcInner) -> Result<()> {
    if owner.id() == used.id() {
        return Ok(());
    }
    Err(Error::WrongProcess { what: "an HMEM pointer", owner: owner.id(), used: used.id() })
}

fn ended(proc: &ProcInner, operation: &str) -> Error {
    Error::Ended { function: operation.to_owned(), library: None, report: proc.api.report(proc.handle) }
}

impl Proc {
    /// The identifier, if tags can tell it.
    fn hmem_identifier(&self, operation: &str) -> Result<u32> {
        let identifier = self.identifier()?;
        if identifier < MAX_HMEM_PROCS {
            return Ok(identifier);
        }
        Err(Error::Refused {
            operation: operation.to_owned(),
            reason: format!(
                "this process has the identifier {identifier}, and only those below {MAX_HMEM_PROCS} have HMEM; destroy processes before you create more"
            ),
        })
    }

    /// Allocates HMEM for `len` elements, which nobody frees but [`free_hmem`](Self::free_hmem). Wraps `veo_alloc_hmem`.
    ///
    /// (Without a process, `veo_alloc_hmem` gives host memory. In Rust that is a slice, which [`hmemcpy`] takes.)
    ///
    /// # Errors
    /// No memory is left, the process has ended or has an [identifier](Self::identifier) above 15, or this libveo is older than
    /// API version 10.
    pub fn alloc_hmem<T: AnyBitPattern>(&self, len: usize) -> Result<HmemPtr<T>> {
        self.hmem_identifier("allocating HMEM")?;
        let bytes = len.checked_mul(size_of::<T>()).ok_or_else(|| self.0.no_memory(usize::MAX))?;
        let _entered = self.0.enter(|| format!("allocating {bytes} bytes of HMEM"))?;
        let address = self.0.api.alloc_hmem(self.0.handle, bytes)?;
        address.map(HmemPtr::from_addr).ok_or_else(|| self.0.no_memory(bytes))
    }

    /// Frees what [`alloc_hmem`](Self::alloc_hmem) gave. Wraps `veo_free_hmem`.
    ///
    /// # Errors
    /// It belongs to another process, nothing is allocated there, or this libveo is older than API version 10.
    pub fn free_hmem<T>(&self, pointer: HmemPtr<T>) -> Result<()> {
        let owner = pointer.owner("freeing")?;
        own(&owner, &self.0)?;
        let _entered = owner.enter(|| format!("freeing {pointer:?}"))?;
        // SAFETY: the tag is that of this process.
        if unsafe { owner.api.free_hmem(owner.handle, pointer.0) }? {
            return Ok(());
        }
        Err(Error::Refused {
            operation: format!("freeing {pointer:?}"),
            reason: "nothing is allocated there; perhaps it was freed before".into(),
        })
    }

    /// Tags a VE address of this process. Wraps `veo_set_proc_identifier`.
    ///
    /// # Errors
    /// The process was destroyed or has an [identifier](Self::identifier) above 15, or this libveo is older than API version 12.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let x = proc.upload(&[1, 2, 3])?;
    /// let tagged = proc.hmem_ptr(x.as_ptr())?;
    /// assert_eq!((tagged.as_ptr(), tagged.proc_identifier()), (x.as_ptr(), Some(proc.identifier()?)));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn hmem_ptr<T>(&self, pointer: VePtr<T>) -> Result<HmemPtr<T>> {
        let identifier = self.hmem_identifier("tagging a VE address")?;
        let tagged = self.0.api.set_proc_identifier(pointer.addr() & !TAG, identifier)?;
        Ok(HmemPtr::from_addr(tagged))
    }
}

/// What [`hmemcpy`] reads.
#[derive(Debug)]
pub enum HmemSource<'a, T> {
    /// Memory of the host.
    Host(&'a [T]),
    /// Memory of a VE process.
    Ve(HmemPtr<T>),
}

/// What [`hmemcpy`] writes.
#[derive(Debug)]
pub enum HmemTarget<'a, T> {
    /// Memory of the host.
    Host(&'a mut [T]),
    /// Memory of a VE process.
    Ve(HmemPtr<T>),
}

macro_rules! sides {
    ($($side:ident { $($form:ty $(, $n:ident)?;)* })*) => {$($(
        impl<'a, T $(, const $n: usize)?> From<$form> for $side<'a, T> {
            fn from(host: $form) -> Self {
                Self::Host(host)
            }
        }
    )*

        impl<T> From<HmemPtr<T>> for $side<'_, T> {
            fn from(pointer: HmemPtr<T>) -> Self {
                Self::Ve(pointer)
            }
        }
    )*};
}

sides! {
    HmemSource { &'a [T]; &'a [T; N], N; &'a Vec<T>; }
    HmemTarget { &'a mut [T]; &'a mut [T; N], N; &'a mut Vec<T>; }
}

/// Copies `count` elements between host memory and HMEM, in either direction, or between HMEM; behind the requests of the main
/// contexts. What overlaps within a process is copied wrongly. Wraps `veo_hmemcpy`; between two processes, which that refuses,
/// `veo_read_mem` and `veo_write_mem`.
///
/// # Errors
/// Host memory does not have `count` elements, a pointer is not tagged or its process is not there any more, the address is bad,
/// the process has ended, or this libveo is older than API version 10.
pub fn hmemcpy<'t, 'f, T: AnyBitPattern + NoUninit>(
    to: impl Into<HmemTarget<'t, T>>,
    from: impl Into<HmemSource<'f, T>>,
    count: usize,
) -> Result<()> {
    let of_length = |slice: usize| match slice == count {
        true => Ok(()),
        false => Err(Error::Length { operation: "hmemcpy", buffer: count, slice }),
    };
    match (to.into(), from.into()) {
        (HmemTarget::Host(to), HmemSource::Host(from)) => {
            of_length(to.len()).and_then(|()| of_length(from.len()))?;
            to.copy_from_slice(from);
            Ok(())
        }
        (HmemTarget::Ve(to), HmemSource::Host(from)) => {
            of_length(from.len())?;
            let owner = to.owner("hmemcpy to")?;
            // SAFETY: the process is alive, and the host memory is a slice.
            unsafe { copy(&owner, to.0, tagged(to.0), from.as_ptr().cast(), size_of_val(from)) }
        }
        (HmemTarget::Host(to), HmemSource::Ve(from)) => {
            of_length(to.len())?;
            let owner = from.owner("hmemcpy from")?;
            // SAFETY: the process is alive, and the host memory is an exclusive slice, of which any bytes are elements.
            unsafe { copy(&owner, from.0, to.as_mut_ptr().cast(), tagged(from.0), size_of_val(to)) }
        }
        (HmemTarget::Ve(to), HmemSource::Ve(from)) => {
            let (target, source) = (to.owner("hmemcpy to")?, from.owner("hmemcpy from")?);
            let bytes = count.checked_mul(size_of::<T>()).ok_or_else(|| target.no_memory(usize::MAX))?;
            if Arc::ptr_eq(&target, &source) {
                // SAFETY: the process is alive, and none of it is host memory.
                return unsafe { copy(&target, to.0, tagged(to.0), tagged(from.0), bytes) };
            }
            let nobody = Uses::default();
            let bytes_of = |proc, pointer: VePtr<T>| VeSlice::new(Region::new(proc, pointer.addr(), &nobody), bytes);
            copy_now(&target.main.limit(), bytes_of(&source, from.as_ptr()), bytes_of(&target, to.as_ptr()))
        }
    }
}

fn tagged(address: u64) -> *mut c_void {
    std::ptr::without_provenance_mut(address as usize)
}

/// Copies from or to HMEM at `address` of the process.
///
/// # Safety
/// `to` and `from` are each host memory of `bytes` bytes, exclusive if it is `to`, or have the tag of this process.
unsafe fn copy(owner: &ProcInner, address: u64, to: *mut c_void, from: *const c_void, bytes: usize) -> Result<()> {
    let _entered = owner.enter(|| format!("copying {bytes} bytes of HMEM"))?;
    // SAFETY: the caller vouches for both.
    match unsafe { owner.api.hmemcpy(owner.handle, to, from, bytes) }? {
        true => Ok(()),
        false => Err(owner.bad_transfer("copy", address & !TAG, bytes)),
    }
}

impl<T> Clone for HmemPtr<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for HmemPtr<T> {}

impl<T> PartialEq for HmemPtr<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl<T> Eq for HmemPtr<T> {}

impl<T> Hash for HmemPtr<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<T> fmt::Debug for HmemPtr<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "HmemPtr({:#x})", self.0)
    }
}

impl<T> Owned for HmemPtr<T> {
    fn check(&self, context: &Context) -> Result<()> {
        own(&*self.owner("passing")?, &context.0.proc)
    }

    fn word(&self) -> u64 {
        self.as_ptr().addr()
    }
}

/// The pointers that it can be passed for, as in `arg`.
macro_rules! hmem_args {
    ($($declared:ty, $marker:ident $(, $bound:path)?;)*) => {$(
        impl<'a, T $(: $bound)?> VeArg<'a, $declared, $marker> for HmemPtr<T> {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_ref(argument, |pointer| Actual::owned(pointer))
            }
        }
    )*};
}

hmem_args! {
    *const T, Exact;
    *mut T, Exact;
    *const c_void, Erased, AnyBitPattern;
    *mut c_void, Erased, AnyBitPattern;
}
