//! The C API as a C program sees it: each program of `conformance/` is compiled, linked with `-lveo`, and run. Its
//! README says how to do the same by hand, with another libveo.
//!
//! `VEO_CONFORMANCE_LIBVEO=/path/libveo.so` runs them on that library instead of the host engine's: with our worker, or with
//! a card if `VEO_CONFORMANCE_VE_CC` names its compiler.

#![allow(clippy::unwrap_used)] // the helpers are tests, too

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Command, ExitStatus};
use std::sync::OnceLock;
use std::time::{Duration, Instant};
use std::{env, thread};

use veo_tests::install;

/// The programs end themselves before that, and say where they hang; see `check.h`.
const LIMIT: Duration = Duration::from_secs(300);

/// The libraries that the programs load into VE processes: name, source, flags.
const KERNELS: &[(&str, &str, &[&str])] = &[
    ("libkernels.so", "kernels.c", &["-O1", "-pthread"]),
    ("libhelpers.so", "helpers.c", &[]),
    ("libsecond.so", "second.c", &[]),
    ("libone.so", "alone.c", &["-DNUMBER=1"]),
    ("libtwo.so", "alone.c", &["-DNUMBER=2"]),
    ("libunresolved.so", "unresolved.c", &[]),
    ("libload_crash.so", "load_crash.c", &[]),
    ("libunload_crash.so", "unload_crash.c", &[]),
];

macro_rules! programs {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            run(stringify!($name), stringify!($name), &[]);
        }
    )*};
}

programs! {
    arguments
    async_memory
    blocks
    calls
    contexts
    environment
    exceptions
    hardware
    hmem
    libraries
    memory
    process
    requests
    stack_arguments
    threads
    version
}

#[test]
fn hooks_of_a_position_independent_program() {
    run("hooks", "hooks_pie", &["-fPIE", "-pie"]);
}

#[test]
fn hooks_of_a_position_dependent_program() {
    run("hooks", "hooks_no_pie", &["-fno-pie", "-no-pie"]);
}

/// Compiles `SOURCE.c` as `program`, runs it, and shows what it wrote if it finds fault with the library.
#[track_caller]
fn run(source: &str, program: &str, flags: &[&str]) {
    let workshop = Workshop::get();
    let path = workshop.program(source, program, flags);
    let log = workshop.folder.join(format!("{program}.{}.log", process::id()));
    let status = workshop.start(&path, &log);
    let text = String::from_utf8_lossy(&fs::read(&log).unwrap()).into_owned();
    fs::remove_file(&log).unwrap();
    match status {
        None => panic!("{program} did not end within {} s:\n{text}", LIMIT.as_secs()),
        Some(status) => assert!(status.success(), "{program}: {status}\n{text}"),
    }
    println!("{text}");
}

/// Where everything is built.
struct Workshop {
    folder: PathBuf,
    /// What is tested, as the programs want to know it. With a card they want nothing.
    subject: Option<&'static str>,
    /// The compiler of the VE side.
    ve_compiler: String,
}

impl Workshop {
    /// The workshop, with the library under test and the kernels in it.
    fn get() -> &'static Self {
        static WORKSHOP: OnceLock<Workshop> = OnceLock::new();
        WORKSHOP.get_or_init(|| {
            let given = env::var_os("VEO_CONFORMANCE_LIBVEO").map(|path| fs::canonicalize(path).unwrap());
            let card = env::var("VEO_CONFORMANCE_VE_CC").ok();
            let subject = match (&given, &card) {
                (None, _) => Some("host"),
                (Some(_), None) => Some("worker"),
                (Some(_), Some(_)) => None,
            };
            let workshop = Self { folder: folder(), subject, ve_compiler: card.unwrap_or_else(|| "cc".into()) };
            let library = given.unwrap_or_else(engine);
            // A library of PyVEO's wheel calls itself as its file, and programs that were linked to it look for that name.
            let own_name = library.file_name().unwrap().to_str().unwrap();
            for name in ["libveo.so", "libveo.so.1", own_name] {
                let new = workshop.lib().join(format!("{name}.{}", process::id()));
                std::os::unix::fs::symlink(&library, &new).unwrap();
                fs::rename(new, workshop.lib().join(name)).unwrap();
            }
            for (name, source, flags) in KERNELS {
                let mut command = Command::new(&workshop.ve_compiler);
                command.args(["-g", "-shared", "-fPIC"]).args(*flags);
                workshop.compile(&mut command, &[source], name);
            }
            workshop
        })
    }

    /// Where `-lveo` is found, apart from the kernels, which are to be found by their paths alone.
    fn lib(&self) -> PathBuf {
        self.folder.join("lib")
    }

    fn program(&self, source: &str, program: &str, flags: &[&str]) -> PathBuf {
        let mut command = Command::new("cc");
        command.args(["-std=gnu11", "-O1", "-g", "-Wall", "-Wextra", "-Werror"]).args(flags);
        command.arg("-I").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../veo-sys/include"));
        command.arg("-L").arg(self.lib());
        self.compile(&mut command, &[&format!("{source}.c"), "-lveo", "-lpthread", "-ldl"], program)
    }

    /// Runs a compiler. Another run of these tests may use the same folder, so the output appears at once.
    fn compile(&self, command: &mut Command, inputs: &[&str], name: &str) -> PathBuf {
        let path = self.folder.join(name);
        let new = self.folder.join(format!("{name}.{}", process::id()));
        command.current_dir(sources()).arg("-o").arg(&new).args(inputs);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{command:?}: {}\n{errors}", output.status);
        fs::rename(new, &path).unwrap();
        path
    }

    /// Runs a program in the folder of the kernels. `None` if it did not end in time.
    fn start(&self, program: &Path, log: &Path) -> Option<ExitStatus> {
        let file = File::create(log).unwrap();
        let mut command = Command::new(program);
        command.arg("./libkernels.so").current_dir(&self.folder);
        command.stdout(file.try_clone().unwrap()).stderr(file);
        command.env("LD_LIBRARY_PATH", self.lib());
        if let Some(subject) = self.subject {
            command.env("VEO_CONFORMANCE", subject).env("VEORUN_BIN", env!("CARGO_BIN_EXE_veo-test-veorun"));
        }
        let mut child = command.spawn().unwrap();
        let deadline = Instant::now() + LIMIT;
        while Instant::now() < deadline {
            if let Some(status) = child.try_wait().unwrap() {
                return Some(status);
            }
            thread::sleep(Duration::from_millis(20));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        None
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

fn folder() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conformance");
    fs::create_dir_all(folder.join("lib")).unwrap();
    folder
}

/// The host engine's shared library.
fn engine() -> PathBuf {
    install::prefix().join("lib/libveo.so.1")
}
