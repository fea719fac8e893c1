//! The kernels of `kernels/*.c`, as a user declares them.

use std::ffi::c_void;
use std::mem::MaybeUninit;

use bytemuck::{Pod, Zeroable};
use veo::ve_offload;

/// A struct without padding, as kernels take it by reference.
#[derive(Clone, Copy, Debug, Default, PartialEq, Pod, Zeroable)]
#[repr(C)]
pub struct Particle {
    /// Where it is.
    pub position: [f64; 3],
    /// Its charge.
    pub charge: i32,
    /// Its mass.
    pub mass: i32,
}

// values.c
#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    pub fn echo_i8(x: i8) -> i8;
    pub fn echo_i16(x: i16) -> i16;
    pub fn echo_i32(x: i32) -> i32;
    pub fn echo_i64(x: i64) -> i64;
    pub fn echo_u8(x: u8) -> u8;
    pub fn echo_u16(x: u16) -> u16;
    pub fn echo_u32(x: u32) -> u32;
    pub fn echo_u64(x: u64) -> u64;
    pub fn echo_isize(x: isize) -> isize;
    pub fn echo_usize(x: usize) -> usize;
    pub fn echo_f32(x: f32) -> f32;
    pub fn echo_f64(x: f64) -> f64;
    pub fn echo_pointer(x: *const f64) -> *mut f64;

    pub fn widen_i8(x: i8) -> i64;
    pub fn widen_u8(x: u8) -> u64;

    pub fn count_call();
    pub fn calls_so_far() -> i32;

    pub fn particle_energy(particle: &Particle) -> f64;
    pub fn particle_move(particle: &mut Particle, by: f64);
    pub fn particle_make(particle: &mut MaybeUninit<Particle>);

    pub fn sum_bytes(n: usize, bytes: &[u8]) -> u64;
    pub fn invert_bytes(n: usize, bytes: &mut [u8]);
    pub fn count_up(n: usize, numbers: &mut [MaybeUninit<u32>]);
    pub fn compare(x: *const c_void, y: *const c_void, bytes: usize) -> i32;
}

// memory.c
#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    pub fn fill(n: usize, value: i32, x: *mut i32);
    /// x ← 2·x + add
    pub fn push(n: usize, add: i32, x: *mut i32);
    pub fn total(n: usize, x: *const i32) -> i64;
    pub fn element(x: *const i32, i: usize) -> i32;
    pub fn nap_us(us: u64);
    pub fn slow_fill(us: u64, n: usize, value: i32, x: *mut i32);
    pub fn slow_total(us: u64, n: usize, x: *const i32) -> i64;
    pub fn raise_flag(flag: *mut i32);
    pub fn wait_for_flag(flag: *const i32);
    pub fn table_address() -> *mut i32;
    pub fn table_entry(i: usize) -> i32;
    pub fn exported_entry(i: usize) -> i32;
    pub fn get_memory(bytes: usize) -> *mut c_void;
    pub fn recurse(depth: i64) -> i64;
    pub fn process_id() -> i32;
    pub fn resident_pages() -> i64;
}

// faults.c
#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    pub fn read_null() -> i32;
    pub fn overflow_stack_of_own_thread();
    pub fn read_through_two_calls(address: u64) -> i32;
    pub fn write_to(address: u64);
    pub fn divide(x: i32, y: i32) -> i32;
    pub fn call_abort();
    pub fn call_exit(status: i32);
    pub fn call_exit_at_once(status: i32);
    pub fn raise_signal(number: i32);
    pub fn illegal_instruction();
    pub fn overflow_stack(depth: i64) -> i64;
    pub fn end_thread();
    pub fn complain_and_abort(lines: i32);
    pub fn print_without_newline(number: i32);
    pub fn never_return();
    pub fn spin();
}
