//! Whoever depends on the engine has libveo.so linked along with it. Under no linker may that end their build.

use std::process::Command;

use crate::support::{folder, run, run_in_vain};

/// Builds the engine anew with these flags, and says with what success it is installed.
fn build_and_install(name: &str, flags: &str) -> String {
    let folder = folder(name);
    let cargo = |words: &[&str]| {
        let mut command = Command::new(env!("CARGO"));
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(words);
        command.env("CARGO_TARGET_DIR", &folder).env("CARGO_ENCODED_RUSTFLAGS", flags);
        // What does not depend on the flags is for this host, not for the target.
        command.env("CARGO_BUILD_TARGET", "x86_64-unknown-linux-gnu");
        command
    };
    run(&mut cargo(&["build", "--package", "veo-host"]));
    let prefix = folder.join("prefix");
    let message = run_in_vain(&mut cargo(&["xtask", "install", "--debug", "--prefix", prefix.to_str().unwrap()]));
    assert!(!prefix.exists(), "nothing is installed");
    message
}

#[test]
#[ignore = "needs GNU ld, and minutes"]
fn gnu_ld_cannot_make_libveo_but_builds() {
    let message = build_and_install("gnu_ld", "-Clink-arg=-fuse-ld=bfd");
    assert!(message.contains("not VERSION_1") && message.contains("-fuse-ld"), "{message}");
}

#[test]
#[ignore = "needs minutes"]
fn code_at_fixed_addresses_cannot_be_a_library_but_builds() {
    let message = build_and_install("fixed", "-Crelocation-model=static");
    assert!(message.contains("relocation-model"), "{message}");
}
