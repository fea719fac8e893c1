//! What the compiler says about wrong declarations and wrong calls, and that right ones give no warning.
//!
//! Each `ui/FOLDER/NAME.rs` must fail with exactly the words of `NAME.stderr`; each `ui/pass/NAME.rs` must compile and
//! run. `TRYBUILD=overwrite cargo test -p veo-tests --test ui` writes the `.stderr` files; read the diff as a newcomer
//! would.
//!
//! In some folders all words are ours. In the others the compiler speaks too, and its words change with its version, so
//! those are compared only under the version in `ui/RUSTC`, with which they were written.

#![allow(clippy::unwrap_used, reason = "helpers of tests should stop where they fail, as tests do")]

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs, io};

const OUR_WORDS: [&str; 5] = ["attribute", "function", "static", "kernel", "hook"];
const THE_COMPILERS_TOO: [&str; 3] = ["types", "calls", "borrow"];

/// One of the cases that pass, here again because clippy does not see those: its lints are on in there.
#[path = "../ui/pass/hygiene.rs"]
mod hygiene;

#[test]
fn expansions_bring_no_lint() {
    hygiene::main();
}

#[test]
fn messages_are_as_written() {
    let cases = trybuild::TestCases::new();
    cases.pass("ui/pass/*.rs");
    OUR_WORDS.iter().for_each(|folder| cases.compile_fail(format!("ui/{folder}/*.rs")));

    let (written_with, running) = (written_with(), running());
    if running.starts_with(&format!("rustc {written_with}.")) {
        THE_COMPILERS_TOO.iter().for_each(|folder| cases.compile_fail(format!("ui/{folder}/*.rs")));
    } else {
        // Not `eprintln!`: the test harness would keep that to itself.
        let _ = writeln!(
            io::stderr(),
            "\n**** NOT COMPARED: ui/{{{}}}, written with rustc {written_with}; this is {running}\n",
            THE_COMPILERS_TOO.join(",")
        );
    }
}

fn written_with() -> String {
    fs::read_to_string(ui().join("RUSTC")).unwrap().trim().to_owned()
}

fn running() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// A mistake is shown once, where it was made, though the function is called too.
#[test]
fn one_mistake_is_one_error() {
    for file in files(&OUR_WORDS).chain(files(&THE_COMPILERS_TOO)) {
        let is_meant = file.file_stem().is_some_and(|name| name == "several_mistakes");
        if file.extension().is_some_and(|extension| extension == "stderr") && !is_meant {
            let text = fs::read_to_string(&file).unwrap();
            let errors = text.lines().filter(|line| line.starts_with("error")).count();
            let warnings = text.lines().filter(|line| line.starts_with("warning")).count();
            assert_eq!((errors, warnings), (1, 0), "errors and warnings in {}:\n{text}", file.display());
        }
    }
}

#[test]
fn each_case_has_its_message_and_no_message_is_left_over() {
    for file in files(&OUR_WORDS).chain(files(&THE_COMPILERS_TOO)) {
        for partner in ["rs", "stderr"] {
            let partner = file.with_extension(partner);
            assert!(partner.exists(), "{} is missing", partner.display());
        }
    }
}

fn ui() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("ui")
}

fn files(folders: &[&str]) -> impl Iterator<Item = PathBuf> {
    folders.iter().flat_map(|folder| fs::read_dir(ui().join(folder)).unwrap()).map(|entry| entry.unwrap().path())
}
