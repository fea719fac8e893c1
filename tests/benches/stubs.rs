//! What a large binding crate costs: 500 generated prototypes, compiled in release.
//!
//! `cargo bench --profile dev --bench stubs`: this program itself need not be optimised.
//!
//! Three programs that depend on `veo` are compiled, alternately: one without declarations, one with 500 of them, and one
//! that also calls each of them once. A stub is generic over what it is passed, so its code comes with its calls.

#![allow(clippy::unwrap_used, reason = "a benchmark should stop where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use object::{Object, ObjectSection, SectionKind};

const RAW: &str = include_str!(concat!(env!("OUT_DIR"), "/many.rs"));
const CALLS: &str = include_str!(concat!(env!("OUT_DIR"), "/many_calls.rs"));
const STUBS: i64 = 500;
const ROUNDS: usize = 3;

/// How much longer 500 prototypes may take to compile, and how much code each stub may add.
const MOST_SECONDS: f64 = 5.0;
const MOST_BYTES: i64 = 200;

fn main() {
    let main = "fn main() {\n    let proc = veo::Proc::create(0).unwrap();\n    println!(\"{}\", proc.declarations().len());\n";
    let call = "    let buffer = proc.upload(&[2.0]).unwrap();\n    \
                call_all(&proc.open_context().unwrap(), &buffer, buffer.as_ptr()).unwrap();\n";
    let declared = format!("mod raw {{\n{RAW}\n}}\n");
    let programs = [
        Program::new("empty", &format!("{main}}}\n")),
        Program::new("declared", &format!("{main}}}\n{declared}")),
        Program::new("called", &format!("{main}{call}}}\n{declared}use raw::*;\n{CALLS}")),
    ];
    for program in &programs {
        program.compile();
    }
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.compile());
        }
    }
    let [empty, declared, called] = times.map(|times| Times::median(&times));
    let [code_empty, code_declared, code_called] = programs.map(|program| program.code());
    println!("{STUBS} prototypes, release, medians of {ROUNDS} rounds\n");
    println!("                        seconds   of CPU  bytes of code");
    println!("an empty program        {:7.2}  {:7.2}  {code_empty:13}", empty.wall, empty.cpu);
    for (name, times, code) in
        [("with declarations", declared, code_declared), ("each called once, too", called, code_called)]
    {
        let (wall, cpu, code) = (times.wall - empty.wall, times.cpu - empty.cpu, code - code_empty);
        println!("{name:22}  {wall:+7.2}  {cpu:+7.2}  {code:+13}");
    }
    println!("a declaration           {:31}", (code_declared - code_empty) / STUBS);
    println!("a stub and its call     {:31}", (code_called - code_empty) / STUBS);
    println!("\nlimits: declarations +{MOST_SECONDS} s, a stub {MOST_BYTES} bytes");
}

/// Seconds. Those of the processor also mean something on a busy machine.
#[derive(Clone, Copy)]
struct Times {
    wall: f64,
    cpu: f64,
}

impl Times {
    fn median(times: &[Times]) -> Times {
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

struct Program {
    folder: PathBuf,
    name: &'static str,
}

impl Program {
    fn new(name: &'static str, source: &str) -> Self {
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
    fn compile(&self) -> Times {
        let source = self.folder.join("src/main.rs");
        fs::write(&source, fs::read(&source).unwrap()).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--offline", "--quiet"]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.target());
        let (start, cpu) = (Instant::now(), Times::of_children());
        assert!(cargo.status().unwrap().success(), "the compiler's words are above");
        Times { wall: start.elapsed().as_secs_f64(), cpu: Times::of_children() - cpu }
    }

    fn code(&self) -> i64 {
        let file = fs::read(self.target().join("release").join(self.name)).unwrap();
        let file = object::File::parse(&*file).unwrap();
        let code: u64 =
            file.sections().filter(|section| section.kind() == SectionKind::Text).map(|section| section.size()).sum();
        i64::try_from(code).unwrap()
    }
}
