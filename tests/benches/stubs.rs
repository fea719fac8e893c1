//! What a large binding crate costs: `cargo bench --bench stubs` compiles 500 generated prototypes in release.
//!
//! Three programs that depend on `veo` are compiled, alternately: one without declarations, one with 500 of them, and one
//! that also calls each of them once. A stub is generic over what it is passed, so its code comes with its calls.

#![allow(clippy::unwrap_used, reason = "a benchmark should stop where it fails")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

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
    programs.iter().for_each(|program| drop(program.compile()));
    let mut times = [const { Vec::new() }; 3];
    for _ in 0..ROUNDS {
        for (program, times) in programs.iter().zip(&mut times) {
            times.push(program.compile());
        }
    }
    let [empty, declared, called] = times.map(median);
    let [code_empty, code_declared, code_called] = programs.map(|program| program.code());
    let (more, per_stub) = (declared.as_secs_f64() - empty.as_secs_f64(), (code_called - code_empty) / STUBS);
    let called_more = called.as_secs_f64() - empty.as_secs_f64();
    println!("{STUBS} prototypes, release, medians of {ROUNDS} rounds\n");
    println!("an empty program        {:8.2} s {code_empty:>10} bytes of code", empty.as_secs_f64());
    println!(
        "with declarations       {more:+8.2} s {:>+10} bytes   limit +{MOST_SECONDS} s",
        code_declared - code_empty
    );
    println!("each called once, too   {called_more:+8.2} s {:>+10} bytes", code_called - code_empty);
    println!("a stub and its call                {per_stub:>11} bytes   limit {MOST_BYTES}");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
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
    fn compile(&self) -> Duration {
        let source = self.folder.join("src/main.rs");
        fs::write(&source, fs::read(&source).unwrap()).unwrap();
        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--offline", "--quiet"]).current_dir(&self.folder);
        cargo.env("CARGO_TARGET_DIR", self.target());
        let start = Instant::now();
        assert!(cargo.status().unwrap().success(), "the compiler's words are above");
        start.elapsed()
    }

    fn code(&self) -> i64 {
        let file = fs::read(self.target().join("release").join(self.name)).unwrap();
        let file = object::File::parse(&*file).unwrap();
        let code: u64 =
            file.sections().filter(|section| section.kind() == SectionKind::Text).map(|section| section.size()).sum();
        i64::try_from(code).unwrap()
    }
}
