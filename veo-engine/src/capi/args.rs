//! Argument lists. A `veo_args` is used by one thread at a time, as in libveo.

use std::ffi::{c_char, c_int, c_void};

use veo_sys::{VEO_INTENT_IN, VEO_INTENT_INOUT, VEO_INTENT_OUT, veo_args, veo_args_intent};

use super::c_api;
use crate::engine::args::{Arg, Args, Intent};
use crate::shared::layout::Setter;

/// Arguments from this one on travel in memory, where libveo leaves the upper part of narrow integers zero.
const FIRST_IN_MEMORY: c_int = 8;

c_api! {
    /// A new, empty list.
    fn veo_args_alloc() -> *mut veo_args, else std::ptr::null_mut(); {
        Box::into_raw(Box::new(Args::default())).cast()
    }

    /// Frees a list.
    fn veo_args_free(args: *mut veo_args), else (); {
        if !args.is_null() {
            // SAFETY: not null, so it came from `veo_args_alloc`, and by the header's contract is freed once.
            drop(unsafe { Box::from_raw(args.cast::<Args>()) });
        }
    }

    /// Empties a list.
    fn veo_args_clear(args: *mut veo_args), else (); {
        if let Some(args) = args_of(args) {
            args.clear();
        }
    }

    /// Sets a 64-bit integer.
    fn veo_args_set_i64(args: *mut veo_args, index: c_int, value: i64) -> c_int, else -1; {
        set(args, index, value.cast_unsigned(), Setter::Integer)
    }

    /// Sets a 64-bit integer.
    fn veo_args_set_u64(args: *mut veo_args, index: c_int, value: u64) -> c_int, else -1; {
        set(args, index, value, Setter::Integer)
    }

    /// Sets a 32-bit integer.
    fn veo_args_set_i32(args: *mut veo_args, index: c_int, value: i32) -> c_int, else -1; {
        set(args, index, extended(index, value.into(), u64::from(value.cast_unsigned())), Setter::Integer)
    }

    /// Sets a 32-bit integer.
    fn veo_args_set_u32(args: *mut veo_args, index: c_int, value: u32) -> c_int, else -1; {
        set(args, index, value.into(), Setter::Integer)
    }

    /// Sets a 16-bit integer.
    fn veo_args_set_i16(args: *mut veo_args, index: c_int, value: i16) -> c_int, else -1; {
        set(args, index, extended(index, value.into(), u64::from(value.cast_unsigned())), Setter::Integer)
    }

    /// Sets a 16-bit integer.
    fn veo_args_set_u16(args: *mut veo_args, index: c_int, value: u16) -> c_int, else -1; {
        set(args, index, value.into(), Setter::Integer)
    }

    /// Sets an 8-bit integer.
    fn veo_args_set_i8(args: *mut veo_args, index: c_int, value: i8) -> c_int, else -1; {
        set(args, index, extended(index, value.into(), u64::from(value.cast_unsigned())), Setter::Integer)
    }

    /// Sets an 8-bit integer.
    fn veo_args_set_u8(args: *mut veo_args, index: c_int, value: u8) -> c_int, else -1; {
        set(args, index, value.into(), Setter::Integer)
    }

    /// Sets a `double`.
    fn veo_args_set_double(args: *mut veo_args, index: c_int, value: f64) -> c_int, else -1; {
        set(args, index, value.to_bits(), Setter::Double)
    }

    /// Sets a `float`, which a VE has in the upper half of the word.
    fn veo_args_set_float(args: *mut veo_args, index: c_int, value: f32) -> c_int, else -1; {
        set(args, index, u64::from(value.to_bits()) << 32, Setter::Float)
    }

    /// Sets a heterogeneous pointer, with its tag.
    fn veo_args_set_hmem(args: *mut veo_args, index: c_int, hmem: *mut c_void) -> c_int, else -1; {
        set(args, index, hmem.expose_provenance() as u64, Setter::Integer)
    }

    /// Sets a buffer that travels on the VE stack.
    fn veo_args_set_stack(
        args: *mut veo_args,
        intent: veo_args_intent,
        index: c_int,
        buffer: *mut c_char,
        len: usize,
    ) -> c_int, else -1; {
        if buffer.is_null() && len != 0 {
            return -1;
        }
        let intent = Intent {
            copy_in: intent == VEO_INTENT_IN || intent == VEO_INTENT_INOUT,
            copy_out: intent == VEO_INTENT_OUT || intent == VEO_INTENT_INOUT,
        };
        put(args, index, Arg::Stack { buffer: buffer.cast(), len, intent })
    }
}

#[inline]
pub(super) fn args_of<'a>(args: *mut veo_args) -> Option<&'a mut Args> {
    // SAFETY: not null, so it came from `veo_args_alloc`; by the header's contract one thread uses it at a time.
    unsafe { args.cast::<Args>().as_mut() }
}

#[inline]
fn put(args: *mut veo_args, index: c_int, arg: Arg) -> c_int {
    if args_of(args).is_some_and(|args| args.set(index, arg)) { 0 } else { -1 }
}

#[inline]
fn set(args: *mut veo_args, index: c_int, word: u64, setter: Setter) -> c_int {
    put(args, index, Arg::Word(word, setter))
}

/// A narrow signed integer as libveo passes it: sign-extended in a register, zero-extended in memory.
fn extended(index: c_int, signed: i64, unsigned: u64) -> u64 {
    if index < FIRST_IN_MEMORY { signed.cast_unsigned() } else { unsigned }
}
