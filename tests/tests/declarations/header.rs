//! Declarations of headers.

use std::fs;

use veo_build::{Declarations, Error, IntegerWidth};

use crate::support::{assert_has, folder, left_out};

const HEADER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/kernels/declared/declared.h");
const COMMITTED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/declarations/raw.rs");

fn of_header(header: impl Into<std::path::PathBuf>) -> Declarations {
    let mut declarations = Declarations::from_header(header);
    declarations.cargo_metadata(false).lib("libdeclared.so");
    declarations
}

#[test]
#[ignore = "needs libclang"]
fn the_committed_file_is_what_the_header_gives() {
    let mut declarations = of_header(HEADER);
    let (header, output) = ("tests/kernels/declared/declared.h", "tests/tests/declarations/raw.rs");
    declarations.regenerate(format!("veo-declarations --header {header} --lib libdeclared.so --output {output}"));
    let generated = declarations.check(COMMITTED).unwrap();
    assert_eq!(generated.functions().first().map(String::as_str), Some("declared_axpy"));
    assert_eq!(generated.functions().len(), 18);
    assert_eq!(
        left_out(&generated),
        [
            "`declared_print`: it takes any number of arguments",
            "`declared_vprint`: parameter `list` is a `va_list`, which only its own machine understands",
            "`declared_bool`: parameter `a` is a `bool`, which has 1 byte on the host and 4 on a VE",
            "`declared_bools`: parameter `a` is a pointer to a `bool`, which has 1 byte on the host and 4 on a VE",
            "`declared_returns`: it returns `Point` by value: structs and unions go by pointer",
            "`declared_by_value`: parameter `p` is `Point` by value: structs and unions go by pointer",
            "`declared_complex_value`: parameter `z` is a complex number, which fits no VE register; libraries take them by pointer",
            "`declared_long`: parameter `x` is a pointer to a `long double` or 128-bit integer, which fits no VE register",
            "`declared_wide`: parameter `x` is a `long double` or 128-bit integer, which fits no VE register",
            "`declared_returns_function`: it returns a function",
            "`declared_functions`: parameter `list` is a pointer to a function pointer",
            "`declared_variadic_function`: parameter `f` is a function that takes any number of arguments",
            "`declared_table`: it is a variable, not a function",
        ]
    );
}

#[test]
#[ignore = "needs libclang"]
fn a_header_that_cannot_be_read() {
    let folder = folder("bad_header");
    let error = of_header(folder.join("missing.h")).generate().unwrap_err();
    assert!(matches!(&error, Error::Io { path, .. } if path.ends_with("missing.h")), "{error}");

    fs::write(folder.join("bad.h"), "int f(\n#include \"nowhere.h\"\n").unwrap();
    let error = of_header(folder.join("bad.h")).generate().unwrap_err();
    let shown = error.to_string();
    assert!(matches!(error, Error::Header { .. }), "{shown}");
    assert!(shown.contains("bad.h:2:10") && shown.contains("'nowhere.h' file not found"), "{shown}");

    fs::write(folder.join("empty.h"), "extern int x;\n").unwrap();
    let error = of_header(folder.join("empty.h")).generate().unwrap_err();
    assert_eq!(
        error.to_string(),
        "there is nothing to declare in `empty.h`; left out is:\n  `x`: it is a variable, not a function"
    );
}

#[test]
#[ignore = "needs libclang"]
fn a_header_does_not_say_in_which_library_its_functions_are() {
    let error = Declarations::from_header(HEADER).generate().unwrap_err();
    let advice = "in which library are the functions of `declared.h`? Say `Declarations::lib(\"libx.so\")`";
    assert_eq!(error.to_string(), advice);
}

#[test]
#[ignore = "needs libclang"]
fn several_headers_folders_and_macros() {
    let folder = folder("several headers (with (odd) names)");
    fs::create_dir_all(folder.join("inc/sub")).unwrap();
    fs::write(folder.join("a.h"), "#include <sub/b.h>\n#include <sub/c.h>\n#ifdef MORE\nINT a(INT x);\n#endif\n")
        .unwrap();
    fs::write(folder.join("inc/sub/b.h"), "#define INT long\nvoid b(void);\n").unwrap();
    fs::write(folder.join("inc/sub/c.h"), "void c(void);\n").unwrap();
    let mut declarations = of_header(folder.join("a.h"));
    declarations.include(folder.join("inc")).define("MORE", None);
    assert_eq!(declarations.generate().unwrap().functions(), ["a"]);
    declarations.header(folder.join("inc/sub/c.h"));
    let generated = declarations.generate().unwrap();
    assert_eq!(generated.functions(), ["c", "a"]);
    assert_has(generated.text(), "pub fn a(x: i64) -> i64;");
    assert!(generated.text().starts_with("// Declarations of the functions in `a.h`, `c.h`, made by"));
}

#[test]
#[ignore = "needs libclang"]
fn a_blas_with_two_widths() {
    let folder = folder("widths");
    let header = folder.join("blas.h");
    let text = "#include <stdint.h>\n#ifdef WIDE\ntypedef int64_t blasint;\n#else\ntypedef int32_t blasint;\n#endif\n\
                typedef unsigned flags_t;\ntypedef blasint lapack_int;\nstruct pair { blasint n; int m; };\n\
                struct same { blasint n, m; };\n\
                blasint dscal(const blasint n, lapack_int *k, flags_t f, struct pair *p, const struct same *s);\n";
    fs::write(&header, text).unwrap();
    let prototype =
        "pub fn dscal(n: blasint, k: *mut lapack_int, f: flags_t, p: *mut pair, s: *const same) -> blasint;";
    for define in ["NARROW", "WIDE"] {
        let mut declarations = of_header(&header);
        declarations.define(define, None).integer_width("blasint", IntegerWidth::Feature("ilp64".into()));
        let generated = declarations.integer_width("flags_t", IntegerWidth::Bits64).generate().unwrap();
        let text = generated.text();
        assert_has(text, prototype);
        assert_has(text, "pub type flags_t = u64;");
        assert_has(text, "pub type lapack_int = blasint;");
        let feature =
            "/// An integer of the library: 64 bits with feature `ilp64`, else 32.\n#[cfg(feature = \"ilp64\")]\n";
        assert_has(
            text,
            &format!(
                "{feature}#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]\npub type blasint = i64;"
            ),
        );
        assert_has(text, "pub type blasint = i32;");
        // With 64 bits there is padding behind its second member.
        assert_has(text, "pub struct pair {\n_opaque: [u8; 0],\n}");
        assert_has(text, "pub n: blasint,");
    }
    let error = of_header(&header).integer_width("blas_int", IntegerWidth::Bits64).generate().unwrap_err();
    assert!(
        error.to_string().starts_with("there is no `typedef` of an integer type `blas_int` in `blas.h`"),
        "{error}"
    );
}
