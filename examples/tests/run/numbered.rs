//! The small examples. Each one checks its own results, so that it exits with success says most.

use super::{example, stdout};

fn run(name: &str) -> String {
    stdout(example(name).current_dir("/").output().unwrap())
}

#[test]
fn hello() {
    assert_eq!(run("01-hello"), "");
}

#[test]
fn futures_are_joined() {
    assert!(run("02-async").contains("x·x = 1.0, x·y = 2.0, y·y = 5.0"));
}

#[test]
fn structures_come_back() {
    assert!(run("03-stack-arguments").contains("count: 3, mean: 2.0, smallest: 1.0, largest: 3.0 }, 12 skipped"));
}

#[test]
fn faults_are_told_and_survived() {
    let output = run("04-faults");
    // NEC's libveo writes lines of its own to the standard output.
    assert!(output.lines().any(|line| line.contains("lookup") && line.contains("SIGSEGV")), "{output}");
    assert!(output.ends_with("a new process works\n"), "{output}");
}

#[test]
fn two_contexts_agree_with_one() {
    let output = run("05-two-contexts");
    assert_eq!(output.matches("π ≈ 3.141592").count(), 2, "{output}");
}

#[test]
fn a_timeline_is_recorded() {
    let trace = super::file("timeline.json", "");
    let output = stdout(example("07-timeline").arg(&trace).output().unwrap());
    assert!(output.contains("π ≈ 3.14159") && output.contains("timeline.json"), "{output}");
    let trace = std::fs::read_to_string(trace).unwrap();
    assert_eq!(trace.matches(r#""name":"circle_heights""#).count() >= 8, trace.ends_with("\n]\n"), "{trace}");
}

#[test]
fn a_pool_uses_all_nodes_and_survives() {
    let mut three = example("06-pool");
    let output = stdout(three.current_dir("/").env("VEO_HOST_NODES", "3").output().unwrap());
    for words in ["6 processes on 3 node(s)", "between 145.0 and 159.2", "SIGSEGV", "1 process was restarted"] {
        assert!(output.contains(words), "{words} in {output}");
    }
}
