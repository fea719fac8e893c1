//! VE processes.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use bytemuck::{AnyBitPattern, NoUninit};

use crate::buffer::VeBuffer;
use crate::builder::ProcBuilder;
use crate::context::Context;
use crate::declarations::Declarations;
use crate::end;
use crate::engine::{Engine, Version};
use crate::error::{Error, Result};
use crate::function::Function;
use crate::hmem;
use crate::inner::{Further, ProcInner};
use crate::launch;
use crate::library::Library;
use crate::lock::lock;
use crate::observe;
use crate::pointer::VePtr;
use crate::queue::Queue;

/// A VE process: one address space on a VE node, with its libraries, memory and contexts.
///
/// A `Proc` is a cheap clone. Contexts, buffers, libraries and requests keep their process alive; it ends when the last of
/// them is dropped, or with [`destroy`](Self::destroy). Requests that nobody waits for have two more seconds then;
/// [`Context::sync`] before the drop gives them all the time they need.
///
/// Every function that the program declares with [`ve_offload`](crate::ve_offload) is resolved and registered when a
/// process is created.
///
/// ```
/// let proc = veo::Proc::create(0)?;
/// let x = proc.upload(&[1.0, 2.0, 3.0])?;
/// assert_eq!(x.to_vec()?, [1.0, 2.0, 3.0]);
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone)]
pub struct Proc(pub(crate) Arc<ProcInner>);

impl Proc {
    /// Starts a VE process on a node with all defaults. Wraps `veo_proc_create`.
    ///
    /// # Errors
    /// As [`ProcBuilder::create`].
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// assert_eq!(proc.node(), 0);
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn create(node: i32) -> Result<Self> {
        Self::builder().node(node).create()
    }

    /// Sets up a process with engine, VE program or strictness of one's own.
    pub fn builder() -> ProcBuilder {
        ProcBuilder::default()
    }

    /// The node that was asked for.
    #[must_use]
    pub fn node(&self) -> i32 {
        self.0.handle.node()
    }

    /// A number that no other process of this program has had.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.0.id()
    }

    /// The engine that runs it.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// The version of its engine. Wraps `veo_api_version` and `veo_version_string`.
    #[must_use]
    pub fn version(&self) -> Version {
        self.0.api.into()
    }

    /// Its number in HMEM addresses: the lowest that no other process of this program has at the moment. Wraps
    /// `veo_proc_identifier`. [`id`](Self::id) is a number that is never given to another process.
    ///
    /// # Errors
    /// It was destroyed, or this libveo is older than API version 11.
    pub fn identifier(&self) -> Result<u32> {
        let destroyed = || Error::Ended {
            function: "asking for the identifier of a VE process".into(),
            library: None,
            report: self.ended().or_else(|| Some("it was destroyed".into())),
        };
        let identifier = self.0.api.proc_identifier(self.0.handle)?.ok_or_else(destroyed)?;
        hmem::note_owner(identifier, &self.0);
        Ok(identifier)
    }

    /// How the process has ended; `None` while it runs, as far as is known.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// assert_eq!(proc.ended(), None);
    /// # Ok::<(), veo::Error>(())
    /// ```
    #[must_use]
    pub fn ended(&self) -> Option<String> {
        self.0.api.report(self.0.handle)
    }

    /// Opens a context: a queue of requests, with a thread of the VE process that runs them. Wraps `veo_context_open`.
    ///
    /// The first one is the [main context](Self::main_context), on the process's main thread; each further one has a
    /// thread of its own.
    ///
    /// # Errors
    /// The engine refuses: the process has ended, or a libveo that wants `VE_OMP_NUM_THREADS=1` for further contexts does
    /// not have it.
    ///
    /// ```
    /// let proc = veo::Proc::create(0)?;
    /// let (compute, copy) = (proc.open_context()?, proc.open_context()?);
    /// assert_ne!(compute.index(), copy.index());
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn open_context(&self) -> Result<Context> {
        let main_was_open = {
            let mut contexts = lock(&self.0.contexts);
            std::mem::replace(&mut contexts.main_is_open, true)
        };
        if main_was_open { self.open_further(None) } else { Ok(self.main_context()) }
    }

    /// Opens a further context whose thread has a stack of `stack` bytes, at least 4 MiB. Wraps
    /// `veo_context_open_with_attr`.
    ///
    /// # Errors
    /// As [`open_context`](Self::open_context), or the stack is too small.
    pub fn open_context_with_stack(&self, stack: usize) -> Result<Context> {
        self.open_further(Some(stack))
    }

    fn open_further(&self, stack: Option<usize>) -> Result<Context> {
        let api = self.0.api;
        if !api.is_host() && self.0.main.is_held() {
            return Err(Error::Refused {
                operation: "opening a context".into(),
                reason: "this thread has a batch open on the main context, which NEC's libveo needs for that; open it before".into(),
            });
        }
        let entered = self.0.enter(|| "opening a context".into())?;
        let handle = launch::open_context(api, (self.0.handle, self.0.main.handle), stack)
            .map_err(|reason| Error::Refused { operation: "opening a context".into(), reason })?;
        drop(entered);
        let mut contexts = lock(&self.0.contexts);
        let index = u16::try_from(contexts.further.len() + 1).ok();
        let queue = index.map(|index| Queue::new(api, self.0.handle, handle, index, self.0.main.deadline)).transpose();
        let Ok(Some(queue)) = queue else {
            drop(contexts);
            api.context_close(handle);
            return Err(Error::Refused {
                operation: "opening a context".into(),
                reason: "a process opens at most 65535 contexts in its life, and needs memory for each".into(),
            });
        };
        let context = Context::new(Arc::clone(&self.0), queue);
        let queue = Arc::downgrade(&context.0.queue);
        contexts.further.push(Further { context: Arc::downgrade(&context.0), queue });
        Ok(context)
    }

    /// The context on the process's main thread, on which process-level operations are queued, too.
    #[must_use]
    pub fn main_context(&self) -> Context {
        Context::new(Arc::clone(&self.0), Arc::clone(&self.0.main))
    }

    /// The open contexts, the main one first.
    #[must_use]
    pub fn contexts(&self) -> Vec<Context> {
        let contexts = lock(&self.0.contexts);
        let main = contexts.main_is_open.then(|| self.main_context());
        main.into_iter()
            .chain(contexts.further.iter().filter_map(|further| further.context.upgrade()).map(Context))
            .collect()
    }

    /// Loads a library into the VE process, from exactly this path, or by the VE loader's rules if it has no `/`. Wraps
    /// `veo_load_library`.
    ///
    /// # Errors
    /// The library cannot be loaded; the error has the loader's words.
    pub fn load_library(&self, path: impl AsRef<Path>) -> Result<Library> {
        Library::load(self, path.as_ref())
    }

    /// The library that is linked into the VE program itself.
    #[must_use]
    pub fn static_library(&self) -> Library {
        Library::of(&self.0, Arc::clone(&self.0.libraries.of_veorun))
    }

    /// The libraries that [`load_library`](Self::load_library) has loaded, in this order. Those of declarations are not among
    /// them.
    #[must_use]
    pub fn libraries(&self) -> Vec<Library> {
        self.0.loaded_libraries().into_iter().map(|loaded| Library::of(&self.0, loaded)).collect()
    }

    /// A function that was looked up before in one of the [`libraries`](Self::libraries), the first that has it, or in the
    /// [static one](Self::static_library).
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn seven() -> i32 { 7 } }
    /// let proc = veo::Proc::create(0)?;
    /// assert!(proc.get_function("seven").is_none());
    /// proc.static_library().find_function("seven")?.args_type(["void"])?;
    /// let seven = proc.get_function("seven").expect("it was looked up");
    /// assert_eq!(seven.call(&proc.open_context()?, veo::args![]).wait()?.as_i64(), Some(7));
    /// # Ok::<(), veo::Error>(())
    /// ```
    #[must_use]
    pub fn get_function(&self, name: &str) -> Option<Function> {
        let libraries = self.libraries().into_iter().chain([self.static_library()]);
        libraries.into_iter().find_map(|library| library.known_function(name))
    }

    /// Every declaration of the program, and what became of it in this process: a list, by library and name, that prints as a
    /// table.
    #[must_use]
    pub fn declarations(&self) -> Declarations {
        Declarations(self.0.table.list())
    }

    // ---- memory ----

    /// Allocates VE memory for `len` elements, with undefined content. Wraps `veo_alloc_mem`.
    ///
    /// # Errors
    /// No memory is left, or the process has ended.
    pub fn alloc<T: AnyBitPattern>(&self, len: usize) -> Result<VeBuffer<T>> {
        VeBuffer::alloc(&self.0.main.limit(), self, len)
    }

    /// Allocates VE memory for `len` elements that are all zero. Wraps `veo_alloc_mem` and `veo_write_mem`.
    ///
    /// # Errors
    /// As [`alloc`](Self::alloc).
    pub fn zeroed<T: AnyBitPattern>(&self, len: usize) -> Result<VeBuffer<T>> {
        let limit = self.0.main.limit();
        let buffer = VeBuffer::alloc(&limit, self, len)?;
        buffer.zero(&limit)?;
        Ok(buffer)
    }

    /// Allocates VE memory for a copy of `data`. Wraps `veo_alloc_mem` and `veo_write_mem`.
    ///
    /// # Errors
    /// As [`alloc`](Self::alloc).
    pub fn upload<T: AnyBitPattern + NoUninit>(&self, data: &[T]) -> Result<VeBuffer<T>> {
        let limit = self.0.main.limit();
        let mut buffer = VeBuffer::alloc(&limit, self, data.len())?;
        buffer.as_mut_slice().write_within(&limit, data)?;
        Ok(buffer)
    }

    /// Allocates bytes that nobody frees but [`free_mem`](Self::free_mem). Wraps `veo_alloc_mem`.
    ///
    /// # Errors
    /// No memory is left, or the process has ended.
    pub fn alloc_bytes(&self, bytes: usize) -> Result<VePtr<u8>> {
        self.0.alloc_within(&self.0.main.limit(), bytes).map(VePtr::from_addr)
    }

    /// Frees what [`alloc_bytes`](Self::alloc_bytes) or a kernel allocated, behind the requests of the main context. Wraps
    /// `veo_free_mem`.
    ///
    /// # Errors
    /// The address is inside VE memory, but nothing is allocated there.
    pub fn free_mem<T>(&self, pointer: VePtr<T>) -> Result<()> {
        let _entered = self.0.enter(|| format!("freeing VE address {:#x}", pointer.addr()))?;
        if self.0.api.free_mem(self.0.handle, pointer.addr()) {
            return Ok(());
        }
        Err(Error::Refused {
            operation: format!("freeing VE address {:#x}", pointer.addr()),
            reason: "nothing is allocated there; perhaps it was freed before".into(),
        })
    }

    /// Reads VE memory at any address, behind the requests of the main context. Wraps `veo_read_mem`.
    ///
    /// # Errors
    /// The address is bad, or the process has ended.
    pub fn read_mem<T: AnyBitPattern + NoUninit>(&self, to: &mut [T], from: VePtr<T>) -> Result<()> {
        self.0.read_within(&self.0.main.limit(), bytemuck::cast_slice_mut(to), from.addr())
    }

    /// Writes VE memory at any address, behind the requests of the main context. Wraps `veo_write_mem`.
    ///
    /// # Errors
    /// The address is bad, or the process has ended.
    pub fn write_mem<T: NoUninit>(&self, to: VePtr<T>, from: &[T]) -> Result<()> {
        self.0.write_within(&self.0.main.limit(), to.addr(), bytemuck::cast_slice(from))
    }

    // ---- the end ----

    /// Ends the process at once, whatever runs in it. Every request that has not finished fails, and whoever waits for one, on
    /// any thread, gets an error that says that this program killed the process. If it has ended before, nothing happens.
    ///
    /// Wraps nothing: libveo cannot do it. On NEC's libveo it is a signal to the VE process.
    ///
    /// # Errors
    /// Nobody knows which process it is: the log said so when it was created.
    ///
    /// ```
    /// # mod kernels { #[veo::ve_kernel] pub extern "C" fn never() { loop { std::thread::yield_now() } } }
    /// # #[veo::ve_offload(lib = static)] extern "C" { fn never(); }
    /// let proc = veo::Proc::create(0)?;
    /// let request = never(&proc.open_context()?);
    /// proc.kill()?;
    /// assert!(request.wait().unwrap_err().to_string().contains("this program killed"));
    /// # Ok::<(), veo::Error>(())
    /// ```
    pub fn kill(&self) -> Result<()> {
        tracing::info!(target: "veo::create", process = self.id(), "killing a VE process");
        if self.0.api.kill(self.0.handle) {
            return Ok(());
        }
        Err(Error::Refused {
            operation: "killing a VE process".into(),
            reason: "nobody knows which child of this program it is; the log says why".into(),
        })
    }

    /// Ends the process after its outstanding requests, which get 20 seconds, or the
    /// [deadline](ProcBuilder::deadline) if that is shorter. Wraps `veo_proc_destroy`.
    ///
    /// Contexts, buffers and requests that are still there give errors from then on. On NEC's libveo, where they would dangle,
    /// the process is ended by `exit` if there are any, and destroyed when the last of them is dropped.
    ///
    /// # Errors
    /// The process had ended before by itself; the error says how.
    pub fn destroy(self) -> Result<()> {
        let report = self.0.api.died(self.0.handle);
        if report.is_none() {
            end::meet_deadline(&self.0);
        }
        // Not under the lock: ending it waits for host functions, which may do the same.
        let destroyed = std::mem::replace(&mut *lock(&self.0.destroyed), true);
        if !destroyed {
            observe::ending(self.0.handle);
            if self.0.api.is_host() {
                self.0.api.proc_destroy(self.0.handle);
            } else {
                end::destroy(&self.0);
            }
        }
        match report {
            None => Ok(()),
            report => {
                Err(Error::Ended { function: "the VE process that was to be destroyed".into(), library: None, report })
            }
        }
    }
}

impl fmt::Debug for Proc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
