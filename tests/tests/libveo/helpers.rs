//! What kernels may ask of their worker. Here the worker is this test, a Rust program that exports nothing, or the
//! installed `veorun`.

use std::ffi::CString;
use std::path::Path;
use std::process::Command;

use veo_engine::api;

use crate::support::{folder, host, kernels, run, run_in_vain, source};

/// Calls functions of a library one after the other, in a worker that is this program.
#[track_caller]
fn call_in_this_program(library: &Path, calls: &[(&str, i64)]) -> Vec<i64> {
    let text = |text: &str| CString::new(text).unwrap();
    // SAFETY: no preconditions.
    let proc = unsafe { (api().veo_proc_create)(0) };
    assert!(!proc.is_null(), "{:?}", veo_engine::last_error());
    // SAFETY: the process is alive, and the path NUL-terminated.
    let handle = unsafe { (api().veo_load_library)(proc, text(library.to_str().unwrap()).as_ptr()) };
    assert_ne!(handle, 0, "{:?}", veo_engine::last_error());
    // SAFETY: no preconditions.
    let args = unsafe { (api().veo_args_alloc)() };
    // All names first: a look-up is a request, too.
    // SAFETY: the process is alive, and the name NUL-terminated.
    let address = |name| unsafe { (api().veo_get_sym)(proc, handle, text(name).as_ptr()) };
    let functions: Vec<_> = calls.iter().map(|&(name, argument)| (address(name), argument)).collect();
    let mut values = Vec::new();
    for (function, argument) in functions {
        let mut value = 0;
        // SAFETY: the arguments are valid.
        unsafe { (api().veo_args_set_i64)(args, 0, argument) };
        // SAFETY: process, arguments and result are valid.
        assert_eq!(unsafe { (api().veo_call_sync)(proc, function, args, &raw mut value) }, 0);
        values.push(value.cast_signed());
    }
    // SAFETY: the arguments are not used any more.
    unsafe { (api().veo_args_free)(args) };
    // SAFETY: the process is alive.
    unsafe { (api().veo_proc_destroy)(proc) };
    values
}

#[test]
fn undefined_helpers_are_found_in_any_worker() {
    let library = folder("helpers_undefined").join("libhelpers.so");
    kernels("helpers.c", &library, &[]);
    assert_eq!(call_in_this_program(&library, &[("tags", 0), ("system_calls", 0)]), [1, 1]);
    for name in ["tags", "system_calls"] {
        assert_eq!(run(&mut host("-", library.to_str().unwrap(), &[name])), "value 1\n");
    }
}

/// As it is when kernels are linked on a machine with a card.
#[test]
fn libraries_that_a_ve_has_need_not_be_here() {
    let folder = folder("helpers_needed");
    for needed in ["libveohmem.so", "libaveoVE.so"] {
        let dummy = folder.join(needed);
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-xc", "-Wl,-soname"]).arg(format!("-Wl,{needed}")).arg("-o").arg(&dummy);
        run(cc.arg(source("other.c")));
        let library = folder.join(format!("libwith_{needed}"));
        kernels("helpers.c", &library, &["-Wl,--no-as-needed", dummy.to_str().unwrap()]);
        std::fs::remove_file(dummy).unwrap();
        assert_eq!(call_in_this_program(&library, &[("tags", 0), ("system_calls", 0)]), [1, 1], "{needed}");
        assert_eq!(run(&mut host("-", library.to_str().unwrap(), &["tags"])), "value 1\n", "{needed}");
    }
}

#[test]
fn a_library_that_needs_more_than_helpers_is_refused_as_before() {
    let folder = folder("helpers_more");
    let c = folder.join("more.c");
    std::fs::write(
        &c,
        "int veo_is_ve_addr(const void *); int nobody_has_this(void);\n\
                        int f(void) { return veo_is_ve_addr(f) + nobody_has_this(); }\n",
    )
    .unwrap();
    let library = folder.join("libmore.so");
    run(Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &c]));
    assert!(run_in_vain(&mut host("-", library.to_str().unwrap(), &["f"])).contains("no library"));
}

#[test]
fn results_of_earlier_requests_are_there() {
    let library = folder("helpers_previous").join("libhelpers.so");
    kernels("helpers.c", &library, &[]);
    let calls = [("identity", 41), ("identity", 42), ("previous", 0), ("previous", 2), ("previous", 1000)];
    assert_eq!(call_in_this_program(&library, &calls), [41, 42, 42, 41, -1]);
    assert_eq!(call_in_this_program(&library, &[("identity", 1), ("previous_nowhere", 0)]), [1, -1]);
}
