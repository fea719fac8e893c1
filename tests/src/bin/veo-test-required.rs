//! A program whose declarations must be there, and some are not: prints why it cannot create a process.

#![allow(dead_code)] // what is declared need not be called

use veo::ve_offload;

#[ve_offload(lib = "libtestkernels.so", required)]
extern "C" {
    fn echo_i32(x: i32) -> i32;
    fn required_but_missing();
    static required_variable: i32;
}

#[ve_offload(lib = "libnowhere.so", required)]
extern "C" {
    fn required_of_nowhere();
}

#[ve_offload(lib = "libnowhere.so")]
extern "C" {
    fn only_missing();
}

fn main() {
    match veo::Proc::create(0) {
        Ok(proc) => println!("created {proc:?}"),
        Err(error) => println!("{error}"),
    }
}
