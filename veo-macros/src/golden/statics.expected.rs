#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_step: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "step",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "k_step",
    &[
        ::veo::__private::Param {
            name: "n",
            ty: <usize as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "x",
            ty: <*mut f64 as ::veo::VeParam>::TYPE,
        },
    ],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `k_step` of `libkernels.so`.
///
/// ```c
/// void k_step(size_t n, double *x);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn step<'veo, M1>(
    ctx: &::veo::Context,
    n: impl ::veo::VeArg<'veo, usize>,
    x: impl ::veo::VeArg<'veo, *mut f64, M1>,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_step,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(n)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(x)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_TABLE: ::veo::__private::Declaration = ::veo::__private::Declaration::variable(
    ::veo::__private::Site {
        rust_name: "TABLE",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "k_TABLE",
    <[f64; 10] as ::veo::VeVariable>::CONST,
    ::veo::__private::Resolve::AtCreation,
);
/// Weights of the stencil.
///
/// ```c
/// extern const double k_TABLE[10];
/// ```
///
/// Symbol `k_TABLE` of `libkernels.so`.
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
#[allow(non_snake_case)]
pub fn TABLE(proc: &::veo::Proc) -> ::veo::Result<::veo::VeConst<[f64; 10]>> {
    ::veo::__private::constant(proc, &__VEO_TABLE)
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_counter: ::veo::__private::Declaration = ::veo::__private::Declaration::variable(
    ::veo::__private::Site {
        rust_name: "counter",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "k_counter",
    <i32 as ::veo::VeVariable>::MUT,
    ::veo::__private::Resolve::AtCreation,
);
/// The variable `k_counter` of `libkernels.so`.
///
/// ```c
/// extern int32_t k_counter;
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
#[allow(non_snake_case)]
fn counter(proc: &::veo::Proc) -> ::veo::Result<::veo::VeGlobal<i32>> {
    ::veo::__private::variable(proc, &__VEO_counter)
}
#[cfg(unix)]
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_origin: ::veo::__private::Declaration = ::veo::__private::Declaration::variable(
    ::veo::__private::Site {
        rust_name: "origin",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "ORIGIN",
    <Point as ::veo::VeVariable>::CONST,
    ::veo::__private::Resolve::AtCreation,
);
#[cfg(doc)]
#[cfg(unix)]
#[deprecated]
/// The variable `ORIGIN` of `libkernels.so`.
///
/// ```c
/// extern const Point ORIGIN;
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
///
/// # Safety
///
/// The rules that `ORIGIN` has in C hold for its callers here.
#[allow(non_snake_case)]
pub(crate) unsafe fn origin(proc: &::veo::Proc) -> ::veo::Result<::veo::VeConst<Point>> {
    ::core::unreachable!()
}
#[cfg(not(doc))]
#[cfg(unix)]
#[deprecated]
/// The variable `ORIGIN` of `libkernels.so`.
///
/// ```c
/// extern const Point ORIGIN;
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
///
/// # Safety
///
/// The rules that `ORIGIN` has in C hold for its callers here.
#[allow(non_snake_case)]
pub(crate) unsafe fn origin(
    proc: &::veo::Proc,
) -> ::veo::Result<
    ::veo::VeConst<
        <[Point; {
            let _ = <Point as ::veo::VeVariable>::CONST;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
> {
    ::veo::__private::constant(proc, &__VEO_origin)
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_rows: ::veo::__private::Declaration = ::veo::__private::Declaration::variable(
    ::veo::__private::Site {
        rust_name: "rows",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "k_rows",
    <[VePtr<f64>; 2] as ::veo::VeVariable>::CONST,
    ::veo::__private::Resolve::AtCreation,
);
#[cfg(doc)]
/// The variable `k_rows` of `libkernels.so`.
///
/// ```c
/// extern double *const k_rows[2];
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
#[allow(non_snake_case)]
fn rows(proc: &::veo::Proc) -> ::veo::Result<::veo::VeConst<[VePtr<f64>; 2]>> {
    ::core::unreachable!()
}
#[cfg(not(doc))]
/// The variable `k_rows` of `libkernels.so`.
///
/// ```c
/// extern double *const k_rows[2];
/// ```
///
/// # Errors
///
/// The library or the symbol is missing, or the process has ended before anybody asked.
#[allow(non_snake_case)]
fn rows(
    proc: &::veo::Proc,
) -> ::veo::Result<
    ::veo::VeConst<
        <[[VePtr<
            f64,
        >; 2]; {
            let _ = <[VePtr<f64>; 2] as ::veo::VeVariable>::CONST;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
> {
    ::veo::__private::constant(proc, &__VEO_rows)
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_step, & __VEO_TABLE, & __VEO_counter, #[cfg(unix)]
    & __VEO_origin, & __VEO_rows])
}
