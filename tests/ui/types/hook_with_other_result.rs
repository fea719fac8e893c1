use veo::{Proc, proc_init_hook};

#[proc_init_hook]
fn prepare(proc: &Proc) -> Result<(), String> {
    proc.open_context().map(drop).map_err(|error| error.to_string())
}

fn main() {
    let _ = prepare;
}
