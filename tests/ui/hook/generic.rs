use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare<T: Default>(proc: &Proc) -> veo::Result<T> {
    proc.open_context().map(|_| T::default())
}

fn main() {
    let _ = prepare::<()>;
}
