//! Libraries made in this process, and each way in which that fails.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

use std::fs;
use std::path::{Path, PathBuf};

use libloading::{Library, Symbol};
use veo_build::{Error, Kernels};

/// An empty directory for one test, with a space and a quote in its name.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test} isn't plain"));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn write(directory: &Path, name: &str, text: &str) -> PathBuf {
    let path = directory.join(name);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, text).unwrap();
    path
}

fn kernels(name: &str, directory: &Path) -> Kernels {
    let mut kernels = Kernels::new(name);
    kernels.out_dir(directory.join("out")).cargo_metadata(false);
    kernels
}

/// Calls `int function(void)` of a library.
fn call(library: &Path, function: &str) -> i32 {
    // SAFETY: the libraries of these tests run no code when they are loaded.
    let library = unsafe { Library::new(library) }.unwrap();
    // SAFETY: each function that these tests name is an `int f(void)` in the source beside the call.
    let function: Symbol<'_, extern "C" fn() -> i32> = unsafe { library.get(function) }.unwrap();
    function()
}

#[test]
fn c_becomes_a_library_that_loads() {
    let directory = directory("c");
    let source = write(&directory, "answer.c", "int answer(void) { return 42; }");
    let built = kernels("answer", &directory).file(source).compile().unwrap();
    assert_eq!(built.library(), directory.join("out/veo-kernels/libanswer.so"));
    assert_eq!(call(built.library(), "answer"), 42);
    let bytes = fs::read(built.library()).unwrap();
    assert!(bytes.windows(14).any(|window| window == b"\0libanswer.so\0"), "no SONAME");
    let left: Vec<_> = fs::read_dir(directory.join("out/veo-kernels")).unwrap().collect();
    assert_eq!(left.len(), 1, "only the library stays: {left:?}");
}

#[test]
fn every_setting_reaches_the_compiler() {
    let directory = directory("settings");
    let c = r#"
        #include <math.h>
        #include "base.h"
        #ifdef _OPENMP
        #include <omp.h>
        int threads(void) { return omp_get_max_threads() > 0; }
        #endif
        int answer(void) { return BASE + (int)cbrt(VOLUME) + ONE; }
    "#;
    write(&directory, "include/base.h", "#define BASE 30\n");
    let built = kernels("settings", &directory)
        .files([write(&directory, "a.c", c)])
        .include(directory.join("include"))
        .define("VOLUME", "1331.0")
        .define("ONE", None)
        .flag("-fno-builtin")
        .host_flag("-O1")
        .ve_flag("-fdiag-vector=2")
        .library("m")
        .openmp(true)
        .compile()
        .unwrap();
    assert_eq!(call(built.library(), "answer"), 42);
    assert_eq!(call(built.library(), "threads"), 1);
}

#[test]
fn cpp_beside_c() {
    let directory = directory("cpp");
    let cpp = r#"
        #include <string>
        extern "C" int six(void);
        extern "C" int answer() { return six() * std::stoi(std::string("7")); }
    "#;
    let sources =
        [write(&directory, "answer.cpp", cpp), write(&directory, "c/answer.c", "int six(void) { return 6; }")];
    let built = kernels("mixed", &directory).files(sources).compile().unwrap();
    assert_eq!(call(built.library(), "answer"), 42);
}

#[test]
fn two_libraries_share_a_directory() {
    let directory = directory("two");
    let one = kernels("one", &directory).file(write(&directory, "1.c", "int n(void) { return 1; }")).compile().unwrap();
    let two = kernels("two", &directory).file(write(&directory, "2.c", "int n(void) { return 2; }")).compile().unwrap();
    assert_eq!(one.library().parent(), two.library().parent());
    assert_eq!((call(one.library(), "n"), call(two.library(), "n")), (1, 2));
}

#[test]
fn builds_at_the_same_time_never_show_half_a_library() {
    let directory = directory("parallel");
    let source = write(&directory, "answer.c", "int answer(void) { return 42; }");
    let library = kernels("answer", &directory).file(&source).compile().unwrap().library().to_owned();
    std::thread::scope(|scope| {
        let builders: Vec<_> = (0..4)
            .map(|_| {
                scope
                    .spawn(|| (0..4).for_each(|_| drop(kernels("answer", &directory).file(&source).compile().unwrap())))
            })
            .collect();
        while !builders.iter().all(|builder| builder.is_finished()) {
            assert_eq!(call(&library, "answer"), 42);
        }
    });
}

#[test]
fn a_syntax_error_is_shown_as_the_compiler_wrote_it() {
    let directory = directory("syntax");
    let source = write(&directory, "bad.c", "int fine(void) { return 1; }\nint bad(void) { return 1 +; }\n");
    let error = kernels("bad", &directory).file(&source).compile().unwrap_err();
    let Error::Compile { command, stderr, status, .. } = &error else { panic!("{error:?}") };
    assert!(stderr.contains("bad.c:2:") && stderr.contains("error:"), "{stderr}");
    assert!(command.contains(" -c '") && command.contains(" -fPIC "), "{command}");
    assert_eq!(status.code(), Some(1));
    let shown = error.to_string();
    assert!(
        shown.starts_with(&format!("compiling `{}` for this host failed (exit status: 1):\n", source.display())),
        "{shown}"
    );
    assert!(shown.contains(command) && shown.ends_with(stderr), "{shown}");
    assert_eq!(fs::read_dir(directory.join("out/veo-kernels")).unwrap().count(), 0, "nothing is left");
}

#[test]
fn a_function_that_does_not_exist_is_an_error_of_the_build() {
    let directory = directory("undefined");
    let source = write(&directory, "a.c", "void misspelt(void);\nvoid a(void) { misspelt(); }\n");
    let error = kernels("a", &directory).file(&source).compile().unwrap_err().to_string();
    assert!(error.starts_with("linking `liba.so` for this host failed"), "{error}");
    assert!(error.contains("misspelt"), "{error}");

    // It may be meant to come from somewhere else.
    kernels("a", &directory).file(&source).host_flag("-Wl,-z,undefs").compile().unwrap();
}

#[test]
fn a_source_that_is_not_there() {
    let error = kernels("a", &directory("missing")).file("kernels/none.c").compile().unwrap_err();
    assert!(matches!(error, Error::SourceMissing { .. }), "{error:?}");
    let here = env!("CARGO_MANIFEST_DIR");
    let expected = format!(
        "cannot read kernel source `kernels/none.c` (looked for in `{here}`): No such file or directory (os error 2)"
    );
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_source_in_no_known_language() {
    let directory = directory("language");
    let source = write(&directory, "kernel.rs", "");
    let error = kernels("a", &directory).file(source).compile().unwrap_err();
    assert!(matches!(error, Error::UnknownLanguage { .. }), "{error:?}");
    assert!(error.to_string().contains("kernel.rs`: name it .c (C), .cc"), "{error}");
}

#[test]
fn names_that_are_no_file_names() {
    for name in ["", "a/b"] {
        let error = kernels(name, Path::new("unused")).file("a.c").compile().unwrap_err();
        assert!(matches!(error, Error::BadName { .. }), "{error:?}");
    }
}

#[test]
fn outside_a_build_script_a_directory_is_needed() {
    let source = write(&directory("nowhere"), "a.c", "");
    let error = Kernels::new("a").cargo_metadata(false).file(source).compile().unwrap_err();
    assert!(matches!(error, Error::NoOutDir), "{error:?}");
}

#[test]
fn an_output_directory_that_cannot_be_made() {
    let directory = directory("blocked");
    let file = write(&directory, "out", "a file where the directory should be");
    let error = kernels("a", &directory).file(write(&directory, "a.c", "")).compile().unwrap_err();
    assert!(matches!(&error, Error::Io { .. }), "{error:?}");
    assert!(error.to_string().starts_with(&format!("cannot create `{}/veo-kernels`: ", file.display())), "{error}");
}
