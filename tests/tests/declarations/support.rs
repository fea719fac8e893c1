//! Libraries that are compiled for a test, and what is expected of their declarations.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use veo_build::Declarations;

/// The library that `raw.rs` declares.
pub(crate) const DECLARED: &str = concat!(env!("VEO_KERNEL_DIR"), "/libdeclared.so");

/// An empty folder for one test.
pub(crate) fn folder(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("declarations").join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Compiles a source to a library beside it.
pub(crate) fn compile(folder: &Path, source: &str, text: &str, flags: &[&str]) -> PathBuf {
    fs::write(folder.join(source), text).unwrap();
    compile_all(folder, &[source], flags)
}

/// Compiles sources, of the language that the first one is in, to one library.
pub(crate) fn compile_all(folder: &Path, sources: &[&str], flags: &[&str]) -> PathBuf {
    let (name, extension) = sources[0].rsplit_once('.').unwrap();
    let compiler = match extension {
        "cpp" => "g++",
        "f90" => "gfortran",
        _ => "cc",
    };
    let library = format!("lib{name}.so");
    let mut command = Command::new(compiler);
    command.current_dir(folder).args(["-shared", "-fPIC", "-w", "-o", &library]).args(sources).args(flags);
    assert!(command.status().unwrap().success(), "the compiler's words are above");
    folder.join(library)
}

pub(crate) fn of_library(library: &Path) -> Declarations {
    let mut declarations = Declarations::from_library(library);
    declarations.cargo_metadata(false);
    declarations
}

/// The declarations without words: comments, docs and blank lines.
pub(crate) fn without_words(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//") && !line.is_empty());
    lines.map(|line| format!("{line}\n")).collect()
}

/// The text has these lines, however they are broken and indented.
#[track_caller]
pub(crate) fn assert_has(text: &str, lines: &str) {
    let unfolded = |text: &str| {
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").replace("( ", "(").replace(", )", ")").replace("< ", "<").replace(", >", ">")
    };
    assert!(unfolded(text).contains(&unfolded(lines)), "missing:\n{lines}\nin:\n{text}");
}

/// What was left out, a line each.
pub(crate) fn left_out(generated: &veo_build::Generated) -> Vec<String> {
    generated.left_out().iter().map(ToString::to_string).collect()
}
