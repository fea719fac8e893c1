//! Init hooks: functions that prepare every new VE process.
//!
//! Those under `#[proc_init_hook]` come first, in the order of their modules, names and places; then those that the program
//! has added, in that order. They run at the end of `ProcBuilder::create`, on its caller's thread, without any lock held.

use std::cell::RefCell;
use std::fmt;
use std::panic::{AssertUnwindSafe, Location, catch_unwind};
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, Mutex};

use crate::declaration::Site;
use crate::error::{Error, Result};
use crate::host_fn::panic_text;
use crate::lock::lock;
use crate::process::Proc;

/// A function under `#[proc_init_hook]`; what `inventory` collects.
#[derive(Clone, Copy, Debug)]
pub struct InitHook {
    site: Site,
    code: fn(&Proc) -> Result<()>,
}

impl InitHook {
    /// Called by the expansion of `#[proc_init_hook]`.
    #[must_use]
    pub const fn new(site: Site, code: fn(&Proc) -> Result<()>) -> Self {
        Self { site, code }
    }
}

inventory::collect!(InitHook);

/// A hook that [`add_proc_init_hook`] has added.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HookId(u64);

type Code = dyn Fn(&Proc) -> Result<()> + Send + Sync;

struct Added {
    id: HookId,
    place: &'static Location<'static>,
    code: Arc<Code>,
}

/// In the order in which they were added.
static ADDED: Mutex<Vec<Added>> = Mutex::new(Vec::new());

/// Has every process that is created from now on prepared by `hook`.
///
/// Hooks run at the end of [`ProcBuilder::create`](crate::ProcBuilder::create), when all declarations are resolved, on the
/// thread that creates the process: first those under [`#[proc_init_hook]`](crate::proc_init_hook), then added ones in the order in
/// which they were added. Creation fails with [`Error::Hook`] if one gives an error or panics: the hooks behind it do not run,
/// and the process is ended, even if a hook has kept a clone of it.
///
/// A hook may do everything: load libraries, open contexts, call kernels, keep a clone of the process, and add or remove hooks,
/// which counts from the next process on. A process that a hook itself creates is prepared by all hooks but those that
/// are running on this thread, so there is no end to fear.
///
/// A binding crate gives all its functions their types this way, in every process, once and for all:
///
/// ```
/// # mod kernels {
/// #     #[veo::ve_kernel]
/// #     pub unsafe extern "C" fn cblas_ddot(n: i32, x: *const f64, incx: i32, y: *const f64, incy: i32) -> f64 {
/// #         (0..n).map(|i| unsafe { *x.add((i * incx) as usize) * *y.add((i * incy) as usize) }).sum()
/// #     }
/// # }
/// use veo::{Proc, args};
///
/// const CBLAS: &[(&str, &[&str], &str)] = &[
///     ("cblas_ddot", &["int", "double *", "int", "double *", "int"], "double"),
///     // … 141 more, made from the C header
/// ];
///
/// veo::add_proc_init_hook(|proc| {
///     let library = proc.static_library(); // or proc.load_library("libcblas.so")?
///     for &(name, args, ret) in CBLAS {
///         library.find_function(name)?.args_type(args)?.ret_type(ret)?;
///     }
///     Ok(())
/// });
///
/// let proc = Proc::create(0)?;
/// let ctx = proc.open_context()?;
/// let ddot = proc.get_function("cblas_ddot").expect("the hook has found it");
/// let x = proc.upload(&[1.0, 2.0, 3.0])?;
/// assert_eq!(ddot.call(&ctx, args![3, &x, 1, &x, 1]).wait()?.as_f64(), Some(14.0));
/// # Ok::<(), veo::Error>(())
/// ```
#[track_caller]
pub fn add_proc_init_hook<F>(hook: F) -> HookId
where
    F: Fn(&Proc) -> Result<()> + Send + Sync + 'static,
{
    static NEXT_ID: AtomicU64 = AtomicU64::new(1);
    let mut added = lock(&ADDED);
    // Under the lock, so that ids grow in the order of the list.
    let id = HookId(NEXT_ID.fetch_add(1, Relaxed));
    added.push(Added { id, place: Location::caller(), code: Arc::new(hook) });
    id
}

/// Removes a hook. Says whether it was there.
///
/// It does not run in processes whose hooks begin after this; where they run at the moment, it may. What it owns is dropped here, or
/// when it has run there.
pub fn remove_proc_init_hook(id: HookId) -> bool {
    let mut added = lock(&ADDED);
    let hook = added.iter().position(|hook| hook.id == id).map(|index| added.remove(index));
    drop(added);
    // Only now: what the hook owns is dropped with it, and may want the list.
    hook.is_some()
}

/// One hook as it is run.
struct Hook {
    key: Key,
    name: Name,
    code: Arc<Code>,
}

/// What tells hooks apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    /// By its address.
    Declared(usize),
    Added(HookId),
}

/// For messages.
enum Name {
    Declared(Site),
    Added(&'static Location<'static>),
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declared(Site { rust_name, module, file, line }) => {
                write!(f, "`{module}::{rust_name}` ({file}:{line})")
            }
            Self::Added(place) => write!(f, "that was added at {}:{}", place.file(), place.line()),
        }
    }
}

/// All hooks of this moment, in order.
fn all() -> Vec<Hook> {
    let mut declared: Vec<_> = inventory::iter::<InitHook>.into_iter().collect();
    let order = |hook: &&InitHook| (hook.site.module, hook.site.rust_name, hook.site.file, hook.site.line);
    declared.sort_by_key(order);
    let declared = declared.into_iter().map(|hook| Hook {
        key: Key::Declared(std::ptr::from_ref(hook).addr()),
        name: Name::Declared(hook.site),
        code: Arc::new(hook.code),
    });
    let added = lock(&ADDED);
    let added = added.iter().map(|hook| Hook {
        key: Key::Added(hook.id),
        name: Name::Added(hook.place),
        code: Arc::clone(&hook.code),
    });
    declared.chain(added).collect()
}

thread_local! {
    /// The hooks that are running on this thread: one inside of the other, if hooks create processes.
    static RUNNING: RefCell<Vec<Key>> = const { RefCell::new(Vec::new()) };
}

/// Prepares a new process.
pub(crate) fn run(proc: &Proc) -> Result<()> {
    for hook in all() {
        if !RUNNING.with_borrow(|running| running.contains(&hook.key)) {
            hook.run(proc)?;
        }
    }
    Ok(())
}

impl Hook {
    fn run(&self, proc: &Proc) -> Result<()> {
        RUNNING.with_borrow_mut(|running| running.push(self.key));
        let result = catch_unwind(AssertUnwindSafe(|| (self.code)(proc)));
        RUNNING.with_borrow_mut(|running| running.pop());
        let cause = match result {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => error,
            Err(panic) => Error::Refused {
                operation: "preparing the process".into(),
                reason: format!("it panicked: {}", panic_text(panic.as_ref())),
            },
        };
        Err(Error::Hook { hook: self.name.to_string(), cause: Box::new(cause) })
    }
}
