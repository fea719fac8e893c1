#[allow(clippy::unnecessary_wraps)]
fn proc(other: &Process) -> Outcome {
    Ok(())
}
::other::__private::inventory::submit! {
    ::other::__private::InitHook::new(::other::__private::Site { rust_name : "proc",
    module : ::core::module_path!(), file : ::core::file!(), line : ::core::line!(), }, |
    proc : & ::other::Proc | -> ::other::Result < () > { proc(proc) })
}
