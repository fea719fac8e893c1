//! Programs that depend on `veo`, compiled in release by the benchmark.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use object::{Object, ObjectSection, SectionKind};

/// Seconds. Those of the processor also mean something on a busy machine.
#[derive(Clone, Copy)]
pub(crate) struct Times {
    pub(crate) wall: f64,
    pub(crate) cpu: f64,
}

impl Times {
    pub(crate) fn median(times: &[Times]) -> Times {
        let middle = |of: fn(&Times) -> f64| {
            let mut values: Vec<f64> = times.iter().map(of).collect();
            values.sort_by(f64::total_cmp);
            values[values.len() / 2]
        };
        Times { wall: middle(|times| times.wall), cpu: middle(|times| times.cpu) }
    }

    /// Of the processor, in all children that have ended.
    fn of_children() -> f64 {
        // SAFETY: all its members are integers.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: it is the caller's.
        assert_eq!(unsafe { libc::getrusage(libc::RUSAGE_CHILDREN, &raw mut usage) }, 0);
        let seconds = |time: libc::timeval| time.tv_sec as f64 + time.tv_usec as f64 / 1e6;
        seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }
}

pub(crate) struct Program {
    folder: PathBuf,
    name: &'static str,
}

impl Program {
    /// Its text.
    pub(crate) fn new(name: &'static str, source: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("stubs").join(name);
        let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        fs::create_dir_all(folder.join("src")).unwrap();
        let veo = workspace.join("veo");
        let manifest = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n[dependencies]\nveo.path = {veo:?}\n[workspace]\n"
        );
        fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        // The versions of the workspace, so that nothing has to be fetched.
        fs::copy(workspace.join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
        fs::write(folder.join("src/main.rs"), source).unwrap();
        Self { folder, name }
    }

    fn target(&self) -> PathBuf {
        self.folder.join("../target")
    }

    /// How long it takes to compile it, but for its dependencies.
    pub(crate) fn compile(&self) -> Times {
        let source = self.folder.join("src/main.rs");
        fs::write(&source, fs::read(&source).unwrap()).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--offline", "--quiet"]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.target());
        let (start, cpu) = (Instant::now(), Times::of_children());
        assert!(cargo.status().unwrap().success(), "the compiler's words are above");
        Times { wall: start.elapsed().as_secs_f64(), cpu: Times::of_children() - cpu }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.target().join("release").join(self.name)
    }

    /// The size of its code.
    pub(crate) fn code(&self) -> i64 {
        let file = fs::read(self.path()).unwrap();
        let file = object::File::parse(&*file).unwrap();
        let code: u64 =
            file.sections().filter(|section| section.kind() == SectionKind::Text).map(|section| section.size()).sum();
        i64::try_from(code).unwrap()
    }
}
