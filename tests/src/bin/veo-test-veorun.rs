//! A `veorun` with a function of its own.

/// x²
#[veo::ve_kernel]
extern "C" fn square_in_veorun(x: i64) -> i64 {
    x * x
}

fn main() {
    veo_engine::veorun();
}
