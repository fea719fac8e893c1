//! Ordinary least squares, with the data in VE memory and all arithmetic on it in kernels.
//!
//! | file | does |
//! | --- | --- |
//! | `args.rs` | the command line |
//! | `csv.rs`, `data.rs` | a file becomes columns of numbers, or a message that says where it is wrong |
//! | `kernels.rs` | the C functions that run on the Vector Engine, as Rust sees them |
//! | `model.rs` | columns go to the VE; coefficients, standard errors and R² come back |
//! | `solver.rs` | conjugate gradients: where the calls are queued |
//! | `cholesky.rs` | the small matrix behind the standard errors |
//! | `progress.rs`, `report.rs` | what the user sees |
//! | `reference.rs` | the known answer for the data that come with the program |

mod args;
mod cholesky;
mod csv;
mod data;
mod error;
mod kernels;
mod model;
mod progress;
mod reference;
mod report;
mod solver;

use std::io::{self, Write};
use std::process::ExitCode;

use args::{Action, Options};
use data::Problem;
use error::Error;
use progress::Progress;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            error.exit_code()
        }
    }
}

fn run() -> Result<(), Error> {
    match args::parse(std::env::args_os().skip(1))? {
        Action::Help => print(args::HELP),
        Action::Fit(options) => fit(&options),
    }
}

fn fit(options: &Options) -> Result<(), Error> {
    let problem = match &options.csv {
        Some(path) => Problem::read(path, options.target.as_deref())?,
        None => Problem::parse("diabetes.csv", include_str!("diabetes.csv"), options.target.as_deref())?,
    };
    let proc = options.create_process()?;
    let mut progress = Progress::new();
    let fit = model::fit(&proc, &problem, |iteration, residual| progress.show(iteration, residual));
    progress.finish();
    let fit = fit?;
    print(&report::text(&problem, &fit))?;
    if options.is_reference() {
        print(&reference::check(&fit)?)?;
    }
    proc.destroy()?;
    Ok(())
}

/// Writes to standard output; a reader that has seen enough (`| head`) is no error.
fn print(text: &str) -> Result<(), Error> {
    match io::stdout().write_all(text.as_bytes()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Error::Output(error)),
        _ => Ok(()),
    }
}
