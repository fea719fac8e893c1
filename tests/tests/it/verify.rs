//! Declarations against the libraries of a process: what is told, and when.

use std::process::Command;

use veo::verify::{self, Aspect};

use crate::support::{assert_says, program};

fn with(arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_veo-test-verify"));
    command.args(arguments);
    command
}

/// Its status, standard output and standard error.
fn run(argument: &[&str]) -> (bool, String, String) {
    let output = with(argument).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.success(), text(output.stdout), text(output.stderr))
}

const WIDTH: [&str; 4] = [
    "`of_other_width` does not match ",
    "libtestkernels.so:",
    "argument 1, `x`: declared `i32`, 4 bytes, but in C it is `int64_t` (`long int`), 8 bytes",
    "fn of_other_width(x: i64) -> i64;",
];

#[test]
fn the_declarations_of_this_program_match() {
    let report = verify::check();
    // Some tests declare what is not there, and one what it is not.
    let is_meant = |mismatch: &verify::Mismatch| {
        mismatch.rust_name == "declared_wrong" || mismatch.differences.iter().any(|d| d.aspect == Aspect::Symbol)
    };
    assert!(report.mismatches.iter().all(is_meant), "{report}");
    assert!(report.compared > 60, "{report}");
}

#[test]
fn in_debug_builds_what_differs_is_told_once() {
    let (ok, stdout, stderr) = run(&[]);
    assert!(ok && stdout == "created\ncreated\n", "{stdout}");
    assert_says(&stderr, &WIDTH);
    assert_says(&stderr, &["`norm` does not match veorun itself", "veo-test-verify.rs:"]);
    assert_eq!(stderr.matches("warning:").count(), 2, "{stderr}");
    assert!(!stderr.contains("not_in_the_library") && !stderr.contains("in_no_library"), "{stderr}");
    let (_, _, stderr) = run(&["off"]);
    assert_eq!(stderr, "");
}

#[test]
fn whoever_asks_is_told_more() {
    let (ok, stdout, stderr) = run(&["warn"]);
    assert!(ok && stdout == "created\ncreated\n", "{stdout}");
    assert_says(&stderr, &WIDTH);
    assert_eq!(stderr.matches("warning:").count(), 3, "{stderr}");
    assert_says(&stderr, &["argument 1, `x`: declared `*mut i64`, but in Rust it is `*mut f64`"]);
}

#[test]
fn a_process_may_be_denied() {
    let (ok, stdout, stderr) = run(&["deny"]);
    assert!(ok && stderr.is_empty(), "{stderr}");
    assert_says(&stdout, &WIDTH);
    assert_says(&stdout, &["3 of 5 declarations do not match:"]);
    assert!(!stdout.contains("created"), "{stdout}");
}

#[test]
fn without_a_process_missing_symbols_and_libraries_are_told_too() {
    let (_, stdout, _) = run(&["check"]);
    assert_says(&stdout, &WIDTH);
    assert_says(&stdout, &["4 of ", "there is no symbol `not_in_the_library`", "`in_no_library` of libnowhere.so"]);
}

#[test]
fn an_assertion_fails_with_the_report() {
    let (ok, _, stderr) = run(&["assert"]);
    assert!(!ok);
    assert_says(&stderr, &WIDTH);
    assert_says(stderr, &["veo-test-verify.rs:"]);
    let (ok, _, stderr) = run(&["assert-none"]);
    assert!(!ok);
    assert_says(stderr, &["no declaration of crate `my_kernels`", "use my_kernels as _;"]);
}
