use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare(proc: &Proc) {
    let _ = proc.id();
}

fn main() {
    let _ = prepare;
}
