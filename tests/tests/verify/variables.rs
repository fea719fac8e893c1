//! Variables that are declared: one deliberate mistake after the other, as in `matrix`.

use std::ffi::{c_char, c_int, c_long, c_void};

use bytemuck::{Pod, Zeroable};
use veo::VePtr;
use veo::verify::{Aspect, Prototype};

use crate::matrix::{Charged, Massless, Particle, assert_right, reports};
use crate::support::{Scratch, assert_golden, one, prototype};

/// Of which only the address is known.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Opaque {
    _opaque: [u8; 0],
}

const C: &str = r#"#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct particle { double position[3]; int charge, mass; };
enum colour { RED, GREEN };
typedef double real;

int counter = 1;
unsigned mask = 1;
long wide = 1;
char letter = 'a';
bool is_ready = true;
enum colour colour = GREEN;
float single = 1;
real typed = 1;
long double precise = 1;
double complex z = 1;
size_t length = 1;
double table[10] = {1};
const double constants[10] = {1};
const int limit = 3;
extern const real declared_first[];
const real declared_first[2] = {1, 2};
int32_t matrix[2][3] = {{1}};
struct particle particle = {{1}};
const struct particle particles[4] = {{{1}}};
double *row = table;
const double *const rows[2] = {table, table};
int (*handler)(int);
void *anything;
volatile int flag = 1;
__thread int of_thread = 1;
static int hidden = 1;
int *use = &hidden;
extern __typeof__(table) other_name __attribute__((alias("table")));
int function(int x) { return x + of_thread; }
"#;

fn right_c() -> Vec<Prototype> {
    vec![
        prototype!(static mut counter: c_int),
        prototype!(static counter: i32),
        prototype!(static mask: u32),
        prototype!(static wide: c_long),
        prototype!(static wide: isize),
        prototype!(static letter: c_char),
        prototype!(static letter: u8),
        prototype!(static is_ready: u8),
        prototype!(static colour: u32),
        prototype!(static colour: i32),
        prototype!(static mut single: f32),
        prototype!(static typed: f64),
        prototype!(static z: [f64; 2]),
        prototype!(static length: usize),
        prototype!(static mut table: [f64; 10]),
        prototype!(static table: [[f64; 5]; 2]),
        prototype!(static other_name: [f64; 10]),
        prototype!(static constants: [f64; 10]),
        prototype!(static limit: i32),
        prototype!(static declared_first: [f64; 2]),
        prototype!(static mut matrix: [[i32; 3]; 2]),
        prototype!(static mut particle: Particle),
        prototype!(static particles: [Particle; 4]),
        prototype!(static mut particle: Opaque),
        prototype!(static mut particle: [u8; 0]),
        prototype!(static counter: [u8; 0]),
        prototype!(static mut row: VePtr<f64>),
        prototype!(static rows: [VePtr<f64>; 2]),
        prototype!(static mut handler: VePtr<c_void>),
        prototype!(static mut anything: VePtr<f64>),
        prototype!(static mut flag: i32),
    ]
}

fn wrong_c() -> Vec<(Aspect, Prototype)> {
    use Aspect::{Constness, Kind, Layout, Pointee, Pointer, Sign, Symbol, Thread, Width};
    vec![
        (Width, prototype!(static mut counter: i64)),
        (Width, prototype!(static wide: i32)),
        (Sign, prototype!(static mut counter: u32)),
        (Kind, prototype!(static counter: f32)),
        (Width, prototype!(static typed: f32)),
        (Width, prototype!(static precise: f64)),
        (Width, prototype!(static is_ready: i32)),
        (Width, prototype!(static z: f64)),
        (Width, prototype!(static table: f64)),
        (Layout, prototype!(static mut table: [f64; 12])),
        (Pointee, prototype!(static table: [f32; 20])),
        (Pointee, prototype!(static table: [f32; 10])),
        (Layout, prototype!(static matrix: [[i32; 3]; 3])),
        (Width, prototype!(static declared_first: f64)),
        (Constness, prototype!(static mut constants: [f64; 10])),
        (Constness, prototype!(static mut limit: i32)),
        (Width, prototype!(static mut limit: i64)),
        (Constness, prototype!(static mut rows: [VePtr<f64>; 2])),
        (Layout, prototype!(static mut particle: Charged)),
        (Layout, prototype!(static particle: Massless)),
        (Pointee, prototype!(static particle: [f64; 4])),
        (Pointer, prototype!(static row: u64)),
        (Pointer, prototype!(static mut row: VePtr<VePtr<f64>>)),
        (Pointee, prototype!(static mut row: VePtr<f32>)),
        (Pointer, prototype!(static mut row: [f64; 10])),
        (Pointee, prototype!(static mut handler: VePtr<i32>)),
        (Thread, prototype!(static mut of_thread: i32)),
        (Thread, prototype!(static of_thread: i64)),
        (Symbol, prototype!(of_thread() -> i32)),
        (Symbol, prototype!(static function: i32)),
        (Symbol, prototype!(static hidden: i32)),
        (Symbol, prototype!(static tabel: [f64; 10])),
        (Symbol, prototype!(static nowhere_at_all: f64)),
        (Symbol, prototype!(table(i: i32) -> f64)),
    ]
}

#[test]
fn mistakes_in_variables_of_c() {
    let scratch = Scratch::new();
    scratch.write("variables.c", C);
    let library = scratch.library("cc", "variables.c", "libvariables.so", &["-g", "-O1"]);
    assert_golden("variables_c.txt", &reports(&scratch, &library, wrong_c()));
}

fn c_of(compiler: &str, formats: &[&str]) {
    for format in formats {
        let scratch = Scratch::new();
        scratch.write("variables.c", C);
        let library = scratch.library(compiler, "variables.c", "libvariables.so", &["-g", "-O2", format]);
        assert_right(&library, &right_c());
        reports(&scratch, &library, wrong_c());
    }
}

#[test]
fn variables_of_c() {
    c_of("cc", &["-gdwarf-4", "-gdwarf-5", "-gz=zlib", "-fdebug-types-section", "-flto"]);
}

#[test]
#[ignore = "needs clang"]
fn variables_of_c_by_clang() {
    c_of("clang", &["-gdwarf-4", "-gdwarf-5", "-fdebug-types-section"]);
}

/// A type in both languages, once as `static` and once as `static mut`. Two of different groups never match.
struct Both {
    group: u32,
    c: &'static str,
    constant: fn(String) -> Prototype,
    variable: fn(String) -> Prototype,
}

macro_rules! both {
    ($($group:literal $c:literal $rust:ty;)*) => {
        &[$(Both { group: $group, c: $c, constant: Prototype::constant::<$rust>, variable: Prototype::variable::<$rust> }),*]
    };
}

/// `@` is where the name goes.
const TYPES: &[Both] = both! {
    1 "int8_t @" i8; 2 "uint8_t @" u8; 3 "short @" i16; 4 "uint16_t @" u16; 5 "int @" i32; 6 "unsigned @" u32;
    7 "long @" i64; 7 "ptrdiff_t @" isize; 8 "size_t @" usize; 8 "uint64_t @" u64; 9 "float @" f32; 10 "double @" f64;
    10 "real @" [f64; 1]; 11 "double @[4]" [f64; 4]; 11 "real @[2][2]" [[f64; 2]; 2]; 12 "double @[5]" [f64; 5];
    13 "float @[4]" [f32; 4]; 14 "float @[8]" [f32; 8]; 15 "int @[4]" [i32; 4]; 16 "double *@" VePtr<f64>;
    17 "float *@" VePtr<f32>; 18 "double **@" VePtr<VePtr<f64>>; 19 "double *@[2]" [VePtr<f64>; 2]; 20 "int (*@)(int)" VePtr<c_void>;
    21 "struct particle @" Particle; 22 "struct particle @[2]" [Particle; 2];
};

#[test]
fn every_type_is_told_from_every_other() {
    let scratch = Scratch::new();
    let mut text = String::from("#include <stddef.h>\n#include <stdint.h>\ntypedef double real;\n");
    text += "struct particle { double position[3]; int charge, mass; };\n";
    for (number, ty) in TYPES.iter().enumerate() {
        text += &format!("{};\n", ty.c.replace('@', &format!("v{number}")));
    }
    scratch.write("types.c", text);
    let library = scratch.library("cc", "types.c", "libtypes.so", &["-g"]);
    for declared in TYPES {
        for (number, real) in TYPES.iter().enumerate() {
            for prototype in [declared.constant, declared.variable] {
                let report = one(&library, prototype(format!("v{number}")));
                // An address of anything is declared as one of `c_void`.
                let erased = declared.group == 20 && [16, 17, 18].contains(&real.group);
                let fits = declared.group == real.group || erased;
                assert_eq!((report.is_match(), report.compared), (fits, 1), "{}: {report}", real.c);
                let advice = report.mismatches.first().map(|mismatch| mismatch.advice.as_deref());
                assert!(fits || advice.flatten().is_some_and(|advice| advice.starts_with("static ")), "{report}");
            }
        }
    }
}

/// Of a stripped library it is known that the symbol is there, and what it is.
#[test]
fn without_debug_information_the_symbol_is_there() {
    let scratch = Scratch::new();
    scratch.write("variables.c", C);
    let library = scratch.library("cc", "variables.c", "libvariables.so", &["-g", "-s"]);
    let report = one(&library, prototype!(static table: f32));
    assert!(report.is_match() && report.compared == 0 && report.unchecked[0].names_are_there, "{report}");
    for wrong in [prototype!(static function: i32), prototype!(static tabel: f64), prototype!(table())] {
        let report = one(&library, wrong);
        assert_eq!(report.mismatches[0].differences[0].aspect, Aspect::Symbol, "{report}");
    }
    // A unit that has variables alone has no code.
    scratch.write("data.c", "double lonely = 1;");
    let library = scratch.library("cc", "data.c", "libdata.so", &["-g"]);
    assert_right(&library, &[prototype!(static lonely: f64)]);
    assert!(!one(&library, prototype!(static lonely: f32)).is_match());
}

/// Another file may have a variable of that name for itself.
#[test]
fn another_variable_of_that_name_is_not_it() {
    let scratch = Scratch::new();
    scratch.write("bare.c", "int table = 1; int errors = 1;");
    scratch.write(
        "own.c",
        "static double table = 1; static __thread double errors = 1; double f(void) { return table + errors; }",
    );
    scratch.run("cc", &["-c", "-fPIC", "bare.c"]);
    let library = scratch.library("cc", "own.c", "libown.so", &["-g", "bare.o"]);
    for right in [prototype!(static mut table: i32), prototype!(static mut errors: i32)] {
        let report = one(&library, right);
        assert!(report.is_match() && report.compared == 0, "{report}");
        assert!(report.to_string().contains("does not mention it: compile all of the library with -g"), "{report}");
    }
    // Both are described.
    scratch.run("cc", &["-c", "-fPIC", "-g", "bare.c"]);
    let library = scratch.library("cc", "own.c", "libboth.so", &["-g", "bare.o"]);
    assert_right(&library, &[prototype!(static mut table: i32), prototype!(static mut errors: i32)]);
    assert!(!one(&library, prototype!(static table: f64)).is_match());
}

#[test]
fn split_debug_information_is_named() {
    let scratch = Scratch::new();
    scratch.write("x.c", "double table[4] = {1};");
    scratch.write("y.c", "int more = 1;");
    let library = scratch.library("cc", "x.c", "libx.so", &["-g", "-gsplit-dwarf"]);
    let text = one(&library, prototype!(static table: [f64; 4])).to_string();
    assert!(text.ends_with("its debug information may be in libx.so-x.dwo: compile without -gsplit-dwarf"), "{text}");
    let library = scratch.library("cc", "x.c", "liby.so", &["-g", "-gsplit-dwarf", "y.c"]);
    let text = one(&library, prototype!(static table: [f64; 4])).to_string();
    assert!(text.contains("may be in liby.so-x.dwo or another file of that kind: compile"), "{text}");
}

/// The table of symbols tells it.
#[test]
fn variables_of_threads_are_mistakes_without_debug_information_too() {
    let scratch = Scratch::new();
    scratch.write("variables.c", C);
    let library = scratch.library("cc", "variables.c", "libvariables.so", &["-s"]);
    let report = one(&library, prototype!(static mut of_thread: i32));
    let [mismatch] = &report.mismatches[..] else { panic!("{report}") };
    assert_eq!(mismatch.differences[0].aspect, Aspect::Thread, "{report}");
    assert_eq!(report.compared, 0);
}

const CPP: &str = r#"#include <cstdint>
namespace linear { double weights[3] = {1}; }
struct Grid { static int cells; std::int32_t n; double &scale; };
int Grid::cells = 1;
extern "C" {
    double table[2] = {1};
    extern const int limit = 3;
    std::uint8_t level = 1;
}
"#;

#[test]
#[ignore = "needs g++"]
fn mistakes_in_variables_of_cpp() {
    let scratch = Scratch::new();
    scratch.write("variables.cpp", CPP);
    let library = scratch.library("g++", "variables.cpp", "libvariables.so", &["-g"]);
    let right = [
        prototype!(static mut _ZN6linear7weightsE: [f64; 3]),
        prototype!(static _ZN4Grid5cellsE: i32),
        prototype!(static mut table: [f64; 2]),
        prototype!(static limit: i32),
        prototype!(static level: u8),
    ];
    assert_right(&library, &right);
    let wrong = vec![
        (Aspect::Symbol, prototype!(static weights: [f64; 3])),
        (Aspect::Layout, prototype!(static _ZN6linear7weightsE: [f64; 4])),
        (Aspect::Width, prototype!(static _ZN4Grid5cellsE: i64)),
        (Aspect::Constness, prototype!(static mut limit: i32)),
        (Aspect::Sign, prototype!(static level: i8)),
    ];
    assert_golden("variables_cpp.txt", &reports(&scratch, &library, wrong));
}

const FORTRAN: &str = r"module grid
  use iso_c_binding
  real(8) :: weights(3, 2) = 1
  integer :: cells = 1
  integer(c_int), bind(c) :: limit = 3
  real(8), allocatable :: table(:)
  logical :: is_ready = .true.
  complex(8) :: z = (1, 2)
end module
subroutine use_block
  integer :: a, b
  common /block/ a, b
  a = b
end subroutine
";

#[test]
#[ignore = "needs gfortran"]
fn mistakes_in_variables_of_fortran() {
    let scratch = Scratch::new();
    scratch.write("variables.f90", FORTRAN);
    let library = scratch.library("gfortran", "variables.f90", "libvariables.so", &["-g"]);
    let right = [
        prototype!(static mut __grid_MOD_weights: [[f64; 3]; 2]),
        prototype!(static mut __grid_MOD_cells: i32),
        prototype!(static mut limit: i32),
        prototype!(static __grid_MOD_is_ready: i32),
        prototype!(static __grid_MOD_z: [f64; 2]),
    ];
    assert_right(&library, &right);
    let wrong = vec![
        (Aspect::Symbol, prototype!(static cells: i32)),
        (Aspect::Layout, prototype!(static __grid_MOD_weights: [f64; 5])),
        (Aspect::Width, prototype!(static __grid_MOD_cells: i64)),
        (Aspect::Kind, prototype!(static __grid_MOD_table: [f64; 3])),
    ];
    assert_golden("variables_fortran.txt", &reports(&scratch, &library, wrong));
    // The parts of a block are at its address, too, but are not it.
    let report = one(&library, prototype!(static mut block_: [i32; 2]));
    assert!(report.is_match(), "{report}");
}
