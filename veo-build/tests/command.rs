//! `veo-declarations`, the command.

#![allow(clippy::unwrap_used)] // the helpers below are tests too

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A library of one function that can be declared and one that cannot, in a folder of its own.
fn library(test: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command").join(test);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let header = "typedef int num;\nnum twice(num x);\nint show(const char *format, ...);\n";
    fs::write(folder.join("x.h"), header).unwrap();
    let source =
        "#include \"x.h\"\nnum twice(num x) { return 2 * x; }\nint show(const char *format, ...) { return 0; }\n";
    fs::write(folder.join("x.c"), source).unwrap();
    let mut kernels = veo_build::Kernels::new("x");
    let built = kernels.file(folder.join("x.c")).flag("-g").out_dir(&folder).cargo_metadata(false).compile().unwrap();
    fs::copy(built.library(), folder.join("libx.so")).unwrap();
    folder
}

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_veo-declarations")).current_dir(folder).args(words).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_library_is_declared_and_checked() {
    let folder = library("library");
    let words = ["--library", "libx.so", "--block", "nothing*", "--output", "raw.rs"];
    let output = run(&folder, &words);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("veo-declarations: there is no function `nothing*` in `libx.so`"));

    let words = [
        "--library",
        "libx.so",
        "--allow",
        "*",
        "--integer",
        "num=ilp64",
        "--rename",
        "twice=double",
        "--output",
        "raw.rs",
    ];
    let output = run(&folder, &words);
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    assert_eq!(text(&output.stderr), "left out `show`: it takes any number of arguments\n");
    let written = fs::read_to_string(folder.join("raw.rs")).unwrap();
    let command = "//     veo-declarations --library libx.so --allow '*' --integer num=ilp64 --rename twice=double --output raw.rs\n";
    assert!(written.contains(command), "{written}");
    assert!(written.contains("    #[link_name = \"twice\"]\n    pub fn double(x: num) -> num;\n"), "{written}");

    let check = [&words[..], &["--check"]].concat();
    assert!(run(&folder, &check).status.success());
    fs::write(folder.join("raw.rs"), written.replace("double", "triple")).unwrap();
    let output = run(&folder, &check);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).contains("make it anew: veo-declarations --library libx.so"), "{output:?}");
}

#[test]
#[ignore = "needs libclang"]
fn a_header_goes_to_standard_output() {
    let output = run(&library("header"), &["--header", "x.h", "--lib", "static", "--strip-prefix", "tw"]);
    assert!(output.status.success(), "{output:?}");
    let text = text(&output.stdout);
    assert!(
        text.contains("#[veo::ve_offload(lib = static)]\n") && text.contains("pub fn ice(x: num) -> num;\n"),
        "{text}"
    );
}

/// Where libclang is looked for and is not.
#[test]
fn headers_need_libclang() {
    let folder = library("without_libclang");
    let mut command = Command::new(env!("CARGO_BIN_EXE_veo-declarations"));
    command.current_dir(&folder).env("LIBCLANG_PATH", &folder).args(["--header", "x.h", "--lib", "libx.so"]);
    let output = command.output().unwrap();
    let shown = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(shown.starts_with("veo-declarations: C headers are read by libclang, which cannot be loaded ("), "{shown}");
    assert!(shown.contains("apt install libclang-dev") && shown.contains("LIBCLANG_PATH"), "{shown}");
}

#[test]
fn wrong_words() {
    let folder = library("wrong");
    for (words, expected) in [
        (&["--frobnicate"][..], "name a --header or a --library"),
        (&["--library", "libx.so", "--frobnicate"], "there is no option --frobnicate; --help lists them"),
        (&["--library"], "--library needs a value"),
        (&["--library", "a", "--library", "b"], "name headers or one library"),
        (&["--library", "a", "--header", "b"], "name headers or one library"),
        (&["--library", "a", "--rename", "x"], "--rename needs NAME=…, not `x`"),
        (&["--library", "a", "--check"], "--check compares with a file: name it with --output"),
    ] {
        let output = run(&folder, words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert_eq!(text(&output.stderr), format!("veo-declarations: {expected}\n"));
    }
    assert_eq!(run(&folder, &[]).status.code(), Some(2));
    assert!(text(&run(&folder, &["--help"]).stdout).starts_with("usage: veo-declarations --header FILE"));
}
