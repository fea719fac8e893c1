#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_axpy: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "axpy",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "axpy",
    &[
        ::veo::__private::Param {
            name: "n",
            ty: <usize as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "a",
            ty: <f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "x",
            ty: <*const f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "y",
            ty: <*mut f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "info",
            ty: <::veo::InOut<[i32]> as ::veo::VeParam>::TYPE,
        },
    ],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// y ← a·x + y
///
/// ```c
/// void axpy(size_t n, double a, const double *x, double *y, int32_t *info);
/// ```
///
/// Symbol `axpy` of `libkernels.so`.
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
pub fn axpy<'veo, M2, M3>(
    ctx: &::veo::Context,
    n: impl ::veo::VeArg<'veo, usize>,
    a: impl ::veo::VeArg<'veo, f64>,
    x: impl ::veo::VeArg<'veo, *const f64, M2>,
    y: impl ::veo::VeArg<'veo, *mut f64, M3>,
    info: impl ::veo::VeArg<'veo, ::veo::InOut<[i32]>>,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_axpy,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(n)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(a)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(x)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(y)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(info)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_dot: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "dot",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "dot",
    &[
        ::veo::__private::Param {
            name: "n",
            ty: <usize as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "x",
            ty: <*const f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "y",
            ty: <*const f64 as ::veo::VeParam>::TYPE,
        },
    ],
    <f64 as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `dot` of `libkernels.so`.
///
/// ```c
/// double dot(size_t n, const double *x, const double *y);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
pub(crate) fn dot<'veo, M1, M2>(
    ctx: &::veo::Context,
    n: impl ::veo::VeArg<'veo, usize>,
    x: impl ::veo::VeArg<'veo, *const f64, M1>,
    y: impl ::veo::VeArg<'veo, *const f64, M2>,
) -> ::veo::Request<'veo, <f64 as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        f64,
    >(
        ctx,
        &__VEO_dot,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(n)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(x)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(y)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_barrier: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "barrier",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "barrier",
    &[],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `barrier` of `libkernels.so`.
///
/// ```c
/// void barrier(void);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn barrier<'veo>(
    ctx: &::veo::Context,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<()>(ctx, &__VEO_barrier, &mut [])
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_axpy, & __VEO_dot, & __VEO_barrier])
}
