//! Declarations compile without the prelude, under any lint, next to names that the expansion uses too.
#![no_implicit_prelude]
#![deny(warnings, missing_docs, unsafe_code, clippy::all, clippy::pedantic)]
// `ui.rs` has this file as a module, out of which nobody reaches.
#![allow(unreachable_pub)]

/// Takes the name of crate `veo`.
mod veo {}
/// Takes the name of crate `core`.
mod core {}
/// Where this crate keeps crate `veo`.
mod reexport {
    pub(crate) use ::veo as renamed;
}

use ::veo::{proc_init_hook, ve_kernel, ve_offload};

/// Has the name of a parameter of the expansion.
#[derive(::std::clone::Clone, ::std::marker::Copy, ::std::fmt::Debug)]
pub struct M2;

/// Lengths of arrays.
pub mod lengths {
    /// Of a table.
    pub const TABLE: usize = 10;
}

/// Still declared with.
#[deprecated = "use Shape"]
pub type Old = i64;

/// A shape.
pub type Shape = i64;

#[ve_offload(lib = "libkernels.so", crate = self::reexport::renamed)]
extern "C" {
    /// Has many parameters with short and with similar names.
    pub fn many(a: i32, b: i32, c: i32, d: i32, e: i32, f: i32, g: i32, x_one: f64, x_two: f64, _pad: u64) -> f64;
    pub fn undocumented(ctx: *const i32, call: *mut i32, M: *mut M2, DECLARATION: Shape) -> Shape;
    pub unsafe fn rough(handle: *mut ::core::ffi::c_void);
    /// Has parameters of the expansion.
    pub static TABLE: [f64; lengths::TABLE];
    pub static mut undocumented_counter: Shape;
    pub unsafe static rough_counter: i32;
    #[allow(deprecated)]
    pub fn old(x: *const Old);
    #[expect(deprecated)]
    pub static old_counter: Old;
    #[cfg_attr(unix, cfg(windows))]
    pub fn elsewhere();
    #[cfg_attr(unix, cfg(windows))]
    pub static elsewhere_too: i32;
    #[cfg_attr(unix, allow(deprecated), doc = "Old.")]
    pub fn old_on_unix(x: *const Old);
    #[cfg_attr(unix, cfg(unix), deprecated, must_use)]
    pub fn on_unix();
}

#[ve_offload(lib = "libkernels.so", crate = self::reexport::renamed)]
extern "C" {
    #![allow(deprecated)]
    pub fn all_old(x: *const Old);
    pub static mut old_origin: [Old; 2];
}

/// Has a function among its own.
pub struct Kernels;

impl Kernels {
    #[ve_offload(lib = "libkernels.so", crate = self::reexport::renamed)]
    pub fn cbrt(x: f64) -> f64;
}

#[ve_offload(lib = ["libone.so", "libtwo.so"], lazy)]
extern "C" {
    pub fn lazy(out: &mut [i32]) -> *mut f64;
    pub static lazy_table: [Shape; 3];
}

#[ve_offload(lib = static, crate = self::reexport::renamed)]
pub static alone: f64;

/// Twice `x`.
#[ve_kernel(crate = self::reexport::renamed)]
#[must_use]
pub extern "C" fn twice(x: i32) -> i32 {
    2 * x
}

/// Has the name of a parameter of the expansion.
///
/// # Errors
/// None.
#[proc_init_hook(crate = self::reexport::renamed)]
pub fn proc(process: &::veo::Proc) -> ::veo::Result<()> {
    let _ = process;
    ::std::result::Result::Ok(())
}

/// Does nothing.
pub fn main() {
    let _ = (twice(1), Kernels);
}
