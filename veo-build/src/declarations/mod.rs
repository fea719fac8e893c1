//! `#[ve_offload]` declarations out of what a library brings: a C header, or the debug information in the library itself.
//!
//! ```text
//!   header   C header → model, by bindgen         ┐
//!   dwarf    debug information → model            ┘ readers
//!   select   the caller's choices and the rules: what is declared, what is left out and why; variables: the same of those
//!   write    the text: names, docs, style are about how things are written, layout about which structs are plain data
//! ```

mod diff;
mod docs;
#[cfg(feature = "dwarf")]
mod dwarf;
#[cfg(feature = "header")]
mod header;
mod layout;
mod model;
mod names;
mod pattern;
mod select;
mod style;
mod variables;
mod write;

use std::path::{Path, PathBuf};
use std::{fs, io};

use self::model::Api;
use self::style::Style;
use crate::cargo::Cargo;
use crate::{Error, LeftOut};

/// Makes a file of `#[ve_offload]` declarations.
///
/// From a header, with the comments in it (feature `header`; needs libclang where it runs):
///
/// ```no_run
/// # #[cfg(feature = "header")]
/// # fn main() -> Result<(), veo_build::Error> {
/// use veo_build::{Declarations, IntegerWidth};
///
/// let generated = Declarations::from_header("cblas.h")
///     .lib(["libcblas.so", "libcblas.so.3", "libblas.so.3"])
///     .allow("cblas_*")
///     .strip_prefix("cblas_")
///     .integer_width("CBLAS_INT", IntegerWidth::Feature("ilp64".into()))
///     .regenerate("cargo run --example declarations")
///     .write("src/raw.rs")?;
/// for left_out in generated.left_out() {
///     eprintln!("left out: {left_out}");
/// }
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "header"))]
/// # fn main() {}
/// ```
///
/// From a library that was compiled with `-g` (feature `dwarf`):
///
/// ```no_run
/// # #[cfg(feature = "dwarf")]
/// # fn main() -> Result<(), veo_build::Error> {
/// veo_build::Declarations::from_library("build/libsolver.so").write("src/raw.rs")?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "dwarf"))]
/// # fn main() {}
/// ```
///
/// The file is a module of the binding crate, and is committed: then nobody who uses the crate needs a header, a library
/// or libclang. [`check`](Self::check) in a test tells when it is out of date. The same input gives the same bytes, on
/// every machine, laid out as `cargo fmt` does by the `rustfmt.toml` above the file.
///
/// | in C | declared as |
/// | --- | --- |
/// | `int`, `unsigned long`, `size_t`, `double`, … | `i32`, `u64`, `usize`, `f64` |
/// | `const T *`, `T *`, `T x[]` | `*const T`, `*mut T` |
/// | `double _Complex *` | `*mut [f64; 2]`, or [`complex_type`](Self::complex_type) |
/// | a `typedef` of a scalar | a type of the same name |
/// | an `enum` | an integer type of its name, with a constant for each value |
/// | a pointer to a function | `Option<extern "C" fn(…) -> …>` |
/// | a struct behind a pointer | plain data with the `bytemuck` traits if it has no padding, else known by address only |
///
/// Variables are declared if [`variables`](Self::variables) asks for them. A function that a VE cannot be asked for over VEO is left out: one that takes any number of arguments, a struct or a
/// complex number by value, a `bool`, a `long double`, or more than 256 arguments.
/// [`Generated::left_out`] lists them, as does a comment in the file.
///
/// Structs of plain data derive `bytemuck::Pod`: a crate that has some depends on `bytemuck` with feature `derive`.
///
/// In patterns, `*` stands for any text. They are compared with names in the source and with symbols. A name or pattern
/// that nothing fits is an error, not a function less.
#[derive(Clone, Debug)]
pub struct Declarations {
    settings: Settings,
}

#[derive(Clone, Debug)]
pub(crate) struct Settings {
    source: Source,
    lib: Option<Lib>,
    feature_libs: Vec<(String, Lib)>,
    allow: Vec<String>,
    block: Vec<String>,
    renames: Vec<(String, String)>,
    strip_prefix: Option<String>,
    widths: Vec<(String, IntegerWidth)>,
    complex: Option<String>,
    copied: Vec<(String, String)>,
    variables: bool,
    resolve: Resolve,
    help: Option<String>,
    krate: Option<String>,
    visibility: String,
    regenerate: Option<String>,
    cargo: Cargo,
}

#[derive(Clone, Debug)]
enum Source {
    #[cfg(feature = "header")]
    Headers(header::Headers),
    #[cfg(feature = "dwarf")]
    Library(PathBuf),
}

/// The library of some declarations: what follows `lib =` in `#[ve_offload(lib = …)]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lib {
    /// File names or paths, of which the first that loads counts.
    Files(Vec<String>),
    /// The functions are linked into `veorun`.
    Static,
}

impl From<&str> for Lib {
    fn from(name: &str) -> Lib {
        Lib::Files(vec![name.to_owned()])
    }
}

impl From<String> for Lib {
    fn from(name: String) -> Lib {
        Lib::Files(vec![name])
    }
}

impl<const N: usize> From<[&str; N]> for Lib {
    fn from(names: [&str; N]) -> Lib {
        Lib::Files(names.iter().map(|&name| name.to_owned()).collect())
    }
}

impl From<Vec<String>> for Lib {
    fn from(names: Vec<String>) -> Lib {
        Lib::Files(names)
    }
}

/// The width of an integer type of a library that exists in two forms, such as `blasint` of a BLAS.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IntegerWidth {
    /// 32 bits, as in LP64 libraries.
    Bits32,
    /// 64 bits, as in ILP64 libraries.
    Bits64,
    /// 64 bits if the binding crate is compiled with this feature, else 32.
    Feature(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resolve {
    AtCreation,
    Required,
    AtFirstCall,
}

/// Declarations that were made.
#[derive(Clone, Debug)]
pub struct Generated {
    text: String,
    functions: Vec<String>,
    variables: Vec<String>,
    left_out: Vec<LeftOut>,
}

impl Generated {
    /// The whole file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The names of the functions in Rust, in their order.
    pub fn functions(&self) -> &[String] {
        &self.functions
    }

    /// The names of the variables in Rust, in their order.
    pub fn variables(&self) -> &[String] {
        &self.variables
    }

    /// What was asked for and has no declaration.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }
}

impl Declarations {
    /// The functions that a C header declares itself; those of headers that it includes are not meant.
    ///
    /// Relative paths start from the directory of the crate. A header of another language than C says so by its
    /// extension, as `.hpp` does.
    #[cfg(feature = "header")]
    pub fn from_header(header: impl Into<PathBuf>) -> Declarations {
        Declarations::new(Source::Headers(header::Headers::new(header.into())))
    }

    /// The functions that a shared library exports, from its debug information: compile it with `-g`.
    ///
    /// Without [`lib`](Self::lib), the declarations name this file, without its folder.
    #[cfg(feature = "dwarf")]
    pub fn from_library(library: impl Into<PathBuf>) -> Declarations {
        Declarations::new(Source::Library(library.into()))
    }

    fn new(source: Source) -> Declarations {
        Declarations {
            settings: Settings {
                source,
                lib: None,
                feature_libs: Vec::new(),
                allow: Vec::new(),
                block: Vec::new(),
                renames: Vec::new(),
                strip_prefix: None,
                widths: Vec::new(),
                complex: None,
                copied: Vec::new(),
                variables: false,
                resolve: Resolve::AtCreation,
                help: None,
                krate: None,
                visibility: "pub".to_owned(),
                regenerate: None,
                cargo: Cargo { listening: true },
            },
        }
    }

    /// Another header, or one that the first includes and whose functions are meant, too.
    #[cfg(feature = "header")]
    pub fn header(&mut self, header: impl Into<PathBuf>) -> &mut Declarations {
        self.headers(|headers| headers.files.push(header.into()))
    }

    /// Adds a directory to look for included headers in.
    #[cfg(feature = "header")]
    pub fn include(&mut self, directory: impl Into<PathBuf>) -> &mut Declarations {
        let directory = directory.into();
        self.headers(|headers| headers.arguments.extend(["-I".to_owned(), directory.to_string_lossy().into_owned()]))
    }

    /// Defines a macro: `define("WeirdNEC", None)`, or `define("N", "8")`.
    #[cfg(feature = "header")]
    pub fn define<'a>(&mut self, name: &str, value: impl Into<Option<&'a str>>) -> &mut Declarations {
        let argument = value.into().map_or_else(|| format!("-D{name}"), |value| format!("-D{name}={value}"));
        self.headers(|headers| headers.arguments.push(argument))
    }

    /// Adds an argument for clang.
    #[cfg(feature = "header")]
    pub fn clang_arg(&mut self, argument: impl Into<String>) -> &mut Declarations {
        self.headers(|headers| headers.arguments.push(argument.into()))
    }

    #[cfg(feature = "header")]
    fn headers(&mut self, change: impl FnOnce(&mut header::Headers)) -> &mut Declarations {
        #[cfg_attr(not(feature = "dwarf"), allow(irrefutable_let_patterns))]
        if let Source::Headers(headers) = &mut self.settings.source {
            change(headers);
        }
        self
    }

    /// The library, or several of which the first that loads counts, or [`Lib::Static`].
    pub fn lib(&mut self, lib: impl Into<Lib>) -> &mut Declarations {
        self.settings.lib = Some(lib.into());
        self
    }

    /// Another library if the binding crate is compiled with this feature. Of several, the first that is on counts.
    pub fn lib_for_feature(&mut self, feature: impl Into<String>, lib: impl Into<Lib>) -> &mut Declarations {
        self.settings.feature_libs.push((feature.into(), lib.into()));
        self
    }

    /// Only functions that fit this pattern, or another one that is allowed.
    pub fn allow(&mut self, pattern: impl Into<String>) -> &mut Declarations {
        self.settings.allow.push(pattern.into());
        self
    }

    /// No functions that fit this pattern, although allowed. They are not listed as left out.
    pub fn block(&mut self, pattern: impl Into<String>) -> &mut Declarations {
        self.settings.block.push(pattern.into());
        self
    }

    /// The name of a function in Rust; `name` is that in the source, or the symbol.
    pub fn rename(&mut self, name: impl Into<String>, rust_name: impl Into<String>) -> &mut Declarations {
        self.settings.renames.push((name.into(), rust_name.into()));
        self
    }

    /// Functions whose names begin so go without that in Rust, unless they are renamed.
    pub fn strip_prefix(&mut self, prefix: impl Into<String>) -> &mut Declarations {
        self.settings.strip_prefix = Some(prefix.into());
        self
    }

    /// The width of an integer type, by the name that a `typedef` gives it.
    pub fn integer_width(&mut self, name: impl Into<String>, width: IntegerWidth) -> &mut Declarations {
        self.settings.widths.push((name.into(), width));
        self
    }

    /// The type of complex numbers, which takes that of their parts: with `num_complex::Complex`, a `double _Complex` is declared
    /// as `num_complex::Complex<f64>`.
    pub fn complex_type(&mut self, path: impl Into<String>) -> &mut Declarations {
        self.settings.complex = Some(path.into());
        self
    }

    /// Declares the parameter `parameter` as `&T` where it is a `const T *` in functions that fit `functions`: calls pass a value of
    /// the host, which is copied to the VE stack, and no VE memory. For scalars that a library takes by their addresses.
    pub fn copied_in(&mut self, functions: impl Into<String>, parameter: impl Into<String>) -> &mut Declarations {
        self.settings.copied.push((functions.into(), parameter.into()));
        self
    }

    /// Declares variables, too: `static mut counter: i32;`, or, if it is constant in C, `static TABLE: [f64; 10];`. All that is said of
    /// functions here, such as [`allow`](Self::allow), holds for them, too.
    ///
    /// A pointer is a `VePtr<T>`. A variable is left out if its type is not plain data, or of a length that the header does not
    /// say; if it is `static` in the header; and if it is thread-local.
    pub fn variables(&mut self) -> &mut Declarations {
        self.settings.variables = true;
        self
    }

    /// What to do if none of the libraries can be loaded: the last words of that error.
    pub fn help(&mut self, text: impl Into<String>) -> &mut Declarations {
        self.settings.help = Some(text.into());
        self
    }

    /// `Proc::create` fails if a function is missing, instead of its first call.
    pub fn required(&mut self) -> &mut Declarations {
        self.settings.resolve = Resolve::Required;
        self
    }

    /// Functions are looked up at their first call, not when a process is created.
    pub fn lazy(&mut self) -> &mut Declarations {
        self.settings.resolve = Resolve::AtFirstCall;
        self
    }

    /// Where crate `veo` is, if not at `veo`.
    pub fn crate_path(&mut self, path: impl Into<String>) -> &mut Declarations {
        self.settings.krate = Some(path.into());
        self
    }

    /// The visibility of all that is declared, `pub` unless said otherwise; it may be empty.
    pub fn visibility(&mut self, visibility: impl Into<String>) -> &mut Declarations {
        self.settings.visibility = visibility.into();
        self
    }

    /// The command that makes the file anew, for the comment at its top.
    pub fn regenerate(&mut self, command: impl Into<String>) -> &mut Declarations {
        self.settings.regenerate = Some(command.into());
        self
    }

    /// Whether to print the lines for cargo that a build script prints; on by default.
    pub fn cargo_metadata(&mut self, print: bool) -> &mut Declarations {
        self.settings.cargo.listening = print;
        self
    }

    /// Makes the declarations, and no file; lines are at most 100 characters long.
    ///
    /// # Errors
    ///
    /// The header or library cannot be read, a name or pattern fits nothing, a name is not one of Rust, no library was
    /// named, or nothing is left to be declared.
    pub fn generate(&self) -> Result<Generated, Error> {
        self.generated(Style::default())
    }

    /// Makes the declarations and writes them to a file, unless they are there already.
    ///
    /// # Errors
    ///
    /// Those of [`generate`](Self::generate); the file cannot be written.
    pub fn write(&self, path: impl AsRef<Path>) -> Result<Generated, Error> {
        let path = path.as_ref();
        let generated = self.generated(Style::near(path))?;
        if fs::read_to_string(path).is_ok_and(|old| old == generated.text) {
            return Ok(generated);
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(Error::io("create", folder))?;
        }
        fs::write(path, &generated.text).map_err(Error::io("write", path))?;
        Ok(generated)
    }

    /// As [`write`](Self::write), for a build script: an error is shown on standard error, and ends it with status 1.
    pub fn write_or_exit(&self, path: impl AsRef<Path>) -> Generated {
        self.write(path).unwrap_or_else(|error| {
            eprintln!("error: {error}");
            std::process::exit(1)
        })
    }

    /// Compares a file with what would be written to it.
    ///
    /// # Errors
    ///
    /// Those of [`generate`](Self::generate); [`Error::OutOfDate`], with the first difference, if the file is another.
    pub fn check(&self, path: impl AsRef<Path>) -> Result<Generated, Error> {
        let path = path.as_ref();
        let generated = self.generated(Style::near(path))?;
        let old = match fs::read_to_string(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            old => old.map_err(Error::io("read", path))?,
        };
        if old == generated.text {
            return Ok(generated);
        }
        Err(Error::OutOfDate {
            path: path.to_owned(),
            input: self.settings.input(),
            diff: diff::short(&old, &generated.text),
            command: self.settings.regenerate.clone().unwrap_or_else(|| "Declarations::write".to_owned()),
        })
    }

    fn generated(&self, style: Style) -> Result<Generated, Error> {
        let settings = self.settings.with_library()?;
        settings.check()?;
        let api = settings.read()?;
        let plan = select::plan(&api, &settings)?;
        let text = write::text(&api, &plan, &settings, style);
        let functions = plan.functions.into_iter().map(|chosen| chosen.rust_name).collect();
        let variables = plan.variables.into_iter().map(|(name, _)| name).collect();
        Ok(Generated { text, functions, variables, left_out: plan.left_out })
    }
}

impl Settings {
    /// The name of the input, without folders: those differ from machine to machine.
    fn input(&self) -> String {
        let name = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        match &self.source {
            #[cfg(feature = "header")]
            Source::Headers(headers) => headers.files.iter().map(|file| name(file)).collect::<Vec<_>>().join("`, `"),
            #[cfg(feature = "dwarf")]
            Source::Library(library) => name(library),
        }
    }

    fn read(&self) -> Result<Api, Error> {
        match &self.source {
            #[cfg(feature = "header")]
            Source::Headers(headers) => header::read(headers, self.cargo),
            #[cfg(feature = "dwarf")]
            Source::Library(library) => {
                self.cargo.depends_on_file(library);
                dwarf::read(library, self.variables)
            }
        }
    }

    fn with_library(&self) -> Result<Settings, Error> {
        let lib = match (&self.lib, &self.source) {
            (Some(lib), _) => lib.clone(),
            #[cfg(feature = "dwarf")]
            (None, Source::Library(_)) => Lib::from(self.input()),
            #[cfg(feature = "header")]
            (None, Source::Headers(_)) => return Err(Error::NoLibrary { input: self.input() }),
        };
        Ok(Settings { lib: Some(lib), ..self.clone() })
    }

    /// The words that go into the text as they are.
    fn check(&self) -> Result<(), Error> {
        let bad = |what: &'static str, text: &str| Err(Error::BadSetting { what, text: text.to_owned() });
        let is_path = |path: &str| path.trim_start_matches("::").split("::").all(names::is_identifier);
        if let Some(path) = self.krate.as_deref().filter(|path| !is_path(path)) {
            return bad("crate path", path);
        }
        if let Some(path) = self.complex.as_deref().filter(|path| !is_path(path)) {
            return bad("type of complex numbers", path);
        }
        let visibility = self.visibility.as_str();
        let inside = visibility.strip_prefix("pub(").and_then(|rest| rest.strip_suffix(')'));
        let is_place = |place: &str| is_path(place.strip_prefix("in ").unwrap_or(place));
        if !matches!(visibility, "" | "pub") && !inside.is_some_and(is_place) {
            return bad("visibility", visibility);
        }
        let libs = self.lib.iter().chain(self.feature_libs.iter().map(|(_, lib)| lib));
        for lib in libs {
            match lib {
                Lib::Files(names) if names.is_empty() => return bad("list of libraries", ""),
                Lib::Files(names) => {
                    if let Some(name) = names.iter().find(|name| name.is_empty() || name.contains('\0')) {
                        return bad("name of a library", name);
                    }
                }
                Lib::Static => {}
            }
        }
        let widths = self.widths.iter().filter_map(|(_, width)| match width {
            IntegerWidth::Feature(feature) => Some(feature),
            _ => None,
        });
        let mut features = self.feature_libs.iter().map(|(feature, _)| feature).chain(widths);
        if let Some(feature) = features.find(|feature| feature.is_empty() || feature.contains(['"', '\\', '\n'])) {
            return bad("feature", feature);
        }
        match &self.regenerate {
            Some(command) if command.contains(['\n', '\r']) => bad("command", command),
            _ => Ok(()),
        }
    }
}
