#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_DAXPY: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "DAXPY",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &[
            ::veo::__private::library_name(concat!("lib", env!("CARGO_PKG_NAME"), ".so")),
        ],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "daxpy_",
    &[
        ::veo::__private::Param {
            name: "n",
            ty: <::veo::ByReference<i32> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "a",
            ty: <::veo::ByReference<f64> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "x",
            ty: <*const f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "incx",
            ty: <::veo::ByReference<i32> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "y",
            ty: <*mut f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "incy",
            ty: <::veo::ByReference<i32> as ::veo::VeParam>::TYPE,
        },
    ],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// y ← a·x + y
///
/// ```c
/// void daxpy_(const int32_t *n, const double *a, const double *x, const int32_t *incx, double *y, const int32_t *incy);
/// ```
///
#[doc = ::core::concat!(
    " Symbol `daxpy_` of `", concat!("lib", env!("CARGO_PKG_NAME"), ".so"), "`."
)]
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
pub fn DAXPY<'veo, M2, M4>(
    ctx: &::veo::Context,
    n: impl ::veo::VeArg<'veo, ::veo::ByReference<i32>>,
    a: impl ::veo::VeArg<'veo, ::veo::ByReference<f64>>,
    x: impl ::veo::VeArg<'veo, *const f64, M2>,
    incx: impl ::veo::VeArg<'veo, ::veo::ByReference<i32>>,
    y: impl ::veo::VeArg<'veo, *mut f64, M4>,
    incy: impl ::veo::VeArg<'veo, ::veo::ByReference<i32>>,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_DAXPY,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(n)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(a)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(x)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(incx)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(y)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(incy)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_set_title: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "set_title",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &[
            ::veo::__private::library_name(concat!("lib", env!("CARGO_PKG_NAME"), ".so")),
        ],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "set_title_",
    &[
        ::veo::__private::Param {
            name: "title",
            ty: <::veo::In<[u8]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "length",
            ty: <usize as ::veo::VeParam>::TYPE,
        },
    ],
    <i32 as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
#[doc = ::core::concat!(
    " Calls `set_title_` of `", concat!("lib", env!("CARGO_PKG_NAME"), ".so"), "`."
)]
///
/// ```c
/// int32_t set_title_(const uint8_t *title, size_t length);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn set_title<'veo>(
    ctx: &::veo::Context,
    title: impl ::veo::VeArg<'veo, ::veo::In<[u8]>>,
    length: impl ::veo::VeArg<'veo, usize>,
) -> ::veo::Request<'veo, <i32 as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        i32,
    >(
        ctx,
        &__VEO_set_title,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(title)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(length)),
        ],
    )
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_DAXPY, & __VEO_set_title])
}
