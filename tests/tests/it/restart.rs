//! A process in place of another one.

use std::path::{Path, PathBuf};
use std::{env, fs, thread};

use veo::{Error, Proc, Value, args, ve_offload};
use veo_tests::kernels::*;
use veo_tests::system;

use crate::declarations::built;
use crate::support::{NEVER, assert_says, child, differs, eventually, failure, output_of, process, within};

const KERNELS: &str = "libtestkernels.so";
const OTHERS: &str = "libkernels.so";

#[ve_offload(lib = static, lazy)]
extern "C" {
    fn square_in_veorun(x: i64) -> i64;
}

/// A folder of this test's own, which is removed with this.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = env::temp_dir().join(format!("veo-restart-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }

    /// One of the built libraries in it, in place of what is there: not written over it, since it may be in use.
    fn place(&self, built_as: &str) -> PathBuf {
        let library = self.0.join("libmoving.so");
        let _ = fs::remove_file(&library);
        fs::copy(built(built_as), &library).unwrap();
        library
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn after_a_crash_all_is_there_again() {
    let (proc, ctx) = process();
    let first = proc.load_library(built(KERNELS)).unwrap();
    let second = proc.load_library(built(OTHERS)).unwrap();
    proc.load_library(built(KERNELS)).unwrap();
    first.find_function("echo_u8").unwrap().args_type(["unsigned char"]).unwrap().ret_type("unsigned char").unwrap();
    let untyped = first.find_function("echo_i64").unwrap();
    first.get_symbol::<i32>("exported_table").unwrap();
    let buffer = proc.upload(&[1, 2, 3]).unwrap();
    failure(read_null(&ctx));

    let fresh = proc.restart().unwrap();
    assert_ne!(fresh.id(), proc.id());
    assert_eq!((fresh.node(), fresh.engine(), fresh.ended()), (proc.node(), proc.engine(), None));
    assert!(fresh.contexts().is_empty());
    let ctx_of_fresh = fresh.open_context().unwrap();
    assert_eq!(echo_i32(&ctx_of_fresh, 5).wait().unwrap(), 5);
    let libraries = fresh.libraries();
    let paths: Vec<_> = libraries.iter().map(|library| library.path().unwrap()).collect();
    assert_eq!(paths, [first.path().unwrap(), second.path().unwrap()]);
    let echo = fresh.get_function("echo_u8").unwrap();
    assert_eq!(format!("{echo:?}"), "unsigned char echo_u8(unsigned char)");
    assert_eq!(echo.call(&ctx_of_fresh, args![255]).wait().unwrap(), Value::Unsigned(255));
    assert_says(failure(fresh.get_function("echo_i64").unwrap().call(&ctx_of_fresh, args![1])), &["args_type"]);
    assert_eq!(libraries[0].symbols()[0].0, "exported_table");
    libraries[0].clone().unload().unwrap();
    assert_eq!(fresh.libraries().len(), 1);

    // What belongs to the old process still does.
    assert_says(failure(echo_i32(&ctx, 1)), &["echo_i32", "SIGSEGV"]);
    assert!(matches!(failure(total(&ctx_of_fresh, 3, &buffer)), Error::WrongProcess { .. }));
    assert!(matches!(failure(untyped.call(&ctx_of_fresh, args![1])), Error::WrongProcess { .. }));
    assert_says(buffer.to_vec().unwrap_err(), &["SIGSEGV"]);
    assert!(proc.open_context().is_err());
}

#[test]
fn one_that_runs_is_ended_at_once() {
    let (proc, ctx) = process();
    let pid = process_id(&ctx).wait().unwrap();
    let running = never_return(&ctx);
    let behind = echo_i32(&ctx, 1);
    within(NEVER, move || {
        let fresh = proc.restart().unwrap();
        eventually("the end of the old process", NEVER, || system::is_gone(pid));
        for error in [failure(running), failure(behind)] {
            assert!(matches!(error, Error::Ended { .. }), "{error:?}");
        }
        assert!(proc.ended().is_some());
        assert_eq!(echo_i32(&fresh.open_context().unwrap(), 2).wait().unwrap(), 2);
        fresh.destroy().unwrap();
    });
}

#[test]
fn after_it_was_destroyed() {
    let (proc, _ctx) = process();
    let library = proc.load_library(built(KERNELS)).unwrap();
    library.find_function("echo_i32").unwrap().args_type(["int"]).unwrap();
    proc.clone().destroy().unwrap();
    let fresh = proc.restart().unwrap();
    assert_eq!(fresh.get_function("echo_i32").unwrap().call_sync(args![4]).unwrap(), Value::Int(4));
    // And again: each is set up like the one before.
    let third = fresh.restart().unwrap();
    assert_eq!(third.get_function("echo_i32").unwrap().call_sync(args![4]).unwrap(), Value::Int(4));
    assert!(fresh.ended().is_some() && third.ended().is_none());
}

#[test]
fn from_several_threads_each_gets_a_process() {
    let (proc, ctx) = process();
    never_return(&ctx);
    let mut ids: Vec<u64> = thread::scope(|scope| {
        let restart = || {
            let fresh = proc.restart().unwrap();
            assert_eq!(echo_i32(&fresh.open_context().unwrap(), 2).wait().unwrap(), 2);
            fresh.id()
        };
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(restart)).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    ids.push(proc.id());
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 5);
}

#[test]
fn by_a_host_function_of_its_own() {
    let (proc, ctx) = process();
    let of_function = proc.clone();
    within(NEVER, move || {
        let fresh = ctx.host_fn(move || of_function.restart()).wait().unwrap().unwrap();
        assert_eq!(echo_i32(&fresh.open_context().unwrap(), 2).wait().unwrap(), 2);
    });
}

#[test]
fn a_library_that_is_gone_or_has_changed_is_named() {
    let folder = Folder::new("changed");
    let (proc, _ctx) = process();
    let library = proc.load_library(folder.place(KERNELS)).unwrap();
    library.find_function("echo_i32").unwrap();
    let path = library.path().unwrap().to_str().unwrap().to_owned();

    folder.place(OTHERS);
    let error = proc.restart().unwrap_err();
    assert!(matches!(error, Error::Symbol { .. }), "{error:?}");
    assert_says(error, &["echo_i32", &path]);
    fs::remove_file(&path).unwrap();
    let error = proc.restart().unwrap_err();
    assert!(matches!(error, Error::Library { .. }), "{error:?}");
    assert_says(error, &[&path]);
    folder.place(KERNELS);
    proc.restart().unwrap().get_function("echo_i32").unwrap();
}

#[test]
fn with_the_settings_of_the_old_one() {
    let veorun = env!("CARGO_BIN_EXE_veo-test-veorun");
    let proc = Proc::builder().veorun(veorun).create().unwrap();
    assert_eq!(square_in_veorun(&proc.open_context().unwrap(), 3).wait().unwrap(), 9);
    let fresh = proc.restart().unwrap();
    assert_eq!(square_in_veorun(&fresh.open_context().unwrap(), 4).wait().unwrap(), 16);
    let other = Proc::create(0).unwrap().restart().unwrap();
    assert_says(failure(square_in_veorun(&other.open_context().unwrap(), 4)), &["no symbol `square_in_veorun`"]);
}

#[test]
fn paths_mean_what_they_meant_and_memory_is_given_back() {
    let mut command = child(&["restart"]);
    command.env("VEO_HOST_MEMORY", "8M").current_dir(built(KERNELS).parent().unwrap());
    let output = output_of(command);
    assert_says(
        &output,
        &["value 42", &format!("{}/./{KERNELS}", built(KERNELS).parent().unwrap().display()), "6 MiB"],
    );
    let _ = differs("VE memory is all that the worker's `malloc` has; `VEO_HOST_MEMORY` means nothing");
}

#[test]
fn hooks_prepare_the_new_one_too() {
    use std::cell::Cell;
    thread_local!(static HOOK: Cell<Option<bool>> = const { Cell::new(None) });
    let id = veo::add_proc_init_hook(|proc| match HOOK.get() {
        None => Ok(()),
        Some(true) => proc.load_library(built(KERNELS)).map(drop),
        Some(false) => Err(Error::Refused { operation: "the second start".into(), reason: "once is enough".into() }),
    });
    HOOK.set(Some(true));
    let (proc, _ctx) = process();
    proc.load_library(built(OTHERS)).unwrap();
    let fresh = proc.restart().unwrap();
    let names = |proc: &Proc| proc.libraries().iter().map(|l| l.path().map(Path::to_path_buf)).collect::<Vec<_>>();
    assert_eq!((names(&fresh), fresh.libraries().len()), (names(&proc), 2));
    fresh.libraries()[0].clone().unload().unwrap();
    assert_eq!(fresh.libraries().len(), 1, "the hook has loaded it, and nobody else");
    HOOK.set(Some(false));
    assert_says(fresh.restart().unwrap_err(), &["init hook", "once is enough"]);
    assert!(fresh.ended().is_some());
    HOOK.set(Some(true));
    fresh.restart().unwrap();
    HOOK.set(None);
    veo::remove_proc_init_hook(id);
}
