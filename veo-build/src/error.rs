use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use crate::LeftOut;

/// Why kernels could not be compiled, or declarations not be made.
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

    /// libclang is not installed, or is not where `LIBCLANG_PATH` says.
    #[error(
        "C headers are read by libclang, which cannot be loaded ({cause}): install it (Debian, Ubuntu: apt install \
         libclang-dev; Fedora: dnf install clang-devel), or name its folder in LIBCLANG_PATH"
    )]
    NoLibclang {
        /// What the loader said.
        cause: String,
    },

    /// A header is not C, or includes something that is not there.
    #[error("cannot read the declarations in {}: {}", quoted(headers), cause.trim_end())]
    Header {
        /// The headers as they were named.
        headers: Vec<PathBuf>,
        /// What clang said.
        cause: String,
    },

    /// A library is not one, or is damaged.
    #[error("cannot read library `{}`: {cause}", path.display())]
    Library {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        cause: String,
    },

    /// A library has no debug information.
    #[error(
        "library `{}` has no debug information{detail}: compile it with -g and do not strip it, or make the \
         declarations from its header",
        path.display()
    )]
    NoDebugInformation {
        /// The file.
        path: PathBuf,
        /// What was found instead.
        detail: &'static str,
    },

    /// Declarations from a header are to say in which library the functions are.
    #[error("in which library are the functions of `{input}`? Say `Declarations::lib(\"libx.so\")`")]
    NoLibrary {
        /// The header.
        input: String,
    },

    /// The caller speaks of something that is not there.
    #[error("there is no {kind} `{name}` in `{input}` (in a pattern, `*` stands for any text)")]
    NoSuchName {
        /// The name or pattern.
        name: String,
        /// What it should be the name of.
        kind: &'static str,
        /// The header or library.
        input: String,
    },

    /// A word that goes into the declarations would not be Rust there.
    #[error("`{text}` is no {what}")]
    BadSetting {
        /// What it should be.
        what: &'static str,
        /// What it is.
        text: String,
    },

    /// What a function is renamed to cannot be the name of a function.
    #[error("function `{symbol}` cannot be called `{name}` in Rust: give it another name with `Declarations::rename`")]
    BadFunctionName {
        /// The name in Rust.
        name: String,
        /// The name in the library.
        symbol: String,
    },

    /// Two functions would have one name.
    #[error("`{symbol}` and another function would both be called `{name}`: see `Declarations::rename`")]
    TwoOfOneName {
        /// The name in Rust.
        name: String,
        /// The name of one of them in the library.
        symbol: String,
    },

    /// No function is left.
    #[error("there is nothing to declare in `{input}`{}", listed(left_out))]
    NothingToDeclare {
        /// The header or library.
        input: String,
        /// What is there, and why it cannot be declared.
        left_out: Vec<LeftOut>,
    },

    /// A file of declarations is not what would be written now.
    #[error("`{}` is not what `{input}` gives now; make it anew: {command}\n{diff}", path.display())]
    OutOfDate {
        /// The file.
        path: PathBuf,
        /// The header or library.
        input: String,
        /// The first difference: `-` is in the file, `+` would be.
        diff: String,
        /// What makes it anew.
        command: String,
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

/// The paths between backticks.
fn quoted(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths.iter().map(|path| format!("`{}`", path.display())).collect();
    paths.join(", ")
}

/// What was left out, a line each.
fn listed(left_out: &[LeftOut]) -> String {
    let lines: String = left_out.iter().map(|left_out| format!("\n  {left_out}")).collect();
    if lines.is_empty() { lines } else { format!("; left out is:{lines}") }
}

impl Error {
    /// For `map_err`: the context that an [`io::Error`] lacks.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Error {
        let path = path.into();
        move |cause| Error::Io { action, path, cause }
    }
}
