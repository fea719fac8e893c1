#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_directions: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "directions",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Static,
    "directions",
    &[
        ::veo::__private::Param {
            name: "a",
            ty: <::veo::In<f64> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "b",
            ty: <::veo::In<[f64]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "c",
            ty: <::veo::In<[f64; 3]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "d",
            ty: <::veo::InOut<f64> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "e",
            ty: <::veo::InOut<[f64]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "f",
            ty: <::veo::InOut<[f64; 3]> as ::veo::VeParam>::TYPE,
        },
        ::veo::__private::Param {
            name: "g",
            ty: {
                let _ = ::core::marker::PhantomData::<fn(&mut MaybeUninit<f64>)>;
                <::veo::Out<f64> as ::veo::VeParam>::TYPE
            },
        },
        ::veo::__private::Param {
            name: "h",
            ty: {
                let _ = ::core::marker::PhantomData::<fn(&mut [MaybeUninit<f64>])>;
                <::veo::Out<[f64]> as ::veo::VeParam>::TYPE
            },
        },
        ::veo::__private::Param {
            name: "i",
            ty: {
                let _ = ::core::marker::PhantomData::<
                    fn(&mut [core::mem::MaybeUninit<f64>; 3]),
                >;
                <::veo::Out<[f64; 3]> as ::veo::VeParam>::TYPE
            },
        },
    ],
    <() as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::Required,
);
/// Calls `directions` of the static library.
///
/// ```c
/// void directions(const double *a, const double *b, const double c[3], double *d, double *e, double f[3], double *g, double *h, double i[3]);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn directions<'veo>(
    ctx: &::veo::Context,
    a: impl ::veo::VeArg<'veo, ::veo::In<f64>>,
    b: impl ::veo::VeArg<'veo, ::veo::In<[f64]>>,
    c: impl ::veo::VeArg<'veo, ::veo::In<[f64; 3]>>,
    d: impl ::veo::VeArg<'veo, ::veo::InOut<f64>>,
    e: impl ::veo::VeArg<'veo, ::veo::InOut<[f64]>>,
    f: impl ::veo::VeArg<'veo, ::veo::InOut<[f64; 3]>>,
    g: impl ::veo::VeArg<'veo, ::veo::Out<f64>>,
    h: impl ::veo::VeArg<'veo, ::veo::Out<[f64]>>,
    i: impl ::veo::VeArg<'veo, ::veo::Out<[f64; 3]>>,
) -> ::veo::Request<'veo, <() as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        (),
    >(
        ctx,
        &__VEO_directions,
        &mut [
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(a)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(b)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(c)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(d)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(e)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(f)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(g)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(h)),
            ::veo::VeArg::actual(&mut ::core::option::Option::Some(i)),
        ],
    )
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_directions])
}
