//! One deliberate mistake after the other, in each language. The reports are in `golden/`: they are what users read.

use std::ffi::{c_char, c_int, c_long, c_void};
use std::fmt::Write;

use bytemuck::{Pod, Zeroable};
use veo::verify::{Aspect, Prototype};
use veo::{In, InOut, Out};

use crate::support::{Scratch, assert_golden, one, prototype};

/// As in `C`.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Particle {
    position: [f64; 3],
    charge: i32,
    mass: i32,
}

/// Of the right size, but its fields are exchanged.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Exchanged {
    charge: i32,
    mass: i32,
    position: [f64; 3],
}

/// Of the right size, but one field has another type.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Charged {
    position: [f64; 3],
    charge: f32,
    mass: i32,
}

/// Too short.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Massless {
    position: [f64; 3],
}

/// With padding in C, which is a field here.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Entry {
    key: i32,
    padding: u32,
    value: f64,
}

/// Without C's padding.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C, packed)]
struct Packed {
    key: i32,
    value: f64,
    more: u32,
}

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Complex {
    re: f64,
    im: f64,
}

#[derive(Clone, Copy, Debug)]
#[repr(u32)]
#[allow(dead_code, reason = "only its layout counts")]
enum Colour {
    Red,
    Green,
}

const C: &str = r"#include <complex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct particle { double position[3]; int charge, mass; };
struct entry { int key; double value; };
struct flags { unsigned a : 3, b : 29; };
union word { double d; uint64_t u; };
struct handle;
enum colour { RED, GREEN };
typedef double real;
typedef double (*callback)(double);

void axpy(size_t n, double a, const double *x, double *y) {}
int status(void) { return 0; }
void nothing(void) {}
float single(float x) { return x; }
long wide(long x) { return x; }
unsigned unsigned_of(unsigned x) { return x; }
signed char small(char x) { return x; }
bool both(bool a) { return a; }
enum colour next(enum colour c) { return c; }
real typed(const real *x) { return *x; }
double **table(double **rows, const double *const *constant) { return rows; }
void matrix(int rows, double (*a)[3]) {}
void *allocate(size_t bytes) { return 0; }
void opened(struct handle *h) {}
double energy(const struct particle *p) { return 0; }
void lookup(struct entry *e) {}
void by_value(struct particle p) {}
struct entry entry_of(int key) { struct entry e = { key }; return e; }
void bits(struct flags *f) {}
void words(union word *w) {}
long double precise(long double x) { return x; }
double complex rotate(double complex z) { return z; }
void spectrum(const double complex *z) {}
__int128 huge(void) { return 0; }
void apply(callback f, double *x) {}
const char *name(void) { return 0; }
void text(const char *s) {}
void bytes(const unsigned char *b) {}
ssize_t count(const uint32_t *x) { return 0; }
int variadic(int n, ...) { return n; }
int old(a, b) float a; char *b; { return 0; }
static int hidden(int x) { return x; }
int (*use)(int) = hidden;
__attribute__((visibility('hidden'))) int invisible(int x) { return x; }
double variable = 1;
extern __typeof__(axpy) daxpy __attribute__((alias('axpy')));
";

/// What is right of each function.
fn right_c() -> Vec<Prototype> {
    vec![
        prototype!(axpy(n: usize, a: f64, x: *const f64, y: *mut f64)),
        prototype!(axpy(n: u64, a: f64, x: In<[f64]>, y: InOut<[f64]>)),
        prototype!(axpy(n: usize, a: f64, x: *mut f64, y: Out<[f64]>)),
        prototype!(axpy(n: usize, a: f64, x: In<[f64; 3]>, y: *mut [f64; 3])),
        prototype!(axpy(n: usize, a: f64, x: *const c_void, y: *mut c_void)),
        prototype!(daxpy(n: usize, a: f64, x: *const f64, y: *mut f64)),
        prototype!(status() -> c_int),
        prototype!(nothing()),
        prototype!(single(x: f32) -> f32),
        prototype!(wide(x: c_long) -> isize),
        prototype!(unsigned_of(x: u32) -> u32),
        prototype!(small(x: c_char) -> i8),
        prototype!(both(a: u8) -> u8),
        prototype!(next(c: u32) -> u32),
        prototype!(next(c: i32) -> i32),
        prototype!(typed(x: *const f64) -> f64),
        prototype!(table(rows: *mut *mut f64, constant: *const *const f64) -> *mut *mut f64),
        prototype!(matrix(rows: i32, a: *mut [f64; 3])),
        prototype!(matrix(rows: i32, a: *mut f64)),
        prototype!(allocate(bytes: usize) -> *mut c_void),
        prototype!(allocate(bytes: usize) -> *mut f64),
        prototype!(opened(h: *mut c_void)),
        prototype!(opened(h: *mut Particle)),
        prototype!(energy(p: *const Particle) -> f64),
        prototype!(energy(p: In<Particle>) -> f64),
        prototype!(lookup(e: *mut Entry)),
        prototype!(bits(f: *mut u32)),
        prototype!(words(w: *mut u64)),
        prototype!(spectrum(z: *const Complex)),
        prototype!(spectrum(z: *const [f64; 2])),
        prototype!(apply(f: *const c_void, x: *mut f64)),
        prototype!(name() -> *const c_char),
        prototype!(text(s: *const u8)),
        prototype!(text(s: *const i8)),
        prototype!(bytes(b: *const u8)),
        prototype!(count(x: *const u32) -> isize),
        prototype!(variadic(n: i32, x: f64) -> i32),
        prototype!(old(a: f64, b: *mut c_char) -> i32),
    ]
}

/// What is wrong with each, and what the report must find.
fn wrong_c() -> Vec<(Aspect, Prototype)> {
    use Aspect::{Constness, Count, Kind, Layout, Pointee, Pointer, Sign, Symbol, Width};
    vec![
        (Count, prototype!(axpy(n: usize, a: f64, x: *const f64))),
        (Count, prototype!(axpy(n: usize, a: f64, x: *const f64, incx: i32, y: *mut f64))),
        (Count, prototype!(nothing(x: i32))),
        (Width, prototype!(axpy(n: i32, a: f32, x: *const f64, y: *mut f64))),
        (Kind, prototype!(axpy(n: usize, a: i64, x: *const f64, y: *mut f64))),
        (Kind, prototype!(single(x: i32) -> f32)),
        (Width, prototype!(single(x: f64) -> f32)),
        (Sign, prototype!(unsigned_of(x: i32) -> u32)),
        (Sign, prototype!(wide(x: usize) -> i64)),
        (Width, prototype!(both(a: i32) -> u8)),
        (Width, prototype!(next(c: u8) -> u32)),
        (Pointer, prototype!(axpy(n: usize, a: f64, x: u64, y: *mut f64))),
        (Pointer, prototype!(wide(x: *const i64) -> i64)),
        (Pointer, prototype!(table(rows: *mut f64, constant: *const *const f64) -> *mut *mut f64)),
        (Pointer, prototype!(typed(x: *const *const f64) -> f64)),
        (Pointee, prototype!(axpy(n: usize, a: f64, x: *const f32, y: *mut f64))),
        (Pointee, prototype!(axpy(n: usize, a: f64, x: *const i64, y: *mut f64))),
        (Pointee, prototype!(count(x: *const i32) -> isize)),
        (Pointee, prototype!(bytes(b: *const i8))),
        (Pointee, prototype!(energy(p: *const f64) -> f64)),
        (Pointee, prototype!(opened(h: *mut f64))),
        (Pointee, prototype!(apply(f: *const f64, x: *mut f64))),
        (Pointee, prototype!(axpy(n: usize, a: f64, x: *const f64, y: *mut Particle))),
        (Constness, prototype!(axpy(n: usize, a: f64, x: *const f64, y: *const f64))),
        (Constness, prototype!(axpy(n: usize, a: f64, x: In<[f64]>, y: In<[f64]>))),
        (Constness, prototype!(name() -> *mut c_char)),
        (Constness, prototype!(table(rows: *mut *const f64, constant: *const *const f64) -> *mut *mut f64)),
        (Layout, prototype!(energy(p: *const Exchanged) -> f64)),
        (Layout, prototype!(energy(p: In<Charged>) -> f64)),
        (Layout, prototype!(energy(p: In<Massless>) -> f64)),
        (Layout, prototype!(lookup(e: *mut Packed))),
        (Layout, prototype!(matrix(rows: i32, a: *mut [f64; 4]))),
        (Kind, prototype!(by_value(p: *const Particle))),
        (Kind, prototype!(entry_of(key: i32) -> u64)),
        (Kind, prototype!(precise(x: f64) -> f64)),
        (Kind, prototype!(rotate(z: f64) -> f64)),
        (Kind, prototype!(huge() -> i64)),
        (Width, prototype!(old(a: f32, b: *mut c_char) -> i32)),
        (Kind, prototype!(status())),
        (Kind, prototype!(nothing() -> i32)),
        (Width, prototype!(status() -> i64)),
        (Symbol, prototype!(hidden(x: i32) -> i32)),
        (Symbol, prototype!(invisible(x: i32) -> i32)),
        (Symbol, prototype!(variable() -> f64)),
        (Symbol, prototype!(saxpy(n: usize))),
        (Symbol, prototype!(Nothing())),
        (Symbol, prototype!(completely_different())),
    ]
}

/// The reports of wrong prototypes, one after the other. Each must find what is wrong with it, first of all.
pub(crate) fn reports(scratch: &Scratch, library: &std::path::Path, wrong: Vec<(Aspect, Prototype)>) -> String {
    let mut all = String::new();
    for (aspect, prototype) in wrong {
        let declared = prototype.to_string();
        let report = one(library, prototype);
        let [mismatch] = &report.mismatches[..] else { panic!("{declared}: {report}") };
        assert_eq!(mismatch.differences[0].aspect, aspect, "{declared}: {report}");
        let _ = writeln!(all, "{}\n", scratch.text(mismatch));
    }
    all
}

#[track_caller]
pub(crate) fn assert_right(library: &std::path::Path, right: &[Prototype]) {
    let report = veo::verify::compare(library, right);
    assert!(report.is_match() && report.unchecked.is_empty(), "{report}");
    assert_eq!((report.declarations, report.compared), (right.len(), right.len()));
}

fn c() -> String {
    C.replace('\'', "\"")
}

#[test]
fn mistakes_in_declarations_of_c() {
    let scratch = Scratch::new();
    scratch.write("kernels.c", c());
    let library = scratch.library("cc", "kernels.c", "libkernels.so", &["-g", "-O1"]);
    assert_golden("c.txt", &reports(&scratch, &library, wrong_c()));
}

/// Whatever the compiler is, and how it is told to write debug information.
fn c_of(compiler: &str, formats: &[&str]) {
    for optimise in ["-O0", "-O2"] {
        for format in formats {
            let scratch = Scratch::new();
            scratch.write("kernels.c", c());
            let flags = ["-g", optimise, format];
            let library = scratch.library(compiler, "kernels.c", "libkernels.so", &flags);
            assert_right(&library, &right_c());
            reports(&scratch, &library, wrong_c());
        }
    }
}

#[test]
fn declarations_of_c() {
    c_of("cc", &["-gdwarf-4", "-gdwarf-5", "-gz=zlib", "-fdebug-types-section", "-g3", "-flto"]);
}

#[test]
#[ignore = "needs clang"]
fn declarations_of_c_by_clang() {
    c_of("clang", &["-gdwarf-4", "-gdwarf-5", "-gz=zlib", "-fdebug-types-section"]);
}

const CPP: &str = r#"#include <cstddef>
#include <cstdint>
namespace linear { double dot(std::size_t n, const double *x, const double *y) { return 0; } }
double dot(int n, const double *x) { return 0; }
float overloaded(float x) { return x; }
double overloaded(double x) { return x; }
struct Counter { long n; long add(int by) const; };
long Counter::add(int by) const { return n + by; }
enum class Small : std::uint8_t { none };
extern "C" {
    void scale(std::size_t n, double &a, const double &b) { a *= b; }
    bool flag(bool b) { return b; }
    Small kind(Small s) { return s; }
    void observe(const Counter *c) {}
    void nothing() {}
    char16_t unicode(char16_t c) { return c; }
}
"#;

#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
struct Counter {
    n: i64,
}

fn right_cpp() -> Vec<Prototype> {
    vec![
        prototype!(scale(n: usize, a: *mut f64, b: *const f64)),
        prototype!(scale(n: usize, a: InOut<f64>, b: In<f64>)),
        prototype!(flag(b: u8) -> u8),
        prototype!(kind(s: u8) -> u8),
        prototype!(observe(c: *const Counter)),
        prototype!(nothing()),
        prototype!(unicode(c: u16) -> u16),
        prototype!(_ZN6linear3dotEmPKdS1_(n: usize, x: *const f64, y: *const f64) -> f64),
        prototype!(_ZNK7Counter3addEi(this: *const Counter, by: i32) -> i64),
    ]
}

fn wrong_cpp() -> Vec<(Aspect, Prototype)> {
    vec![
        (Aspect::Symbol, prototype!(dot(n: i32, x: *const f64) -> f64)),
        (Aspect::Symbol, prototype!(overloaded(x: f32) -> f32)),
        (Aspect::Symbol, prototype!(add(by: i32) -> i64)),
        (Aspect::Pointer, prototype!(scale(n: usize, a: f64, b: In<f64>))),
        (Aspect::Constness, prototype!(scale(n: usize, a: In<f64>, b: In<f64>))),
        (Aspect::Count, prototype!(_ZNK7Counter3addEi(by: i32) -> i64)),
        (Aspect::Width, prototype!(kind(s: u32) -> u8)),
        (Aspect::Width, prototype!(flag(b: u8) -> i32)),
        (Aspect::Pointee, prototype!(observe(c: *const f64))),
        (Aspect::Kind, prototype!(nothing() -> i32)),
    ]
}

#[test]
#[ignore = "needs g++"]
fn mistakes_in_declarations_of_cpp() {
    let scratch = Scratch::new();
    scratch.write("kernels.cpp", CPP);
    for optimise in ["-O2", "-O0"] {
        let library = scratch.library("g++", "kernels.cpp", "libkernels.so", &["-g", optimise]);
        assert_right(&library, &right_cpp());
        assert_golden("cpp.txt", &reports(&scratch, &library, wrong_cpp()));
    }
    let library = scratch.library("g++", "kernels.cpp", "libkernels.so", &["-g0"]);
    assert_golden("cpp_stripped.txt", &reports(&scratch, &library, wrong_cpp().drain(..3).collect()));
}

const FORTRAN: &str = r"module solver
  use iso_c_binding
contains
  subroutine step(n, x)
    integer, intent(in) :: n
    real(8), intent(inout) :: x(n)
    x = x + 1
  end subroutine
  real(c_double) function mixed(a, i, p) bind(c)
    real(c_double), value :: a
    integer(c_int), value :: i
    real(c_float) :: p(*)
    mixed = a + i + p(1)
  end function
end module
subroutine axpy(n, a, x, y)
  integer, intent(in) :: n
  real(8), intent(in) :: a, x(n)
  real(8), intent(inout) :: y(n)
  y = y + a * x
end subroutine
subroutine open_file(name, unit)
  character(len=*), intent(in) :: name
  integer, intent(out) :: unit
  unit = len(name)
end subroutine
character(len=5) function label(i)
  integer, intent(in) :: i
  label = achar(i)
end function
subroutine shaped(v)
  real(8), intent(inout) :: v(:)
  v(1) = 1
end subroutine
logical function is_set(flag)
  logical, intent(in) :: flag
  is_set = flag
end function
subroutine turn(z, fixed)
  complex(8), intent(inout) :: z
  real(4), intent(in) :: fixed(3, 2)
  z = z * fixed(1, 1)
end subroutine
";

fn right_fortran() -> Vec<Prototype> {
    vec![
        prototype!(axpy_(n: In<i32>, a: In<f64>, x: *const f64, y: *mut f64)),
        prototype!(axpy_(n: *const i32, a: *const f64, x: In<[f64]>, y: InOut<[f64]>)),
        prototype!(open_file_(name: *const u8, unit: Out<i32>, len: usize)),
        prototype!(open_file_(name: In<[i8]>, unit: InOut<i32>, len: i64)),
        prototype!(mixed(a: f64, i: i32, p: *const f32) -> f64),
        prototype!(__solver_MOD_step(n: In<i32>, x: *mut f64)),
        prototype!(is_set_(flag: In<i32>) -> i32),
        prototype!(turn_(z: InOut<Complex>, fixed: In<[f32; 6]>)),
        prototype!(turn_(z: InOut<[f64; 2]>, fixed: *const [[f32; 3]; 2])),
        prototype!(shaped_(v: *mut c_void)),
        prototype!(label_(result: *mut u8, result_len: usize, i: In<i32>)),
    ]
}

fn wrong_fortran() -> Vec<(Aspect, Prototype)> {
    vec![
        (Aspect::Symbol, prototype!(axpy(n: In<i32>, a: In<f64>, x: *const f64, y: *mut f64))),
        (Aspect::Symbol, prototype!(AXPY(n: In<i32>, a: In<f64>, x: *const f64, y: *mut f64))),
        (Aspect::Symbol, prototype!(step(n: In<i32>, x: *mut f64))),
        (Aspect::Symbol, prototype!(mixed_(a: f64, i: i32, p: *const f32) -> f64)),
        (Aspect::Pointer, prototype!(axpy_(n: i32, a: f64, x: *const f64, y: *mut f64))),
        (Aspect::Pointee, prototype!(axpy_(n: In<i64>, a: In<f32>, x: *const f64, y: *mut f64))),
        (Aspect::Count, prototype!(open_file_(name: *const u8, unit: Out<i32>))),
        (Aspect::Count, prototype!(label_(i: In<i32>))),
        (Aspect::Kind, prototype!(shaped_(v: *mut f64))),
        (Aspect::Pointer, prototype!(mixed(a: In<f64>, i: i32, p: *const f32) -> f64)),
        (Aspect::Width, prototype!(is_set_(flag: In<i32>) -> u8)),
        (Aspect::Layout, prototype!(turn_(z: InOut<Complex>, fixed: In<[f32; 5]>))),
        (Aspect::Kind, prototype!(axpy_(n: In<i32>, a: In<f64>, x: *const f64, y: *mut f64) -> i32)),
    ]
}

#[test]
#[ignore = "needs gfortran"]
fn mistakes_in_declarations_of_fortran() {
    let scratch = Scratch::new();
    scratch.write("kernels.f90", FORTRAN);
    for optimise in ["-O0", "-O1", "-O2"] {
        let library = scratch.library("gfortran", "kernels.f90", "libkernels.so", &["-g", optimise]);
        assert_right(&library, &right_fortran());
        assert_golden("fortran.txt", &reports(&scratch, &library, wrong_fortran()));
    }
}

/// The fields of Rust's structs are known where the program has debug information. This says what is known without it.
#[test]
fn enums_of_rust_match_by_their_size() {
    let scratch = Scratch::new();
    scratch.write("e.c", "enum colour { RED, GREEN }; void paint(enum colour *c, short *s) {}");
    let library = scratch.library("cc", "e.c", "libe.so", &["-g"]);
    assert_right(&library, &[prototype!(paint(c: *mut Colour, s: *mut i16))]);
    let report = one(&library, prototype!(paint(c: *mut c_int, s: *mut Colour)));
    assert_eq!(report.mismatches[0].differences[0].aspect, Aspect::Pointee, "{report}");
}
