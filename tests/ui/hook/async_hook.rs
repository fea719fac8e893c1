use veo::{Proc, proc_init_hook};

#[proc_init_hook]
async fn prepare(proc: &Proc) -> veo::Result<()> {
    proc.open_context().map(drop)
}

fn main() {
    let _ = prepare;
}
