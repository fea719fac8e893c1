//! Every key, every form of item, every kind of type, every attribute that is kept.
#![deny(warnings)]

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use veo::{Context, Proc, VeConst, VeGlobal, VePtr, ve_kernel, ve_offload};

type Real = f64;

#[ve_offload(lib = "libkernels.so", required, link_prefix = "lib_", link_suffix = "_")]
unsafe extern "C" {
    /// y ← a·x + y
    pub fn axpy(n: usize, a: Real, x: *const f64, y: *mut f64);
    pub safe fn dot(n: usize, x: *const f64, y: *const f64) -> Real;
    /// # Safety
    ///
    /// Call it once.
    pub unsafe fn start();
    #[link_name = "DGEMM"]
    #[deprecated = "use gemm"]
    #[must_use]
    #[allow(non_camel_case_types)]
    pub(crate) fn dgemm(M: c_int, _: c_int, r#type: u8, DECLARATION: *mut c_void) -> *mut f64;
    #[cfg(target_os = "none")]
    fn absent(x: Unknown);
    #[cfg_attr(all(), doc = "Twice.")]
    #[rustfmt::skip]
    fn twice( x : i8 ) -> i8;
}

#[ve_offload(lib = static)]
extern "C" {
    fn copies(
        a: &f64,
        b: &[f64],
        c: &mut f64,
        d: &mut [f64],
        e: &mut MaybeUninit<f64>,
        f: &mut [MaybeUninit<f64>],
        g: &[f64; 3],
        h: &mut [f64; 3],
    ) -> u64;
}

#[ve_offload(lib = ["libm_ve.so.2", "libm_ve.so"], lazy, crate = ::veo)]
pub fn cbrt(ctx: f64, call: f32) -> f64;

#[ve_offload(lib = "libkernels.so")]
extern "C" fn none();

#[ve_offload(lib = "libkernels.so")]
extern "C" {}

#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
struct Point {
    x: f64,
    y: f64,
}

#[ve_offload(lib = "libkernels.so", link_prefix = "lib_")]
unsafe extern "C" {
    /// Weights of the stencil.
    pub safe static TABLE: [Real; 10];
    pub(crate) static mut counter: c_int;
    /// # Safety
    ///
    /// Look only.
    unsafe static mut guarded: Point;
    static rows: [VePtr<f64>; 3];
    #[link_name = "ORIGIN"]
    #[deprecated = "use guarded"]
    #[allow(non_camel_case_types)]
    static origin: Point;
    #[cfg(target_os = "none")]
    static absent: Unknown;
    fn weighted(table: *const f64, whole: *const [f64; 10], any: *const c_void, counter: *mut c_int) -> f64;
}

#[ve_offload(lib = ["libm_ve.so.2", "libm_ve.so"], lazy, crate = ::veo)]
pub static mut signgam: c_int;

#[ve_offload(lib = static, fortran, required)]
static BLOCK: [[f32; 3]; 2];

macro_rules! variables {
    ($($name:ident: $ty:ty),*) => {
        #[ve_offload(lib = "libkernels.so")]
        extern "C" {
            $(static $name: $ty;)*
        }
    };
}

variables!(single: f32, doubles: [f64; 2]);

#[ve_kernel]
extern "C" fn add(x: i32, y: i32) -> i32 {
    x + y
}

/// A kernel under another name.
///
/// # Safety
///
/// `x` is the address of a number.
#[ve_kernel(name = "triple_", crate = ::veo)]
pub unsafe extern "C" fn triple(x: *mut f64) {
    // SAFETY: the caller passes the address of a number.
    unsafe { *x *= 3.0 }
}

macro_rules! prototypes {
    ($($name:ident: $ty:ty),*) => {
        #[ve_offload(lib = "libkernels.so")]
        extern "C" {
            $(fn $name(x: $ty, y: &[$ty], z: *const $ty) -> $ty;)*
        }
    };
}

prototypes!(sum_f32: f32, sum_f64: f64);

mod inner {
    use veo::ve_offload;

    #[ve_offload(lib = "libkernels.so")]
    extern "C" {
        pub(super) fn nested(x: i32) -> i32;
    }
}

#[allow(deprecated, clippy::too_many_arguments)]
fn call(ctx: &Context, x: &veo::VeBuffer<f64>, y: &mut veo::VeBuffer<f64>, z: &veo::VeBuffer<f32>) -> veo::Result<()> {
    axpy(ctx, 3, 2.0, x, &mut *y);
    let _: f64 = dot(ctx, 3, x, &*y).wait()?;
    // SAFETY: this is the one call.
    unsafe { start(ctx) };
    let _ = dgemm(ctx, 1, 2, 3, y.as_ptr());
    let _: i8 = twice(ctx, 1).wait()?;
    let (mut c, mut e) = (0.0, MaybeUninit::uninit());
    let (mut d, mut f, mut h) = ([0.0; 2], [MaybeUninit::uninit(); 2], [0.0; 3]);
    let request = copies(ctx, &1.0, &[1.0, 2.0], &mut c, &mut d, &mut e, &mut f, &[0.0; 3], &mut h);
    let _: u64 = request.wait()?;
    let _: f64 = cbrt(ctx, 8.0, 1.0).wait()?;
    none(ctx);
    let _: i32 = inner::nested(ctx, 1).wait()?;
    let _: f32 = sum_f32(ctx, 1.0, &[1.0][..], z).wait()?;
    let _: f64 = sum_f64(ctx, 1.0, &[1.0][..], x).wait()?;
    Ok(())
}

#[allow(deprecated)]
fn look(proc: &Proc, ctx: &Context) -> veo::Result<()> {
    let table: VeConst<[f64; 10]> = TABLE(proc)?;
    let mut counter: VeGlobal<i32> = counter(proc)?;
    counter.set(counter.get()? + 1)?;
    let _: f64 = weighted(ctx, &table, &table, &table, &mut counter).wait()?;
    let _: f64 = weighted(ctx, &*table, table.as_ptr(), &single(proc)?, &mut self::counter(proc)?).wait()?;
    // SAFETY: it is looked at.
    let Point { x, y } = unsafe { guarded(proc) }?.get()?;
    let _: [f64; 2] = [x + origin(proc)?.get()?.x, y];
    let [row, ..] = rows(proc)?.get()?;
    let _: VePtr<f64> = row.add(1);
    signgam(proc)?.set(0)?;
    let _: Vec<[f32; 3]> = BLOCK(proc)?.elements()?.to_vec()?;
    let _: (f32, [f64; 2]) = (single(proc)?.get()?, doubles(proc)?.get()?);
    Ok(())
}

fn main() {
    let _ = call;
    let _ = look;
    assert_eq!(add(1, 2), 3);
}
