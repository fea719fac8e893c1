use std::fmt;

/// The machine that a library is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Host,
    Ve,
}

impl Target {
    /// The file name of library `name`. The two variants stand side by side, so their names differ.
    pub(crate) fn file_name(self, name: &str) -> String {
        match self {
            Target::Host => format!("lib{name}.so"),
            Target::Ve => format!("lib{name}.vso"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Target::Host => "this host",
            Target::Ve => "the Vector Engine",
        })
    }
}
