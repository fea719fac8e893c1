//! The C API as a C program sees it: each program of `conformance/` is compiled, linked with `-lveo`, and run. Its
//! README says how to do the same by hand.
//!
//! The tests run them on the host engine, those of [`nec`] on NEC's library with our worker.
//! `VEO_CONFORMANCE_LIBVEO=/path/libveo.so` has the former use that library instead: with our worker, or with a card if
//! `VEO_CONFORMANCE_VE_CC` names its compiler.

#![allow(clippy::unwrap_used, clippy::expect_used)] // the helpers are tests, too

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, ExitStatus};
use std::sync::{Mutex, OnceLock, PoisonError};
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

/// A test for each program, with these attributes, on this library.
macro_rules! suite {
    ($library:ident $(#[$attribute:meta])*) => {
        suite! { $library [$(#[$attribute])*]
            arguments: "arguments" [];
            async_memory: "async_memory" [];
            blocks: "blocks" [];
            calls: "calls" [];
            contexts: "contexts" [];
            environment: "environment" [];
            exceptions: "exceptions" [];
            exceptions_that_are_silent: "exceptions" ["-DSILENT"];
            hardware: "hardware" [];
            hmem: "hmem" [];
            hooks_of_a_position_dependent_program: "hooks" ["-fno-pie", "-no-pie"];
            hooks_of_a_position_independent_program: "hooks" ["-fPIE", "-pie"];
            libraries: "libraries" [];
            memory: "memory" [];
            process: "process" [];
            requests: "requests" [];
            stack_arguments: "stack_arguments" [];
            threads: "threads" [];
            version: "version" [];
        }
    };
    ($library:ident $attributes:tt $($name:ident: $source:literal $flags:tt;)*) => {$(
        suite! { @ $library $attributes $name $source $flags }
    )*};
    (@ $library:ident [$($attribute:tt)*] $name:ident $source:literal $flags:tt) => {
        #[test]
        $($attribute)*
        fn $name() {
            crate::run(crate::$library(), $source, stringify!($name), &$flags);
        }
    };
}

suite! { host }

/// NEC's own library, with our worker.
mod nec {
    suite! { nec #[ignore = "needs NEC's libveo"] }
}

/// The library that `VEO_CONFORMANCE_LIBVEO` names, else the host engine's.
fn host() -> &'static Workshop {
    static WORKSHOP: OnceLock<Workshop> = OnceLock::new();
    WORKSHOP.get_or_init(|| match env::var_os("VEO_CONFORMANCE_LIBVEO") {
        Some(path) => {
            let card = env::var_os("VEO_CONFORMANCE_VE_CC").is_some();
            Workshop::new("conformance-given", path, if card { Kind::Card } else { Kind::Worker })
        }
        None => Workshop::new("conformance", install::prefix().join("lib/libveo.so.1"), Kind::Host),
    })
}

/// NEC's library.
fn nec() -> &'static Workshop {
    static WORKSHOP: OnceLock<Workshop> = OnceLock::new();
    WORKSHOP.get_or_init(|| {
        let path = env::var_os("VEO_NEC_LIBVEO").expect(
            "VEO_NEC_LIBVEO is not set: it names NEC's library, which ci/nec-libveo.sh gets: \
             VEO_NEC_LIBVEO=$(ci/nec-libveo.sh) cargo test -p veo-tests --test conformance -- --ignored nec",
        );
        Workshop::new("conformance-nec", path, Kind::Worker)
    })
}

/// Compiles `SOURCE.c` as `program`, runs it, and shows what it wrote if it finds fault with the library.
#[track_caller]
fn run(workshop: &Workshop, source: &str, program: &str, flags: &[&str]) {
    let path = workshop.program(source, program, flags);
    let log = workshop.folder.join(format!("{program}.{}.log", process::id()));
    let (status, text) = workshop.verdict(&path, &log);
    fs::remove_file(&log).unwrap();
    match status {
        None => panic!("{program} did not end within {} s:\n{text}", LIMIT.as_secs()),
        Some(status) => assert!(status.success(), "{program}: {status}\n{text}"),
    }
    println!("{text}");
}

/// What the library under test is.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    /// The host engine.
    Host,
    /// NEC's, with our worker.
    Worker,
    /// NEC's with a card, and what the caller's environment says of it.
    Card,
}

/// Where everything is built.
struct Workshop {
    folder: PathBuf,
    kind: Kind,
}

impl Workshop {
    /// A workshop with the library under test and the kernels in it.
    fn new(folder: &str, library: impl AsRef<Path>, kind: Kind) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(folder);
        fs::create_dir_all(folder.join("lib")).unwrap();
        let workshop = Self { folder, kind };
        let library = library.as_ref();
        let library = fs::canonicalize(library).unwrap_or_else(|error| panic!("{}: {error}", library.display()));
        // Programs look for it by its own idea of its name, which may be that of its file.
        for name in ["libveo.so", "libveo.so.1", library.file_name().unwrap().to_str().unwrap()] {
            let new = workshop.lib().join(format!("{name}.{}", process::id()));
            std::os::unix::fs::symlink(&library, &new).unwrap();
            fs::rename(new, workshop.lib().join(name)).unwrap();
        }
        for (name, source, flags) in KERNELS {
            let compiler = env::var("VEO_CONFORMANCE_VE_CC").unwrap_or_else(|_| "cc".into());
            let mut command = Command::new(compiler);
            command.args(["-g", "-shared", "-fPIC"]).args(*flags);
            workshop.compile(&mut command, &[source], name);
        }
        workshop
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

    /// Runs a program: how it ended, `None` if it did not in time, and what it wrote.
    fn verdict(&self, program: &Path, log: &Path) -> (Option<ExitStatus>, String) {
        /// Huge pages are few, and libveo keeps some of each VE process that crashed.
        static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
        let _turn = (self.kind == Kind::Worker).then(|| ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner));
        let mut tries = 0;
        loop {
            let status = self.start(program, log);
            let text = String::from_utf8_lossy(&fs::read(log).unwrap()).into_owned();
            tries += 1;
            // Now and then libveo 3.0.2 ends a program that opens a context: one of its threads takes the answer that
            // another one waits for. That says nothing of what the program checks.
            let is_chance = text.contains("veo::VEOException") && text.contains("URPC req without corresponding cmd");
            if self.kind != Kind::Worker || !is_chance || tries == 5 {
                return (status, text);
            }
        }
    }

    /// Runs a program in the folder of the kernels. `None` if it did not end in time.
    fn start(&self, program: &Path, log: &Path) -> Option<ExitStatus> {
        let file = File::create(log).unwrap();
        let mut command = Command::new(program);
        command.arg("./libkernels.so").current_dir(&self.folder);
        command.stdout(file.try_clone().unwrap()).stderr(file);
        command.env("LD_LIBRARY_PATH", self.lib());
        if self.kind != Kind::Card {
            command.env("VEO_CONFORMANCE", if self.kind == Kind::Host { "host" } else { "worker" });
            command.env("VEORUN_BIN", env!("CARGO_BIN_EXE_veo-test-veorun"));
        }
        let mut child = command.spawn().unwrap();
        let status = ended_in_time(&mut child);
        if self.kind == Kind::Worker {
            expect_no_segment(child.id());
        }
        status
    }
}

fn ended_in_time(child: &mut Child) -> Option<ExitStatus> {
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

/// Shared memory is gone when the program that made it is, and all its workers.
#[track_caller]
fn expect_no_segment(program: u32) {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let segments = fs::read_to_string("/proc/sysvipc/shm").unwrap();
        // The fifth column is the process that made it.
        let left = segments.lines().filter(|line| line.split_whitespace().nth(4) == Some(&program.to_string())).count();
        if left == 0 {
            return;
        }
        assert!(Instant::now() < deadline, "{left} segments of a program that has ended are left (ipcs -m -p)");
        thread::sleep(Duration::from_millis(20));
    }
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}
