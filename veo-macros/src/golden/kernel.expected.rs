/// Twice `x`.
#[cfg(feature = "mock")]
pub extern "C" fn twice(x: i32) -> i32 {
    2 * x
}
#[cfg(feature = "mock")]
::veo::__private::inventory::submit! {
    ::veo::__private::StaticKernel::new("twice", twice as * const (), & [< i32 as
    ::veo::VeParam > ::CLASS], < i32 as ::veo::VeRet > ::CLASS)
}
