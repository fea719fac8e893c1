//! The lines that tell cargo what a build script did.

use std::path::Path;

/// Speaks to cargo on standard output, or to nobody when the caller is not a build script.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cargo {
    pub(crate) listening: bool,
}

impl Cargo {
    /// Compile the crate's Rust code with this environment variable.
    pub(crate) fn set_env(self, name: &str, value: &Path) {
        self.say("rustc-env", format_args!("{name}={}", value.display()));
    }

    /// Run the build script again when this file changes.
    pub(crate) fn depends_on_file(self, path: &Path) {
        self.say("rerun-if-changed", format_args!("{}", path.display()));
    }

    /// Run the build script again when this environment variable changes.
    pub(crate) fn depends_on_env(self, name: &str) {
        self.say("rerun-if-env-changed", format_args!("{name}"));
    }

    /// Show what a compiler wrote although it succeeded.
    pub(crate) fn warn(self, text: &str) {
        if !self.listening {
            eprint!("{text}");
        }
        for line in text.lines() {
            self.say("warning", format_args!("{line}"));
        }
    }

    fn say(self, key: &str, value: std::fmt::Arguments<'_>) {
        if self.listening {
            println!("cargo::{key}={value}");
        }
    }
}
