//! The functions that `raw.rs` declares, called.

use std::ffi::{c_char, c_void};

use veo::{Context, OnStack, Proc};

use crate::raw::{self, Point};

fn process() -> (Proc, Context) {
    let proc = Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    (proc, ctx)
}

#[test]
fn vectors_and_scalars() {
    let (proc, ctx) = process();
    let x = proc.upload(&[1.0, 2.0, 3.0]).unwrap();
    let mut y = proc.upload(&[10.0; 3]).unwrap();
    raw::declared_axpy(&ctx, 3, 2.0, &x, &mut y);
    assert_eq!(y.to_vec().unwrap(), [12.0, 14.0, 16.0]);
    assert_eq!(raw::declared_dot(&ctx, 3, &x, &y).wait().unwrap(), 88.0);
    assert_eq!(raw::declared_floats(&ctx, 1.5, 2.25, 4.0).wait().unwrap(), 7.75);
    assert_eq!(raw::match_(&ctx, 1, 2, 3, 4, 5).wait().unwrap(), 15);
    assert_eq!(raw::declared_nothing(&ctx).wait().unwrap(), 42);
    assert_eq!(raw::declared_renamed(&ctx, 7).wait().unwrap(), -7);

    let mut sum = proc.zeroed::<i32>(1).unwrap();
    let request = raw::declared_integers(
        &ctx, -1, -2, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 15, 16, -17, -18, 19, 20, -21, &mut sum,
    );
    assert_eq!(request.wait().unwrap(), 5);
    assert_eq!(sum.to_vec().unwrap(), [5]);
}

#[test]
fn enumerations() {
    let (proc, ctx) = process();
    let mut other = proc.zeroed::<raw::sign_t>(1).unwrap();
    let order = raw::declared_enums(&ctx, raw::RowMajor, raw::NEGATIVE, &mut other, raw::ON).wait().unwrap();
    assert_eq!(order, raw::ColMajor);
    assert_eq!(other.to_vec().unwrap(), [raw::POSITIVE]);
}

#[test]
fn structs() {
    let (proc, ctx) = process();
    let points = [1.0, 2.0, 3.0].map(|x| Point { x, y: -x });
    let on_ve = proc.upload(&points).unwrap();
    let mut segment = proc.zeroed::<raw::segment_t>(1).unwrap();
    let mut into = proc.zeroed::<Point>(1).unwrap();
    let address = raw::declared_structs(&ctx, &on_ve, &mut segment, 3, &mut into).wait().unwrap();
    assert_eq!(address.addr(), into.as_ptr().addr());
    assert_eq!(into.to_vec().unwrap()[0].y, -2.0);
    let segment = segment.to_vec().unwrap()[0];
    assert_eq!((segment.ends[1].x, segment.colour, segment.weight), (3.0, 3, [0.5, 0.0]));

    let mut result = [0.0];
    raw::declared_unnamed(&ctx, 2, OnStack::output_slice(&mut result), OnStack::input(&points[2])).wait().unwrap();
    assert_eq!(result, [5.0]);
}

#[test]
fn pointers_of_all_kinds() {
    let (proc, ctx) = process();
    let name = [b'x'.cast_signed() as c_char, 0];
    let solver = raw::declared_open(&ctx, OnStack::input_slice(&name)).wait().unwrap();
    raw::declared_close(&ctx, solver).wait().unwrap();

    let rows = proc.upload(&[[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]]).unwrap();
    let mut into = proc.zeroed::<f64>(3).unwrap();
    let mut more = proc.zeroed::<[f64; 3]>(1).unwrap();
    let mut cube = proc.upload(&[[[1_i64, 2], [3, 4]]]).unwrap();
    let request = raw::declared_arrays(&ctx, &rows, &mut into, &rows, &mut more, &mut cube);
    assert_eq!(request.wait().unwrap(), 4.0);
    assert_eq!(into.to_vec().unwrap(), [12.0, 24.0, 36.0]);
    assert_eq!(more.to_vec().unwrap(), [[12.0, 24.0, 36.0]]);

    let mut square = [[0.0_f32; 2]];
    raw::declared_complex(&ctx, OnStack::input(&[1.0, 2.0]), OnStack::output_slice(&mut square)).wait().unwrap();
    assert_eq!(square, [[-3.0, 4.0]]);
}

mod callbacks {
    use std::ffi::c_void;

    #[veo::ve_kernel(name = "declarations_half")]
    pub(super) extern "C" fn half(x: f64) -> f64 {
        x / 2.0
    }

    #[veo::ve_kernel(name = "declarations_visit")]
    pub(super) unsafe extern "C" fn visit(index: i32, data: *mut c_void) -> i32 {
        // SAFETY: the test passes the address of an `i32`.
        unsafe { *data.cast::<i32>() = index };
        0
    }
}

#[test]
fn functions_as_arguments() {
    let (proc, ctx) = process();
    let library = proc.static_library();
    let half = library.function::<fn(f64) -> f64>("declarations_half").unwrap();
    assert_eq!(raw::declared_map(&ctx, &half, 5.0).wait().unwrap(), 2.5);
    let visit = library.function::<fn(i32, *mut c_void) -> i32>("declarations_visit").unwrap();
    let mut seen = proc.zeroed::<i32>(1).unwrap();
    raw::declared_visit(&ctx, &visit, &mut seen, None).wait().unwrap();
    assert_eq!(seen.to_vec().unwrap(), [3]);
}

/// The declarations are proved right by those who know nothing of how they were made.
#[test]
fn what_is_generated_matches_the_library() {
    veo::assert_declarations_match!();
}
