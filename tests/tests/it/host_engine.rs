//! What the host engine promises beyond what another libveo does: these tests, and those of `hostile`, are left out when
//! `VEO_ENGINE` names another one. `docs/engines.md` says why for each.

use veo_tests::kernels::{complain_and_abort, echo_i32, end_thread};

use crate::leaks::nothing_is_left_after;
use crate::support::{assert_says, child, failure, output_of, process};

#[test]
fn nodes_that_are_there_and_nodes_that_are_not() {
    let nodes = |environment: &[(&str, &str)]| {
        let mut command = child(&["nodes"]);
        command.envs(environment.iter().copied());
        output_of(command)
    };
    assert_says(nodes(&[]), &["0: ok", "1: error", "there is no VE node 1", "VEO_HOST_NODES", "-1: ok", "-2: error"]);
    assert_says(nodes(&[("VEO_HOST_NODES", "3")]), &["0: ok", "1: ok", "2: ok", "3: error", "-1: ok"]);
    for wrong in ["0", "65", "many"] {
        assert_says(nodes(&[("VEO_HOST_NODES", wrong)]), &["0: error", "VEO_HOST_NODES", wrong, "1 to 64"]);
    }
    assert_says(nodes(&[("VE_NODE_NUMBER", "5")]), &["-1: error", "VE_NODE_NUMBER", "0: ok"]);
}

#[test]
fn a_kernel_that_ends_its_thread_ends_its_context_alone() {
    let (proc, main) = process();
    let further = proc.open_context().unwrap();
    failure(end_thread(&further));
    failure(echo_i32(&further, 1));
    assert_eq!(echo_i32(&main, 2).wait().unwrap(), 2);
    let another = proc.open_context().unwrap();
    assert_eq!(echo_i32(&another, 3).wait().unwrap(), 3);
    drop((main, further, another));
    proc.destroy().unwrap();
}

#[test]
fn the_last_words_on_standard_error_are_in_the_error() {
    let (_proc, ctx) = process();
    let error = failure(complain_and_abort(&ctx, 30)).to_string();
    assert_says(&error, &["SIGABRT", "standard error", "complaint number 11\n", "complaint number 30"]);
    assert!(!error.contains("complaint number 10\n"), "{error}");
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
