use std::fmt;
use std::path::Path;

use crate::Error;

/// A language that kernels are written in.
///
/// The order matters: the compiler of the greatest language among the sources links the library, because it is the one
/// that knows its run-time library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Language {
    C,
    Fortran,
    Cpp,
}

impl Language {
    /// The language of a source file, by its extension.
    pub(crate) fn of(source: &Path) -> Result<Language, Error> {
        match source.extension().and_then(|extension| extension.to_str()) {
            Some("c") => Ok(Language::C),
            Some("cc" | "cpp" | "cxx" | "C") => Ok(Language::Cpp),
            Some("f" | "F" | "for" | "f90" | "F90" | "f95" | "F95" | "f03" | "F03" | "f08" | "F08") => {
                Ok(Language::Fortran)
            }
            _ => Err(Error::UnknownLanguage { source_file: source.to_owned() }),
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Language::C => "C",
            Language::Fortran => "Fortran",
            Language::Cpp => "C++",
        })
    }
}
