//! A program with declarations that do not match. The argument says what it does about them.

#![allow(dead_code)] // what is declared need not be called

use veo::verify::{self, Verify};
use veo::{Error, Proc, ve_offload};

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    fn echo_i32(x: i32) -> i32;
    #[link_name = "echo_i64"]
    fn of_other_width(x: i32) -> i64;
    fn not_in_the_library();
}

#[ve_offload(lib = "libnowhere.so")]
extern "C" {
    fn in_no_library();
}

mod kernels {
    #[veo::ve_kernel]
    unsafe extern "C" fn norm(n: i32, x: *const f32) -> f64 {
        let _ = (n, x);
        0.0
    }

    #[veo::ve_kernel]
    unsafe extern "C" fn rounded(x: *mut f64) {
        let _ = x;
    }
}

#[ve_offload(lib = static)]
extern "C" {
    fn norm(n: f64, x: &[f32]) -> f64;
    // A difference that is no difference for the call itself.
    fn rounded(x: *mut i64);
}

fn main() {
    let builder = Proc::builder();
    let builder = match std::env::args().nth(1).as_deref() {
        None => builder,
        Some("off") => builder.verify(Verify::Off),
        Some("warn") => builder.verify(Verify::Warn),
        Some("deny") => builder.verify(Verify::Deny),
        Some("check") => return println!("{}", verify::check()),
        Some("assert") => return veo::assert_declarations_match!(),
        Some("assert-crate") => return veo::assert_declarations_match!(veo_tests),
        Some("assert-none") => return veo::assert_declarations_match!(my_kernels),
        Some(other) => panic!("unknown argument: {other}"),
    };
    // Twice: what was told is not told again.
    for _ in 0..2 {
        match builder.clone().create() {
            Ok(_) => println!("created"),
            Err(error @ Error::Declarations(_)) => println!("{error}"),
            Err(error) => println!("another error: {error}"),
        }
    }
}
