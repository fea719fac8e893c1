use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

use crate::cargo::Cargo;
use crate::compiler::{self, Compiler};
use crate::language::Language;
use crate::target::Target;
use crate::{Built, Error, library};

/// A shared library of kernels: what it is made of, and how.
///
/// ```no_run
/// veo_build::Kernels::new("solver")          // libsolver.so
///     .files(["kernels/solver.c", "kernels/mesh.cpp"])
///     .include("kernels/include")
///     .define("BLOCK", "256")
///     .host_flag("-march=native")
///     .library("m")
///     .openmp(true)
///     .compile_or_exit();
/// ```
///
/// One build script may compile several libraries: they go to one directory.
#[derive(Clone, Debug)]
pub struct Kernels {
    name: String,
    sources: Vec<PathBuf>,
    includes: Vec<PathBuf>,
    defines: Vec<String>,
    flags: Vec<OsString>,
    host_flags: Vec<OsString>,
    ve_flags: Vec<OsString>,
    libraries: Vec<String>,
    openmp: bool,
    out_dir: Option<PathBuf>,
    cargo: Cargo,
}

impl Kernels {
    /// A library without sources yet. `kernels` becomes `libkernels.so`.
    pub fn new(name: impl Into<String>) -> Kernels {
        Kernels {
            name: name.into(),
            sources: Vec::new(),
            includes: Vec::new(),
            defines: Vec::new(),
            flags: Vec::new(),
            host_flags: Vec::new(),
            ve_flags: Vec::new(),
            libraries: Vec::new(),
            openmp: false,
            out_dir: None,
            cargo: Cargo { listening: true },
        }
    }

    /// Adds a source file, relative to the directory of the crate. Its extension tells the language.
    pub fn file(&mut self, source: impl Into<PathBuf>) -> &mut Kernels {
        self.sources.push(source.into());
        self
    }

    /// Adds source files. Fortran modules come before the files that use them.
    pub fn files(&mut self, sources: impl IntoIterator<Item = impl Into<PathBuf>>) -> &mut Kernels {
        self.sources.extend(sources.into_iter().map(Into::into));
        self
    }

    /// Adds a directory to look for headers in.
    pub fn include(&mut self, directory: impl Into<PathBuf>) -> &mut Kernels {
        self.includes.push(directory.into());
        self
    }

    /// Defines a macro: `define("BLOCK", "256")`, or `define("DEBUG", None)` for one without a value.
    pub fn define<'a>(&mut self, name: &str, value: impl Into<Option<&'a str>>) -> &mut Kernels {
        self.defines.push(match value.into() {
            Some(value) => format!("-D{name}={value}"),
            None => format!("-D{name}"),
        });
        self
    }

    /// Adds an argument for every compiler, to compile and to link.
    pub fn flag(&mut self, flag: impl Into<OsString>) -> &mut Kernels {
        self.flags.push(flag.into());
        self
    }

    /// Adds an argument for the compilers of this host only.
    pub fn host_flag(&mut self, flag: impl Into<OsString>) -> &mut Kernels {
        self.host_flags.push(flag.into());
        self
    }

    /// Adds an argument for NEC's compilers only.
    pub fn ve_flag(&mut self, flag: impl Into<OsString>) -> &mut Kernels {
        self.ve_flags.push(flag.into());
        self
    }

    /// Links with a library: `library("m")` is `-lm`.
    pub fn library(&mut self, name: impl Into<String>) -> &mut Kernels {
        self.libraries.push(name.into());
        self
    }

    /// Compiles OpenMP directives and links its run-time library.
    pub fn openmp(&mut self, openmp: bool) -> &mut Kernels {
        self.openmp = openmp;
        self
    }

    /// Puts the library into `DIRECTORY/veo-kernels` in place of `OUT_DIR/veo-kernels`.
    pub fn out_dir(&mut self, directory: impl Into<PathBuf>) -> &mut Kernels {
        self.out_dir = Some(directory.into());
        self
    }

    /// Whether to print the lines for cargo that a build script prints; on by default.
    pub fn cargo_metadata(&mut self, print: bool) -> &mut Kernels {
        self.cargo.listening = print;
        self
    }

    /// Compiles the library for this host, and for the Vector Engine if NEC's compilers are installed.
    ///
    /// # Errors
    ///
    /// A source or a compiler that is missing, or what a compiler said when it refused: see [`Error`].
    pub fn compile(&self) -> Result<Built, Error> {
        let sources = self.checked_sources()?;
        let directory = self.directory()?;
        fs::create_dir_all(&directory).map_err(Error::io("create", &directory))?;

        let host_compiler = |language| Compiler::for_host(language, self.cargo);
        let library = library::build(self, &sources, Target::Host, &host_compiler, &directory)?;
        let ve_library = match compiler::ncc(self.cargo) {
            Some(ncc) => {
                let ve_compiler = |language| Ok(Compiler::for_ve(language, &ncc));
                Some(library::build(self, &sources, Target::Ve, &ve_compiler, &directory)?)
            }
            None => {
                // One from an earlier build, made of earlier sources, must not be loaded with the new declarations.
                remove_if_there(&directory.join(Target::Ve.file_name(&self.name)))?;
                None
            }
        };
        self.cargo.set_env("VEO_KERNEL_DIR", &directory);
        Ok(Built { library, ve_library })
    }

    /// Like [`compile`](Kernels::compile), for a build script's `main`: on failure it prints the error, with what the
    /// compiler wrote as the compiler wrote it, and exits with status 1.
    pub fn compile_or_exit(&self) -> Built {
        self.compile().unwrap_or_else(|error| {
            eprintln!("error: {error}");
            std::process::exit(1)
        })
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn cargo(&self) -> Cargo {
        self.cargo
    }

    /// The arguments that only matter to compile a file.
    pub(crate) fn compile_arguments(&self) -> impl Iterator<Item = OsString> {
        let includes = self.includes.iter().flat_map(|directory| ["-I".into(), directory.clone().into_os_string()]);
        includes.chain(self.defines.iter().map(OsString::from))
    }

    /// The arguments that matter to compile and to link for `target`.
    pub(crate) fn common_arguments(&self, target: Target) -> impl Iterator<Item = OsString> {
        let openmp = self.openmp.then(|| OsString::from("-fopenmp"));
        let of_target = match target {
            Target::Host => &self.host_flags,
            Target::Ve => &self.ve_flags,
        };
        openmp.into_iter().chain(self.flags.iter().chain(of_target).cloned())
    }

    /// The arguments that come last in the link command, behind the objects that need them.
    pub(crate) fn library_arguments(&self) -> impl Iterator<Item = String> {
        self.libraries.iter().map(|name| format!("-l{name}"))
    }

    /// The sources with their languages, after all has been checked that needs no compiler.
    fn checked_sources(&self) -> Result<Vec<(&Path, Language)>, Error> {
        if self.name.is_empty() || self.name.contains(['/', '\0']) {
            return Err(Error::BadName { name: self.name.clone() });
        }
        if self.sources.is_empty() {
            return Err(Error::NoSources { library: self.name.clone() });
        }
        self.sources.iter().map(|source| check_source(source)).collect()
    }

    fn directory(&self) -> Result<PathBuf, Error> {
        let out_dir =
            self.out_dir.clone().or_else(|| env::var_os("OUT_DIR").map(PathBuf::from)).ok_or(Error::NoOutDir)?;
        let directory = out_dir.join("veo-kernels");
        // The program may run from anywhere, so what it remembers must not depend on where the build ran.
        std::path::absolute(&directory).map_err(Error::io("find", directory))
    }
}

fn check_source(source: &Path) -> Result<(&Path, Language), Error> {
    fs::File::open(source).map_err(|cause| Error::SourceMissing {
        source_file: source.to_owned(),
        directory: env::current_dir().unwrap_or_default(),
        cause,
    })?;
    Ok((source, Language::of(source)?))
}

fn remove_if_there(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::io("remove", path)(error)),
        _ => Ok(()),
    }
}
