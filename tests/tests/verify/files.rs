//! Libraries without debug information, or with some of it elsewhere; other files; damaged ones.

use std::path::Path;
use std::time::{Duration, Instant};

use veo::verify::{Aspect, Prototype, Report};

use crate::support::{Scratch, assert_golden, one, prototype};

const SOURCE: &str = "#include <stddef.h>
struct point { double x, y; float w; struct point *next; };
double norm(size_t n, const double *x, struct point *p) { return x[0] + p->x; }
void nothing(void) {}
float half(float x) { return x / 2; }
struct point origin = {1, 2};
";

fn right() -> Prototype {
    prototype!(norm(n: usize, x: *const f64, p: *mut std::ffi::c_void) -> f64)
}

fn wrong() -> Prototype {
    prototype!(norm(n: i32, x: *const f32, p: *mut f32) -> f32)
}

fn scratch() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("x.c", SOURCE);
    scratch
}

/// Nothing is wrong as far as is known, and this is not known.
fn unchecked(scratch: &Scratch, library: &Path) -> String {
    let report = veo::verify::compare(library, &[wrong(), prototype!(nothing(x: i32))]);
    assert!(report.is_match() && report.compared == 0, "{report}");
    scratch.text(report) + "\n\n"
}

#[test]
fn what_cannot_be_compared_is_said() {
    let scratch = scratch();
    let mut text = String::new();
    for (name, flags) in [("lib0.so", &["-g0"][..]), ("lib1.so", &["-g1"]), ("libdwo.so", &["-g", "-gsplit-dwarf"])] {
        text += &unchecked(&scratch, &scratch.library("cc", "x.c", name, flags));
    }
    let library = scratch.library("cc", "x.c", "libx.so", &["-g", "-s"]);
    text += &unchecked(&scratch, &library);
    scratch.library("cc", "x.c", "libx.so", &["-g", "-Wl,--build-id"]);
    scratch.run("objcopy", &["--only-keep-debug", "libx.so", "libx.debug"]);
    scratch.run("objcopy", &["--strip-debug", "--add-gnu-debuglink=libx.debug", "libx.so"]);
    let found = one(&library, wrong());
    assert_eq!((found.mismatches.len(), found.compared), (1, 1), "{found}");
    scratch.library("cc", "x.c", "other.so", &["-g", "-O3", "-Wl,--build-id"]);
    std::fs::copy(scratch.path("other.so"), scratch.path("libx.debug")).unwrap();
    // What was known of a file stays known.
    for name in ["liby.so", "libz.so"] {
        std::fs::copy(&library, scratch.path(name)).unwrap();
        text += &unchecked(&scratch, &scratch.path(name));
        let _ = std::fs::remove_file(scratch.path("libx.debug"));
    }
    assert_golden("unchecked.txt", &text);
}

#[test]
fn a_missing_symbol_of_a_stripped_library_is_missing() {
    let scratch = scratch();
    let library = scratch.library("cc", "x.c", "libx.so", &["-s"]);
    let report = one(&library, prototype!(nrm()));
    assert_eq!(report.mismatches[0].differences[0].aspect, Aspect::Symbol, "{report}");
    assert!(report.to_string().contains("did you mean `norm`"), "{report}");
}

#[test]
fn a_function_of_that_name_in_another_file_is_not_it() {
    let scratch = Scratch::new();
    scratch.write("bare.c", "int f(int x) { return x; }");
    scratch.write("own.c", "static double f(double x) { return x; } double (*g(void))(double) { return f; }");
    scratch.run("cc", &["-c", "-fPIC", "bare.c"]);
    let library = scratch.library("cc", "own.c", "libown.so", &["-g", "bare.o"]);
    let report = one(&library, prototype!(f(x: i32) -> i32));
    assert!(report.is_match() && report.compared == 0, "{report}");
    assert!(report.to_string().contains("does not mention it: compile all of the library with -g"), "{report}");
}

#[test]
fn one_unit_without_debug_information_does_not_hide_the_others() {
    let scratch = scratch();
    scratch.write("y.c", "int other(int x) { return x; }");
    scratch.run("cc", &["-c", "-fPIC", "-g", "x.c"]);
    scratch.run("cc", &["-c", "-fPIC", "-g0", "y.c"]);
    scratch.run("cc", &["-shared", "-o", "libxy.so", "x.o", "y.o"]);
    let report = veo::verify::compare(&scratch.path("libxy.so"), &[right(), prototype!(other(x: f64))]);
    assert!(report.is_match() && report.compared == 1, "{report}");
    assert!(report.to_string().contains("compile all of the library with -g"), "{report}");
}

#[test]
fn other_files_are_no_libraries() {
    let scratch = scratch();
    scratch.write("empty.so", "");
    scratch.write("text.so", "#!/bin/sh\n");
    let mut text = String::new();
    for name in ["empty.so", "text.so", "nowhere.so", "."] {
        let report = one(&scratch.path(name), right());
        assert!(report.is_match() && !report.unchecked[0].names_are_there, "{report}");
        text += &(scratch.text(report) + "\n\n");
    }
    assert!(one(Path::new("/dev/zero"), right()).unchecked.len() == 1);
    assert_golden("no_libraries.txt", &text);
}

#[test]
fn the_machine_is_that_of_the_file() {
    let scratch = scratch();
    let library = scratch.library("cc", "x.c", "libx.so", &["-g"]);
    let mut bytes = std::fs::read(&library).unwrap();
    // `e_machine`: AArch64, then NEC's Vector Engine.
    bytes[18..20].copy_from_slice(&183_u16.to_le_bytes());
    std::fs::write(&library, &bytes).unwrap();
    let report = one(&library, right());
    assert_eq!(report.mismatches[0].differences[0].aspect, Aspect::Machine);
    assert_golden("machine.txt", &(scratch.text(report) + "\n"));
    bytes[18..20].copy_from_slice(&251_u16.to_le_bytes());
    std::fs::write(&library, &bytes).unwrap();
    assert!(one(&library, right()).is_match());
}

#[test]
fn a_library_that_was_compiled_again_is_read_again() {
    let scratch = scratch();
    let library = scratch.library("cc", "x.c", "libx.so", &["-g"]);
    assert!(one(&library, right()).is_match());
    scratch.write("x.c", SOURCE.replace("size_t n", "int n"));
    scratch.library("cc", "x.c", "libx.so", &["-g"]);
    assert!(!one(&library, right()).is_match());
}

#[test]
fn thousands_of_functions_take_no_time() {
    const COUNT: usize = 3000;
    let scratch = Scratch::new();
    let mut source = String::from("struct s { double a[4]; int b, c; };\n");
    for number in 0..COUNT {
        source += &format!("double f{number}(long n, const double *x, struct s *s) {{ return x[n] + {number}; }}\n");
    }
    scratch.write("many.c", source);
    let library = scratch.library("cc", "many.c", "libmany.so", &["-g", "-O0"]);
    let prototypes: Vec<_> = (0..COUNT)
        .map(|number| {
            let prototype = Prototype::new(format!("f{number}"));
            prototype.param::<i64>("n").param::<*const f64>("x").param::<*mut f64>("s").returns::<f64>()
        })
        .collect();
    let start = Instant::now();
    let report = veo::verify::compare(&library, &prototypes);
    let first = start.elapsed();
    assert_eq!((report.mismatches.len(), report.compared), (COUNT, COUNT));
    let start = Instant::now();
    assert_eq!(veo::verify::compare(&library, &prototypes).mismatches.len(), COUNT);
    println!("{COUNT} functions: {first:?}, and {:?} the second time", start.elapsed());
    assert!(first < Duration::from_secs(30), "{first:?}");
}

/// Any answer will do, if it comes soon: bytes that nobody has checked cannot make it panic, hang, or take all memory.
#[test]
fn damaged_libraries_do_no_harm() {
    let mut answers = [0; 3];
    for format in ["-gdwarf-4", "-gdwarf-5", "-gz=zlib"] {
        let scratch = scratch();
        let library = scratch.library("cc", "x.c", "libx.so", &["-g", format]);
        let intact = std::fs::read(&library).unwrap();
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random as usize
        };
        let start = Instant::now();
        for round in 0..300 {
            let mut bytes = intact.clone();
            for _ in 0..=round % 8 {
                // Most of the damage where it matters: debug information, and the table of sections behind it.
                let from = if round % 4 == 0 { 0 } else { intact.len() / 3 };
                let at = from + next() % (intact.len() - from);
                bytes[at] = [0, 1, 0x7f, 0x80, 0xff, next() as u8][next() % 6];
            }
            if round % 10 == 0 {
                bytes.truncate(next() % bytes.len());
            }
            let path = scratch.path("damaged.so");
            std::fs::write(&path, bytes).unwrap();
            let variable = prototype!(static origin: [u8; 0]);
            let prototypes = [right(), wrong(), prototype!(half(x: f32) -> f32), variable];
            let report: Report = veo::verify::compare(&path, &prototypes);
            assert!(!report.to_string().is_empty());
            answers[report.mismatches.len().min(2)] += 1;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    }
    assert!(answers.iter().all(|&count| count > 10), "none, one, and more: {answers:?}");
}
