//! The rarer forms of declarations: functions as arguments, Fortran, libraries whose names the compiler puts together.

use veo::{Error, VePtr, ve_offload};

use crate::support::{assert_says, process};

const LIBRARY: &str = concat!(env!("VEO_KERNEL_DIR"), "/libtestkernels.so");

#[ve_offload(lib = ["libno_such.so", concat!("lib", "test", "kernels", ".so")])]
extern "C" {
    fn apply(function: Option<extern "C" fn(x: f64) -> f64>, x: f64) -> f64;
    fn each(n: usize, x: *mut i32, function: Option<unsafe extern "C" fn(*mut i32, i8, f32)>);
}

#[test]
fn a_function_is_an_argument() {
    let (proc, ctx) = process();
    let library = proc.load_library(LIBRARY).unwrap();
    let square = library.function::<fn(f64) -> f64>("square").unwrap();
    assert_eq!(apply(&ctx, &square, 3.0).wait().unwrap(), 9.0);
    assert_eq!(apply(&ctx, Some(&square), -2.0).wait().unwrap(), 4.0);
    assert_eq!(apply(&ctx, None, 3.0).wait().unwrap(), -1.0);
    assert_eq!(apply(&ctx, VePtr::<u8>::from_addr(square.addr()), 5.0).wait().unwrap(), 25.0);

    let add_both = library.function::<fn(*mut i32, i8, f32)>("add_both").unwrap();
    let mut x = proc.upload(&[10, 20]).unwrap();
    each(&ctx, 2, &mut x, &add_both).wait().unwrap();
    assert_eq!(x.to_vec().unwrap(), [8, 18]);
}

#[test]
fn a_function_that_was_found_by_name_must_have_the_types() {
    let (proc, ctx) = process();
    let library = proc.load_library(LIBRARY).unwrap();
    let square = library.find_function("square").unwrap();
    let error = apply(&ctx, &square, 3.0).wait().unwrap_err();
    assert_says(&error, &["square", "args_type", "other types"]);

    let square = square.args_type(["double"]).unwrap();
    assert!(matches!(apply(&ctx, &square, 3.0).wait(), Err(Error::Refused { .. })), "its result is `int` still");
    let square = square.ret_type("double").unwrap();
    assert_eq!(apply(&ctx, &square, 3.0).wait().unwrap(), 9.0);
}

#[test]
fn a_function_of_another_process_is_no_argument() {
    let ((other, _), (_proc, ctx)) = (process(), process());
    let square = other.load_library(LIBRARY).unwrap().function::<fn(f64) -> f64>("square").unwrap();
    for error in [apply(&ctx, &square, 3.0).wait(), apply(&ctx, Some(&square), 3.0).wait()] {
        assert!(matches!(error, Err(Error::WrongProcess { what: "a VE function", .. })), "{error:?}");
    }
    let square = other.libraries()[0].find_function("square").unwrap();
    assert!(matches!(apply(&ctx, &square, 3.0).wait(), Err(Error::WrongProcess { .. })));
}

#[ve_offload(lib = "libtestkernels.so", fortran)]
extern "C" {
    fn Scale_By(n: i32, by: f64, x: *mut f64);
    fn MIXED(a: i8, b: u16, c: f32, #[value] by_value: i64, text: &[u8], #[value] length: usize) -> f32;
    #[link_name = "pre_Kept"]
    fn kept();
}

#[test]
fn fortran_takes_addresses_of_everything() {
    let (proc, ctx) = process();
    let mut x = proc.upload(&[1.0, 2.0, 3.0]).unwrap();
    Scale_By(&ctx, 2, -1.5, &mut x).wait().unwrap();
    assert_eq!(x.to_vec().unwrap(), [-1.5, -3.0, 3.0]);
    // Nobody waits: what is passed by reference is copied when the call is submitted.
    for by in [2.0, 3.0] {
        Scale_By(&ctx, 3, by, &mut x);
    }
    assert_eq!(x.to_vec().unwrap(), [-9.0, -18.0, 18.0]);

    assert_eq!(MIXED(&ctx, -1, 500, 0.5, 7, b"a0", 2).wait().unwrap(), 554.5);
    assert_eq!(MIXED(&ctx, i8::MIN, u16::MAX, 0.0, 1 << 20, b"", 0).wait().unwrap(), 1_113_983.0);
    kept(&ctx).wait().unwrap();
}
