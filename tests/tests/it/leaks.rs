//! After the end of VE processes, however it came, nothing of them is left. Counted in a program of its own, since the
//! tests beside this one have processes, too.

use crate::support::{child, output_of};

fn nothing_is_left_after(kind: &str) {
    let output = output_of(child(&["leaks", kind]));
    // NEC's library complains on standard output, too.
    assert_eq!(output.lines().last(), Some("nothing is left"), "after {kind}:\n{output}");
}

#[test]
fn nothing_is_left_after_ordinary_ends() {
    nothing_is_left_after("drop");
    nothing_is_left_after("destroy");
}

#[test]
fn nothing_is_left_after_crashes() {
    nothing_is_left_after("crash");
    nothing_is_left_after("exit");
}

#[test]
fn nothing_is_left_after_kills() {
    nothing_is_left_after("kill");
}

#[test]
fn nothing_is_left_after_failed_creations() {
    nothing_is_left_after("not-created");
}

#[test]
fn nothing_is_left_of_contexts() {
    nothing_is_left_after("contexts");
}
