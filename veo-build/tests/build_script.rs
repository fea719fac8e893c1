//! What a user sees: a crate with a build script, built by cargo.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A crate in a directory of its own. One target directory serves the crates of all tests, so that `veo-build` is
/// compiled once; the lock is for that.
struct Crate {
    path: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Crate {
    fn new(name: &str, build_script: &str) -> Crate {
        static LOCK: Mutex<()> = Mutex::new(());
        let alone = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name} crate"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        let made = Crate { path, _alone: alone };
        made.write("Cargo.toml", &format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[build-dependencies]\nveo-build.path = {:?}\n[workspace]\n",
            env!("CARGO_MANIFEST_DIR")
        ));
        // The versions that the workspace was built with, so that nothing has to be fetched.
        fs::copy(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.lock"), made.path.join("Cargo.lock")).unwrap();
        made.write("build.rs", &format!("fn main() {{ {build_script} }}"));
        made.write("src/main.rs", r#"fn main() { println!("{}", env!("VEO_KERNEL_DIR")); }"#);
        made
    }

    fn write(&self, file: &str, text: &str) {
        let file = self.path.join(file);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    /// `cargo run`, with these environment variables.
    fn run(&self, environment: &[(&str, &OsStr)]) -> Output {
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["run", "--offline"]).current_dir(&self.path);
        for name in ["CC", "CFLAGS", "CXX", "CXXFLAGS", "FC", "FFLAGS", "VEO_NCC", "OUT_DIR"] {
            cargo.env_remove(name);
        }
        cargo.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("crates"));
        cargo.env("VEO_NCC", "").envs(environment.iter().copied());
        cargo.output().unwrap()
    }

    /// The directory that the program was compiled with.
    fn kernel_dir(&self, environment: &[(&str, &OsStr)]) -> PathBuf {
        let output = self.run(environment);
        assert!(output.status.success(), "{}", text(&output.stderr));
        PathBuf::from(text(&output.stdout).trim_end())
    }

    /// What cargo shows when the build script fails.
    fn failure(&self, environment: &[(&str, &OsStr)]) -> String {
        let output = self.run(environment);
        assert!(!output.status.success());
        text(&output.stderr)
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Calls `int answer(void)` of the library in `directory`, which is unloaded again: it may change.
fn answer(directory: &Path) -> i32 {
    let library = directory.join("libkernels.so");
    // SAFETY: the library of these tests runs no code when it is loaded.
    let library = unsafe { libloading::Library::new(library) }.unwrap();
    // SAFETY: every source of these tests defines it as `int answer(void)`.
    let function: libloading::Symbol<'_, extern "C" fn() -> i32> = unsafe { library.get("answer") }.unwrap();
    function()
}

const KERNELS: &str = r#"veo_build::Kernels::new("kernels").file("kernels/answer.c").compile_or_exit();"#;

#[test]
fn the_program_knows_the_directory_and_follows_its_sources() {
    let made = Crate::new("follows", KERNELS);
    made.write("kernels/answer.h", "#define ANSWER 41\n");
    made.write("kernels/answer.c", "#include \"answer.h\"\nint answer(void) { return ANSWER; }\n");
    let directory = made.kernel_dir(&[]);
    assert!(directory.is_absolute() && directory.ends_with("veo-kernels"), "{directory:?}");
    assert_eq!(answer(&directory), 41);

    made.write("kernels/answer.h", "#define ANSWER 42\n");
    assert_eq!(answer(&made.kernel_dir(&[])), 42, "the header changed");
    assert_eq!(answer(&made.kernel_dir(&[("CFLAGS", OsStr::new("-DANSWER=43 -include stddef.h"))])), 42);
}

#[test]
fn a_syntax_error_reaches_the_terminal_without_a_panic() {
    let made = Crate::new("syntax", KERNELS);
    made.write("kernels/answer.c", "int answer(void)\n{\n    return 42\n}\n");
    let shown = made.failure(&[]);
    assert!(shown.contains("error: compiling `kernels/answer.c` for this host failed (exit status: 1):"), "{shown}");
    assert!(shown.contains("kernels/answer.c:3:14: error: expected ';'"), "{shown}");
    assert!(!shown.contains("panicked"), "{shown}");
}

#[test]
fn a_warning_is_shown_and_does_no_harm() {
    let made = Crate::new("warning", KERNELS);
    made.write("kernels/answer.c", "int answer(void) { int unused; return 42; }\n");
    let output = made.run(&[]);
    assert!(output.status.success());
    let shown = text(&output.stderr);
    assert!(shown.contains("kernels/answer.c:1:24: warning: unused variable 'unused'"), "{shown}");
}

#[test]
fn compilers_that_are_missing() {
    let made = Crate::new("compilers", KERNELS);
    made.write("kernels/answer.c", "int answer(void) { return 42; }\n");
    let nowhere = OsStr::new("/no/such/compiler");
    let shown = made.failure(&[("CC", nowhere)]);
    assert!(shown.contains("error: the C compiler `/no/such/compiler` for this host cannot be started"), "{shown}");
    assert!(shown.contains("apt install gcc") && shown.contains("or name yours in CC"), "{shown}");
    let shown = made.failure(&[("VEO_NCC", nowhere)]);
    assert!(shown.contains("the C compiler `/no/such/compiler` for the Vector Engine cannot be started"), "{shown}");
    assert!(shown.contains("VEO_NCC"), "{shown}");
}

#[test]
fn nec_compilers_make_a_variant_beside_it() {
    let made = Crate::new(
        "nec",
        r#"veo_build::Kernels::new("kernels").file("kernels/answer.c").file("kernels/more.cpp")
            .host_flag("-DHOST").ve_flag("-report-all").flag("-DBOTH").include("kernels").openmp(true)
            .library("m").compile_or_exit();"#,
    );
    made.write(
        "kernels/answer.c",
        "#if !defined(HOST) || !defined(BOTH)\n#error flags\n#endif\nint answer(void) { return 42; }\n",
    );
    made.write("kernels/more.cpp", "extern \"C\" int more() { return 1; }\n");
    symlink(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake-nec"), made.path.join("nec compilers")).unwrap();
    let ncc = made.path.join("nec compilers/ncc");

    let directory = made.kernel_dir(&[("VEO_NCC", ncc.as_os_str())]);
    assert_eq!(answer(&directory), 42);
    let variant = directory.join("libkernels.vso");
    let commands = fs::read_to_string(&variant).unwrap();
    let commands: Vec<&str> = commands.lines().collect();
    let common = "-fopenmp -DBOTH -report-all";
    assert!(commands[0].starts_with(&format!("ncc -O2 -fpic -pthread -I kernels {common} -c kernels/answer.c -o ")));
    assert!(commands[1].starts_with(&format!("nc++ -O2 -fpic -pthread -I kernels {common} -c kernels/more.cpp -o ")));
    assert!(commands[2].starts_with(&format!("nc++ -O2 -fpic -pthread -shared {common} ")), "{commands:?}");
    assert!(commands[2].ends_with("/libkernels.vso -lm"), "{commands:?}");
    assert!(!commands.join(" ").contains("-DHOST"), "{commands:?}");

    made.kernel_dir(&[]);
    assert!(!variant.exists(), "without ncc, an old variant must not stay");
}

#[test]
fn fortran_goes_to_fc() {
    let made =
        Crate::new("fortran", r#"veo_build::Kernels::new("kernels").file("kernels/answer.f90").compile_or_exit();"#);
    made.write("kernels/answer.f90", "! the stand-in does not read this\n");
    let fc = OsStr::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake-nec/nfort -m64"));
    let directory = made.kernel_dir(&[("FC", fc), ("FFLAGS", OsStr::new("-O3"))]);
    let commands = fs::read_to_string(directory.join("libkernels.so")).unwrap();
    assert!(commands.starts_with("nfort -m64 -O2 -fPIC -g -O3 -J "), "{commands}");
    assert!(commands.contains(" -c kernels/answer.f90 -o "), "{commands}");

    let shown = made.failure(&[("FC", OsStr::new("/no/such/compiler"))]);
    assert!(shown.contains("apt install gfortran") && shown.contains("name yours in FC"), "{shown}");
}
