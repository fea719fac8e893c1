use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare(proc: &Proc) -> veo::Result<()>;

fn main() {
    let _ = prepare;
}
