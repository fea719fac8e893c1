//! Makes the shared library a libveo: its SONAME, and the version node `VERSION_1` on what it exports.
//!
//! Cargo links that library in the build of everything that depends on this crate, whatever linker is set up there. So
//! nothing is passed to the linker that has not just worked in a trial.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

/// Every `veo_` name gets the version; the names themselves come from the list of crate `veo-sys`.
const VERSION_SCRIPT: &str = "VERSION_1 { global: veo_*; local: *; };\n";

/// A library that exports as ours does. rustc lists `#[no_mangle]` functions as exports without a version, before our
/// script comes to its turn; names that assembly defines it does not know.
const TRIAL: &str = r#"
extern "C" fn implementation() { panic!("an address in the code") }
core::arch::global_asm!(
    ".globl veo_trial", ".type veo_trial,@function", "veo_trial: jmp {f}", ".size veo_trial, . - veo_trial",
    f = sym implementation,
);
"#;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(veo_versioned)");
    let Some(out) = env::var_os("OUT_DIR").map(PathBuf::from) else { return };
    if let Some(variable) = linker_variable() {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let script = out.join("veo.map");
    let trial = out.join("trial.rs");
    if fs::write(&script, VERSION_SCRIPT).and_then(|()| fs::write(&trial, TRIAL)).is_err() {
        return;
    }
    // Threads of ours run in the library, so it must stay when it is closed.
    let named = ["-Wl,-soname,libveo.so.1", "-Wl,-z,nodelete"].map(String::from).to_vec();
    let versioned = [named.clone(), vec![format!("-Wl,--version-script={}", script.display())]].concat();
    if links(&trial, &out, &versioned) {
        println!("cargo::rustc-cfg=veo_versioned");
        pass_on(&versioned);
    } else if links(&trial, &out, &named) {
        pass_on(&named);
    } else if !links(&trial, &out, &[]) {
        // With code that is not position-independent there can be no shared library, which must not be the end of the
        // user's build. With this option the linker does nothing, successfully.
        pass_on(&["-Wl,--version".into()]);
    }
}

/// The variable with which a user chooses the linker for this target.
fn linker_variable() -> Option<String> {
    let target = env::var("TARGET").ok()?.to_uppercase().replace(['-', '.'], "_");
    Some(format!("CARGO_TARGET_{target}_LINKER"))
}

/// Whether a shared library can be linked with these arguments, in the way in which cargo will link ours.
fn links(source: &Path, out: &Path, arguments: &[String]) -> bool {
    let (Some(rustc), Ok(target)) = (env::var_os("RUSTC"), env::var("TARGET")) else { return false };
    let mut command = Command::new(rustc);
    command.args(["--edition=2024", "--crate-type=cdylib", "--crate-name=trial", "--target", &target]);
    command.arg(source).arg("--out-dir").arg(out);
    command.args(arguments.iter().map(|argument| format!("-Clink-arg={argument}")));
    if let Ok(linker) = env::var("RUSTC_LINKER") {
        command.arg(format!("-Clinker={linker}"));
    }
    let flags = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_default();
    command.args(flags.split('\x1f').filter(|flag| !flag.is_empty()));
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn pass_on(arguments: &[String]) {
    for argument in arguments {
        println!("cargo::rustc-cdylib-link-arg={argument}");
    }
}
