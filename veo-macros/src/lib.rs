//! The attribute macros of crate `veo`; use them through that crate, where their examples are, too.
//!
//! An attribute goes through four steps, and each is a file:
//!
//! ```text
//!   attr      the keys between the parentheses          ┐ tokens → syntax
//!   parse     the item under the attribute              ┘
//!   check     the rules, all of them, each on its token   syntax → ir
//!   expand    the code                                    ir → tokens; cannot fail
//! ```
//!
//! `ir` holds what passed the rules. `errors` gathers what did not, so that several mistakes come out of one compile;
//! `messages` holds their texts. A function that broke a rule still expands to a stub of its name
//! (`expand/fallback`), so that one mistake is one error and not one for each call.
//!
//! What an expansion looks like is in `golden/*.expected.rs`.

mod attr;
mod check;
mod errors;
mod expand;
mod ir;
mod messages;
mod parse;
#[cfg(test)]
mod tests;

use proc_macro::TokenStream;

/// Declares functions and variables of a library that runs on a Vector Engine, and makes each function a typed, async Rust
/// function, and each variable one that gives it.
///
/// It goes on an `extern "C"` block of prototypes, or on one function or `static` that ends with `;`. A call takes the context
/// first and returns a `Request`: `axpy(&ctx, n, 2.0, &x, &mut y)`. The getter of a variable takes the process and returns a
/// `Result`: `TABLE(&proc)?`.
///
/// | key | meaning |
/// | --- | --- |
/// | `lib = "libx.so"` | the library; needed |
/// | `lib = ["liba.so", "libb.so"]` | the first of these that loads |
/// | `lib = concat!("lib", env!("NAME"), ".so")` | a name that the compiler puts together, also in a list |
/// | `lib = static` | all is linked into `veorun`; functions may be Rust functions under `#[ve_kernel]` |
/// | `required` | `Proc::create` fails if a function or variable is missing, instead of its first use |
/// | `lazy` | look functions and variables up at their first use, not when a process is created |
/// | `fortran` | a Fortran library: symbols are in lower case with a `_` behind, scalars go by reference, but for parameters with `#[value]` |
/// | `link_prefix = "..."`, `link_suffix = "..."` | stand around each name in its symbol |
/// | `help = "..."` | what to do if the library cannot be loaded: the last words of that error |
/// | `crate = path` | where crate `veo` is, if not at `::veo` |
///
/// | declared | a call passes |
/// | --- | --- |
/// | `i8` … `i64`, `u8` … `u64`, `isize`, `usize`, `f32`, `f64` | the value |
/// | `*const T`, `*mut T` | VE memory: `&VeBuffer<T>`, `&mut VeBuffer<T>`, `VePtr<T>`, `OnStack` |
/// | `&T`, `&[T]`, `&[T; N]` | host data, copied to the VE |
/// | `&mut T`, `&mut [T]`, `&mut [T; N]` | host data, copied to the VE and back |
/// | `&mut MaybeUninit<T>`, `&mut [MaybeUninit<T>]` | host memory that the function fills |
/// | `Option<extern "C" fn(A) -> B>` | a VE function: `&TypedFunction<fn(A) -> B>`, `&Function`, `None` |
///
/// | declared | its getter gives |
/// | --- | --- |
/// | `static mut NAME: T;` | `VeGlobal<T>`, to `get`, to `set`, and to pass for `*const T` and `*mut T` |
/// | `static NAME: T;` | `VeConst<T>`, the same without what writes |
///
/// The `T` of a variable is plain data: an integer or float of fixed width, an array, `VePtr<T>` for a pointer, a `#[repr(C)]`
/// struct with the traits of `bytemuck`. A variable of a Fortran module has a symbol of the compiler's, `__grid_MOD_cells` with
/// gfortran: give that by `#[link_name]`.
///
/// Doc comments, `#[cfg]`, `#[deprecated]`, `#[must_use]`, lint levels and visibility are kept. `#[link_name = "..."]`
/// gives the symbol as it is. `unsafe fn` makes an unsafe stub, `unsafe static` an unsafe getter; all others are safe, since
/// kernels run, and variables are, in a process of their own.
#[proc_macro_attribute]
pub fn ve_offload(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::ve_offload(keys.into(), item.into()).into()
}

/// Puts a Rust function into the static library of the embedded `veorun`, where `lib = static` finds it.
///
/// Tests, doctests and mocks need no C compiler this way.
///
/// Parameters are scalars or raw pointers. The function itself stays as it is; `#[ve_kernel(name = "other")]` gives its
/// symbol another name, and `crate = path` says where crate `veo` is.
#[proc_macro_attribute]
pub fn ve_kernel(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::ve_kernel(keys.into(), item.into()).into()
}

/// Has every new VE process prepared by a function.
///
/// It goes on a function of the form `fn name(proc: &Proc) -> veo::Result<()>`, which stays as it is. `crate = path` says where
/// crate `veo` is, if not at `::veo`.
#[proc_macro_attribute]
pub fn proc_init_hook(keys: TokenStream, item: TokenStream) -> TokenStream {
    expand::proc_init_hook(keys.into(), item.into()).into()
}
