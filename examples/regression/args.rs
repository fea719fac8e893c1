use std::ffi::OsString;
use std::path::PathBuf;

use veo::{Engine, Proc};

use crate::error::Error;

pub(crate) const HELP: &str = "\
Ordinary least squares on a Vector Engine, or on this host.

Usage: regression [OPTIONS] [FILE.csv]

Without a file: the diabetes data of Efron, Hastie, Johnstone and Tibshirani (2004), checked against the known answer.
A file has the names of its columns in the first line and numbers in all others, separated by commas.

Options:
  --target COLUMN   the column to explain by all others; the last one if not given
  --node N          the number of the Vector Engine; 0 if not given
  --engine ENGINE   host, libveo, or the path of a libveo.so; as VEO_ENGINE says if not given
  -h, --help        print this

Exit status: 0 success, 2 the command line or the data are wrong, 1 anything else.
";

pub(crate) enum Action {
    Help,
    Fit(Options),
}

#[derive(Default)]
pub(crate) struct Options {
    pub(crate) csv: Option<PathBuf>,
    pub(crate) target: Option<String>,
    node: i32,
    engine: Option<Engine>,
}

impl Options {
    pub(crate) fn create_process(&self) -> veo::Result<Proc> {
        let builder = Proc::builder().node(self.node);
        match &self.engine {
            Some(engine) => builder.engine(engine.clone()).create(),
            None => builder.create(),
        }
    }

    /// Whether this is the problem with the known answer.
    pub(crate) fn is_reference(&self) -> bool {
        self.csv.is_none() && self.target.as_deref().is_none_or(|target| target == "progression")
    }
}

pub(crate) fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Action, Error> {
    let mut options = Options::default();
    let mut words = words.into_iter();
    while let Some(word) = words.next() {
        // `--option=value` and `--option value` are the same.
        let text = word.to_str().unwrap_or_default();
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (text, None),
        };
        let mut value =
            || attached.clone().or_else(|| words.next()).ok_or_else(|| usage(&format!("{name} needs a value")));
        match name {
            "-h" | "--help" => return Ok(Action::Help),
            "--target" => options.target = Some(value()?.to_string_lossy().into_owned()),
            "--node" => options.node = node(&value()?)?,
            "--engine" => options.engine = Some(engine(value()?)?),
            _ if name.starts_with('-') && name.len() > 1 => return Err(usage(&format!("unknown option {name}"))),
            _ if options.csv.is_some() => return Err(usage("more than one file")),
            _ => options.csv = Some(PathBuf::from(word)),
        }
    }
    Ok(Action::Fit(options))
}

fn node(value: &OsString) -> Result<i32, Error> {
    let number = value.to_str().and_then(|text| text.parse().ok());
    number.ok_or_else(|| usage(&format!("--node needs a number, not {value:?}")))
}

fn engine(value: OsString) -> Result<Engine, Error> {
    match value.to_str() {
        Some("host") => Ok(Engine::Host),
        Some("libveo") => Ok(Engine::Libveo),
        _ if value.as_encoded_bytes().contains(&b'/') => Ok(Engine::Path(value.into())),
        _ => Err(usage(&format!("--engine needs host, libveo, or a path with a / in it, not {value:?}"))),
    }
}

fn usage(problem: &str) -> Error {
    Error::input(format!("{problem} (see regression --help)"))
}
