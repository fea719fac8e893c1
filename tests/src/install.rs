//! What `cargo xtask install` lays out, for tests that use libveo as C and Python programs do.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// The prefix under which libveo is installed. The first call installs it.
///
/// # Panics
/// If it cannot be installed.
pub fn prefix() -> &'static Path {
    static PREFIX: OnceLock<PathBuf> = OnceLock::new();
    PREFIX.get_or_init(|| {
        let program = env::current_exe().expect("a test knows its own path");
        // A test is in `target/PROFILE/deps`.
        let prefix = program.ancestors().nth(2).expect("a test has a folder").join("installed");
        let output = Command::new(env!("CARGO"))
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["xtask", "install", "--debug", "--prefix"])
            .arg(&prefix)
            .stdin(Stdio::null())
            .output()
            .expect("cargo has started this test");
        assert!(output.status.success(), "cargo xtask install: {}", String::from_utf8_lossy(&output.stderr));
        prefix
    })
}

/// A compiler's command line for a program that uses the installed libveo, and finds it when it runs.
#[must_use]
pub fn c_compiler() -> Command {
    let mut command = Command::new("cc");
    let lib = prefix().join("lib");
    command.args(["-Wall", "-Wextra", "-Werror", "-I"]).arg(prefix().join("include"));
    command.arg("-L").arg(&lib).arg(format!("-Wl,-rpath,{}", lib.display()));
    command
}
