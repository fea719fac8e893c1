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

/// Runs a script with libveo and a library of kernels. unittest says `OK`, and how many tests there were.
fn script(name: &str, python_path: Option<&Path>, words: &[&str]) {
    let kernels = folder(&format!("python_{name}_{}", words.len())).join("libkernels.so");
    run(Command::new("cc")
        .args(["-shared", "-fPIC", "-g", "-O1", "-o"])
        .arg(&kernels)
        .arg(here().join("python/kernels.c")));
    let mut python = Command::new(std::env::var_os("PYTHON").unwrap_or_else(|| "python3".into()));
    if let Some(path) = python_path {
        python.env("PYTHONPATH", path);
    }
    python.arg(here().join("python").join(name)).args([&libveo(), &kernels]).args(words);
    let output = run(&mut python);
    assert!(output.contains("\nOK") && !output.contains("Ran 0 tests"), "{output}");
}

/// PyVEO on our libveo.
fn pyveo(words: &[&str]) {
    static PYVEO: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let folder = {
        // Installed once, not by two tests at a time.
        let _guard = PYVEO.lock().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("py-veo");
        run(Command::new(here().join("../ci/py-veo.sh")).arg(libveo()).arg(&folder));
        folder
    };
    script("pyveo.py", Some(&folder), words);
}

#[test]
#[ignore = "needs python3"]
fn ctypes_uses_libveo() {
    script("libveo_ctypes.py", None, &[]);
}

#[test]
#[ignore = "needs py-veo"]
fn pyveo_works_with_integers_and_memory() {
    pyveo(&["Words"]);
}

/// PyVEO sends floating-point numbers through the setter for integers.
#[test]
#[ignore = "needs py-veo"]
fn pyveo_works_with_floating_point_numbers() {
    pyveo(&["Types", "--verbose"]);
}
