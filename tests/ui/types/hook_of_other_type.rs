use veo::proc_init_hook;

#[proc_init_hook]
fn prepare(proc: &String) -> veo::Result<()> {
    drop(proc.clone());
    Ok(())
}

fn main() {
    let _ = prepare;
}
