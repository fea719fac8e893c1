use veo::proc_init_hook;

#[proc_init_hook]
fn prepare() -> veo::Result<()> {
    Ok(())
}

fn main() {
    let _ = prepare();
}
