//! Libraries and symbols that are there, and those that are not.

use std::path::{Path, PathBuf};

use veo::{DeclarationInfo, DeclarationState, Error, Proc, ve_offload};
use veo_tests::kernels::*;

use crate::support::{assert_says, child, output_of, process, program};

/// A library that `build.rs` made.
pub(crate) fn built(name: &str) -> PathBuf {
    Path::new(env!("VEO_KERNEL_DIR")).join(name)
}

#[ve_offload(lib = "libnowhere.so")]
extern "C" {
    fn in_no_library(x: i32) -> i32;
}

#[ve_offload(lib = "/no/such/folder/libnowhere.so")]
extern "C" {
    fn at_no_path();
}

#[ve_offload(lib = "libunresolved.so")]
extern "C" {
    fn needs_another_library() -> i32;
}

#[ve_offload(lib = "libtestkernels.so")]
extern "C" {
    fn in_no_symbol_table(x: f64, y: *const f32) -> f64;
}

#[ve_offload(lib = static)]
extern "C" {
    fn in_no_veorun();
}

#[ve_offload(lib = ["libnowhere.so", "libtestkernels.so"])]
extern "C" {
    #[link_name = "echo_i32"]
    fn in_the_second(x: i32) -> i32;
}

#[ve_offload(lib = ["libnowhere.so", "libneither.so"])]
extern "C" {
    fn in_none_of_two();
}

#[ve_offload(lib = "libtestkernels.so", link_prefix = "echo_", link_suffix = "32")]
extern "C" {
    fn i(x: i32) -> i32;
    fn u(x: u32) -> u32;
}

#[ve_offload(lib = "libtestkernels.so", lazy)]
extern "C" {
    #[link_name = "echo_i16"]
    fn found_when_called(x: i16) -> i16;
    #[link_name = "echo_i8"]
    #[allow(dead_code)]
    fn never_called(x: i8) -> i8;
    fn missed_when_called();
}

#[ve_offload(lib = "libtestkernels.so")]
#[link_name = "echo_u8"]
extern "C" fn alone(x: u8) -> u8;

#[ve_offload(lib = ["$NO_SUCH_VARIABLE/libx.so", "libchosen.so"], help = "Get it from there.")]
#[link_name = "echo_i64"]
extern "C" fn chosen(x: i64) -> i64;

#[test]
fn a_program_chooses_the_library_of_a_process() {
    let proc = Proc::builder().library("libchosen.so", built("libtestkernels.so")).create().unwrap();
    assert_eq!(chosen(&proc.open_context().unwrap(), 5).wait().unwrap(), 5);
    let again = proc.restart().unwrap();
    assert_eq!(chosen(&again.open_context().unwrap(), 6).wait().unwrap(), 6);
    let wrong = Proc::builder().library("libchosen.so", "/no/such/lib.so").create().unwrap();
    let error = chosen(&wrong.open_context().unwrap(), 7).wait().unwrap_err();
    let Error::Library { attempts, .. } = &error else { panic!("{error:?}") };
    assert_eq!(attempts.0.len(), 1, "{error}");
    assert_says(error, &["/no/such/lib.so", "echo_i64", "Get it from there."]);
}

#[test]
fn a_variable_that_is_not_set_is_passed_over() {
    let (_proc, ctx) = process();
    let error = chosen(&ctx, 1).wait().unwrap_err();
    let Error::Library { attempts, .. } = &error else { panic!("{error:?}") };
    assert!(attempts.0.iter().all(|(path, _)| path.ends_with("libchosen.so")), "{error}");
    assert_says(error, &["echo_i64", "Get it from there."]);
}

fn declared(proc: &Proc, name: &str) -> DeclarationInfo {
    let found: Vec<_> = proc.declarations().into_iter().filter(|d| d.rust_name == name).collect();
    assert_eq!(found.len(), 1, "{name}: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_missing_library_is_an_error_of_the_call() {
    let (_proc, ctx) = process();
    let error = in_no_library(&ctx, 1).wait().unwrap_err();
    assert!(matches!(error, Error::Library { .. }), "{error:?}");
    let here = std::env::current_exe().unwrap().parent().unwrap().join("libnowhere.so");
    let cwd = std::env::current_dir().unwrap().join("libnowhere.so");
    let paths = [here, built("libnowhere.so"), cwd].map(|path| path.display().to_string());
    assert_says(&error, &paths.each_ref().map(String::as_str));
    let loader = "libnowhere.so: cannot open shared object file: No such file or directory";
    assert_says(&error, &["libnowhere.so", "in_no_library", "VEO_LIBRARY_PATH", loader]);
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
}

#[test]
fn a_path_is_tried_alone() {
    let (_proc, ctx) = process();
    let error = at_no_path(&ctx).wait().unwrap_err();
    let Error::Library { attempts, .. } = &error else { panic!("{error:?}") };
    assert_eq!(attempts.0.len(), 1, "{error}");
    assert_says(error, &["/no/such/folder/libnowhere.so", "at_no_path", "no such file"]);
}

#[test]
fn a_library_that_the_loader_refuses_is_an_error_in_its_words() {
    let (proc, ctx) = process();
    let words = ["libunresolved.so", "undefined symbol: nowhere_to_be_found"];
    let error = needs_another_library(&ctx).wait().unwrap_err();
    assert_says(&error, &words);
    assert_says(error, &["needs_another_library"]);
    assert_says(proc.load_library(built("libunresolved.so")).unwrap_err(), &words);
    assert_says(proc.load_library("libno.so").unwrap_err(), &["libno.so", "cannot open shared object file"]);
    assert_says(proc.load_library(file!()).unwrap_err(), &[file!()]);
    assert_says(proc.load_library("").unwrap_err(), &["cannot load"]);
}

#[test]
fn a_missing_symbol_is_an_error_of_the_call() {
    let (proc, ctx) = process();
    let x = proc.upload(&[1.0_f32]).unwrap();
    let error = in_no_symbol_table(&ctx, 1.0, &x).wait().unwrap_err();
    assert!(matches!(error, Error::Symbol { .. }), "{error:?}");
    let library = built("libtestkernels.so").display().to_string();
    assert_says(error, &["`in_no_symbol_table`", &library, "undefined symbol: in_no_symbol_table", file!()]);
    assert_says(in_no_veorun(&ctx).wait().unwrap_err(), &["`in_no_veorun`", "veorun itself"]);
    let library = proc.load_library(built("libtestkernels.so")).unwrap();
    let error = library.get_symbol::<i32>("no_such_table").unwrap_err();
    assert_says(error, &["`no_such_table`", "libtestkernels.so", "undefined symbol: no_such_table"]);
}

#[test]
fn errors_stay_the_same_however_often_one_asks() {
    let (_proc, ctx) = process();
    let first = in_no_library(&ctx, 1).wait().unwrap_err().to_string();
    let _ = in_no_symbol_table(&ctx, 1.0, veo::VePtr::null()).wait().unwrap_err();
    for _ in 0..3 {
        assert_eq!(in_no_library(&ctx, 1).wait().unwrap_err().to_string(), first);
    }
}

#[test]
fn the_first_library_of_a_list_that_loads_is_taken() {
    let (proc, ctx) = process();
    assert_eq!(in_the_second(&ctx, 5).wait().unwrap(), 5);
    let error = in_none_of_two(&ctx).wait().unwrap_err();
    assert_says(error, &["libnowhere.so or libneither.so", "/libnowhere.so", "/libneither.so", "in_none_of_two"]);
    assert_eq!(declared(&proc, "in_the_second").symbol, "echo_i32");
}

#[test]
fn symbols_have_other_names_in_c() {
    let (proc, ctx) = process();
    assert_eq!(i(&ctx, -1).wait().unwrap(), -1);
    assert_eq!(u(&ctx, 1).wait().unwrap(), 1);
    assert_eq!(alone(&ctx, 255).wait().unwrap(), 255);
    assert_eq!(declared(&proc, "u").symbol, "echo_u32");
}

#[test]
fn declarations_are_listed_with_what_became_of_them() {
    let (proc, ctx) = process();
    let found = declared(&proc, "in_the_second");
    assert!(matches!(found.state, DeclarationState::Resolved(address) if address != 0), "{found:?}");
    assert_eq!(found.library, "libnowhere.so or libtestkernels.so");
    assert_says(&found.declared_at, &["tests/it/declarations.rs:"]);
    assert_says(found.signature, &["int32_t (int32_t)"]);

    let missing = declared(&proc, "in_no_library");
    let DeclarationState::Missing(error) = missing.state else { panic!("{missing:?}") };
    assert_says(error, &["libnowhere.so", "in_no_library"]);

    for name in ["found_when_called", "never_called", "missed_when_called"] {
        let lazy = declared(&proc, name);
        assert!(matches!(lazy.state, DeclarationState::Unresolved), "{lazy:?}");
    }
    assert_eq!(found_when_called(&ctx, -300).wait().unwrap(), -300);
    assert_says(missed_when_called(&ctx).wait().unwrap_err(), &["`missed_when_called`", "undefined symbol"]);
    assert!(matches!(declared(&proc, "found_when_called").state, DeclarationState::Resolved(_)));
    assert!(matches!(declared(&proc, "never_called").state, DeclarationState::Unresolved));
    assert!(matches!(declared(&proc, "missed_when_called").state, DeclarationState::Missing(_)));
}

#[test]
fn declarations_print_as_a_table() {
    let (proc, ctx) = process();
    found_when_called(&ctx, 1).wait().unwrap();
    let declarations = proc.declarations();
    let table = declarations.to_string();
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), declarations.len() + 1, "one line each:\n{table}");
    // Each column begins where its title does, whatever is in the lines.
    let columns = ["signature", "library", "state", "declared at"].map(|title| lines[0].find(title).unwrap());
    for line in &lines {
        let characters: Vec<_> = line.chars().collect();
        for column in columns {
            assert!(characters[column - 2..column] == [' ', ' '] && characters[column] != ' ', "{line}");
        }
    }
    let line = |name: &str| {
        *lines.iter().find(|line| line.starts_with(&format!("{name} "))).unwrap_or_else(|| panic!("{name}"))
    };
    assert_says(line("echo_i32"), &["int32_t (int32_t)", "libtestkernels.so", " 0x", "src/kernels.rs:"]);
    assert_says(line("in_the_second (echo_i32)"), &["libnowhere.so or libtestkernels.so", " 0x"]);
    assert_says(line("never_called (echo_i8)"), &["int8_t (int8_t)", "  not looked up yet  "]);
    assert_says(line("found_when_called (echo_i16)"), &["  0x"]);
    assert_says(line("in_no_library"), &["libnowhere.so", "  no such file in 4 place(s)  ", "declarations.rs:"]);
    assert_says(line("needs_another_library"), &["  undefined symbol: nowhere_to_be_found"]);
    assert_says(line("in_no_symbol_table"), &["double (double, uint64_t)", "  undefined symbol: in_no_symbol_table  "]);
    let mut sorted: Vec<_> = declarations.iter().map(|d| (d.library.clone(), d.symbol)).collect();
    sorted.sort_by_key(|(library, symbol)| (library == "veorun itself", library.clone(), *symbol));
    assert!(declarations.iter().map(|d| (d.library.clone(), d.symbol)).eq(sorted));
    // By value and by reference.
    assert_eq!((&declarations).into_iter().count(), declarations.clone().into_iter().count());
}

#[test]
fn every_process_resolves_for_itself() {
    let (first, ctx) = process();
    found_when_called(&ctx, 1).wait().unwrap();
    let (second, _ctx) = process();
    assert!(matches!(declared(&first, "found_when_called").state, DeclarationState::Resolved(_)));
    assert!(matches!(declared(&second, "found_when_called").state, DeclarationState::Unresolved));
}

#[test]
fn strict_creation_lists_all_that_is_missing() {
    let error = Proc::builder().strict(true).create().unwrap_err();
    let Error::Missing(missing) = &error else { panic!("{error:?}") };
    assert!(missing.len() >= 5, "{error}");
    let names = [
        "in_no_library",
        "at_no_path",
        "needs_another_library",
        "in_no_symbol_table",
        "in_no_veorun",
        "in_none_of_two",
    ];
    assert_says(&error, &names);
    assert!(!error.to_string().contains("missed_when_called"), "a lazy one: {error}");
}

#[test]
fn required_declarations_must_be_there() {
    let output = output_of(program(env!("CARGO_BIN_EXE_veo-test-required")));
    assert_says(
        &output,
        &[
            "3 declared symbol(s) are missing",
            "`required_but_missing`",
            "`required_variable`",
            "for `required_of_nowhere`",
        ],
    );
    assert_says(&output, &["libnowhere.so", "undefined symbol: required_but_missing"]);
    assert!(!output.contains("echo_i32") && !output.contains("only_missing"), "{output}");
}

#[test]
fn a_library_that_nothing_is_declared_of_can_be_expected() {
    let expecting = |names: &[&str]| {
        let expect = |builder: veo::ProcBuilder, name: &&str| builder.expect_library(*name);
        names.iter().fold(Proc::builder(), expect).create()
    };
    expecting(&["libtestkernels.so", "libneither.so"]).unwrap();
    let error = expecting(&["libtestkernels.so", "libforgotten.so"]).unwrap_err();
    assert!(matches!(&error, Error::Undeclared { library } if library == "libforgotten.so"), "{error}");
    assert_says(&error, &["libforgotten.so", "Cargo.toml", "use the_crate as _;"]);
}

#[test]
fn veo_library_path_goes_first() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("library-path");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::copy(built("libtestkernels.so"), folder.join("libelsewhere.so")).unwrap();
    let mut without = child(&["elsewhere"]);
    without.current_dir("/");
    assert_says(output_of(without), &["error:", "libelsewhere.so", "/libelsewhere.so: no such file"]);
    let mut with = child(&["elsewhere"]);
    with.current_dir("/").env("VEO_LIBRARY_PATH", format!("/no/such/folder:{}", folder.display()));
    assert_says(output_of(with), &["value 42"]);
    let mut here = child(&["elsewhere"]);
    here.current_dir(&folder);
    assert_says(output_of(here), &["value 42"]);
}

#[test]
fn libraries_are_unloaded_once() {
    let (proc, ctx) = process();
    let library = proc.load_library(built("libtestkernels.so")).unwrap();
    assert_eq!(library.path(), Some(&*built("libtestkernels.so")));
    library.unload().unwrap();
    // The declarations loaded it, too, so it is still there.
    assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
    assert_says(proc.static_library().unload().unwrap_err(), &["unloading", "static"]);
}
