//! Finding the compiler of a language for a machine.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, io};

use crate::Error;
use crate::cargo::Cargo;
use crate::language::Language;
use crate::target::Target;

/// Where NEC's installer puts the compilers.
const NEC_NCC: &str = "/opt/nec/ve/bin/ncc";

/// A compiler with the arguments that every one of its commands starts with.
#[derive(Debug)]
pub(crate) struct Compiler {
    pub(crate) target: Target,
    pub(crate) language: Language,
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl Compiler {
    /// The compiler of `language` for this host.
    pub(crate) fn for_host(language: Language, cargo: Cargo) -> Result<Compiler, Error> {
        match language {
            Language::C | Language::Cpp => Compiler::from_cc(language, cargo),
            Language::Fortran => Ok(Compiler::gfortran(cargo)),
        }
    }

    /// The compiler of `language` for the Vector Engine; `ncc` is where its C compiler is.
    pub(crate) fn for_ve(language: Language, ncc: &Path) -> Compiler {
        let program = match language {
            Language::C => ncc.to_owned(),
            Language::Cpp => ncc.with_file_name("nc++"),
            Language::Fortran => ncc.with_file_name("nfort"),
        };
        let arguments = ["-O2", "-fpic", "-pthread"].map(OsString::from).into();
        Compiler { target: Target::Ve, language, program, arguments, environment: Vec::new() }
    }

    /// What crate `cc` finds: it knows `CC`, `CFLAGS`, their variants for a target, and wrappers such as ccache.
    fn from_cc(language: Language, cargo: Cargo) -> Result<Compiler, Error> {
        let mut build = cc::Build::new();
        build
            .cpp(language == Language::Cpp)
            .opt_level(2)
            .debug(true)
            .pic(true)
            // Kernels run in a process of their own: sanitizers and the like of the Rust side are not for them.
            .inherit_rustflags(false)
            .cargo_metadata(cargo.listening);
        if env::var_os("TARGET").is_none() {
            // Not in a build script. This is the one machine that has Vector Engines, and so the one that veo is for.
            build.target("x86_64-unknown-linux-gnu").host("x86_64-unknown-linux-gnu");
        }
        let command = build.try_get_compiler().map_err(|cause| Error::CompilerMissing {
            program: PathBuf::from("cc"),
            language: language.to_string(),
            target: Target::Host.to_string(),
            cause: io::Error::other(cause),
            advice: advice(Target::Host, language),
        })?;
        let command = command.to_command();
        Ok(Compiler {
            target: Target::Host,
            language,
            program: command.get_program().into(),
            arguments: command.get_args().map(OsStr::to_owned).collect(),
            environment: command
                .get_envs()
                .filter_map(|(key, value)| Some((key.to_owned(), value?.to_owned())))
                .collect(),
        })
    }

    /// `FC` and `FFLAGS` by the rules that make has for them, since crate `cc` knows no Fortran.
    fn gfortran(cargo: Cargo) -> Compiler {
        cargo.depends_on_env("FC");
        cargo.depends_on_env("FFLAGS");
        let fc = env::var("FC").unwrap_or_default();
        let (program, own_arguments) = program_and_arguments(&fc);
        let mut arguments: Vec<OsString> = own_arguments.map(OsString::from).collect();
        arguments.extend(["-O2", "-fPIC", "-g"].map(OsString::from));
        arguments.extend(env::var("FFLAGS").unwrap_or_default().split_whitespace().map(OsString::from));
        Compiler {
            target: Target::Host,
            language: Language::Fortran,
            program: program.unwrap_or(Path::new("gfortran")).to_owned(),
            arguments,
            environment: Vec::new(),
        }
    }

    /// A command without the arguments that say what to do.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).envs(self.environment.iter().map(|(key, value)| (key, value)));
        command
    }

    /// Where a Fortran compiler is to put and find module files.
    pub(crate) fn module_directory(&self, directory: &Path) -> [OsString; 2] {
        let option = match self.target {
            Target::Host => "-J",
            Target::Ve => "-module",
        };
        [option.into(), directory.into()]
    }

    /// The error for a compiler that cannot be started.
    pub(crate) fn missing(&self, cause: io::Error) -> Error {
        Error::CompilerMissing {
            program: self.program.clone(),
            language: self.language.to_string(),
            target: self.target.to_string(),
            cause,
            advice: advice(self.target, self.language),
        }
    }
}

/// NEC's C compiler, if it is installed or `VEO_NCC` names it.
pub(crate) fn ncc(cargo: Cargo) -> Option<PathBuf> {
    cargo.depends_on_env("VEO_NCC");
    match env::var_os("VEO_NCC") {
        // Named, there or not: a wrong name is an error, not a reason to leave out what was asked for.
        Some(named) if !named.is_empty() => Some(named.into()),
        Some(_switched_off) => None,
        None => Some(PathBuf::from(NEC_NCC)).filter(|ncc| ncc.exists()),
    }
}

/// Splits the value of a variable such as `FC`: a program, whose path may have spaces, or a program and arguments.
fn program_and_arguments(value: &str) -> (Option<&Path>, std::str::SplitWhitespace<'_>) {
    if Path::new(value).exists() {
        return (Some(Path::new(value)), "".split_whitespace());
    }
    let mut words = value.split_whitespace();
    (words.next().map(Path::new), words)
}

fn advice(target: Target, language: Language) -> &'static str {
    match (target, language) {
        (Target::Host, Language::C) => {
            "install one (Debian, Ubuntu: apt install gcc; Fedora: dnf install gcc), or name yours in CC"
        }
        (Target::Host, Language::Cpp) => {
            "install one (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++), or name yours in CXX"
        }
        (Target::Host, Language::Fortran) => {
            "install one (Debian, Ubuntu: apt install gfortran; Fedora: dnf install gcc-gfortran), or name yours in FC"
        }
        (Target::Ve, _) => {
            "install NEC's compilers (ncc, nc++ and nfort in one directory), \
             name ncc in VEO_NCC, or set VEO_NCC to nothing to compile for this host only"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::program_and_arguments;
    use std::path::Path;

    #[test]
    fn a_variable_may_hold_a_program_and_arguments() {
        let (program, arguments) = program_and_arguments("flang -m64 -Wall");
        assert_eq!(program, Some(Path::new("flang")));
        assert_eq!(arguments.collect::<Vec<_>>(), ["-m64", "-Wall"]);

        let existing = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fake-nec/nfort");
        let (program, arguments) = program_and_arguments(existing);
        assert_eq!((program, arguments.count()), (Some(Path::new(existing)), 0));

        assert_eq!(program_and_arguments("").0, None);
    }
}
