#[doc(hidden)]
#[allow(non_upper_case_globals)]
static __VEO_right: ::veo::__private::Declaration = ::veo::__private::Declaration::new(
    ::veo::__private::Site {
        rust_name: "right",
        module: ::core::module_path!(),
        file: ::core::file!(),
        line: ::core::line!(),
    },
    ::veo::__private::LibrarySpec::Files {
        names: &["libkernels.so"],
        dir: ::core::option_env!("VEO_KERNEL_DIR"),
    },
    "right",
    &[
        ::veo::__private::Param {
            name: "x",
            ty: <i32 as ::veo::VeParam>::TYPE,
        },
    ],
    <i32 as ::veo::VeRet>::TYPE,
    ::veo::__private::Resolve::AtCreation,
);
/// Calls `right` of `libkernels.so`.
///
/// ```c
/// int32_t right(int32_t x);
/// ```
#[allow(non_snake_case, clippy::too_many_arguments, clippy::used_underscore_binding)]
fn right<'veo>(
    ctx: &::veo::Context,
    x: impl ::veo::VeArg<'veo, i32>,
) -> ::veo::Request<'veo, <i32 as ::veo::VeRet>::Output> {
    ::veo::__private::call::<
        i32,
    >(
        ctx,
        &__VEO_right,
        &mut [::veo::VeArg::actual(&mut ::core::option::Option::Some(x))],
    )
}
#[cfg(unix)]
#[allow(dead_code, missing_docs, clippy::all)]
pub fn wrong<A0, A1>(
    _: &::veo::Context,
    _: A0,
    _: A1,
) -> ::veo::Request<'static, <f64 as ::veo::VeRet>::Output> {
    type Declared = (*const bool, *const usize, *const f64);
    ::core::unreachable!()
}
#[allow(dead_code, missing_docs, clippy::all)]
unsafe fn generic<A0>(
    _: &::veo::Context,
    _: A0,
) -> ::veo::Request<'static, <() as ::veo::VeRet>::Output> {
    type Declared = ();
    ::core::unreachable!()
}
::veo::__private::inventory::submit! {
    ::veo::__private::Entry(& [& __VEO_right])
}
::core::compile_error! {
    "`bool` is 1 byte on the host and 4 on a Vector Engine\nhelp: write the C type of the same size: `i32` for `int` or a VE's `_Bool`, `u8` for `unsigned char`"
}
::core::compile_error! {
    "a library holds compiled functions, not generic ones\nhelp: declare one function for each type, such as `#[link_name = \"generic\"] fn generic_f64(x: *const f64);`"
}
