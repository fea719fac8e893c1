use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare(proc: &Proc, contexts: usize) -> veo::Result<()> {
    (0..contexts).try_for_each(|_| proc.open_context().map(drop))
}

fn main() {
    let _ = prepare;
}
