#[cfg(unix)]
#[allow(dead_code, missing_docs, non_snake_case, clippy::all)]
pub fn flags(
    _: &::veo::Proc,
) -> ::veo::Result<
    ::veo::VeGlobal<
        <[(); {
            let _ = ::core::compile_error! {
                "`bool` is 1 byte on the host and 4 on a Vector Engine\nhelp: write the C type of the same size: `i32` for `int` or a VE's `_Bool`, `u8` for `unsigned char`"
            };
            0
        }] as ::core::iter::IntoIterator>::Item,
    >,
> {
    type Declared = (*const bool,);
    ::core::unreachable!()
}
#[allow(dead_code, missing_docs, non_snake_case, clippy::all)]
fn limit(_: &::veo::Proc) -> ::veo::Result<::veo::VeConst<f64>> {
    type Declared = (*const f64,);
    ::core::unreachable!()
}
::core::compile_error! {
    "`#[inline]` has no meaning on a declaration; the function is compiled elsewhere\nhelp: remove it. Kept are doc comments, `cfg`, `cfg_attr`, `deprecated`, `must_use`, `allow`, `expect`, `warn` and `deny`; `link_name` gives the symbol"
}
