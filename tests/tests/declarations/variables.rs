//! Variables among the declarations.

use std::fs;
use std::path::Path;
use std::process::Command;

use veo::Proc;
use veo_build::{Declarations, Error, Generated};

use crate::raw_variables as raw;
use crate::support::{DECLARED, assert_has, compile, compile_all, folder, left_out, of_library, without_words};

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kernels/declared/variables.h");
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/declarations/raw_variables.rs");

#[test]
#[ignore = "needs libclang"]
fn the_committed_file_is_what_the_header_gives() {
    let mut declarations = Declarations::from_header(HEADER);
    declarations.cargo_metadata(false).lib("libdeclared.so").variables();
    let (header, output) = ("tests/kernels/declared/variables.h", "tests/tests/declarations/raw_variables.rs");
    declarations
        .regenerate(format!("veo-declarations --header {header} --lib libdeclared.so --variables --output {output}"));
    let generated = declarations.check(COMMITTED).unwrap();
    assert_eq!(generated.variables().len(), 14);
    assert_eq!(generated.functions(), [""; 0]);
    assert_eq!(left_out(&generated), LEFT_OUT);
}

const LEFT_OUT: [&str; 3] = [
    "`shared_is_ready`: the variable is a `bool`, which has 1 byte on the host and 4 on a VE",
    "`shared_entry`: the variable is a `shared_padded`, which is no plain data, since there is padding between its members",
    "`shared_precise`: the variable is a `long double` or 128-bit integer, which fits no VE register",
];

/// The two readers have nothing in common.
#[test]
fn the_library_gives_the_same_variables_as_its_header() {
    let folder = folder("same_variables");
    fs::write(folder.join("rustfmt.toml"), include_str!("../../../rustfmt.toml")).unwrap();
    let mut declarations = of_library(Path::new(DECLARED));
    let generated = declarations.variables().allow("shared_*").allow("type").write(folder.join("raw.rs")).unwrap();
    let from_header = include_str!("raw_variables.rs");
    // The library knows more of a struct.
    let statics = |text: &str| {
        let text = without_words(text);
        text.lines().filter(|line| line.contains("static")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(statics(generated.text()), statics(from_header));
    assert_eq!(left_out(&generated).len(), LEFT_OUT.len(), "{:?}", generated.left_out());
    assert_has(generated.text(), "/// Defined in `variables.c`, line 6.\npub static mut shared_steps: i32;");
}

#[test]
fn without_being_asked_for_they_are_left_out() {
    let library = compile(&folder("unasked"), "unasked.c", "int count;\nint f(void) { return count; }\n", &["-g"]);
    let generated = of_library(&library).generate().unwrap();
    assert!(!generated.text().contains("count") && generated.left_out().is_empty(), "{}", generated.text());
    let generated = of_library(&library).variables().generate().unwrap();
    assert_eq!((generated.functions(), generated.variables()), (&["f".to_owned()][..], &["count".to_owned()][..]));
    assert_has(
        generated.text(),
        "// Declarations of the functions and variables in `libunasked.so`, made by veo-build",
    );
}

#[test]
fn names_of_variables_are_chosen_as_those_of_functions() {
    let text = "int lib_count;\nconst double lib_table[3] = {1};\nint lib_step(void) { return lib_count; }\n";
    let library = compile(&folder("chosen_variables"), "chosen.c", text, &["-g"]);
    let generated = of_library(&library).variables().strip_prefix("lib_").block("*_step").generate().unwrap();
    assert_has(generated.text(), "#[link_name = \"lib_count\"]\npub static mut count: i32;");
    assert_has(generated.text(), "#[link_name = \"lib_table\"]\npub static table: [f64; 3];");
    assert!(generated.functions().is_empty());
    let error = of_library(&library).variables().rename("lib_count", "lib_step").generate().unwrap_err();
    assert!(matches!(&error, Error::TwoOfOneName { name, .. } if name == "lib_step"), "{error}");
    let error = of_library(&library).variables().allow("lib_tabel").generate().unwrap_err();
    assert!(matches!(&error, Error::NoSuchName { name, .. } if name == "lib_tabel"), "{error}");
}

/// Another file may have a variable of that name for itself.
#[test]
fn variables_of_one_name_in_two_files() {
    let folder = folder("two_files");
    fs::write(folder.join("b.c"), "double table[4] = {1};\nextern const int only = 1;\n").unwrap();
    fs::write(
        folder.join("a.c"),
        "static int table = 1;\nstatic __thread long only;\nlong *f(void) { return table ? &only : 0; }\n",
    )
    .unwrap();
    for (sources, flags) in [(["a.c", "b.c"], &["-g"][..]), (["b.c", "a.c"], &["-g", "-O2", "-gdwarf-4"])] {
        let generated = of_library(&compile_all(&folder, &sources, flags)).variables().generate().unwrap();
        assert_has(generated.text(), "pub static mut table: [f64; 4];");
        assert_has(generated.text(), "pub static only: i32;");
        assert_eq!(generated.left_out(), []);
    }
    // What is exported has no description: that of the other one is not it.
    let status = Command::new("cc").current_dir(&folder).args(["-c", "-fPIC", "-g0", "b.c"]).status().unwrap();
    assert!(status.success());
    let generated = of_library(&compile_all(&folder, &["a.c", "b.o"], &["-g"])).variables().generate().unwrap();
    let reasons = ["`only`: it has no debug information", "`table`: it has no debug information"];
    assert_eq!((generated.variables(), left_out(&generated)), (&[][..], reasons.map(str::to_owned).to_vec()));
}

const THREAD_LOCAL: &str = "it is thread-local: kernels of other contexts than the main one use others than a getter gives; \
                            let the library have functions that get and set it";

#[test]
fn variables_of_threads_are_left_out() {
    let text = "_Thread_local int errors;\nint steps;\nint f(void) { return errors; }\n";
    let library = compile(&folder("threads"), "threads.c", text, &["-g"]);
    let generated = of_library(&library).variables().generate().unwrap();
    assert_eq!(generated.variables(), ["steps"]);
    assert_eq!(left_out(&generated), [format!("`errors`: {THREAD_LOCAL}")]);
}

#[test]
fn names_that_are_too_long_are_left_out() {
    let name = "x".repeat(256);
    let library = compile(&folder("long"), "long.c", &format!("int {name};\nint {};\n", &name[1..]), &["-g"]);
    let generated = of_library(&library).variables().generate().unwrap();
    assert_eq!(generated.variables(), [name[1..].to_owned()]);
    assert_eq!(left_out(&generated), [format!("`{name}`: its name has 256 bytes, of which VEO takes 255")]);
}

/// The declarations in a header of this text.
fn of_header(test: &str, name: &str, text: &str) -> Generated {
    let header = folder(test).join(name);
    fs::write(&header, text).unwrap();
    let mut declarations = Declarations::from_header(header);
    declarations.cargo_metadata(false).lib("libx.so").variables().generate().unwrap()
}

#[test]
#[ignore = "needs libclang"]
fn constants_under_other_names_in_headers() {
    let text = "#include <stdint.h>\ntypedef const double row[3]; typedef const int cint; typedef row rows[2]; typedef double pair[2];\n\
                typedef const double *reader;\n\
                extern const double two[2][3]; extern row r; extern rows rs; extern cint x; extern const pair p; extern cint y[2];\n\
                extern const int32_t plain; extern reader moves; extern const reader stays; extern pair free_one; extern cint *to;\n";
    let generated = of_header("constants", "constants.h", text);
    for constant in [
        "two: [[f64; 3]; 2]",
        "x: cint",
        "r: [f64; 3]",
        "rs: [[f64; 3]; 2]",
        "p: [f64; 2]",
        "y: [cint; 2]",
        "plain: i32",
    ] {
        assert_has(generated.text(), &format!("pub static {constant};"));
    }
    for of_other_type in ["pub static stays: ", "pub static mut moves: ", "pub static mut to: "] {
        assert_has(generated.text(), of_other_type);
    }
    assert_has(generated.text(), "pub static mut free_one: [f64; 2];");
    assert_eq!(generated.left_out(), []);
}

#[test]
#[ignore = "needs libclang"]
fn variables_that_no_library_has_in_headers() {
    let text = "static const double t[3] = {1};\nstatic int n;\nextern __thread int errors;\nextern int m;\n\
                extern int old __asm__(\"new_name\");\n";
    let generated = of_header("internal", "internal.h", text);
    assert_eq!(generated.variables(), ["m", "old"]);
    assert_has(generated.text(), "#[link_name = \"new_name\"]\npub static mut old: i32;");
    let internal =
        "it is `static` in the header: every file of source has one of its own, and the library exports none";
    let reasons = [format!("`t`: {internal}"), format!("`n`: {internal}"), format!("`errors`: {THREAD_LOCAL}")];
    assert_eq!(left_out(&generated), reasons);
}

#[test]
#[ignore = "needs libclang"]
fn variables_of_headers_of_cpp() {
    let text = "typedef const double row[3];\nnamespace a { extern row r; static int n; extern thread_local int t; }\n\
                struct Grid { static long cells; };\nextern \"C\" { extern row c; }\n";
    let generated = of_header("cpp_header", "grid.hpp", text);
    assert_has(generated.text(), "#[link_name = \"_ZN1a1rE\"]\npub static ");
    assert_has(generated.text(), "pub static c: [f64; 3];");
    let left_out = left_out(&generated).join("\n");
    assert!(left_out.contains("it is `static`") && left_out.contains("it is thread-local"), "{left_out}");
    // Of C++ by an argument, not by its name.
    let header = folder("cpp_argument").join("grid.h");
    fs::write(&header, "#include <cstdint>\ntypedef const std::int32_t cint;\nnamespace a { extern cint x[2]; }\n")
        .unwrap();
    let mut declarations = Declarations::from_header(header);
    declarations.cargo_metadata(false).lib("libx.so").variables().clang_arg("-xc++");
    assert_has(declarations.generate().unwrap().text(), "#[link_name = \"_ZN1a1xE\"]\npub static ");
}

#[test]
#[ignore = "needs g++"]
fn variables_of_cpp() {
    let text = "namespace a { int same = 1; } namespace b { int same = 2; double only[2]; }\n\
                struct Grid { static long cells; }; long Grid::cells = 1;\n\
                extern \"C\" { extern const float limit = 3; }\n";
    let library = compile(&folder("cpp_variables"), "variables.cpp", text, &["-g"]);
    let generated = of_library(&library).variables().generate().unwrap();
    assert_has(generated.text(), "#[link_name = \"_ZN1a4sameE\"]\npub static mut a_same: i32;");
    assert_has(generated.text(), "#[link_name = \"_ZN1b4sameE\"]\npub static mut b_same: i32;");
    assert_has(generated.text(), "#[link_name = \"_ZN1b4onlyE\"]\npub static mut only: [f64; 2];");
    assert_has(generated.text(), "#[link_name = \"_ZN4Grid5cellsE\"]\npub static mut cells: i64;");
    assert_has(generated.text(), "pub static limit: f32;");
}

#[test]
#[ignore = "needs gfortran"]
fn variables_of_fortran() {
    let text = "module grid\n  real(8) :: weights(3, 2) = 1\n  integer :: cells = 1\n  character(len=5) :: name = 'abcde'\n  \
                real(8), allocatable :: table(:)\nend module\n";
    let library = compile(&folder("fortran_variables"), "grid.f90", text, &["-g"]);
    let generated = of_library(&library).variables().generate().unwrap();
    assert_has(generated.text(), "#[link_name = \"__grid_MOD_weights\"]\npub static mut weights: [[f64; 3]; 2];");
    assert_has(generated.text(), "#[link_name = \"__grid_MOD_cells\"]\npub static mut cells: i32;");
    assert_has(generated.text(), "pub static mut name: [::core::ffi::c_char; 5];");
    let left_out = left_out(&generated).join("\n");
    assert!(left_out.contains("`table`: the variable is an array descriptor"), "{left_out}");
}

#[test]
fn the_variables_are_read() {
    let proc = Proc::create(0).unwrap();
    assert_eq!(raw::shared_steps(&proc).unwrap().get().unwrap(), 3);
    assert_eq!(raw::shared_weights(&proc).unwrap().elements().unwrap().slice(..2).to_vec().unwrap(), [0.5, 0.25]);
    assert_eq!(raw::shared_matrix(&proc).unwrap().get().unwrap(), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let raw::shared_point { x, y } = raw::shared_origin(&proc).unwrap().get().unwrap();
    assert_eq!((x, y), (1.0, 2.0));
    assert_eq!(raw::shared_colour(&proc).unwrap().get().unwrap(), raw::SHARED_GREEN);
    let row = raw::shared_row(&proc).unwrap().get().unwrap();
    assert_eq!(row, raw::shared_matrix(&proc).unwrap().as_ptr().cast().add(3));
    assert_eq!(raw::shared_factor(&proc).unwrap().get().unwrap(), [2.0, 0.0]);
    assert_eq!(raw::type_(&proc).unwrap().get().unwrap(), 8);
    assert!(!raw::shared_handle(&proc).unwrap().get().unwrap().is_null());
    let report = veo::verify::check();
    assert!(report.is_match(), "{report}");
}
