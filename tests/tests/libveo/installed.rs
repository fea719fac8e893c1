//! The library itself.

use std::process::Command;

use veo_tests::install;

use crate::support::{compile, folder, host, kernels, run, run_in_vain};

/// The installation checks itself: all names of the C API with `VERSION_1`, no others, the SONAME.
#[test]
fn libveo_is_installed_with_its_81_names() {
    let prefix = install::prefix();
    let again = prefix.join("again");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["xtask", "install", "--debug", "--prefix", "/usr"]);
    let text = run(command.arg("--destdir").arg(&again));
    assert!(text.contains("81 names, all VERSION_1"), "{text}");
    let pc = std::fs::read_to_string(again.join("usr/lib/pkgconfig/veo.pc")).unwrap();
    assert!(pc.starts_with("prefix=/usr\n"), "{pc}");
    for path in ["lib/libveo.so.1", "lib/libveo.so", "libexec/veorun", "bin/mk_veorun_static", "include/ve_offload.h"] {
        assert!(again.join("usr").join(path).exists(), "{path}");
    }
}

#[test]
fn mistakes_on_the_command_line_are_named() {
    let refused = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        run_in_vain(command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("xtask").args(words))
    };
    assert!(refused(&["install"]).contains("--prefix"));
    assert!(refused(&["install", "--prefix"]).contains("--prefix needs the path of a folder"));
    assert!(refused(&["install", "--perfix", "/tmp"]).contains("`--perfix`"));
    assert!(refused(&["uninstall"]).contains("`uninstall`"));
}

#[test]
fn a_c_program_links_with_lveo_and_finds_the_worker() {
    let library = folder("c_program").join("libother.so");
    kernels("other.c", &library, &[]);
    let library = library.to_str().unwrap();
    assert_eq!(run(&mut host("-", library, &["only_here"])), "value 5\n");
    assert!(run_in_vain(&mut host("-", library, &["nowhere"])).contains("no function"));
    assert!(run_in_vain(&mut host("-", "/no/such.so", &["f"])).contains("no library"));
}

/// Position-independent programs have the library's address of a function, others may have one of their own.
#[test]
fn hooks_are_found_by_any_address_of_their_function() {
    let folder = folder("hooks");
    for (name, flags) in [("pie", &["-fPIE", "-pie"][..]), ("fixed", &["-fno-pic", "-no-pie"])] {
        let program = folder.join(name);
        compile("hooks.c", &program, &[flags, &["-lveo", "-ldl"]].concat());
        run(&mut Command::new(&program));
    }
}

/// What has the numbers of closed streams must not be ours: a kernel may print there.
#[test]
fn closed_standard_streams_are_not_taken_by_our_files() {
    let folder = folder("closed");
    let (library, program) = (folder.join("libother.so"), folder.join("closed"));
    kernels("other.c", &library, &[]);
    compile("closed.c", &program, &["-lveo"]);
    for streams in ["0", "1", "2", "01", "12", "012"] {
        run(Command::new(&program).arg(&library).arg(streams));
    }
}
