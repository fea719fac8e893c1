//! Init hooks: when they run, and what becomes of a process whose hook fails.
//!
//! Hooks are for the whole program, and so for the processes of all tests. Those here act on the threads only that have asked
//! for it.

use std::cell::{Cell, RefCell};
use std::sync::atomic::AtomicUsize;
use std::sync::atomic::Ordering::SeqCst;
use std::sync::{Arc, Mutex};
use std::thread;

use veo::{Error, HookId, Proc, add_proc_init_hook, args, proc_init_hook, remove_proc_init_hook};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::declarations::built;
use crate::support::{NEVER, assert_says, eventually, process, within};

thread_local! {
    /// Whether the hooks under the attribute are to act.
    static DECLARED_ACT: Cell<bool> = const { Cell::new(false) };
    /// What has run on this thread.
    static RAN: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

fn note(name: &'static str) -> veo::Result<()> {
    RAN.with_borrow_mut(|ran| ran.push(name));
    Ok(())
}

fn ran() -> Vec<&'static str> {
    RAN.take()
}

/// A hook that acts on this thread only, and is removed with this.
struct Hook(HookId);

impl Hook {
    #[track_caller]
    fn add(code: impl Fn(&Proc) -> veo::Result<()> + Send + Sync + 'static) -> Self {
        let here = thread::current().id();
        Self(add_proc_init_hook(move |proc| if thread::current().id() == here { code(proc) } else { Ok(()) }))
    }
}

impl Drop for Hook {
    fn drop(&mut self) {
        remove_proc_init_hook(self.0);
    }
}

fn note_if_asked(name: &'static str) -> veo::Result<()> {
    if DECLARED_ACT.get() { note(name) } else { Ok(()) }
}

#[proc_init_hook]
fn zeroth_by_its_module(_proc: &Proc) -> veo::Result<()> {
    note_if_asked("hooks::zeroth_by_its_module")
}

mod later {
    use veo as other;

    #[other::proc_init_hook]
    fn b(_proc: &other::Proc) -> other::Result<()> {
        super::note_if_asked("hooks::later::b")
    }

    #[other::proc_init_hook(crate = crate::hooks::later::other)]
    pub(super) fn a(_proc: &veo::Proc) -> Result<(), other::Error> {
        super::note_if_asked("hooks::later::a").unwrap();
        Ok(())
    }
}

#[test]
fn declared_hooks_run_by_name_and_added_ones_in_their_order() {
    let (_z, _a) = (Hook::add(|_| note("first")), Hook::add(|_| note("second")));
    DECLARED_ACT.set(true);
    process();
    let declared = ["hooks::zeroth_by_its_module", "hooks::later::a", "hooks::later::b"];
    assert_eq!(ran(), [&declared[..], &["first", "second"]].concat());
    DECLARED_ACT.set(false);
    let (proc, _ctx) = process();
    assert_eq!(ran(), ["first", "second"]);
    later::a(&proc).unwrap();
}

#[test]
fn hooks_are_removed_once() {
    let id = add_proc_init_hook(|_| note("removed"));
    assert!(remove_proc_init_hook(id));
    assert!(!remove_proc_init_hook(id));
    process();
    assert!(ran().is_empty());
}

#[test]
fn what_a_hook_owns_is_dropped_when_it_is_removed() {
    /// Uses the list of hooks.
    struct Careless(Arc<AtomicUsize>);
    impl Drop for Careless {
        fn drop(&mut self) {
            remove_proc_init_hook(add_proc_init_hook(|_| Ok(())));
            self.0.fetch_add(1, SeqCst);
        }
    }
    within(NEVER, || {
        let drops = Arc::new(AtomicUsize::new(0));
        let owned = Careless(Arc::clone(&drops));
        let hook = Hook::add(move |_| {
            assert_eq!(owned.0.load(SeqCst), 0);
            Ok(())
        });
        process();
        assert_eq!(drops.load(SeqCst), 0);
        drop(hook);
        assert_eq!(drops.load(SeqCst), 1);
    });
}

#[test]
fn a_hook_can_do_everything_with_its_process() {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let _hook = Hook::add(move |proc| {
        assert!(proc.declarations().iter().any(|declared| declared.symbol == "echo_i32"));
        let ctx = proc.open_context()?;
        assert_eq!(echo_i32(&ctx, 7).wait()?, 7);
        let library = proc.load_library(built("libtestkernels.so"))?;
        for name in ["echo_i8", "echo_i16", "echo_i32", "echo_i64"] {
            library.find_function(name)?.args_type(["long"])?.ret_type("long")?;
        }
        *keep.lock().unwrap() = Some(proc.clone());
        Ok(())
    });
    let (proc, ctx) = process();
    assert_eq!(kept.lock().unwrap().take().unwrap().id(), proc.id());
    assert_eq!((proc.libraries().len(), proc.libraries()[0].functions().len()), (1, 4));
    let echo = proc.get_function("echo_i64").unwrap();
    assert_eq!(echo.call(&ctx, args![-3]).wait().unwrap().as_i64(), Some(-3));
}

/// A hook that keeps a clone and fails: the process is gone, and the clone gives errors.
fn fails(failure: impl Fn() -> veo::Result<()> + Send + Sync + 'static, words: &[&str]) -> Error {
    let kept = Arc::new(Mutex::new(None));
    let keep = Arc::clone(&kept);
    let line = line!() + 1;
    let _failing = Hook::add(move |proc| {
        let pid = process_id(&proc.open_context()?).wait()?;
        *keep.lock().unwrap() = Some((proc.clone(), pid));
        failure()
    });
    let _behind = Hook::add(|_| note("behind the one that has failed"));
    let error = Proc::create(0).unwrap_err();
    assert!(ran().is_empty());
    assert_says(&error, &["hooks.rs", &format!(":{line}"), "Correct the hook, or remove it"]);
    assert_says(&error, words);
    let (proc, pid) = kept.lock().unwrap().take().unwrap();
    eventually("the end of the process", NEVER, || system::is_gone(pid));
    assert!(proc.open_context().is_err() && proc.alloc::<u8>(1).is_err());
    error
}

#[test]
fn a_hook_that_fails() {
    let refusal = || Err(Error::Refused { operation: "preparing".into(), reason: "no licence".into() });
    let error = fails(refusal, &["preparing was refused: no licence"]);
    let Error::Hook { cause, .. } = error else { panic!("{error:?}") };
    assert!(matches!(*cause, Error::Refused { .. }), "{cause:?}");
}

#[test]
fn a_hook_that_panics() {
    let error = fails(|| panic!("at the disco"), &["it panicked: at the disco"]);
    assert!(matches!(error, Error::Hook { .. }), "{error:?}");
    process();
}

#[test]
fn a_declared_hook_is_named_by_its_path() {
    thread_local!(static FAIL: Cell<bool> = const { Cell::new(false) });
    #[proc_init_hook]
    fn moody(proc: &Proc) -> veo::Result<()> {
        if FAIL.get() { proc.load_library("/no/such.so").map(drop) } else { Ok(()) }
    }
    FAIL.set(true);
    let error = Proc::create(0).unwrap_err();
    assert_says(&error, &["it::hooks::moody", "hooks.rs:", "/no/such.so", "cannot create a VE process"]);
    FAIL.set(false);
    process();
}

#[test]
fn a_process_that_a_hook_creates_is_prepared_by_the_others() {
    let _outer = Hook::add(|proc| {
        note("outer")?;
        let inner = Proc::create(0)?;
        assert_ne!(inner.id(), proc.id());
        note("outer's end")
    });
    let _other = Hook::add(|_| {
        note("other")?;
        Proc::create(0).map(drop)
    });
    process();
    // The process of `outer` by `other`, whose own one is prepared by neither; that of `other` by `outer`, and so on.
    let of_outer = ["outer", "other", "outer's end"];
    let of_other = ["other", "outer", "outer's end"];
    assert_eq!(ran(), [of_outer, of_other].concat());
}

#[test]
fn hooks_that_change_the_hooks_do_so_for_the_next_process() {
    let id = Arc::new(Mutex::new(None));
    let of_hook = Arc::clone(&id);
    let _first = Hook::add(move |_| {
        let mut id = of_hook.lock().unwrap();
        match id.take() {
            None => *id = Some(Hook::add(|_| note("added by a hook"))),
            Some(hook) => drop(hook),
        }
        Ok(())
    });
    process();
    assert!(ran().is_empty(), "it was added too late for this one");
    process();
    assert_eq!(ran(), ["added by a hook"], "it is removed too late for this one");
    process();
    assert_eq!(ran(), ["added by a hook"; 0]);
}

#[test]
fn creations_at_the_same_time_are_prepared_each_on_its_thread() {
    let prepared = Arc::new(Mutex::new(Vec::new()));
    let by_hook = Arc::clone(&prepared);
    let mine = Arc::new(Mutex::new(Vec::new()));
    let of_hook = Arc::clone(&mine);
    let id = add_proc_init_hook(move |proc| {
        if of_hook.lock().unwrap().contains(&thread::current().id()) {
            by_hook.lock().unwrap().push((thread::current().id(), proc.id()));
        }
        Ok(())
    });
    let created: Vec<_> = thread::scope(|scope| {
        let create = || {
            mine.lock().unwrap().push(thread::current().id());
            (thread::current().id(), process().0.id())
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(create)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    remove_proc_init_hook(id);
    let prepared = prepared.lock().unwrap();
    assert_eq!(prepared.len(), 4);
    assert!(created.iter().all(|created| prepared.contains(created)));
}
