#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_shift: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "shift",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libmesh.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "shift",
    &[
        ::veo::__private::Param {
            name: "mesh",
            ty: <::veo::InOut<[Point]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "near",
            ty: <*const Point as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "by",
            ty: <Real as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "flags",
            ty: <lapack_int as ::veo::VeParam>::TYPE,
        },
    ],
    <Status as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Moves a mesh.
///
/// ```c
/// Status shift(Point *mesh, const Point *near, Real by, lapack_int flags);
/// ```
///
/// Symbol `shift` of `libmesh.so`.
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn shift<'veo, M1>(
    ctx: &::veo::Context,
    #[cfg(doc)]
    mesh: impl ::veo::VeArg<'veo, ::veo::InOut<[Point]>>,
    #[cfg(not(doc))]
    mesh: impl ::veo::VeArg<
        'veo,
        <[::veo::InOut<
            [Point],
        >; {
            let _ = <::veo::InOut<[Point]> as ::veo::VeParam>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
    near: impl ::veo::VeArg<'veo, *const Point, M1>,
    #[cfg(doc)]
    by: impl ::veo::VeArg<'veo, Real>,
    #[cfg(not(doc))]
    by: impl ::veo::VeArg<
        'veo,
        <[Real; {
            let _ = <Real as ::veo::VeParam>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
    #[cfg(doc)]
    flags: impl ::veo::VeArg<'veo, lapack_int>,
    #[cfg(not(doc))]
    flags: impl ::veo::VeArg<
        'veo,
        <[lapack_int; {
            let _ = <lapack_int as ::veo::VeParam>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
) -> ::veo::Request<
    'veo,
    <<[Status; {
        let _ = <Status as ::veo::VeRet>::CLASS;
        0
    }] as ::core::iter::IntoIterator>::Item as ::veo::VeRet>::Output,
> {
    ::veo::__private::call::<
        <[Status; {
            let _ = <Status as ::veo::VeRet>::CLASS;
            0
        }] as ::core::iter::IntoIterator>::Item,
    >(
        ctx,
        &__VEO_shift,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(mesh)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(near)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(by)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(flags)),
        ],
    )
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_shift])
}
