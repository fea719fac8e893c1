//! Whoever depends on the engine has libveo.so linked along with it. Under no linker may that end their build.

use std::process::Command;

use crate::support::{folder, run_in_vain};

/// Builds the engine anew with these flags, and says why it is not installed then.
fn install_in_vain(name: &str, flags: &str) -> String {
    let folder = folder(name);
    let prefix = folder.join("prefix");
    let mut command = Command::new(env!("CARGO"));
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(["xtask", "install", "--debug", "--prefix"]).arg(&prefix);
    command.env("CARGO_TARGET_DIR", &folder).env("CARGO_ENCODED_RUSTFLAGS", flags);
    // With a target the flags are not for build scripts and macros.
    command.env("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu");
    let message = run_in_vain(&mut command);
    assert!(!message.contains("could not build"), "{message}");
    assert!(!prefix.exists(), "nothing is installed");
    message
}

#[test]
#[ignore = "needs GNU ld, and minutes"]
fn gnu_ld_cannot_make_libveo_but_builds() {
    let message = install_in_vain("gnu_ld", "-Clink-arg=-fuse-ld=bfd");
    assert!(message.contains("not VERSION_1") && message.contains("-fuse-ld"), "{message}");
}

#[test]
#[ignore = "needs minutes"]
fn code_at_fixed_addresses_cannot_be_a_library_but_builds() {
    let message = install_in_vain("fixed", "-Crelocation-model=static");
    assert!(message.contains("relocation-model"), "{message}");
}
