//! [`veo_build::Declarations`] as a command, for crates without a build script: `veo-declarations --help`.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use veo_build::{Declarations, Generated, IntegerWidth, Lib};

const USAGE: &str = "\
usage: veo-declarations --header FILE… --lib NAME… [--output FILE]
       veo-declarations --library FILE [--lib NAME…] [--output FILE]

Writes #[ve_offload] declarations of the functions in a C header, or in a shared
library with debug information (-g).

  --header FILE          a C header; -I DIR and -D NAME[=VALUE] are for clang
  --library FILE         a shared library
  --lib NAME             what the declarations name; several: the first that loads;
                         `static`: linked into veorun
  --output FILE          the file to write; standard output without that
  --check                write nothing; fail if the file is out of date
  --allow PATTERN        only these functions; * stands for any text
  --block PATTERN        not these
  --rename NAME=RUST     the name of a function in Rust
  --strip-prefix TEXT    functions go without that in Rust
  --integer NAME=WIDTH   the width of an integer typedef: 32, 64, or a feature of the
                         binding crate that makes it 64
  --variables            variables of the library, too
  --required, --lazy     as in #[ve_offload]
  --crate PATH           where crate veo is, if not at `veo`
  --visibility VIS       pub unless said otherwise
  -h, --help             this text";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.is_empty() || words.iter().any(|word| word == "-h" || word == "--help") {
        println!("{USAGE}");
        return if words.is_empty() { ExitCode::from(2) } else { ExitCode::SUCCESS };
    }
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            eprintln!("veo-declarations: {reason}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), String> {
    let options = Options::parse(words)?;
    let generated = options.generate().map_err(|error| error.to_string())?;
    for left_out in generated.left_out() {
        eprintln!("left out {left_out}");
    }
    if options.output.is_none() {
        print!("{}", generated.text());
    }
    Ok(())
}

struct Options {
    declarations: Declarations,
    output: Option<PathBuf>,
    check: bool,
}

impl Options {
    fn parse(words: &[String]) -> Result<Options, String> {
        let mut declarations = input(words)?;
        declarations.cargo_metadata(false).regenerate(command(words));
        let (mut libs, mut output, mut check) = (Vec::new(), None, false);
        let (mut inputs, mut words) = (0, words.iter());
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("{word} needs a value"));
            match word.as_str() {
                "--header" | "--library" => {
                    let file = value()?;
                    inputs += 1;
                    if inputs > 1 {
                        declarations.header(file);
                    }
                }
                "--lib" => libs.push(value()?.clone()),
                "--output" => output = Some(PathBuf::from(value()?)),
                "--check" => check = true,
                "--allow" => drop(declarations.allow(value()?)),
                "--block" => drop(declarations.block(value()?)),
                "--rename" => {
                    let (name, rust_name) = pair(word, value()?)?;
                    declarations.rename(name, rust_name);
                }
                "--strip-prefix" => drop(declarations.strip_prefix(value()?)),
                "--integer" => {
                    let (name, width) = pair(word, value()?)?;
                    declarations.integer_width(name, integer_width(width));
                }
                "-I" => drop(declarations.include(value()?)),
                "-D" => drop(declarations.clang_arg(format!("-D{}", value()?))),
                "--variables" => drop(declarations.variables()),
                "--required" => drop(declarations.required()),
                "--lazy" => drop(declarations.lazy()),
                "--crate" => drop(declarations.crate_path(value()?)),
                "--visibility" => drop(declarations.visibility(value()?)),
                other => return Err(format!("there is no option {other}; --help lists them")),
            }
        }
        match &libs[..] {
            [] => {}
            [lib] if lib == "static" => drop(declarations.lib(Lib::Static)),
            _ => drop(declarations.lib(libs)),
        }
        if check && output.is_none() {
            return Err("--check compares with a file: name it with --output".to_owned());
        }
        Ok(Options { declarations, output, check })
    }

    fn generate(&self) -> Result<Generated, veo_build::Error> {
        match &self.output {
            Some(path) if self.check => self.declarations.check(path),
            Some(path) => self.declarations.write(path),
            None => self.declarations.generate(),
        }
    }
}

/// The header or library that comes first.
fn input(words: &[String]) -> Result<Declarations, String> {
    let count = |option: &str| words.iter().filter(|word| *word == option).count();
    let file = |option: &str| {
        let at = words.iter().position(|word| word == option)?;
        words.get(at + 1)
    };
    match (count("--header"), count("--library")) {
        (0, 0) => Err("name a --header or a --library".to_owned()),
        (_, 0) => file("--header").map(Declarations::from_header).ok_or_else(|| "--header needs a value".to_owned()),
        (0, 1) => file("--library").map(Declarations::from_library).ok_or_else(|| "--library needs a value".to_owned()),
        _ => Err("name headers or one library".to_owned()),
    }
}

fn pair<'a>(option: &str, value: &'a str) -> Result<(&'a str, &'a str), String> {
    value.split_once('=').ok_or_else(|| format!("{option} needs NAME=…, not `{value}`"))
}

fn integer_width(width: &str) -> IntegerWidth {
    match width {
        "32" => IntegerWidth::Bits32,
        "64" => IntegerWidth::Bits64,
        feature => IntegerWidth::Feature(feature.to_owned()),
    }
}

/// This very command, for the comment at the top of the file.
fn command(words: &[String]) -> String {
    let mut command = "veo-declarations".to_owned();
    for word in words.iter().filter(|word| *word != "--check") {
        let plain = !word.is_empty() && word.chars().all(|c| c.is_alphanumeric() || "-_./=+:,@%".contains(c));
        let shown = if plain { word.clone() } else { format!("'{}'", word.replace('\'', r"'\''")) };
        let _ = write!(command, " {shown}");
    }
    command
}
