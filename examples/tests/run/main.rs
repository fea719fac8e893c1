//! Runs the examples as a user does, and looks at what they print.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

mod bad_input;
mod numbered;
mod regression;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// An example that cargo has built: the test programs are in `deps`, the examples in `examples` beside it.
fn example(name: &str) -> Command {
    let test = std::env::current_exe().unwrap();
    let path = test.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.exists(), "{} is not there: `cargo build --examples` makes it", path.display());
    Command::new(path)
}

/// A file for one test.
fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).unwrap();
    path
}

/// What a program that must succeed wrote to its standard output.
fn stdout(output: Output) -> String {
    let Output { status, stdout, stderr } = output;
    assert!(status.success(), "{status}: {}", String::from_utf8_lossy(&stderr));
    String::from_utf8(stdout).unwrap()
}
