//! Signatures that were read from the output of compilers.

use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use super::*;
use crate::worker::image::FileMap;
use Class::{F32, F64, I8, I16, I32, I64, U8, U16, U32, U64, Void};

/// A library that was made for a test; its files go with it.
struct Compiled {
    directory: PathBuf,
}

impl Compiled {
    fn new(compiler: &str, file: &str, source: &str, flags: &[&str]) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("veo-dwarf-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join(file), source).unwrap();
        let this = Self { directory };
        let mut command = Command::new(compiler);
        command.current_dir(&this.directory).args(["-shared", "-fPIC", "-w", "-o", "lib.so", file]).args(flags);
        assert!(command.status().unwrap().success(), "{command:?}");
        this
    }

    fn path(&self) -> PathBuf {
        self.directory.join("lib.so")
    }

    fn run(&self, program: &str, args: &[&str]) {
        let mut command = Command::new(program);
        command.current_dir(&self.directory).args(args);
        assert!(command.status().unwrap().success(), "{command:?}");
    }

    fn open(&self) -> Opened {
        let image = Image::new(FileMap::open(&self.path()).unwrap(), &self.path()).unwrap();
        let mut symbols = HashMap::new();
        image.symbols(|name, range| {
            symbols.insert(name.to_owned(), range.start);
        });
        Opened { library: Library::new(image).unwrap(), symbols }
    }
}

impl Drop for Compiled {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.directory);
    }
}

struct Opened {
    library: Library,
    symbols: HashMap<String, u64>,
}

impl Opened {
    fn signature(&mut self, name: &str) -> Option<Signature> {
        self.library.find(*self.symbols.get(name).unwrap_or_else(|| panic!("{name} in {:?}", self.symbols)))
    }

    #[track_caller]
    fn expect(&mut self, name: &str, ret: Class, params: &[Class]) {
        assert_eq!(self.signature(name), Some(Signature { ret, params: params.to_vec() }), "{name}");
    }
}

const C: &str = r"
#include <stdint.h>
#include <stdbool.h>
#include <complex.h>
#include <wchar.h>
int8_t narrow(signed char a, unsigned char b, short c, unsigned short d, int e, unsigned f, bool g, char h) { return a; }
uint64_t wide(long a, unsigned long long b, int64_t c, wchar_t d) { return a + b + c; }
float floats(float a, double b) { return a; }
void nothing(void) {}
void only_takes(int unused) {}
int only_gives(void) { return 1; }
typedef const volatile double cvd; typedef cvd *pointer; typedef cvd again;
again chain(again a, pointer b, int c[3][4], int (*d)(float), const struct unknown *restrict e, void *f) { return a; }
enum small { A, B }; enum negative { C = -1 };
enum small enums(enum small a, enum negative b) { return a; }
_Atomic int atomic(_Atomic long x) { return x; }
struct pair { int a, b; };
int takes_struct(struct pair p) { return p.a; }
struct pair gives_struct(int a) { struct pair p = { a, a }; return p; }
int takes_long_double(long double x) { return x; }
__int128 gives_int128(int x) { return x; }
double complex takes_complex(double complex z) { return z; }
int variadic(int n, ...) { return n; }
int kr_int(a, p) char a; double *p; { return a; }
int kr_float(a) float a; { return a; }
typedef float vector __attribute__((vector_size(16)));
int takes_vector(vector v) { return v[0]; }
long inlined(long a, float unused) { return a * 3; }
long inlines(int a) { return inlined(a, 1) + inlined(a + 1, 2); }
__attribute__((noinline)) static int hidden(double x) { return x; }
int calls_hidden(double x) { return hidden(x) + hidden(x + 1); }
void cold(int); void external(void);
int split(double x, int y) { if (__builtin_expect(y > 77, 0)) { external(); __builtin_abort(); } return x; }
";

fn check_c(library: &mut Opened) {
    library.expect("narrow", I8, &[I8, U8, I16, U16, I32, U32, U8, I8]);
    library.expect("wide", U64, &[I64, U64, I64, I32]);
    library.expect("floats", F32, &[F32, F64]);
    library.expect("nothing", Void, &[]);
    library.expect("only_takes", Void, &[I32]);
    library.expect("only_gives", I32, &[]);
    library.expect("chain", F64, &[F64, U64, U64, U64, U64, U64]);
    library.expect("enums", U32, &[U32, I32]);
    library.expect("atomic", I32, &[I64]);
    library.expect("kr_int", I32, &[I8, U64]);
    library.expect("inlined", I64, &[I64, F32]);
    library.expect("inlines", I64, &[I32]);
    library.expect("calls_hidden", I32, &[F64]);
    library.expect("split", I32, &[F64, I32]);
    for name in ["takes_struct", "gives_struct", "takes_long_double", "gives_int128", "takes_complex", "variadic"] {
        assert_eq!(library.signature(name), None, "{name}");
    }
    for name in ["kr_float", "takes_vector"] {
        assert_eq!(library.signature(name), None, "{name}");
    }
    let inside = library.symbols["narrow"] + 1;
    assert_eq!(library.library.find(inside), None);
}

#[test]
fn functions_in_c() {
    for optimise in ["-O0", "-O2"] {
        for format in ["-gdwarf-4", "-gdwarf-5", "-gz=zlib", "-fdebug-types-section", "-g3"] {
            let flags = ["-g", optimise, format, "-freorder-blocks-and-partition", "-Wl,-z,undefs"];
            check_c(&mut Compiled::new("cc", "kernels.c", C, &flags).open());
        }
    }
}

#[test]
#[ignore = "needs clang"]
fn functions_in_c_by_clang() {
    for optimise in ["-O0", "-O1", "-O3"] {
        for format in ["-gdwarf-4", "-gdwarf-5", "-gz=zlib", "-fdebug-types-section"] {
            check_c(&mut Compiled::new("clang", "kernels.c", C, &["-g", optimise, format, "-Wl,-z,undefs"]).open());
        }
    }
}

#[test]
fn functions_in_c_that_were_optimised_at_link_time() {
    check_c(&mut Compiled::new("cc", "kernels.c", C, &["-g", "-O2", "-flto", "-Wl,-z,undefs"]).open());
}

#[test]
fn debug_information_in_a_file_of_its_own() {
    let library = Compiled::new("cc", "kernels.c", C, &["-g", "-O1", "-Wl,-z,undefs", "-Wl,--build-id"]);
    library.run("objcopy", &["--only-keep-debug", "lib.so", "lib.so.debug"]);
    library.run("objcopy", &["--strip-debug", "--add-gnu-debuglink=lib.so.debug", "lib.so"]);
    check_c(&mut library.open());
    // Of another build: it does not count.
    let other = Compiled::new("cc", "kernels.c", C, &["-g", "-O0", "-Wl,-z,undefs", "-Wl,--build-id"]);
    std::fs::copy(other.path(), library.directory.join("lib.so.debug")).unwrap();
    assert_eq!(library.open().signature("floats"), None);
}

#[test]
fn without_types_there_are_no_signatures() {
    expect_none("cc", &["-g0", "-g1"]);
}

#[test]
#[ignore = "needs clang"]
fn without_types_there_are_no_signatures_by_clang() {
    expect_none("clang", &["-g0", "-g1", "-gline-tables-only"]);
}

fn expect_none(compiler: &str, debug: &[&str]) {
    for debug in debug.iter().flat_map(|debug| [[debug, "-O0"], [debug, "-O2"]]) {
        let library = Compiled::new(compiler, "kernels.c", C, &[debug[0], debug[1], "-Wl,-z,undefs"]);
        let mut library = library.open();
        let names: Vec<_> = library.symbols.keys().cloned().collect();
        assert!(names.iter().any(|name| name == "floats"));
        for name in names {
            assert_eq!(library.signature(&name), None, "{debug:?} {name}");
        }
    }
}

#[test]
#[ignore = "needs g++"]
fn functions_in_cpp() {
    const SOURCE: &str = r#"
        #include <cstdint>
        namespace outer { namespace {  struct hidden { int x; }; }
            enum class colour : uint8_t { red }; enum plain { p = -1 };
            double scaled(const double &x, double &&y, float f) { return x * f + y; }
            colour next(colour c, plain q) { return c; }
            struct counter { long n; long add(int by) const; static short twice(short x) { return x * 2; } virtual ~counter(); };
            long counter::add(int by) const { return n + by; }
            counter::~counter() {}
            template <class T, class... Rest> T sum(T first, Rest... rest) { return (first + ... + rest); }
            template double sum(double, int, float);
            hidden make() { return {}; }
        }
        struct rich { rich(const rich &); ~rich(); int x; };
        extern "C" int takes_rich(rich r) { return r.x; }
        extern "C" decltype(auto) deduced(char16_t c) { return 1.5f; }
        extern "C" int member(int outer::counter::*p, int (outer::counter::*q)(int)) { return 0; }
        extern "C" bool flag(bool b, decltype(nullptr) n) { return b; }
        extern "C" short user(short x) { return outer::counter::twice(x) + outer::make().x; }
    "#;
    for optimise in ["-O0", "-O2"] {
        let mut library = Compiled::new("g++", "kernels.cpp", SOURCE, &["-g", optimise, "-std=c++17"]).open();
        library.expect("_ZN5outer6scaledERKdOdf", F64, &[U64, U64, F32]);
        library.expect("_ZN5outer4nextENS_6colourENS_5plainE", U8, &[U8, I32]);
        library.expect("_ZNK5outer7counter3addEi", I64, &[U64, I32]);
        library.expect("_ZN5outer3sumIdJifEEET_S1_DpT0_", F64, &[F64, I32, F32]);
        library.expect("deduced", F32, &[U16]);
        library.expect("user", I16, &[I16]);
        if optimise == "-O0" {
            library.expect("_ZN5outer7counter5twiceEs", I16, &[I16]);
        }
        for name in ["takes_rich", "member", "flag"] {
            assert_eq!(library.signature(name), None, "{name}");
        }
    }
}

#[test]
#[ignore = "needs gfortran"]
fn functions_in_fortran() {
    const SOURCE: &str = r"
module m
  use iso_c_binding
contains
  real function scale(x, n, name)
    real, intent(in) :: x(*)
    integer, intent(in) :: n
    character(len=*), intent(in) :: name
    scale = sum(x(1:n)) * len(name)
  end function
  real(c_double) function mixed(a, i, p, c) bind(c)
    real(c_double), value :: a
    integer(c_int), value :: i
    real(c_float) :: p
    character(kind=c_char), value :: c
    mixed = a + i + p + ichar(c)
  end function
end module
subroutine sub(a, b, l, s, d)
  real(8) a
  integer b
  logical l
  character(len=7) s
  real(8), allocatable :: d(:)
  a = a + b
  if (l) a = a + ichar(s(1:1))
end subroutine
integer(2) function small(x, unused, y)
  integer(1), value :: x
  real :: unused
  real(8), value :: y
  small = x + y
end function
complex function cplx(z)
  complex, value :: z
  cplx = z
end function
character(len=5) function chars(i)
  integer i
  chars = 'abc'
end function
subroutine optionals(a, b, n)
  real, optional :: a
  integer, optional, value :: b
  real, dimension(:) :: n
  if (present(a)) a = 1
  if (present(b)) n(1) = b
end subroutine
double precision function callback(f, x)
  external f
  double precision f, x
  callback = f(x)
end function
subroutine many(a, b, c, d, e, f, g, h, i, j, k, l)
  integer :: a, b, c, d, e, f, g, h
  real(8) :: i
  real(8), value :: j
  integer, value :: k
  logical, value :: l
  if (l) a = b + c + d + e + f + g + h + i + j + k
end subroutine
";
    for optimise in ["-O0", "-O1", "-O2", "-O3"] {
        let mut library = Compiled::new("gfortran", "kernels.f90", SOURCE, &["-g", optimise]).open();
        library.expect("__m_MOD_scale", F32, &[U64, U64, U64, I64]);
        library.expect("mixed", F64, &[F64, I32, U64, U8]);
        library.expect("sub_", Void, &[U64, U64, U64, U64, U64, I64]);
        library.expect("small_", I16, &[I8, U64, F64]);
        library.expect("chars_", Void, &[U64, I64, U64]);
        library.expect("optionals_", Void, &[U64, I32, U64, U8]);
        library.expect("callback_", F64, &[U64, U64]);
        library.expect("many_", Void, &[U64, U64, U64, U64, U64, U64, U64, U64, U64, F64, I32, U32]);
        assert_eq!(library.signature("cplx_"), None);
    }
}

#[test]
fn damage_gives_no_signature_at_worst() {
    let library = Compiled::new("cc", "kernels.c", C, &["-g", "-O2", "-Wl,-z,undefs"]);
    let intact = std::fs::read(library.path()).unwrap();
    let symbols = library.open().symbols;
    // Most of the damage shall be where it matters.
    let start = intact.len() / 3;
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random as usize
    };
    let mut answers = [0; 2];
    for round in 0..400 {
        let mut bytes = intact.clone();
        for _ in 0..=round % 8 {
            bytes[start + next() % (intact.len() - start)] = next() as u8;
        }
        if round % 10 == 0 {
            bytes.truncate(next() % bytes.len());
        }
        let path = library.directory.join("damaged.so");
        std::fs::write(&path, bytes).unwrap();
        let opened = FileMap::open(&path).ok().and_then(|file| Library::new(Image::new(file, &path)?));
        let Some(mut damaged) = opened else { continue };
        for &address in symbols.values() {
            answers[usize::from(damaged.find(address).is_some())] += 1;
        }
    }
    assert!(answers.iter().all(|&count| count > 100), "none and some: {answers:?}");
}
