//! Which engine and which worker: what the environment says, and how wrong values are reported.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use veo::{Engine, Error, Proc};
use veo_tests::kernels::*;

use crate::declarations::built;
use crate::support::{assert_says, child, differs, output_of};

/// On NEC's library, and on ours if it is loaded.
pub(crate) const NO_REASONS: &str =
    "why a VE process or a context cannot be made is not always known: errors name likely causes";

/// The program calls a kernel, prints `value 42` or `error: …`, and how many children it has left.
fn call_with(environment: &[(&str, &str)]) -> Command {
    let mut command = child(&["call"]);
    command.envs(environment.iter().copied());
    command
}

#[track_caller]
fn works_with(environment: &[(&str, &str)]) -> String {
    let output = output_of(call_with(environment));
    assert_says(&output, &["value 42", "0 children"]);
    output
}

/// An error that names the variable, its value and what was expected, in time; and nothing is left running.
#[track_caller]
fn fails_with(variable: &str, value: &str, expected: &[&str]) {
    let start = Instant::now();
    let output = output_of(call_with(&[(variable, value)]));
    assert!(start.elapsed() < Duration::from_secs(15), "{variable}={value} took {:?}", start.elapsed());
    assert_says(&output, &["error:", variable, value, "0 children"]);
    assert_says(&output, expected);
}

#[test]
fn without_a_choice_it_works() {
    works_with(&[]);
    works_with(&[("VEO_ENGINE", "")]);
}

#[test]
fn the_host_engine_by_name() {
    works_with(&[("VEO_ENGINE", "host")]);
}

#[test]
fn an_engine_of_no_such_name() {
    fails_with("VEO_ENGINE", "nonsense", &["expected `host`, `libveo`, or the path"]);
    fails_with("VEO_ENGINE", "HOST", &["expected `host`, `libveo`, or the path"]);
    fails_with("VEO_ENGINE", "libveo.so", &["expected `host`, `libveo`, or the path"]);
}

#[test]
fn an_engine_at_no_such_path() {
    fails_with("VEO_ENGINE", "/no/such.so", &["does not exist", "libveo.so"]);
    fails_with("VEO_ENGINE", "./no/such.so", &["does not exist", "libveo.so"]);
}

#[test]
fn an_engine_that_is_not_libveo() {
    fails_with("VEO_ENGINE", built("libtestkernels.so").to_str().unwrap(), &["veo_proc_create"]);
    fails_with("VEO_ENGINE", concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"), &["invalid ELF header"]);
    fails_with("VEO_ENGINE", env!("CARGO_MANIFEST_DIR"), &["VEO_ENGINE=host"]);
}

#[test]
fn libveo_that_is_not_installed() {
    if Path::new("/opt/nec/ve").exists() {
        return;
    }
    fails_with("VEO_ENGINE", "libveo", &["libveo.so.1", "/opt/nec/ve/veos/lib64/libveo.so.1", "LD_LIBRARY_PATH"]);
}

#[test]
fn an_engine_that_the_program_names() {
    let error = Proc::builder().engine(Engine::Path("/no/such.so".into())).create().unwrap_err();
    assert!(matches!(error, Error::Engine { .. }), "{error:?}");
    assert_says(error, &["/no/such.so", "the program", "does not exist"]);
    let proc = Proc::builder().engine(Engine::Host).create().unwrap();
    assert_eq!(echo_i32(&proc.open_context().unwrap(), 1).wait().unwrap(), 1);
}

#[test]
fn a_worker_that_is_another_program() {
    fails_with("VEORUN_BIN", "/bin/true", &["expected a veorun"]);
    fails_with("VEORUN_BIN", "/bin/cat /dev/null", &["expected a veorun"]);
}

#[test]
fn a_worker_that_is_not_there() {
    fails_with("VEORUN_BIN", "/no/such", &["no such file", "expected the path of a veorun"]);
    fails_with("VEORUN_BIN", "/", &["no such file", "expected the path of a veorun"]);
    fails_with("VEORUN_BIN", "/etc/passwd", &["cannot start it", "Permission denied"]);
    fails_with("VEORUN_BIN", " ", &["1 to 63 words"]);
}

#[test]
fn a_worker_that_never_answers() {
    fails_with("VEORUN_BIN", "/bin/sleep 100", &["did not answer within", "expected a veorun"]);
}

#[test]
fn a_worker_of_ones_own() {
    let veorun = env!("CARGO_BIN_EXE_veo-test-veorun");
    assert_says(works_with(&[("VEORUN_BIN", veorun)]), &["own 1764"]);
    let line = format!("/usr/bin/env {veorun}");
    assert_says(works_with(&[("VEORUN_BIN", &line)]), &["own 1764"]);
    assert_says(works_with(&[]), &["own error", "no symbol `square_in_veorun`"]);

    let proc = Proc::builder().veorun(veorun).create().unwrap();
    assert_eq!(echo_i32(&proc.open_context().unwrap(), 1).wait().unwrap(), 1);
    let error = Proc::builder().veorun("/no/such").create().unwrap_err();
    assert_says(error, &["/no/such", "expected the path of a veorun"]);
}

#[test]
fn a_veorun_that_a_person_starts_says_what_it_is() {
    let output = crate::support::program(env!("CARGO_BIN_EXE_veo-test-veorun")).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_says(String::from_utf8(output.stderr).unwrap(), &["VEORUN_BIN"]);
}

#[test]
fn nodes_that_are_there_and_nodes_that_are_not() {
    if differs("every node number from 0 on can be used; `VEO_HOST_NODES` is only what `veo::nodes()` tells")
        || differs(NO_REASONS)
    {
        return;
    }
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
fn the_worker_has_the_variables_of_a_ve() {
    let mut command = child(&["environment"]);
    command.env("VE_OMP_NUM_THREADS", "3").env("VE_LD_LIBRARY_PATH", "/some/where").env("OMP_NUM_THREADS", "8");
    assert_says(output_of(command), &["OMP_NUM_THREADS=3", "LD_LIBRARY_PATH=/some/where", "VE_NODE_NUMBER=0"]);
}
