#[ve_offload(lib = static, required)]
pub static mut steps: u64;
