//! Declarations of libraries, from their debug information.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use veo_build::Error;

use crate::support::{DECLARED, assert_has, compile, compile_all, folder, left_out, of_library, without_words};

/// `raw.rs` was made of the header. The two readers have nothing in common.
#[test]
fn the_library_gives_the_same_types_as_its_header() {
    let folder = folder("same");
    fs::write(folder.join("rustfmt.toml"), include_str!("../../../rustfmt.toml")).unwrap();
    let mut declarations = of_library(Path::new(DECLARED));
    let generated = declarations.block("nested_function").write(folder.join("raw.rs")).unwrap();
    let from_header = include_str!("raw.rs");
    assert_eq!(without_words(generated.text()), without_words(from_header));
    for left_out in left_out(&generated) {
        assert!(from_header.contains(&format!("// - {left_out}\n")), "{left_out}");
    }
}

#[test]
fn docs_say_where_a_function_is() {
    let generated = of_library(Path::new(DECLARED)).generate().unwrap();
    let line =
        include_str!("../../kernels/declared/declared.c").lines().position(|line| line.contains("declared_dot("));
    assert_has(
        generated.text(),
        &format!("/// Defined in `declared.c`, line {}.\npub fn declared_dot(", line.unwrap() + 1),
    );
}

#[test]
fn the_folder_does_not_matter() {
    let text = "struct p { double x; };\nint f(struct p *p, int n) { return n; }\n";
    let texts = ["here", "over there"].map(|place| {
        let library = compile(&folder(place), "same.c", text, &["-g"]);
        of_library(&library).generate().unwrap().text().to_owned()
    });
    assert_eq!(texts[0], texts[1]);
}

#[test]
fn libraries_without_what_is_needed() {
    let folder = folder("without");
    let message = |error: Error| error.to_string();
    let missing = message(of_library(&folder.join("libmissing.so")).generate().unwrap_err());
    assert!(missing.starts_with("cannot read `") && missing.contains("libmissing.so`: No such file"), "{missing}");

    fs::write(folder.join("text.so"), "no library").unwrap();
    let text = message(of_library(&folder.join("text.so")).generate().unwrap_err());
    assert!(text.starts_with("cannot read library `") && text.contains("it should be a 64-bit ELF file"), "{text}");

    let source = "int f(int x) { return x; }\n";
    let library = compile(&folder, "stripped.c", source, &["-g", "-s"]);
    let stripped = message(of_library(&library).generate().unwrap_err());
    let advice =
        "has no debug information: compile it with -g and do not strip it, or make the declarations from its header";
    assert!(stripped.contains("libstripped.so` ") && stripped.ends_with(advice), "{stripped}");

    let error = of_library(&compile(&folder, "lines.c", "void f(int x) {}\n", &["-g1"])).generate().unwrap_err();
    assert_eq!(
        message(error),
        "there is nothing to declare in `liblines.so`; left out is:\n  `f`: its debug information has no types; compile it with -g"
    );
    let error = of_library(&compile(&folder, "hidden.c", "static int f(void) { return 1; }\nint x;\nint *y(void) __attribute__((visibility(\"hidden\")));\nint *y(void) { x = f(); return &x; }\n", &["-g"])).generate();
    assert!(message(error.unwrap_err()).contains("has no debug information of a function that it exports"));
}

/// Another file may have a function of that name for itself.
#[test]
fn functions_of_one_name_in_two_files() {
    let folder = folder("namesakes");
    fs::write(
        folder.join("own.c"),
        "static double f(double x) { return x; }\ndouble (*g(void))(double) { return f; }\n",
    )
    .unwrap();
    fs::write(folder.join("other.c"), "int f(int x) { return x; }\n").unwrap();
    for flags in [&["-g"][..], &["-g", "-O2", "-flto"]] {
        for sources in [["own.c", "other.c"], ["other.c", "own.c"]] {
            let generated = of_library(&compile_all(&folder, &sources, flags)).allow("f").generate().unwrap();
            assert_has(generated.text(), "pub fn f(x: i32) -> i32;");
            assert_eq!((generated.functions(), generated.left_out()), (&["f".to_owned()][..], &[][..]));
        }
    }
}

#[test]
fn units_that_know_more_and_less() {
    let folder = folder("units");
    fs::write(
        folder.join("units.c"),
        "struct known;\nstruct two { int a; };\nstruct known *a(struct known *k, struct two *t) { return k; }\n",
    )
    .unwrap();
    fs::write(
        folder.join("second.c"),
        "struct known { int a; };\nstruct two { double b; };\nvoid b(struct known *k, struct two *t) {}\n",
    )
    .unwrap();
    fs::write(folder.join("bare.c"), "void bare(int x) {}\n").unwrap();
    assert!(Command::new("cc").current_dir(&folder).args(["-c", "-fPIC", "-g0", "bare.c"]).status().unwrap().success());
    let library = compile_all(&folder, &["units.c", "second.c", "bare.o"], &["-g"]);
    let generated = of_library(&library).generate().unwrap();
    assert_has(generated.text(), "pub fn a(k: *mut known, t: *mut two) -> *mut known;");
    assert_has(generated.text(), "pub fn b(k: *mut known, t: *mut two_2);");
    assert_has(generated.text(), "pub struct known {\n/// Member `a`.\npub a: i32,\n}");
    assert_has(generated.text(), "pub struct two_2 {\n/// Member `b`.\npub b: f64,\n}");
    assert_eq!(left_out(&generated), ["`bare`: it has no debug information"]);
}

#[test]
fn what_a_compiler_and_a_linker_make_of_debug_information() {
    let text = "#include <stdint.h>\nstatic inline int twice(int x) { return 2 * x; }\n\
                __attribute__((noinline)) int f(const int *p, int unused, int64_t n) { return twice(*p); }\n\
                int g(int x) { return f(&x, 1, 2); }\n";
    let folder = folder("forms");
    let plain =
        without_words(of_library(&compile(&folder, "plain.c", text, &["-g"])).lib("x").generate().unwrap().text());
    assert!(plain.contains("fn f(p: *const i32, unused: i32, n: i64) -> i32;"), "{plain}");
    let forms: [&[&str]; 8] = [
        &["-g", "-O0"],
        &["-g", "-O3", "-flto"],
        &["-gdwarf-2", "-gstrict-dwarf"],
        &["-gdwarf-3"],
        &["-gdwarf-4", "-O2"],
        &["-gdwarf-4", "-fdebug-types-section"],
        &["-g3", "-gz"],
        &["-gdwarf-5", "-O2", "-ffunction-sections"],
    ];
    for flags in forms {
        let library = compile(&folder, "plain.c", text, flags);
        assert_eq!(without_words(of_library(&library).lib("x").generate().unwrap().text()), plain, "{flags:?}");
    }
}

#[test]
fn more_than_veo_takes() {
    let parameters = |count: usize| (0..count).map(|index| format!("int p{index}")).collect::<Vec<_>>().join(", ");
    let long = "n".repeat(256);
    let text = format!(
        "void most({}) {{}}\nvoid more({}) {{}}\nvoid {long}(void) {{}}\nvoid takes(void (*f)({})) {{}}\n",
        parameters(256),
        parameters(257),
        parameters(17)
    );
    let generated = of_library(&compile(&folder("more"), "more.c", &text, &["-g"])).generate().unwrap();
    assert_eq!(generated.functions(), ["most"]);
    assert_eq!(
        left_out(&generated),
        [
            "`more`: it takes 257 arguments, of which VEO passes 256".to_owned(),
            format!("`{long}`: its name has 256 bytes, of which VEO takes 255"),
            "`takes`: parameter `f` is a function of 17 arguments, of which there may be 16".to_owned(),
        ]
    );
}

/// The machine is a number in the head of the file.
#[test]
fn libraries_for_the_vector_engine() {
    let folder = folder("ve");
    let mut bytes = fs::read(DECLARED).unwrap();
    bytes[18..20].copy_from_slice(&251_u16.to_le_bytes());
    let library = folder.join("libdeclared.so");
    fs::write(&library, bytes).unwrap();
    let (ours, theirs) =
        (of_library(Path::new(DECLARED)).generate().unwrap(), of_library(&library).generate().unwrap());
    assert_eq!(ours.text(), theirs.text());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Nothing that is in a file makes the reader panic or hang.
    #[test]
    fn damaged_libraries(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..40)) {
        let mut bytes = fs::read(DECLARED).unwrap();
        let start = bytes.len() / 3; // Debug information is behind code and data.
        for (place, byte) in changes {
            let place = start + place.index(bytes.len() - start);
            bytes[place] = byte;
        }
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("libdamaged.so");
        fs::write(&library, bytes).unwrap();
        if let Ok(generated) = of_library(&library).generate() {
            prop_assert!(!generated.functions().is_empty());
        }
    }
}
