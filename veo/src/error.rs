//! What can go wrong, in one type.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// The result of nearly everything here.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong: the operation, the names, the cause, and what to do about it.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The engine that was asked for cannot be used.
    #[error("cannot use engine {requested} (from {origin}): {reason}")]
    Engine {
        /// The engine, as it was named.
        requested: String,
        /// Who named it: `VEO_ENGINE`, or the program.
        origin: &'static str,
        /// Why not, and what was expected.
        reason: String,
    },
    /// A VE process could not be started.
    #[error("cannot create a VE process on node {node}: {reason}")]
    Create {
        /// The node that was asked for.
        node: i32,
        /// Why not.
        reason: String,
    },
    /// A library could not be loaded.
    #[error("cannot load {library}{}; tried:{attempts}{}", by(symbol), last_line(help))]
    Library {
        /// The library's name, or the names that were tried.
        library: String,
        /// The declared symbol that wanted it, if one did.
        symbol: Option<&'static str>,
        /// Every path that was tried, and why it failed.
        attempts: Attempts,
        /// What else to do, if the declaration says it.
        help: Option<&'static str>,
    },
    /// A symbol is not in its library.
    #[error("no symbol `{symbol}` in {library}: {reason}")]
    Symbol {
        /// The C name that was looked up.
        symbol: String,
        /// The library's path; `veorun itself` for static symbols.
        library: String,
        /// The loader's words, or what to check.
        reason: String,
    },
    /// Two declarations of one symbol differ: in a signature, in the type of a variable, or in which of both it is.
    #[error("`{symbol}` is declared twice, and differently: {first}, but {second}; correct the wrong one")]
    Conflict {
        /// The C symbol.
        symbol: String,
        /// The first signature or type, and where it is declared.
        first: String,
        /// The second one.
        second: String,
    },
    /// Declarations that must be there are not: those marked `required`, or all of them in strict mode.
    #[error("{} declared symbol(s) are missing in a new VE process:{}", .0.len(), Lines(.0))]
    Missing(Vec<Error>),
    /// A hook that prepares new VE processes gave an error or panicked, so the new process was ended.
    #[error("cannot create a VE process: the init hook {hook} has failed: {cause}\nCorrect the hook, or remove it.")]
    Hook {
        /// The hook: a function's path and place, or where it was added.
        hook: String,
        /// Its error; [`Refused`](Self::Refused) if it panicked.
        cause: Box<Error>,
    },
    /// Nothing is declared of a library that was expected.
    #[error(
        "this program declares no function of {library}: the linker drops the declarations of a crate that only Cargo.toml names; \
         write `use the_crate as _;`, or correct the name"
    )]
    Undeclared {
        /// The name that was expected.
        library: String,
    },
    /// Declarations do not match what was compiled: see [`Verify::Deny`](crate::verify::Verify::Deny).
    #[error("{0}")]
    Declarations(crate::verify::Report),
    /// A text is no type of an argument or a result.
    #[error("`{text}` cannot be a type of `{function}`: {reason}")]
    TypeName {
        /// The function whose types were to be set.
        function: String,
        /// The text.
        text: String,
        /// What is wrong with it, and what was expected.
        reason: String,
    },
    /// An argument does not fit the type that was set for it.
    #[error("argument {index} of `{function}`, declared as `{declared}`: {reason}")]
    Argument {
        /// The function that was called.
        function: String,
        /// The argument's place, counted from 1.
        index: usize,
        /// Its type.
        declared: String,
        /// What was passed, and why it does not fit.
        reason: String,
    },
    /// A kernel crashed.
    #[error("`{function}` of {library} crashed: {}\n{GONE}", crash(report, *signal))]
    Exception {
        /// The function's declared name.
        function: String,
        /// Its library.
        library: String,
        /// The signal's number: 11 is SIGSEGV, 8 is SIGFPE, 6 is SIGABRT.
        signal: i32,
        /// What the engine knows: signal, fault address, arguments, backtrace.
        report: Option<String>,
    },
    /// The VE process ended before this request did. A new process can be created at once.
    #[error("{function}{} did not finish: {}", of(library), end(report))]
    Ended {
        /// The function, in backticks, or the operation that was cut short.
        function: String,
        /// The function's library.
        library: Option<String>,
        /// How the process ended, as far as the engine knows.
        report: Option<String>,
    },
    /// The engine refused an operation.
    #[error("{operation} was refused: {reason}")]
    Refused {
        /// What was to be done.
        operation: String,
        /// Why it was not.
        reason: String,
    },
    /// No VE memory is left.
    #[error(
        "cannot allocate {bytes} bytes of VE memory on node {node}; free buffers, or raise VEO_HOST_MEMORY on the host engine"
    )]
    OutOfMemory {
        /// The size that was asked for.
        bytes: usize,
        /// The node.
        node: i32,
    },
    /// A transfer failed.
    #[error("cannot {operation} {bytes} bytes at VE address {address:#x}: {reason}")]
    Transfer {
        /// `read`, `write`, `copy` or `fill`.
        operation: &'static str,
        /// The VE address.
        address: u64,
        /// The size.
        bytes: usize,
        /// Why not.
        reason: String,
    },
    /// Host and VE side have different lengths.
    #[error("{operation}: the buffer has {buffer} elements, the slice {slice}; they must be equal")]
    Length {
        /// What was to be done.
        operation: &'static str,
        /// Elements on the VE.
        buffer: usize,
        /// Elements on the host.
        slice: usize,
    },
    /// A buffer, function or context of one VE process was used with another one.
    #[error(
        "{what} belongs to VE process {owner}, but was used with VE process {used}; copy the data, or use the context of its own process"
    )]
    WrongProcess {
        /// What was passed.
        what: &'static str,
        /// The process it belongs to.
        owner: u64,
        /// The process it was used with.
        used: u64,
    },
    /// Something took longer than its VE process allows ([`ProcBuilder::deadline`](crate::ProcBuilder::deadline)).
    #[error(
        "{operation}{} did not finish within {limit:?}, the deadline of its VE process: the kernel still runs, and only its \
         process can be ended, by `Proc::kill`; `Proc::restart` gives a fresh one with the same libraries",
        of(library)
    )]
    Deadline {
        /// The function, in backticks, or the operation that was waited for.
        operation: String,
        /// The function's library.
        library: Option<String>,
        /// The deadline.
        limit: Duration,
    },
    /// A request was ended before it had begun, by [`Context::cancel_queued`](crate::Context::cancel_queued).
    #[error(
        "{function}{} was cancelled by `Context::cancel_queued` before it had begun; submit it again if it is still wanted",
        of(library)
    )]
    Cancelled {
        /// The function, in backticks, or the operation.
        function: String,
        /// The function's library.
        library: Option<String>,
    },
    /// This libveo is too old.
    #[error(
        "this libveo has no function {symbol}: it came with API version {since}; use a newer libveo, or the host engine (VEO_ENGINE=host)"
    )]
    Unsupported {
        /// The C function.
        symbol: &'static str,
        /// The API version that brought it.
        since: u32,
    },
}

/// Every path that was tried for a library, and why each failed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempts(pub Vec<(PathBuf, String)>);

impl Attempts {
    /// One reason for all: that of a file that was there, if there was one.
    pub(crate) fn most_telling(&self) -> String {
        let is_there = |(path, _): &&(PathBuf, String)| path.is_file();
        match self.0.iter().find(is_there) {
            Some((_, reason)) => reason.clone(),
            None => format!("no such file in {} place(s)", self.0.len()),
        }
    }
}

impl fmt::Display for Attempts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (path, reason) in &self.0 {
            write!(f, "\n  {}: {reason}", path.display())?;
        }
        f.write_str(
            "\nPut the library into one of these places, set VEO_LIBRARY_PATH to its directory, or build it with veo-build.",
        )
    }
}

struct Lines<'a>(&'a [Error]);

impl fmt::Display for Lines<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|error| write!(f, "\n{error}"))
    }
}

/// What to do when a VE process has ended.
const GONE: &str = "What was in that VE process is lost; `Proc::create` starts another.";

fn by(symbol: &Option<&str>) -> String {
    symbol.map(|symbol| format!(" for `{symbol}`")).unwrap_or_default()
}

fn last_line(help: &Option<&str>) -> String {
    help.map(|help| format!("\n{help}")).unwrap_or_default()
}

fn of(library: &Option<String>) -> String {
    library.as_ref().map(|library| format!(" of {library}")).unwrap_or_default()
}

fn crash(report: &Option<String>, signal: i32) -> String {
    report.clone().unwrap_or_else(|| {
        format!(
            "a kernel was hit by {}, and this veorun reports no details; on a card, kernels compiled with \
             -traceback=verbose print them if VE_TRACEBACK=VERBOSE is set",
            veo_engine::signal_name(signal)
        )
    })
}

fn end(report: &Option<String>) -> String {
    let report = report.as_deref().unwrap_or(
        "the VE process has ended, or libveo has given this context up, and nobody knows why; what libveo and the process \
         printed may say it",
    );
    format!("{report}\n{GONE}")
}
