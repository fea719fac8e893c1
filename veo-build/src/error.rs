use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

/// Why kernels could not be compiled.
///
/// ```
/// let error = veo_build::Kernels::new("kernels").out_dir("unused").compile().unwrap_err();
/// assert_eq!(error.to_string(), "library `kernels` has no source files: add some with `Kernels::file`");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The name given to [`Kernels::new`](crate::Kernels::new) cannot be part of a file name.
    #[error("`{name}` is not a library name: write `kernels` to get `libkernels.so`")]
    BadName {
        /// The name as it was given.
        name: String,
    },

    /// No source file was named.
    #[error("library `{library}` has no source files: add some with `Kernels::file`")]
    NoSources {
        /// The library that was to be compiled.
        library: String,
    },

    /// A source file is not there.
    #[error("cannot read kernel source `{}` (looked for in `{}`): {cause}", source_file.display(), directory.display())]
    SourceMissing {
        /// The file as it was named.
        source_file: PathBuf,
        /// The directory that relative names start from.
        directory: PathBuf,
        /// What the system said.
        cause: io::Error,
    },

    /// The extension of a source file does not tell its language.
    #[error(
        "cannot tell the language of kernel source `{}`: \
         name it .c (C), .cc, .cpp, .cxx (C++), .f, .f90, .f95, .f03 or .f08 (Fortran)",
        source_file.display()
    )]
    UnknownLanguage {
        /// The file as it was named.
        source_file: PathBuf,
    },

    /// Neither [`Kernels::out_dir`](crate::Kernels::out_dir) nor cargo says where the library goes.
    #[error("OUT_DIR is not set: call this from a build script (build.rs), or say `Kernels::out_dir`")]
    NoOutDir,

    /// A compiler is not installed, or is not where an environment variable says.
    #[error("the {language} compiler `{}` for {target} cannot be started ({cause}): {advice}", program.display())]
    CompilerMissing {
        /// The compiler that was tried.
        program: PathBuf,
        /// The language it was wanted for.
        language: String,
        /// The machine it was wanted for.
        target: String,
        /// What the system said.
        cause: io::Error,
        /// What to install, or what to set.
        advice: &'static str,
    },

    /// A compiler ran and refused: `stderr` is what it wrote, unchanged.
    #[error("{action} for {target} failed ({status}):\n{command}\n{stderr}")]
    Compile {
        /// What was being done: compiling a file, or linking the library.
        action: String,
        /// The machine it was done for.
        target: String,
        /// How the compiler ended.
        status: ExitStatus,
        /// The command, as one would type it.
        command: String,
        /// What the compiler wrote to its standard error.
        stderr: String,
    },

    /// A file or directory of the build could not be written or read.
    #[error("cannot {action} `{}`: {cause}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

impl Error {
    /// For `map_err`: the context that an [`io::Error`] lacks.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |cause| Error::Io { action, path, cause }
    }
}
