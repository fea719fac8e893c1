#[proc_init_hook(crate = ::other)]
fn proc(other: &Process) -> Outcome {
    Ok(())
}
