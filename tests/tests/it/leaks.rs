//! After the end of VE processes, however it came, nothing of them is left. Counted in a program of its own, since the
//! tests beside this one have processes, too.

use crate::support::{child, output_of};

pub(crate) fn nothing_is_left_after(kind: &str) {
    assert_eq!(output_of(child(&["leaks", kind])).trim(), "nothing is left", "after {kind}");
}

#[test]
pub(crate) fn nothing_is_left_after_ordinary_ends() {
    nothing_is_left_after("drop");
    nothing_is_left_after("destroy");
}

#[test]
fn nothing_is_left_of_contexts() {
    nothing_is_left_after("contexts");
}
