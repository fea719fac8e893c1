//! Every declared type, there and back.

use std::mem::MaybeUninit;

use veo::{OnStack, VePtr, ve_offload};
use veo_tests::kernels::*;

use crate::support::process;

/// Calls an echo with values, and compares bits.
macro_rules! there_and_back {
    ($ctx:ident; $($echo:ident($($value:expr),+);)+) => {$($(
        let value = $value;
        let back = $echo(&$ctx, value).wait().unwrap();
        assert_eq!(back.to_ne_bytes(), value.to_ne_bytes(), "{}({value:?}) gave {back:?}", stringify!($echo));
    )+)+};
}

#[test]
fn integers_at_the_ends_of_their_ranges() {
    let (_proc, ctx) = process();
    there_and_back! { ctx;
        echo_i8(0_i8, 1, -1, i8::MIN, i8::MAX);
        echo_i16(0_i16, 1, -1, i16::MIN, i16::MAX);
        echo_i32(0_i32, 1, -1, i32::MIN, i32::MAX);
        echo_i64(0_i64, 1, -1, i64::MIN, i64::MAX);
        echo_isize(0_isize, 1, -1, isize::MIN, isize::MAX);
        echo_u8(0_u8, 1, 0x80, u8::MAX);
        echo_u16(0_u16, 1, 0x8000, u16::MAX);
        echo_u32(0_u32, 1, 0x8000_0000, u32::MAX);
        echo_u64(0_u64, 1, 1 << 63, u64::MAX);
        echo_usize(0_usize, 1, 1 << 63, usize::MAX);
    }
}

#[test]
fn floats_with_every_bit() {
    let (_proc, ctx) = process();
    there_and_back! { ctx;
        echo_f64(0.0_f64, -0.0, f64::MIN, f64::MAX, f64::MIN_POSITIVE, f64::from_bits(1), f64::INFINITY, f64::NEG_INFINITY);
        echo_f64(f64::NAN, -f64::NAN, f64::from_bits(0x7ff8_0000_dead_beef), f64::from_bits(0xfff0_0000_0000_0001));
        echo_f32(0.0_f32, -0.0, f32::MIN, f32::MAX, f32::MIN_POSITIVE, f32::from_bits(1), f32::INFINITY, f32::NEG_INFINITY);
        echo_f32(f32::NAN, -f32::NAN, f32::from_bits(0x7fc0_beef), f32::from_bits(0xff80_0001));
    }
}

#[test]
fn narrow_integers_arrive_extended() {
    let (_proc, ctx) = process();
    assert_eq!(widen_i8(&ctx, -128).wait().unwrap(), -128);
    assert_eq!(widen_u8(&ctx, 255).wait().unwrap(), 255);
}

#[test]
fn pointers_null_and_not() {
    let (proc, ctx) = process();
    let mut x = proc.upload(&[1.0, 2.0]).unwrap();
    assert!(echo_pointer(&ctx, VePtr::null()).wait().unwrap().is_null());
    assert_eq!(echo_pointer(&ctx, &x).wait().unwrap(), x.as_ptr());
    assert_eq!(echo_pointer(&ctx, x.slice(1..)).wait().unwrap(), x.as_ptr().offset(1));
    assert_eq!(echo_pointer(&ctx, VePtr::from_addr(u64::MAX)).wait().unwrap().addr(), u64::MAX);
    let part = x.slice_mut(1..2);
    assert_eq!(part.as_ptr().addr(), echo_pointer(&ctx, part.as_slice()).wait().unwrap().addr());
}

#[test]
fn nothing_comes_back_from_void() {
    let (_proc, ctx) = process();
    let () = count_call(&ctx).wait().unwrap();
    count_call(&ctx);
    assert_eq!(calls_so_far(&ctx).wait().unwrap(), 2);
}

#[test]
fn void_pointers_take_memory_of_every_type() {
    let (proc, ctx) = process();
    let integers = proc.upload(&[1_u32, 2, 3, 4]).unwrap();
    let wide = proc.upload(&[1 | 2_u64 << 32, 3 | 4 << 32]).unwrap();
    let bytes: &[u8] = &[1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0];
    assert_eq!(compare(&ctx, &integers, &wide, 16).wait().unwrap(), 0);
    assert_eq!(compare(&ctx, integers.slice(2..), wide.as_ptr().offset(1), 8).wait().unwrap(), 0);
    assert_eq!(compare(&ctx, &integers, OnStack::input_slice(bytes), 12).wait().unwrap(), 0);
    assert!(compare(&ctx, &integers, OnStack::input_slice(bytes), 16).wait().unwrap() < 0);
    assert_eq!(compare(&ctx, VePtr::<u8>::null(), VePtr::<f64>::null(), 0).wait().unwrap(), 0);
}

#[test]
fn structs_in_out_and_both() {
    let (_proc, ctx) = process();
    let mut particle = Particle { position: [0.5, 1.0, 1.5], charge: -2, mass: 3 };
    assert_eq!(particle_energy(&ctx, &particle).wait().unwrap(), -3.0);
    particle_move(&ctx, &mut particle, 0.25).wait().unwrap();
    assert_eq!(particle, Particle { position: [0.75, 1.25, 1.75], charge: -2, mass: 4 });
    let mut made = MaybeUninit::uninit();
    particle_make(&ctx, &mut made).wait().unwrap();
    // SAFETY: the request was successful, so the kernel's bytes are there; any bytes are a `Particle`.
    let made = unsafe { made.assume_init() };
    assert_eq!(made, Particle { position: [1.0, 2.0, 3.0], charge: -1, mass: 7 });
}

#[test]
fn slices_of_every_form_and_size() {
    let (_proc, ctx) = process();
    assert_eq!(sum_bytes(&ctx, 3, &[1, 2, 3]).wait().unwrap(), 6);
    assert_eq!(sum_bytes(&ctx, 3, &vec![1, 2, 4]).wait().unwrap(), 7);
    for n in [0, 1, 7, 8, 9, 255, 4096, 1 << 20] {
        let bytes: Vec<u8> = (0..n).map(|i| (i * 31 % 251) as u8).collect();
        let sum: u64 = bytes.iter().copied().map(u64::from).sum();
        assert_eq!(sum_bytes(&ctx, n, &bytes[..]).wait().unwrap(), sum, "{n} bytes in");

        let mut inverted = bytes.clone();
        invert_bytes(&ctx, n, &mut inverted).wait().unwrap();
        assert!(inverted.iter().zip(&bytes).all(|(new, old)| *new == !old), "{n} bytes in and out");

        let mut numbers = vec![MaybeUninit::uninit(); n / 4];
        count_up(&ctx, n / 4, &mut numbers[..]).wait().unwrap();
        for (i, number) in numbers.iter().enumerate() {
            // SAFETY: the request was successful, and any bytes are a `u32`.
            assert_eq!(unsafe { number.assume_init() } as usize, i, "{n} bytes out");
        }
    }
}

#[test]
fn arrays_of_fixed_length() {
    #[ve_offload(lib = "libtestkernels.so")]
    extern "C" {
        #[link_name = "sum_bytes"]
        fn sum_of_four(n: usize, bytes: &[u8; 4]) -> u64;
        #[link_name = "invert_bytes"]
        fn invert_four(n: usize, bytes: &mut [u8; 4]);
    }
    let (_proc, ctx) = process();
    let mut bytes = [1, 2, 3, 250];
    assert_eq!(sum_of_four(&ctx, 4, &bytes).wait().unwrap(), 256);
    invert_four(&ctx, 4, &mut bytes).wait().unwrap();
    assert_eq!(bytes, [254, 253, 252, 5]);
}

#[test]
fn host_memory_on_the_stack_for_pointers() {
    let (_proc, ctx) = process();
    let mut x = [1, 2, 3];
    assert_eq!(total(&ctx, 3, OnStack::input_slice(&x)).wait().unwrap(), 6);
    assert_eq!(total(&ctx, 1, OnStack::input(&x[1])).wait().unwrap(), 2);
    push(&ctx, 3, 1, OnStack::inout_slice(&mut x)).wait().unwrap();
    assert_eq!(x, [3, 5, 7]);
    push(&ctx, 1, 1, OnStack::inout(&mut x[0])).wait().unwrap();
    assert_eq!(x, [7, 5, 7]);
    fill(&ctx, 2, 9, OnStack::output_slice(&mut x[..2])).wait().unwrap();
    fill(&ctx, 1, -1, OnStack::output(&mut x[2])).wait().unwrap();
    assert_eq!(x, [9, 9, -1]);
    // What is only input does not come back, though the kernel writes it.
    fill(&ctx, 3, 5, OnStack::input_slice(&x)).wait().unwrap();
    assert_eq!(x, [9, 9, -1]);
    // What is only output arrives as zeros.
    push(&ctx, 3, 4, OnStack::output_slice(&mut x)).wait().unwrap();
    assert_eq!(x, [4, 4, 4]);
}

#[test]
fn stack_arguments_are_copied_when_the_call_is_made() {
    let (proc, ctx) = process();
    let gate = crate::support::Gate::new(&proc);
    gate.close(&ctx);
    let mut bytes = vec![1_u8; 1000];
    let before = sum_bytes(&ctx, 1000, &bytes[..]);
    bytes.fill(2);
    let after = sum_bytes(&ctx, 1000, &bytes[..]);
    drop(bytes);
    gate.open();
    assert_eq!((before.wait().unwrap(), after.wait().unwrap()), (1000, 2000));
}

#[test]
fn too_much_for_the_stack_is_refused() {
    let (_proc, ctx) = process();
    let bytes = vec![1_u8; (63 << 20) + 1];
    let error = sum_bytes(&ctx, bytes.len(), &bytes[..]).wait().unwrap_err();
    crate::support::assert_says(error, &["sum_bytes", "63 MiB"]);
    assert_eq!(sum_bytes(&ctx, 63 << 20, &bytes[1..]).wait().unwrap(), 63 << 20);
}

#[test]
fn kernels_in_rust_need_no_library() {
    mod rust {
        /// The same as `echo_f32`, twice.
        #[veo::ve_kernel]
        pub(super) extern "C" fn double_it(x: f32, times: u8) -> f32 {
            x * f32::from(times)
        }
    }
    #[ve_offload(lib = static)]
    extern "C" {
        fn double_it(x: f32, times: u8) -> f32;
    }
    let (_proc, ctx) = process();
    assert_eq!(double_it(&ctx, 1.25, 2).wait().unwrap(), rust::double_it(1.25, 2));
}
