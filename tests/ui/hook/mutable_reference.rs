use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare(proc: &mut Proc) -> veo::Result<()> {
    proc.open_context().map(drop)
}

fn main() {
    let _ = prepare;
}
