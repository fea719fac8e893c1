//! Declarations, compared with what was compiled.
//!
//! A stub passes what its declaration says. If the function in the library takes something else, it gets garbage: nothing in C's
//! calling convention notices. But a library that was compiled with `-g` has its types in its debug information, and the
//! file is on the host, for VE code, too. So declarations can be proved right.
//!
//! In debug builds every new process does that, and prints what differs to the log, or, where nobody listens to the log, to
//! standard error. [`ProcBuilder::verify`](crate::ProcBuilder::verify) sets it. A crate of bindings proves its declarations in
//! a test: [`assert_declarations_match!`](crate::assert_declarations_match).
//!
//! ```text
//! `axpy` is not what kernels/libaxpy.so has:
//!   declared: fn axpy(n: i32, a: f64, x: *const f64, y: *const f64)
//!             at src/main.rs:5
//!   compiled: void axpy(size_t n, double a, const double *x, double *y)
//!             at axpy.c:3
//!   - argument 1, `n`: declared `i32`, 4 bytes, but in C it is `size_t` (`unsigned long`), 8 bytes
//!   - argument 4, `y`: declared `*const f64`, memory that is only read, but in C it is `double *`, which may be written
//!   write:    fn axpy(n: usize, a: f64, x: *const f64, y: *mut f64);
//! ```
//!
//! # What is compared
//!
//! Of a variable, its size, and what is in it; that one which is `const` in C is not declared `static mut`, and one of which each
//! thread has its own not at all. Of a function, the
//! number of arguments; of each one, and of the result, whether it is an integer, a floating-point number or a pointer; its
//! size and sign; what a pointer points to, at every depth; that memory which a kernel may write is not declared as only
//! read; the size, the alignment and the fields of structs. That the library is for the machine that the engine runs. In C, C++,
//! Fortran and Rust, as gcc, clang and rustc describe them.
//!
//! # What is not seen
//!
//! - Without debug information (`strip`, no `-g`, `-g1`) only that the symbol is there. The [`Report`] says so, also where debug
//!   information is in files that are not read (`-gsplit-dwarf`, `dwz -m`) or missing (`.gnu_debuglink`).
//! - What is in a Rust struct comes from the debug information of this very program. Without it, in release builds, the size and the
//!   alignment of a struct are compared, but not its fields. Names of fields are never compared.
//! - Unions and bit-fields count by their size. Pointers inside structs count as pointers, wherever they point.
//! - `T` stands for any number of `T`s: a pointer to a struct of nothing but `double`s matches `*const f64`, and a pointer to
//!   an array one to its element. `c_void` matches everything.
//! - A Rust struct of no bytes, such as `struct Handle { _opaque: [u8; 0] }`, matches every struct and union: it says that only the
//!   address is known.
//! - An `enum` of C matches integers of its size, whatever the sign; so do `char`, `_Bool` and `LOGICAL`.
//! - Lengths of arrays that functions take, and arguments behind a C prototype's `...`. A variable is all that it is: its length counts.
//! - gfortran does not say what is `intent(in)`: a `*const T` there is taken on trust.
//!
//! # Example
//!
//! ```standalone_crate
//! # mod kernels {
//! #     #[veo::ve_kernel]
//! #     pub unsafe extern "C" fn norm(n: i32, x: *const f32) -> f32 { unsafe { *x.add(n as usize - 1) } }
//! # }
//! use veo::ve_offload;
//!
//! #[ve_offload(lib = static)]
//! extern "C" {
//!     fn norm(n: i64, x: *const f32) -> f32; // i32 in the kernel
//! }
//!
//! let report = veo::verify::check();
//! assert_eq!(report.mismatches.len(), 1);
//! println!("{report}");
//! # assert!(report.to_string().contains("argument 1, `n`"), "{report}");
//! ```

mod advice;
mod compare;
mod declared;
mod file;
mod layout;
mod library;
mod missing;
mod model;
mod own;
mod prototype;
mod read;
mod report;
mod statics;
mod variable;

use std::collections::BTreeMap;
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use object::elf;

#[doc(hidden)]
pub use self::declared::{Param, Type};
pub use self::prototype::Prototype;
pub use self::report::{Aspect, Difference, Mismatch, Report, Unchecked};

pub(crate) use self::declared::Form;

use self::library::{Library, Outcome};
use self::statics::Depth;
use crate::declaration::{Declaration, LibrarySpec};
use crate::engine::Engine;
use crate::error::{Error, Result};
use crate::lock::lock;
use crate::registry;
use crate::search;

// What is here, from the file to the words:
//
//   file      sections and symbols           declared  Rust's types            compare   what differs
//   read      debug information → model      own       the fields of structs   layout    the same, behind pointers
//   model     functions and types            statics   kernels of this program advice    what to write
//   library   what a file has for a symbol   missing   why it has none         variable  variables
//   report    all of it as text                prototype  what is compared

/// NEC's number for the Vector Engine in ELF files.
const EM_VE: u16 = 251;

/// What a new process does about declarations that do not match. See [`ProcBuilder::verify`](crate::ProcBuilder::verify).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verify {
    /// Nothing is compared.
    Off,
    /// What does not match is told, once.
    Warn,
    /// The process is not created if something does not match. What cannot be compared is no reason.
    Deny,
}

/// Compares every declaration of this program with its library, without a VE process: libraries are looked for as a new
/// process does it, but not loaded.
///
/// A library that is not found is in [`Report::unchecked`]; one that only the VE process's loader would find, too.
pub fn check() -> Report {
    check_those(|_| true)
}

/// Compares prototypes with a library's file.
pub fn compare(library: &Path, prototypes: &[Prototype]) -> Report {
    let report = in_file(library, prototypes, None);
    own::forget();
    report
}

/// The expansion of [`assert_declarations_match!`](crate::assert_declarations_match).
#[doc(hidden)]
#[track_caller]
pub fn assert_matching(of_crate: Option<&str>) {
    let is_of = |declaration: &Declaration| {
        of_crate.is_none_or(|name| declaration.site().module.split("::").next() == Some(name))
    };
    let report = check_those(is_of);
    let of = of_crate.map(|name| format!(" of crate `{name}`")).unwrap_or_default();
    assert!(
        report.declarations > 0,
        "no declaration{of} is in this program: the linker drops crates of which nothing is used; write `use {} as _;`",
        of_crate.unwrap_or("my_kernels")
    );
    let found = report.unchecked.iter().all(|unchecked| unchecked.names_are_there);
    assert!(report.is_match() && found, "{report}");
    if !report.unchecked.is_empty() {
        println!("{report}");
    }
}

/// Asserts, in a test, that all declarations of the program match their libraries, or, with a crate's name, all of
/// that crate's.
///
/// A library that is not found, and a symbol that is not in its library, fail the test; one without debug information does not,
/// but is told. Libraries are looked for as usual: set `VEO_LIBRARY_PATH` where they are elsewhere.
///
/// ```standalone_crate
/// # mod kernels { #[veo::ve_kernel] pub extern "C" fn half(x: f64) -> f64 { x / 2.0 } }
/// # #[veo::ve_offload(lib = static)] fn half(x: f64) -> f64;
/// // in the tests of a crate of bindings
/// fn declarations_are_right() {
///     veo::assert_declarations_match!();
/// }
/// # declarations_are_right();
/// ```
///
/// # Panics
/// When they do not match. The message names each difference, both places in the source, and what to write.
#[macro_export]
macro_rules! assert_declarations_match {
    () => {
        $crate::verify::assert_matching(::core::option::Option::None)
    };
    ($of_crate:ident) => {
        $crate::verify::assert_matching(::core::option::Option::Some(::core::stringify!($of_crate)))
    };
}

// ---- for one library after the other -----------------------------------------------------------------------------------

fn check_those(is_wanted: impl Fn(&Declaration) -> bool) -> Report {
    let on_host = !matches!(Engine::choose(), Ok(Engine::Libveo | Engine::Path(_))) || !veo_sys::card_present();
    let mut report = Report::default();
    for (spec, declarations) in by_library(is_wanted) {
        let prototypes: Vec<_> = declarations.into_iter().map(Prototype::of).collect();
        let path = match spec {
            LibrarySpec::Static => None,
            LibrarySpec::Files { names, dir } => Some(search::find(names, dir, on_host)),
        };
        report.add(match path {
            None => statics::compare(&prototypes, None, Depth::Types),
            Some(Some(path)) => in_file(&path, &prototypes, Some(on_host)),
            Some(None) => {
                not_compared(&spec.to_string(), &prototypes, "it is not found; set VEO_LIBRARY_PATH to its folder")
            }
        });
    }
    own::forget();
    report
}

fn by_library(is_wanted: impl Fn(&Declaration) -> bool) -> BTreeMap<LibrarySpec, Vec<&'static Declaration>> {
    let mut libraries: BTreeMap<LibrarySpec, Vec<_>> = BTreeMap::new();
    for &declaration in registry::all() {
        if is_wanted(declaration) {
            libraries.entry(declaration.library()).or_default().push(declaration);
        }
    }
    libraries
}

fn not_compared(library: &str, prototypes: &[Prototype], reason: &str) -> Report {
    let mut report = Report { declarations: prototypes.len(), ..Report::default() };
    for prototype in prototypes {
        report.note(library, &prototype.symbol, reason, false);
    }
    report
}

/// `on_host`: which machine the library must be for, if that is known.
fn in_file(path: &Path, prototypes: &[Prototype], on_host: Option<bool>) -> Report {
    let name = path.display().to_string();
    let symbols: Vec<_> = prototypes.iter().map(|prototype| (prototype.symbol.as_str(), prototype.sort())).collect();
    let library = match Library::look_up(path, &symbols) {
        Ok(library) => library,
        Err(reason) => return not_compared(&name, prototypes, &reason),
    };
    let mut report = Report { declarations: prototypes.len(), ..Report::default() };
    if let Some(text) = wrong_machine(library.machine, on_host) {
        let symbol = prototypes.first().map(|prototype| prototype.symbol.as_str()).unwrap_or_default();
        let mut mismatch =
            prototypes.first().map_or_else(|| Mismatch::new(symbol, symbol, &name), |first| first.mismatch(&name));
        mismatch.differences.push(Difference { aspect: Aspect::Machine, text });
        report.mismatches.push(mismatch);
        return report;
    }
    for prototype in prototypes {
        if let Some(outcome) = library.outcome(&prototype.symbol, prototype.sort()) {
            judge(prototype, outcome, &name, &mut report);
        }
    }
    report
}

fn wrong_machine(machine: u16, on_host: Option<bool>) -> Option<String> {
    let is = match machine {
        EM_VE => "for the Vector Engine".to_owned(),
        machine if machine == elf::EM_X86_64.0 => "for an x86-64 host".to_owned(),
        machine => format!("for ELF machine {machine}"),
    };
    let (right, must) = match on_host {
        Some(true) => {
            (machine == elf::EM_X86_64.0, "this engine runs libraries for an x86-64 host: compile it with cc")
        }
        Some(false) => {
            (machine == EM_VE, "this engine runs libraries for the Vector Engine: compile it with ncc or nfort")
        }
        None => {
            (machine == EM_VE || machine == elf::EM_X86_64.0, "expected one for the Vector Engine or an x86-64 host")
        }
    };
    (!right).then(|| format!("the library is {is}, but {must}"))
}

fn judge(prototype: &Prototype, outcome: &Outcome, library: &str, report: &mut Report) {
    let mut mismatch = prototype.mismatch(library);
    match outcome {
        Outcome::NoTypes(reason) => return report.note(library, &prototype.symbol, reason, true),
        Outcome::Missing(missing) => {
            mismatch.compiled.clone_from(&missing.compiled);
            mismatch.compiled_at.clone_from(&missing.compiled_at);
            mismatch.differences.push(Difference { aspect: Aspect::Symbol, text: missing.text.clone() });
            mismatch.advice.clone_from(&missing.advice);
        }
        Outcome::Function(function) => {
            report.compared += 1;
            let parts = function.params.iter().map(|param| (param.name.as_str(), &param.ty));
            for (name, ty) in parts.chain([("its result", &function.ret)]) {
                if let Some(reason) = ty.unknown() {
                    report.note(library, &prototype.symbol, &format!("{name}: {reason}"), true);
                }
            }
            mismatch.differences = compare::compare(prototype, function);
            if mismatch.differences.is_empty() {
                return;
            }
            mismatch.compiled = Some(function.prototype());
            mismatch.compiled_at.clone_from(&function.place);
            mismatch.advice = advice::right(prototype, function);
        }
        Outcome::Variable(found) => {
            let Some(declared) = &prototype.variable else { return };
            report.compared += 1;
            if let Some(reason) = found.ty.unknown() {
                report.note(library, &prototype.symbol, reason, true);
            }
            mismatch.differences.extend(variable::compare(declared, found));
            if mismatch.differences.is_empty() {
                return;
            }
            mismatch.compiled = Some(found.shown());
            mismatch.compiled_at.clone_from(&found.place);
            mismatch.advice = variable::right(&prototype.rust_name, declared, found);
        }
        Outcome::ThreadLocal(found) => {
            mismatch.differences.push(variable::of_thread(&prototype.symbol));
            mismatch.compiled = found.as_ref().map(|found| found.shown());
            mismatch.compiled_at = found.as_ref().and_then(|found| found.place.clone());
            mismatch.advice = Some(variable::instead(&prototype.symbol));
            report.compared += usize::from(found.is_some());
        }
    }
    report.mismatches.push(mismatch);
}

// ---- in a new process ------------------------------------------------------------------------------------------------

/// Compares all declarations with the libraries that a new process has loaded for them. `policy`: as the program has set it.
pub(crate) fn at_creation(
    policy: Option<Verify>,
    loaded: impl FnOnce() -> Vec<(LibrarySpec, PathBuf)>,
    worker: Option<&Path>,
    on_host: bool,
) -> Result<()> {
    let by_program = policy.is_some();
    let default = if cfg!(debug_assertions) { Verify::Warn } else { Verify::Off };
    let policy = policy.unwrap_or(default);
    if policy == Verify::Off {
        return Ok(());
    }
    // By default nobody shall have to wait.
    let depth = if by_program { Depth::Types } else { Depth::Classes };
    let prototype = |declaration| {
        let prototype = Prototype::of(declaration);
        if by_program { prototype } else { prototype.closed() }
    };
    let mut report = Report::default();
    let mut libraries = by_library(|_| true);
    if let (true, Some(declarations)) = (on_host, libraries.remove(&LibrarySpec::Static)) {
        let prototypes: Vec<_> = declarations.into_iter().map(prototype).collect();
        report.add(statics::compare(&prototypes, worker, depth));
    }
    for (spec, path) in loaded() {
        let prototypes: Vec<_> = libraries.remove(&spec).into_iter().flatten().map(prototype).collect();
        // What the VE process's loader has found by a bare name can be anywhere.
        report.add(match path.components().count() {
            0 | 1 => {
                not_compared(&spec.to_string(), &prototypes, "only the VE process's loader knows which file it is")
            }
            _ => in_file(&path, &prototypes, Some(on_host)),
        });
    }
    own::forget();
    let report = report.without_missing();
    for unchecked in &report.unchecked {
        if by_program {
            tracing::info!(target: "veo::verify", "{unchecked}");
        } else {
            tracing::debug!(target: "veo::verify", "{unchecked}");
        }
    }
    if policy == Verify::Deny && !report.is_match() {
        return Err(Error::Declarations(report));
    }
    report.mismatches.iter().for_each(tell);
    Ok(())
}

/// Tells of a mismatch, once: to the log, or to standard error, if nobody has set up a log.
fn tell(mismatch: &Mismatch) {
    static TOLD: Mutex<Option<HashSet<String>>> = Mutex::new(None);
    let text = mismatch.to_string();
    if !lock(&TOLD).get_or_insert_default().insert(text.clone()) {
        return;
    }
    let nobody_listens = tracing::dispatcher::get_default(|log| log.is::<tracing::subscriber::NoSubscriber>());
    if nobody_listens {
        eprintln!("warning: {text}\n");
    } else {
        tracing::warn!(target: "veo::verify", "{text}");
    }
}
