#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_integrate: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "integrate",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libquad.so.2", "libquad.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "integrate",
    &[
        ::veo::__private::Param {
            name: "f",
            ty: <Option<extern "C" fn(x: f64) -> f64> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "from",
            ty: <f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "to",
            ty: <f64 as ::veo::VeParam>::TYPE,
        },
    ],
    <f64 as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `integrate` of `libquad.so.2` or `libquad.so`.
///
/// ```c
/// double integrate(double (*f)(double x), double from, double to);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn integrate<'veo>(
    ctx: &::veo::Context,
    #[cfg(doc)]
    f: impl ::veo::VeArg<'veo, Option<extern "C" fn(x: f64) -> f64>>,
    #[cfg(not(doc))]
    f: impl ::veo::VeArg<
        'veo,
        <[Option<
            extern "C" fn(x: f64) -> f64,
        >; {
            let _ = <Option<extern "C" fn(x: f64) -> f64> as ::veo::VeParam>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
    from: impl ::veo::VeArg<'veo, f64>,
    to: impl ::veo::VeArg<'veo, f64>,
) -> ::veo::Request<'veo, <f64 as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        f64,
    >(
        ctx,
        &__VEO_integrate,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(f)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(from)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(to)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_each: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "each",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libquad.so.2", "libquad.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "each",
    &[
        ::veo::__private::Param {
            name: "n",
            ty: <usize as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "x",
            ty: <*mut i32 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "f",
            ty: <Option<unsafe extern "C" fn(*mut i32, usize)> as ::veo::VeParam>::TYPE,
        },
    ],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `each` of `libquad.so.2` or `libquad.so`.
///
/// ```c
/// void each(size_t n, int32_t *x, void (*f)(int32_t *, size_t));
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn each<'veo, M1>(
    ctx: &::veo::Context,
    n: impl ::veo::VeArg<'veo, usize>,
    x: impl ::veo::VeArg<'veo, *mut i32, M1>,
    #[cfg(doc)]
    f: impl ::veo::VeArg<'veo, Option<unsafe extern "C" fn(*mut i32, usize)>>,
    #[cfg(not(doc))]
    f: impl ::veo::VeArg<
        'veo,
        <[Option<
            unsafe extern "C" fn(*mut i32, usize),
        >; {
            let _ = <Option<
                unsafe extern "C" fn(*mut i32, usize),
            > as ::veo::VeParam>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_each,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(n)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(x)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(f)),
        ],
    )
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_integrate, & __VEO_each])
}
