#[ve_kernel]
/// Twice `x`.
#[cfg(feature = "mock")]
pub extern "C" fn twice(x: i32) -> i32 {
    2 * x
}
