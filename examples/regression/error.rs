use std::process::ExitCode;
use std::{fmt, io};

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Error {
    /// The command line or the data are at fault: one line that says where.
    Input(String),
    /// Conjugate gradients did not get there.
    NoConvergence {
        iterations: usize,
        residual: f64,
    },
    /// The result for the built-in data is not the known one.
    Wrong(String),
    /// Standard output could not be written.
    Output(io::Error),
    Veo(veo::Error),
}

impl Error {
    pub(crate) fn input(message: impl Into<String>) -> Error {
        Error::Input(message.into())
    }

    /// 2 for what the user can correct, 1 for the rest.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Error::Input(_) => ExitCode::from(2),
            _ => ExitCode::FAILURE,
        }
    }
}

impl From<veo::Error> for Error {
    fn from(error: veo::Error) -> Error {
        Error::Veo(error)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Input(message) | Error::Wrong(message) => f.write_str(message),
            Error::NoConvergence { iterations, residual } => write!(
                f,
                "no convergence after {iterations} iterations (relative residual {residual:.1e}): \
                 some columns are almost linear combinations of others, leave them out"
            ),
            Error::Output(error) => write!(f, "cannot write the result: {error}"),
            Error::Veo(error) => error.fmt(f),
        }
    }
}
