//! What the caller chooses.

use std::fs;
use std::path::Path;
use std::process::Command;

use veo_build::{Declarations, Error, IntegerWidth, Lib};

use crate::support::{DECLARED, assert_has, folder, of_library};

fn declared() -> Declarations {
    of_library(Path::new(DECLARED))
}

fn text(declarations: &Declarations) -> String {
    declarations.generate().unwrap().text().to_owned()
}

#[test]
fn patterns() {
    let functions = |change: &dyn Fn(&mut Declarations) -> &mut Declarations| {
        let mut declarations = declared();
        change(&mut declarations);
        declarations.generate().unwrap().functions().to_owned()
    };
    assert_eq!(functions(&|d| d.allow("*_dot").allow("declared_axpy")), ["declared_axpy", "declared_dot"]);
    assert_eq!(functions(&|d| d.allow("*_op*").block("*_opaque")), ["declared_open"]);
    // By symbol as by name.
    assert_eq!(functions(&|d| d.allow("declared_other_*")), ["declared_renamed"]);
    let all = functions(&|d| d);
    assert_eq!(functions(&|d| d.block("match").block("nested*")).len(), all.len() - 2);

    for wrong in ["declared_.*", "Declared_*", ""] {
        for declarations in [declared().allow(wrong), declared().block(wrong), declared().rename(wrong, "x")] {
            let error = declarations.generate().unwrap_err();
            let expected =
                format!("there is no function `{wrong}` in `libdeclared.so` (in a pattern, `*` stands for any text)");
            assert_eq!(error.to_string(), expected);
        }
    }
    // Those that were not wanted are not listed.
    let generated = declared().allow("*_bool").allow("*_dot").generate().unwrap();
    assert_eq!(generated.left_out().iter().map(veo_build::LeftOut::name).collect::<Vec<_>>(), ["declared_bool"]);
    let error = declared().allow("*_bool").generate().unwrap_err();
    assert!(matches!(&error, Error::NothingToDeclare { left_out, .. } if left_out.len() == 1), "{error}");
}

#[test]
fn names() {
    let mut declarations = declared();
    declarations.strip_prefix("declared_").rename("match", "fits").rename("declared_other_symbol", "negative");
    let text = text(&declarations);
    assert_has(&text, "#[link_name = \"declared_axpy\"]\npub fn axpy(");
    assert_has(&text, "#[link_name = \"match\"]\npub fn fits(");
    assert_has(&text, "#[link_name = \"declared_other_symbol\"]\npub fn negative(");
    assert_has(&text, "pub fn nested_function(");

    for (to, expected) in [
        (
            "a-b",
            "function `declared_dot` cannot be called `a-b` in Rust: give it another name with `Declarations::rename`",
        ),
        (
            "type",
            "function `declared_dot` cannot be called `type` in Rust: give it another name with `Declarations::rename`",
        ),
        (
            "declared_axpy",
            "`declared_axpy` and another function would both be called `declared_axpy`: see `Declarations::rename`",
        ),
    ] {
        let error = declared().rename("declared_dot", to).generate().unwrap_err();
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn keys_of_the_attribute() {
    let attribute = |declarations: &Declarations| {
        let text = text(declarations);
        text.lines().filter(|line| line.contains("ve_offload")).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(attribute(&declared()), "#[veo::ve_offload(lib = \"libdeclared.so\")]");
    assert_eq!(
        attribute(declared().lib(["a.so", "b.so"]).required()),
        "#[veo::ve_offload(lib = [\"a.so\", \"b.so\"], required)]"
    );
    assert_eq!(
        attribute(declared().lib(Lib::Static).lazy().crate_path("::other::veo")),
        "#[::other::veo::ve_offload(lib = static, lazy, crate = ::other::veo)]"
    );
    assert_eq!(
        attribute(declared().lib("a.so").lib_for_feature("static", Lib::Static).lib_for_feature("ilp64", "a_i64.so")),
        "#[cfg_attr(feature = \"static\", veo::ve_offload(lib = static))]\n\
         #[cfg_attr(all(feature = \"ilp64\", not(feature = \"static\")), veo::ve_offload(lib = [\"a_i64.so\"]))]\n\
         #[cfg_attr(not(any(feature = \"static\", feature = \"ilp64\")), veo::ve_offload(lib = [\"a.so\"]))]"
    );
}

#[test]
fn visibility() {
    let crate_only = text(declared().visibility("pub(crate)"));
    assert_has(&crate_only, "pub(crate) fn declared_nothing() -> i32;");
    assert_has(&crate_only, "pub(crate) type sign = i32;");
    assert_has(&crate_only, "pub(crate) struct Point {\n/// Member `x`.\npub(crate) x: f64,");
    assert!(!crate_only.contains("pub fn") && !crate_only.contains("pub type"), "{crate_only}");
    assert_has(&text(declared().visibility("")), "\nfn declared_nothing() -> i32;");
}

#[test]
fn words_that_would_not_be_rust() {
    for (declarations, expected) in [
        (declared().visibility("public"), "`public` is no visibility"),
        (declared().visibility("pub(in a b)"), "`pub(in a b)` is no visibility"),
        (declared().crate_path("a b"), "`a b` is no crate path"),
        (declared().lib(""), "`` is no name of a library"),
        (declared().lib(Vec::<String>::new()), "`` is no list of libraries"),
        (declared().lib_for_feature("a\"b", "x"), "`a\"b` is no feature"),
        (declared().integer_width("declared_int", IntegerWidth::Feature(String::new())), "`` is no feature"),
        (declared().regenerate("a\nb"), "`a\nb` is no command"),
    ] {
        assert_eq!(declarations.generate().unwrap_err().to_string(), expected);
    }
}

#[test]
fn a_file_is_checked_and_written() {
    let file = folder("checked").join("src/raw.rs");
    let mut declarations = declared();
    declarations.regenerate("make raw");
    let missing = declarations.check(&file).unwrap_err().to_string();
    assert!(
        missing.contains(
            "raw.rs` is not what `libdeclared.so` gives now; make it anew: make raw\n@@ line 1 @@\n+// Declarations of"
        ),
        "{missing}"
    );

    declarations.write(&file).unwrap();
    declarations.check(&file).unwrap();
    let written = fs::metadata(&file).unwrap().modified().unwrap();
    declarations.write(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().modified().unwrap(), written, "the same is not written again");

    let text = fs::read_to_string(&file).unwrap();
    let changed = text.replace("n: usize", "n: u32");
    assert_ne!(text, changed);
    fs::write(&file, &changed).unwrap();
    let error = declarations.check(&file).unwrap_err().to_string();
    let shown = "@@\n-    pub fn declared_dot(n: u32, a: *const f64, b: *const f64) -> f64;\n+    pub fn declared_dot(n: usize, a: *const f64, b: *const f64) -> f64;";
    assert!(error.ends_with(shown), "{error}");
    assert_eq!(fs::read_to_string(&file).unwrap(), changed, "checking changes nothing");
}

#[test]
fn the_layout_is_that_of_cargo_fmt() {
    for (index, settings) in [
        "",
        "max_width = 120\nuse_small_heuristics = \"Max\"",
        "max_width = 75",
        "max_width = 90",
        "hard_tabs = true",
        "tab_spaces = 2",
    ]
    .iter()
    .enumerate()
    {
        let folder = folder(&format!("format{index}"));
        fs::write(folder.join("rustfmt.toml"), settings).unwrap();
        let file = folder.join("raw.rs");
        let long = ["libwith-a-name-of-some-length.so.3", "libwith-a-name-of-some-length.so.2", "libshort.so"];
        for (index, lib) in [Lib::from(long), Lib::from(long[0]), Lib::Static].into_iter().enumerate() {
            let mut declarations = declared();
            declarations.lib(lib).required().integer_width("declared_int", IntegerWidth::Feature("ilp64".into()));
            if index > 0 {
                declarations.lib_for_feature("ilp64", long[1]).crate_path("other::path").strip_prefix("declared_");
            }
            declarations.write(&file).unwrap();
            let output = Command::new("rustfmt").args(["--edition", "2024", "--check"]).arg(&file).output().unwrap();
            assert!(output.status.success(), "{settings}: {}", String::from_utf8_lossy(&output.stdout));
        }
    }
}
