#[cfg(feature = "blas")]
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_dgemm: crate::bindings::veo::__private::Declaration = crate::bindings::veo::__private::Declaration::new(
    crate::bindings::veo::__private::Site {
        rust_name: "dgemm",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    crate::bindings::veo::__private::LibrarySpec::Files {
        names: &["libf.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "DGEMM",
    &[
        crate::bindings::veo::__private::Param {
            name: "M",
            ty: <c_int as crate::bindings::veo::VeParam>::TYPE,
        },
        crate::bindings::veo::__private::Param {
            name: "arg1_",
            ty: <c_int as crate::bindings::veo::VeParam>::TYPE,
        },
        crate::bindings::veo::__private::Param {
            name: "type",
            ty: <u8 as crate::bindings::veo::VeParam>::TYPE,
        },
        crate::bindings::veo::__private::Param {
            name: "arg1",
            ty: <i32 as crate::bindings::veo::VeParam>::TYPE,
        },
        crate::bindings::veo::__private::Param {
            name: "ctx",
            ty: <*const *const f64 as crate::bindings::veo::VeParam>::TYPE,
        },
    ],
    <*mut f64 as crate::bindings::veo::VeRet>::TYPE,
    crate::bindings::veo::__private::Resolve::AtCreation,
);
#[cfg(feature = "blas")]
#[deprecated = "use gemm"]
/// Calls `DGEMM` of `libf.so`.
///
/// ```c
/// double *DGEMM(int M, int arg1_, uint8_t type, int32_t arg1, const double *const *ctx);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
pub fn dgemm<'veo, M4>(
    ctx: &crate::bindings::veo::Context,
    M: impl crate::bindings::veo::VeArg<'veo, c_int>,
    arg1_: impl crate::bindings::veo::VeArg<'veo, c_int>,
    r#type: impl crate::bindings::veo::VeArg<'veo, u8>,
    arg1: impl crate::bindings::veo::VeArg<'veo, i32>,
    ctx: impl crate::bindings::veo::VeArg<'veo, *const *const f64, M4>,
) -> crate::bindings::veo::Request<
    'veo,
    <*mut f64 as crate::bindings::veo::VeRet>::Output,
> {
    crate::bindings::veo::__private::call::<
        *mut f64,
    >(
        ctx,
        &__VEO_dgemm,
        &mut [
            crate::bindings::veo::VeArg::actual(&mut ::core::option::Option::Some(M)),
            crate::bindings::veo::VeArg::actual(
                &mut ::core::option::Option::Some(arg1_),
            ),
            crate::bindings::veo::VeArg::actual(
                &mut ::core::option::Option::Some(r#type),
            ),
            crate::bindings::veo::VeArg::actual(&mut ::core::option::Option::Some(arg1)),
            crate::bindings::veo::VeArg::actual(&mut ::core::option::Option::Some(ctx)),
        ],
    )
}
#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_reset: crate::bindings::veo::__private::Declaration = crate::bindings::veo::__private::Declaration::new(
    crate::bindings::veo::__private::Site {
        rust_name: "reset",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    crate::bindings::veo::__private::LibrarySpec::Files {
        names: &["libf.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "lib_reset_",
    &[
        crate::bindings::veo::__private::Param {
            name: "handle",
            ty: <*mut c_void as crate::bindings::veo::VeParam>::TYPE,
        },
    ],
    <() as crate::bindings::veo::VeRet>::TYPE,
    crate::bindings::veo::__private::Resolve::AtCreation,
);
/// Calls `lib_reset_` of `libf.so`.
///
/// ```c
/// void lib_reset_(void *handle);
/// ```
///
/// # Safety
///
/// The rules that `lib_reset_` has in C hold for its callers here.
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
unsafe fn reset<'veo, M0>(
    ctx: &crate::bindings::veo::Context,
    handle: impl crate::bindings::veo::VeArg<'veo, *mut c_void, M0>,
) -> crate::bindings::veo::Request<'veo, <() as crate::bindings::veo::VeRet>::Output> {
    crate::bindings::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_reset,
        &mut [
            crate::bindings::veo::VeArg::actual(
                &mut ::core::option::Option::Some(handle),
            ),
        ],
    )
}
crate::bindings::veo::__private::inventory::submit! {
    crate ::bindings::veo::__private::Entry(& [#[cfg(feature = "blas")] & __VEO_dgemm, &
    __VEO_reset])
}
