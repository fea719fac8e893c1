#![allow(improper_ctypes_definitions)]
use veo::{Proc, proc_init_hook};

#[proc_init_hook]
extern "C" fn prepare(proc: &Proc) -> veo::Result<()> {
    proc.open_context().map(drop)
}

fn main() {
    let _ = prepare;
}
