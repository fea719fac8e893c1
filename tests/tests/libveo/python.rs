//! Programs in Python: ours through ctypes, and PyVEO, whose compiled part was linked to NEC's library.

use std::path::{Path, PathBuf};
use std::process::Command;

use veo_tests::install;

use crate::support::{folder, run};

/// The folder of this crate.
fn here() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn libveo() -> PathBuf {
    install::prefix().join("lib/libveo.so.1")
}

/// A script with libveo and a library of kernels.
fn script(name: &str, test: &str) -> Command {
    let kernels = folder(test).join("libkernels.so");
    run(cc(&["-shared", "-fPIC", "-o"]).arg(&kernels).arg(here().join("python/kernels.c")));
    let mut python = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
    python.arg(here().join("python").join(name)).args([&libveo(), &kernels]);
    python
}

fn cc(words: &[&str]) -> Command {
    let mut cc = Command::new("cc");
    cc.args(["-g", "-O1"]).args(words);
    cc
}

/// Runs a script to its end. unittest says `OK`, and how many tests there were.
fn succeeds(script: &mut Command) {
    let output = run(script);
    assert!(output.contains("\nOK\n") && !output.contains("Ran 0 tests"), "{output}");
}

/// PyVEO on our libveo, with the tests of one class.
fn pyveo(class: &str) -> Command {
    static PYVEO: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("py-veo");
    // Installed once, not by two tests at a time.
    let guard = PYVEO.lock().unwrap();
    run(Command::new(here().join("../ci/py-veo.sh")).arg(libveo()).arg(&folder));
    drop(guard);
    let mut script = script("pyveo.py", &format!("pyveo_{class}"));
    script.arg(class).env("PYTHONPATH", folder);
    script
}

#[test]
#[ignore = "needs python3"]
fn ctypes_uses_libveo() {
    succeeds(&mut script("libveo_ctypes.py", "ctypes"));
}

#[test]
#[ignore = "needs py-veo"]
fn pyveo_works_with_integers_and_memory() {
    succeeds(&mut pyveo("Words"));
}

/// PyVEO sends floating-point numbers through the setter for integers.
#[test]
#[ignore = "needs py-veo"]
fn pyveo_works_with_floating_point_numbers() {
    succeeds(&mut pyveo("Types"));
}

#[test]
#[ignore = "needs py-veo"]
fn pyveo_works_with_a_veorun_of_ones_own() {
    let folder = folder("pyveo_veorun");
    let (object, veorun) = (folder.join("kernels.o"), folder.join("veorun"));
    run(cc(&["-c", "-o"]).arg(&object).arg(here().join("python/kernels.c")));
    run(Command::new(install::prefix().join("bin/mk_veorun_static")).args([&veorun, &object]));
    succeeds(pyveo("Static").env("VEORUN_BIN", veorun));
}
