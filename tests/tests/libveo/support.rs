//! Compilers and programs.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use veo_tests::install;

/// A source file of these tests.
pub(crate) fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/libveo/c").join(name)
}

/// A fresh folder for the files of one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libveo").join(test);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// What a command printed that must succeed.
#[track_caller]
pub(crate) fn run(command: &mut Command) -> String {
    let (success, text) = outcome(command);
    assert!(success, "{command:?}:\n{text}");
    text
}

/// What a command printed that must fail.
#[track_caller]
pub(crate) fn run_in_vain(command: &mut Command) -> String {
    let (success, text) = outcome(command);
    assert!(!success, "{command:?}:\n{text}");
    text
}

/// Whether a command succeeded, and what it printed, standard error last.
fn outcome(command: &mut Command) -> (bool, String) {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let chosen = command.get_envs().any(|(other, _)| other == name);
        if !chosen && ["VE_", "VEO", "URPC_", "OMP_"].iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    let output = command.stdin(Stdio::null()).output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

/// Compiles and links C with the installed headers and library at hand.
#[track_caller]
pub(crate) fn compile(name: &str, to: &Path, flags: &[&str]) {
    // Libraries come after what needs them.
    let (libraries, flags): (Vec<&str>, Vec<&str>) = flags.iter().partition(|flag| flag.starts_with("-l"));
    run(install::c_compiler().args(flags).arg(source(name)).arg("-o").arg(to).args(libraries));
}

/// Compiles a kernel library.
#[track_caller]
pub(crate) fn kernels(name: &str, to: &Path, flags: &[&str]) {
    compile(name, to, &[&["-shared", "-fPIC", "-g"], flags].concat());
}

/// A C program that calls one function: `host VEORUN|- LIBRARY|- FUNCTION [INTEGER…]`.
pub(crate) fn host(veorun: &str, library: &str, words: &[&str]) -> Command {
    static HOST: OnceLock<PathBuf> = OnceLock::new();
    let program = HOST.get_or_init(|| {
        let program = folder("host").join("host");
        compile("host.c", &program, &["-lveo"]);
        program
    });
    let mut command = Command::new(program);
    command.args([veorun, library]).args(words);
    command
}
