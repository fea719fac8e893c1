//! Functions of 0 to 40 arguments, of all scalar types mixed: `build.rs` makes them, and `mixed.rs` with them.

use crate::support::process;

include!(concat!(env!("OUT_DIR"), "/mixed.rs"));

#[test]
fn every_argument_arrives_in_its_place() {
    let (_proc, ctx) = process();
    let mut functions = 0;
    let mut compare = |got: &[u64], expected: &[u64]| {
        assert_eq!(got, expected, "with {} arguments", expected.len());
        functions += 1;
    };
    call_all(&ctx, &mut compare).unwrap();
    assert_eq!(functions, 41);
}

#[test]
fn and_on_every_context() {
    let (proc, _main) = process();
    let further = proc.open_context_with_stack(4 << 20).unwrap();
    call_all(&further, &mut |got, expected| assert_eq!(got, expected)).unwrap();
}
