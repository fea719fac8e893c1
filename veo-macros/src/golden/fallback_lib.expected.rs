#[allow(dead_code, missing_docs, clippy::all)]
pub fn anything<A0>(
    _: &other::veo::Context,
    _: A0,
) -> other::veo::Request<'static, <i32 as other::veo::VeRet>::Output> {
    type Declared = (*const i32, *const i32);
    ::core::unreachable!()
}
::core::compile_error! {
    "`#[ve_offload]` has no key `libary`\nhelp: did you mean `lib`? the keys are `lib`, `required`, `lazy`, `link_prefix`, `link_suffix`, `fortran`, `help`, `crate`"
}
