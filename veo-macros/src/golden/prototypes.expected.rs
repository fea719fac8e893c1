#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_spelled: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "spelled",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libc_types.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "spelled",
    &[
        ::veo::__private::Param {
            name: "a",
            ty: <*const *mut f64 as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "b",
            ty: <*mut *const c_char as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "c",
            ty: <*const [f64; 3] as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "d",
            ty: <::veo::In<[[f32; 4]]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "e",
            ty: <::veo::InOut<[[f32; 2]; 4]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "f",
            ty: <core::ffi::c_ulong as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "g",
            ty: <*mut libc::FILE as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "h",
            ty: {
                let _ = ::core::marker::PhantomData::<fn((&mut MaybeUninit<u8>))>;
                <::veo::Out<u8> as ::veo::VeParam>::TYPE
            },
        },
    ],
    <*mut [i64; 2] as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// How C types are written in the docs.
///
/// ```c
/// int64_t (*spelled(double *const *a, const char **b, const double (*c)[3], const float (*d)[4], float e[4][2], unsigned long f, FILE *g, uint8_t *h))[2];
/// ```
///
/// Symbol `spelled` of `libc_types.so`.
///
/// # Safety
///
/// The rules that `spelled` has in C hold for its callers here.
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
unsafe fn spelled<'veo, M0, M1, M2, M6>(
    ctx: &::veo::Context,
    a: impl ::veo::VeArg<'veo, *const *mut f64, M0>,
    b: impl ::veo::VeArg<'veo, *mut *const c_char, M1>,
    c: impl ::veo::VeArg<'veo, *const [f64; 3], M2>,
    d: impl ::veo::VeArg<'veo, ::veo::In<[[f32; 4]]>>,
    e: impl ::veo::VeArg<'veo, ::veo::InOut<[[f32; 2]; 4]>>,
    f: impl ::veo::VeArg<'veo, core::ffi::c_ulong>,
    g: impl ::veo::VeArg<'veo, *mut libc::FILE, M6>,
    h: impl ::veo::VeArg<'veo, ::veo::Out<u8>>,
) -> ::veo::Request<'veo, <*mut [i64; 2] as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        *mut [i64; 2],
    >(
        ctx,
        &__VEO_spelled,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(a)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(b)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(c)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(d)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(e)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(f)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(g)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(h)),
        ],
    )
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_spelled])
}
