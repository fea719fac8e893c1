//! A veorun of one's own.

use std::path::{Path, PathBuf};
use std::process::Command;

use veo_tests::install;

use crate::support::{folder, host, kernels, run, run_in_vain, source};

/// Compiles one source file to an object file.
fn object(compiler: &str, name: &str, folder: &Path, flags: &[&str]) -> PathBuf {
    let object = folder.join(format!("{name}.o"));
    run(Command::new(compiler).args(["-g", "-c"]).args(flags).arg(source(name)).arg("-o").arg(&object));
    object
}

/// `mk_veorun_static`, as it is installed.
fn mk_veorun_static() -> Command {
    let mut command = Command::new(install::prefix().join("bin/mk_veorun_static"));
    for variable in ["VECC", "VECXX", "VEFC", "VECCLD", "VENM", "VELIBDIR", "CFLAGS", "LDFLAGS"] {
        command.env_remove(variable);
    }
    command
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn c_kernels_are_called_by_handle_0() {
    let folder = folder("static_c");
    let veorun = folder.join("veorun");
    run(mk_veorun_static().arg(&veorun).arg(object("cc", "static.c", &folder, &[])));
    let call = |words: &[&str]| run(&mut host(text(&veorun), "-", words));
    assert_eq!(call(&["times_constructed"]), "value 1\ndestroyed, ", "constructors run once");
    assert_eq!(call(&["add", "40", "2"]), "value 42\nadded in C, destroyed, ", "standard output is flushed at the end");
    assert_eq!(call(&["count"]), "value 8\ndestroyed, ");
    assert!(run_in_vain(&mut host(text(&veorun), "-", &["construct"])).contains("no function"), "it is local");
}

#[test]
fn the_worker_may_be_a_command_line_and_come_from_the_environment() {
    let folder = folder("static_words");
    let veorun = folder.join("veorun");
    run(mk_veorun_static().arg("-o").arg(&veorun).arg(object("cc", "static.c", &folder, &[])));
    let line = format!("/usr/bin/env {} some arguments", text(&veorun));
    assert!(run(&mut host(&line, "-", &["add", "1", "2"])).starts_with("value 3\n"));
    assert!(run(host("-", "-", &["add", "1", "2"]).env("VEORUN_BIN", &line)).starts_with("value 3\n"));
}

#[test]
fn one_line_links_a_worker_without_the_script() {
    let folder = folder("static_one_line");
    let kernels = object("cc", "static.c", &folder, &[]);
    let table = folder.join("table.c");
    let lines = "extern long add(long, long);\n\
                 const struct { const char *n; void *v; } _veo_static_symtable[] = { {\"sum\", (void *)add}, {0, 0} };\n";
    std::fs::write(&table, lines).unwrap();
    let veorun = folder.join("veorun");
    let lib = install::prefix().join("lib");
    let mut cc = Command::new("cc");
    cc.arg("-o").arg(&veorun).arg(&kernels).arg(&table).arg("-L").arg(lib);
    run(cc.args(["-lveorun", "-lpthread", "-ldl", "-lm"]));
    assert!(run(&mut host(text(&veorun), "-", &["sum", "1", "2"])).starts_with("value 3\n"));
    assert!(run_in_vain(&mut host(text(&veorun), "-", &["add", "1", "2"])).contains("no function"));
    let message = run_in_vain(&mut Command::new(&veorun));
    assert!(message.contains("VEORUN_BIN"), "a person who starts it is told what it is: {message}");
}

#[test]
fn the_table_goes_before_libraries() {
    let folder = folder("static_before");
    let (veorun, library) = (folder.join("veorun"), folder.join("libother.so"));
    run(mk_veorun_static().arg(&veorun).arg(object("cc", "static.c", &folder, &[])));
    kernels("other.c", &library, &[]);
    let with_library = |words: &[&str]| run(&mut host(text(&veorun), text(&library), words));
    assert!(with_library(&["only_here"]).starts_with("value 5\n"));
    assert!(with_library(&["add", "1", "2"]).starts_with("value 3\n"));
    assert!(run(&mut host("-", text(&library), &["add", "1", "2"])).starts_with("value -1\n"));
    assert!(run_in_vain(&mut host(text(&veorun), "-", &["only_here"])).contains("no function"));
}

#[test]
fn archives_and_shared_libraries_are_listed_too() {
    let folder = folder("static_archive");
    let (archive, library, veorun) = (folder.join("libk.a"), folder.join("libother.so"), folder.join("veorun"));
    run(Command::new("ar").arg("rcs").arg(&archive).arg(object("cc", "static.c", &folder, &[])));
    kernels("other.c", &library, &[]);
    run(mk_veorun_static().arg("-o").arg(&veorun).args([&archive, &library]));
    assert!(run(&mut host(text(&veorun), "-", &["times_constructed"])).starts_with("value 1\n"));
    assert!(run(&mut host(text(&veorun), "-", &["only_here"])).starts_with("value 5\n"));
}

#[test]
fn helpers_are_linked_into_a_static_worker() {
    let folder = folder("static_helpers");
    let veorun = folder.join("veorun");
    let include = format!("-I{}", install::prefix().join("include").display());
    run(mk_veorun_static().arg(&veorun).arg(object("cc", "helpers.c", &folder, &[&include])));
    assert_eq!(run(&mut host(text(&veorun), "-", &["tags"])), "value 1\n");
    assert_eq!(run(&mut host(text(&veorun), "-", &["system_calls"])), "value 1\n");
    // The request before was the look-up of the function.
    assert_ne!(run(&mut host(text(&veorun), "-", &["previous", "0"])), "value -1\n");
    assert_eq!(run(&mut host(text(&veorun), "-", &["previous", "1000"])), "value -1\n");
}

#[test]
fn mistakes_of_the_linking_script_are_named() {
    let folder = folder("static_mistakes");
    let kernels = object("cc", "static.c", &folder, &[]);
    let include = format!("-I{}", install::prefix().join("include").display());
    let program = object("cc", "host.c", &folder, &[&include]);
    let refused = |words: &[&Path]| run_in_vain(mk_veorun_static().current_dir(&folder).args(words));
    assert!(refused(&[]).contains("usage: mk_veorun_static"));
    assert!(refused(&["out".as_ref()]).contains("no object files"));
    assert!(refused(&[&kernels, &kernels]).contains("looks like an input"));
    assert!(refused(&["out".as_ref(), "no/such.o".as_ref()]).contains("no/such.o: no such file"));
    assert!(refused(&["out".as_ref(), &source("static.c")]).contains("static.c: it has no symbols"));
    assert!(refused(&["out".as_ref(), &program]).contains("an input defines main"));
    assert!(refused(&["out".as_ref(), &kernels, "-static".as_ref()]).contains("must be linked dynamically"));
    assert!(refused(&["out".as_ref(), &kernels, "--nonsense".as_ref()]).contains("--nonsense"));
    let elsewhere = run_in_vain(mk_veorun_static().env("VELIBDIR", "/no").arg(folder.join("out")).arg(&kernels));
    assert!(elsewhere.contains("/no/libveorun.a"), "{elsewhere}");
    assert!(!folder.join("out").exists());
}

#[test]
fn a_program_that_is_no_veorun_is_an_error_that_says_so() {
    for program in ["/bin/true", "/bin/cat /dev/null"] {
        let message = run_in_vain(host(program, "-", &["add"]).env("VEO_LOG_DEBUG", "1"));
        assert!(message.contains("no process") && message.contains(program), "{message}");
        assert!(message.contains("expected a veorun"), "{message}");
    }
}

#[test]
#[ignore = "needs a C++ compiler"]
fn cpp_kernels_bring_their_runtime() {
    let folder = folder("static_cpp");
    let veorun = folder.join("veorun");
    run(mk_veorun_static().arg(&veorun).arg(object("c++", "kernel.cpp", &folder, &[])));
    assert_eq!(run(&mut host(text(&veorun), "-", &["length_or_throw", "20"])), "value 16\n");
    assert_eq!(run(&mut host(text(&veorun), "-", &["length_or_throw", "10"])), "value -1\n");
}

#[test]
#[ignore = "needs a Fortran compiler and a C++ compiler"]
fn fortran_kernels_bring_their_runtime() {
    let folder = folder("static_fortran");
    let veorun = folder.join("veorun");
    let fortran = object("gfortran", "kernel.f90", &folder, &[]);
    run(mk_veorun_static().arg(&veorun).arg(&fortran));
    assert_eq!(run(&mut host(text(&veorun), "-", &["square", "12"])), "value 144\n");
    run(mk_veorun_static().arg(&veorun).arg(&fortran).arg(object("c++", "kernel.cpp", &folder, &[])));
    assert_eq!(run(&mut host(text(&veorun), "-", &["square", "12"])), "value 144\n");
}

#[test]
#[ignore = "needs OpenMP"]
fn openmp_kernels_bring_their_runtime() {
    let folder = folder("static_openmp");
    let veorun = folder.join("veorun");
    run(mk_veorun_static().arg(&veorun).arg(object("cc", "openmp.c", &folder, &["-fopenmp"])));
    assert_eq!(run(&mut host(text(&veorun), "-", &["sum_to", "1000"])), "value 500500\n");
    let one = run(host(text(&veorun), "-", &["team"]).env("VE_OMP_NUM_THREADS", "1"));
    assert_eq!(one, "value 1\n");
}
