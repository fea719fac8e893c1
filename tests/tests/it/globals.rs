//! Variables of libraries, with their types.

use std::mem::forget;

use veo::{Error, Library, Proc};
use veo_tests::kernels::*;

use crate::support::{NEVER, assert_says, process, within};

fn library(proc: &Proc) -> Library {
    proc.load_library(crate::declarations::built("libtestkernels.so")).unwrap()
}

#[test]
fn a_variable_is_read_and_written() {
    let (proc, ctx) = process();
    let mut table = library(&proc).global::<[i32; 3]>("exported_table").unwrap();
    assert_eq!((table.get().unwrap(), table.name()), ([7, 8, 9], "exported_table"));
    table.set([-1, -2, -3]).unwrap();
    assert_eq!([0, 1, 2].map(|i| exported_entry(&ctx, i).wait().unwrap()), [-1, -2, -3]);
    // It outlives every other handle; whoever looks it up anew sees the same.
    let first = library(&proc).global::<i32>("exported_table").unwrap();
    drop((proc, ctx));
    assert_eq!((first.get().unwrap(), first.proc().main_context().index()), (-1, 0));
    assert_eq!(first.as_ptr(), table.as_ptr().cast());
}

#[test]
fn kernels_take_variables() {
    let (proc, ctx) = process();
    let library = library(&proc);
    let mut table = library.global::<[i32; 3]>("exported_table").unwrap();
    assert_eq!(total(&ctx, 3, &table).wait().unwrap(), 24); // as `*const i32`
    let total_of_array = library.function::<fn(usize, *const [i32; 3]) -> i64>("total").unwrap();
    assert_eq!(total_of_array.call(&ctx, (3, &table)).wait().unwrap(), 24);
    push(&ctx, 3, 1, &mut table);
    assert_eq!(table.get().unwrap(), [15, 17, 19]);
    let copy = proc.upload(&[15, 17, 19]).unwrap();
    assert_eq!(compare(&ctx, &table, &copy, 12).wait().unwrap(), 0);
    // Its elements are VE memory like any other.
    ctx.fill(table.elements_mut().unwrap().slice_mut(1..), 4);
    fill(&ctx, 1, 5, table.elements_mut().unwrap().split_at_mut(1).0);
    assert_eq!(ctx.read(table.elements().unwrap(), vec![0; 3]).wait().unwrap(), [5, 4, 4]);
    ctx.copy(copy.slice(..3), table.elements_mut().unwrap()).wait().unwrap();
    assert_eq!(table.get().unwrap(), [15, 17, 19]);
    assert_eq!(ctx.read(table.as_slice().unwrap(), vec![[0; 3]]).wait().unwrap(), [[15, 17, 19]]);
}

#[test]
fn uses_of_a_variable_keep_their_order() {
    let (proc, ctx) = process();
    let other = proc.open_context().unwrap();
    let mut table = library(&proc).global::<[i32; 3]>("exported_table").unwrap();
    slow_fill(&other, 30_000, 3, 2, &mut table);
    assert_eq!(total(&ctx, 3, &table).wait().unwrap(), 6);
    slow_fill(&other, 30_000, 3, 3, &mut table);
    assert_eq!(table.get().unwrap(), [3; 3]);
    let held = slow_total(&other, 30_000, 3, &table);
    table.set([0; 3]).unwrap();
    assert_eq!(held.wait().unwrap(), 9);
}

#[test]
fn a_variable_of_another_process_is_refused() {
    let ((proc, _), (_other, other_ctx)) = (process(), process());
    let mut table = library(&proc).global::<[i32; 3]>("exported_table").unwrap();
    for error in [
        total(&other_ctx, 3, &table).wait().unwrap_err(),
        fill(&other_ctx, 3, 0, &mut table).wait().map(|()| 0).unwrap_err(),
    ] {
        assert!(matches!(error, Error::WrongProcess { .. }), "{error}");
    }
    assert_eq!(table.get().unwrap(), [7, 8, 9]);
}

#[test]
fn after_the_unload_it_is_an_error() {
    let (proc, ctx) = process();
    let (first, second) = (library(&proc), library(&proc));
    let mut table = second.global::<[i32; 3]>("exported_table").unwrap();
    let other = second.clone();
    first.unload().unwrap();
    assert_eq!(table.get().unwrap(), [7, 8, 9]); // it was loaded twice
    second.unload().unwrap();
    let words = ["`exported_table`", "libtestkernels.so", "unloaded", "load it again"];
    assert_says(table.get().unwrap_err(), &words);
    assert_says(table.set([0; 3]).unwrap_err(), &words);
    assert_says(table.elements().unwrap_err(), &words);
    assert_says(table.elements_mut().unwrap_err(), &words);
    assert_says(table.as_slice().unwrap_err(), &words);
    assert_says(total(&ctx, 3, &table).wait().unwrap_err(), &words);
    assert_says(fill(&ctx, 3, 0, &mut table).wait().unwrap_err(), &words);
    assert_says(other.global::<i32>("exported_table").unwrap_err(), &words);
    assert_says(other.get_symbol::<i32>("exported_table").unwrap_err(), &words);
    // Loaded anew, it is another one.
    assert_eq!(library(&proc).global::<[i32; 3]>("exported_table").unwrap().get().unwrap(), [7, 8, 9]);
    let _ = table.get().unwrap_err();
}

#[test]
fn there_is_none_of_this_name() {
    let (proc, _) = process();
    let library = library(&proc);
    assert_says(library.global::<i32>("no_such_table").unwrap_err(), &["no_such_table", "libtestkernels.so"]);
    assert_says(library.global::<i32>("with\0zero").unwrap_err(), &["zero byte"]);
    assert_says(library.global::<i32>(&"x".repeat(300)).unwrap_err(), &["300 bytes"]);
    assert_says(proc.static_library().global::<i32>("exported_table").unwrap_err(), &["exported_table"]);
}

#[test]
fn of_a_process_that_has_ended() {
    within(NEVER, || {
        let (proc, ctx) = process();
        let mut table = library(&proc).global::<[i32; 3]>("exported_table").unwrap();
        let _ = read_null(&ctx).wait().unwrap_err();
        assert_says(table.get().unwrap_err(), &["cannot read 12 bytes", "SIGSEGV"]);
        assert_says(table.set([0; 3]).unwrap_err(), &["cannot write 12 bytes", "SIGSEGV"]);
        let _ = total(&ctx, 3, &table).wait().unwrap_err();
        forget(table);
    });
}
