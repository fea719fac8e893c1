//! Variables of libraries.

use std::borrow::Cow;
use std::ffi::c_void;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::actual::Actual;
use crate::arg::{Erased, Exact, VeArg};
use crate::error::{Error, Result};
use crate::inner::ProcInner;
use crate::library::{Library, Loaded};
use crate::pointer::VePtr;
use crate::process::Proc;
use crate::region::Region;
use crate::slice::{VeSlice, VeSliceMut};
use crate::uses::{Access, Uses};

/// A global variable of a library, of type `T`. Made by [`Library::global`], and by the getter that
/// [`#[ve_offload]`](crate::ve_offload) makes of a declared `static mut NAME: T;`.
///
/// Stubs take `&VeGlobal<T>` for a declared `*const T`, and `&mut VeGlobal<T>` for `*mut T`; of an array also for pointers to its
/// elements. Such uses are ordered as those of a [`VeBuffer`](crate::VeBuffer). Those that kernels make by themselves are not: reading
/// and writing it waits for the main context and for what it was passed to; before kernels of other contexts, there is
/// [`Context::sync`](crate::Context::sync). However often a variable is looked up, all its handles in a process share this
/// order; threads that use it at the same time agree among themselves. Of a thread-local variable it is the main context's;
/// kernels of other contexts use their own.
///
/// It keeps its process alive, but not its library: after [`Library::unload`], using it is an error. Libraries of declarations
/// are not unloaded.
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn one_more(x: *mut i32) { unsafe { *x += 1 } }
/// # }
/// # #[veo::ve_offload(lib = static)] extern "C" { fn one_more(x: *mut i32); }
/// let proc = veo::Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let library = proc.load_library("libc.so.6")?; // usually one of your own
/// let mut optind = library.global::<i32>("optind")?;
/// assert_eq!(optind.get()?, 1);
/// optind.set(41)?;
/// one_more(&ctx, &mut optind);
/// assert_eq!(optind.get()?, 42);
/// # Ok::<(), veo::Error>(())
/// ```
pub struct VeGlobal<T> {
    variable: Variable,
    value: PhantomData<VePtr<T>>,
}

/// The same, of any type.
pub(crate) struct Variable {
    proc: Arc<ProcInner>,
    /// `None`: it is never unloaded.
    library: Option<Arc<Loaded>>,
    name: Cow<'static, str>,
    address: u64,
    uses: Arc<Uses>,
}

impl Variable {
    /// Its memory, as long as its library is loaded.
    pub(crate) fn loaded(&self) -> Result<Region<'_>> {
        match self.library.as_ref().filter(|library| library.is_unloaded()) {
            None => Ok(self.region()),
            Some(library) => Err(Error::Refused {
                operation: format!("using the variable `{}` of {}", self.name, library.name()),
                reason: "the library was unloaded; load it again, and look the variable up anew".into(),
            }),
        }
    }

    /// Its memory, after that question.
    pub(crate) fn region(&self) -> Region<'_> {
        Region::new(&self.proc, self.address, &self.uses)
    }
}

impl fmt::Debug for Variable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, address, .. } = self;
        let address = VePtr::<u8>::from_addr(*address);
        f.debug_struct("VeGlobal").field("name", name).field("address", &address).finish_non_exhaustive()
    }
}

impl Library {
    /// A global variable of the library. Nobody knows its real type but the library: `T` must be what it is there, or an
    /// array of its length. Wraps `veo_get_sym`.
    ///
    /// # Errors
    /// There is no such symbol, or the library was unloaded.
    pub fn global<T: AnyBitPattern>(&self, name: &str) -> Result<VeGlobal<T>> {
        let address = self.get_symbol::<T>(name)?.addr();
        let (proc, library) = self.parts();
        Ok(VeGlobal::new(proc, Some(library), name.to_owned().into(), address))
    }
}

impl<T> VeGlobal<T> {
    pub(crate) fn new(
        proc: Arc<ProcInner>,
        library: Option<Arc<Loaded>>,
        name: Cow<'static, str>,
        address: u64,
    ) -> Self {
        let uses = proc.variables.at(address);
        Self { variable: Variable { proc, library, name, address, uses }, value: PhantomData }
    }

    #[inline]
    pub(crate) fn passed<'a>(&self, access: Access) -> Actual<'_, 'a> {
        Actual::variable(&self.variable, access)
    }

    /// Its name in the library.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.variable.name
    }

    /// Its VE address. What is done with it is not tracked.
    #[must_use]
    pub fn as_ptr(&self) -> VePtr<T> {
        VePtr::from_addr(self.variable.address)
    }

    /// The process it belongs to.
    #[must_use]
    pub fn proc(&self) -> Proc {
        Proc(Arc::clone(&self.variable.proc))
    }

    /// Its value, by way of the caller's stack: of a large array take [`elements`](VeGlobal::elements) and
    /// [`to_vec`](VeSlice::to_vec). Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The library was unloaded, or the process has ended.
    pub fn get(&self) -> Result<T>
    where
        T: AnyBitPattern + NoUninit,
    {
        let mut value = [bytemuck::Zeroable::zeroed()];
        self.as_slice()?.read(&mut value)?;
        let [value] = value;
        Ok(value)
    }

    /// Gives it a value. Wraps `veo_write_mem`.
    ///
    /// # Errors
    /// The library was unloaded, or the process has ended.
    pub fn set(&mut self, value: T) -> Result<()>
    where
        T: NoUninit,
    {
        self.as_mut_slice()?.write(&[value])
    }

    /// It as VE memory of one element, for transfers and copies.
    ///
    /// # Errors
    /// The library was unloaded.
    pub fn as_slice(&self) -> Result<VeSlice<'_, T>> {
        self.variable.loaded().map(|region| VeSlice::new(region, 1))
    }

    /// It as VE memory of one element that can be written to.
    ///
    /// # Errors
    /// The library was unloaded.
    pub fn as_mut_slice(&mut self) -> Result<VeSliceMut<'_, T>> {
        self.as_slice().map(VeSlice::exclusive)
    }
}

impl<E, const N: usize> VeGlobal<[E; N]> {
    /// The elements of an array.
    ///
    /// # Errors
    /// The library was unloaded.
    ///
    /// ```no_run
    /// let proc = veo::Proc::create(0)?;
    /// let library = proc.load_library("./libkernels.so")?;
    /// let mut table = library.global::<[f64; 10]>("table")?; // double table[10];
    /// table.elements_mut()?.slice_mut(2..4).write(&[0.5, 0.25])?;
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn elements(&self) -> Result<VeSlice<'_, E>> {
        self.variable.loaded().map(|region| VeSlice::new(region, N))
    }

    /// The elements of an array, to be written to.
    ///
    /// # Errors
    /// The library was unloaded.
    pub fn elements_mut(&mut self) -> Result<VeSliceMut<'_, E>> {
        self.elements().map(VeSlice::exclusive)
    }
}

impl<T> fmt::Debug for VeGlobal<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.variable.fmt(f)
    }
}

/// The pointers that it can be passed for, as in `arg`.
macro_rules! global_args {
    ($($form:ty => $declared:ty, $marker:ident, $access:ident $(, $n:ident)?;)*) => {$(
        impl<'a, 'b, T $(, const $n: usize)?> VeArg<'a, $declared, $marker> for $form {
            #[inline]
            fn actual(argument: &mut Option<Self>) -> Actual<'_, 'a> {
                Actual::by_ref(argument, |global| global.passed(Access::$access))
            }
        }
    )*};
}

global_args! {
    &'b VeGlobal<T> => *const T, Exact, Read;
    &'b mut VeGlobal<T> => *mut T, Exact, Write;
    &'b VeGlobal<[T; N]> => *const T, Exact, Read, N;
    &'b mut VeGlobal<[T; N]> => *mut T, Exact, Write, N;
    &'b VeGlobal<T> => *const c_void, Erased, Read;
    &'b mut VeGlobal<T> => *mut c_void, Erased, Write;
}
