/// Calls `cbrt` of `libm_ve.so.2` or `libm_ve.so`.
///
/// ```c
/// double cbrt(double x);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
pub fn cbrt<'veo>(
    ctx: &::veo::Context,
    x: impl ::veo::VeArg<'veo, f64>,
) -> ::veo::Request<'veo, <f64 as ::veo::VeRet>::Output> {
    #[doc(hidden)]
    #[allow(non_upper_case_globals)]
    static __VEO_cbrt: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
            ::veo::__private::Site {
                rust_name: "cbrt",
                module: ::core::module_path!(),
                file: ::core::file!(),
                line: ::core::line!(),
            },
            ::veo::__private::LibrarySpec::Files {
                names: &["libm_ve.so.2", "libm_ve.so"],
                dir: ::core::option_env!("VEO_KERNEL_DIR"),
            },
            "cbrt",
            &[
                ::veo::__private::Param {
                    name: "x",
                    ty: <f64 as ::veo::VeParam>::TYPE,
                },
            ],
            <f64 as ::veo::VeRet>::TYPE,
            ::veo::__private::Resolve::AtFirstCall,
        )
        .with_help("install libm_ve");
    ::veo::__private::inventory::submit! {
        ::veo::__private::Entry(& [& __VEO_cbrt])
    }
    ::veo::__private::call::<
        f64,
    >(
        ctx,
        &__VEO_cbrt,
        &mut [::veo::VeArg::actual(&mut ::core::option::Option::Some(x))],
    )
}
