//! Libraries in other languages than C, called with raw words: types come from their debug information.

use crate::support::{Process, Scratch};
use veo_engine::signature::Class;

fn f64_word(value: f64) -> u64 {
    value.to_bits()
}

fn f32_word(value: f32) -> u64 {
    u64::from(value.to_bits()) << 32
}

fn i_word(value: i64) -> u64 {
    value.cast_unsigned()
}

/// Compiles at several optimisation levels, and gives each library to the test.
fn with(compiler: &str, file: &str, source: &str, test: impl Fn(&Process, u64)) {
    let scratch = Scratch::new();
    scratch.write(file, source);
    let process = Process::new();
    for optimise in ["-O0", "-O1", "-O2", "-O3"] {
        // One after the other: a Fortran compiler writes module files, too.
        let path = scratch.compile(compiler, file, &format!("lib{optimise}.so"), &["-g", optimise]).library();
        let library = process.load(&path);
        test(&process, library);
        process.unload(library);
    }
}

#[test]
fn a_library_takes_the_place_of_another_and_a_declaration_goes_before_debug_information() {
    let scratch = Scratch::new();
    let libraries = ["double", "float", "int"].map(|of| {
        scratch.write(&format!("{of}.c"), &format!("{of} f({of} x, {of} y) {{ return x - 2 * y; }}"));
        scratch.compile("cc", &format!("{of}.c"), &format!("lib{of}.so"), &["-g", "-O1"]).library()
    });
    let process = Process::new();
    let mut addresses = Vec::new();
    for _ in 0..3 {
        let words = [(f64_word(7.5), f64_word(2.0), f64_word(3.5)), (f32_word(7.5), f32_word(2.0), f32_word(3.5))];
        let words = words.into_iter().chain([(i_word(-1), i_word(4), i_word(-9))]);
        for (path, (x, y, difference)) in libraries.iter().zip(words) {
            let library = process.load(path);
            let function = process.symbol(library, "f");
            addresses.push(function);
            assert_eq!(process.call_words(function, &[x, y]), difference, "{path:?}");
            process.unload(library);
        }
    }
    // Otherwise this test shows nothing.
    addresses.sort_unstable();
    addresses.dedup();
    assert!(addresses.len() < 9, "{addresses:x?}");

    let library = process.load(&libraries[2]);
    let function = process.symbol(library, "f");
    assert_eq!(process.call_words(function, &[i_word(-1), i_word(1)]), i_word(-3));
    process.declare(library, &[("f".into(), Class::U8, vec![Class::I32, Class::I32])]);
    assert_eq!(process.call_words(function, &[i_word(-1), i_word(1)]), 0xfd);
}

#[test]
fn a_function_of_which_nothing_is_known_is_called_by_its_setters() {
    let scratch = Scratch::new();
    scratch.write(
        "x.c",
        "struct s { long a; }; long f(struct s s, double x) { return s.a * x; } long g(long a, ...) { return a; }",
    );
    let path = scratch.compile("cc", "x.c", "libx.so", &["-g", "-O1"]).library();
    let process = Process::new();
    let library = process.load(&path);
    let args = crate::support::Args::new();
    args.word(0, 5);
    assert_eq!(unsafe { (process.api.veo_args_set_double)(args.pack, 1, 2.5) }, 0);
    for _ in 0..3 {
        assert_eq!(process.call(process.symbol(library, "f"), &args), Ok(12));
        assert_eq!(process.call(process.symbol(library, "g"), &args), Ok(5));
    }
}

#[test]
#[ignore = "needs g++"]
fn cpp() {
    const SOURCE: &str = r#"
        #include <cstdint>
        namespace outer {
            enum class colour : uint8_t { red, green };
            enum plain { p = -1 };
            double scaled(const double &x, float f, double &&y) { return x * f + y; }
            colour next(colour c, plain q) { return q == p ? colour(int(c) + 1) : c; }
            struct counter { long n; float add(int8_t by, double more) const; };
            float counter::add(int8_t by, double more) const { return n + by + more; }
            template <class T, class... Rest> T sum(T first, Rest... rest) { return (first + ... + rest); }
            template double sum(double, int, float);
        }
        namespace { bool flip(bool b) { return !b; } }
        extern "C" bool flag(bool b, char16_t c) { return flip(b) && c == 0xffff; }
    "#;
    with("g++", "kernels.cpp", SOURCE, |process, library| {
        let call = |name: &str, words: &[u64]| process.call_words(process.symbol(library, name), words);
        let x = process.upload(&2.5_f64.to_le_bytes());
        let result = call("_ZN5outer6scaledERKdfOd", &[x, f32_word(2.0), x]);
        assert_eq!(result, f64_word(7.5));
        assert_eq!(call("_ZN5outer4nextENS_6colourENS_5plainE", &[1, i_word(-1)]), 2);
        assert_eq!(call("_ZN5outer4nextENS_6colourENS_5plainE", &[255, i_word(-1)]), 0);
        let counter = process.upload(&100_i64.to_le_bytes());
        assert_eq!(call("_ZNK5outer7counter3addEad", &[counter, i_word(-8), f64_word(0.5)]), f32_word(92.5));
        assert_eq!(
            call("_ZN5outer3sumIdJifEEET_S1_DpT0_", &[f64_word(1.5), i_word(-3), f32_word(0.25)]),
            f64_word(-1.25)
        );
        assert_eq!(call("flag", &[0, 0xffff]), 1);
        assert_eq!(call("flag", &[1, 0xffff]), 0);
    });
}

#[test]
#[ignore = "needs gfortran"]
fn fortran() {
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
double precision function dot(n, x, y)
  integer n, i
  double precision x(n), y(n)
  dot = 0
  do i = 1, n
    dot = dot + x(i) * y(i)
  end do
end function
integer(2) function small(x, unused, y)
  integer(1), value :: x
  real :: unused
  real(8), value :: y
  small = x + int(y)
end function
subroutine bump(a, by, name)
  real(8) a
  real(8), value :: by
  character(len=*) name
  a = a + by * len(name) + ichar(name(1:1))
end subroutine
logical function even(n)
  integer n
  even = mod(n, 2) == 0
end function
";
    with("gfortran", "kernels.f90", SOURCE, |process, library| {
        let call = |name: &str, words: &[u64]| process.call_words(process.symbol(library, name), words);
        let floats: Vec<u8> = [1.5_f32, 2.5, 3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let (floats, text, three) =
            (process.upload(&floats), process.upload(b"abc"), process.upload(&3_i32.to_le_bytes()));
        assert_eq!(call("__m_MOD_scale", &[floats, three, text, 2]), f32_word(14.0));
        assert_eq!(call("mixed", &[f64_word(0.5), i_word(-2), floats, 65]), f64_word(65.0));
        let doubles: Vec<u8> = [1.0_f64, 2.0, 3.0].iter().flat_map(|x| x.to_le_bytes()).collect();
        let doubles = process.upload(&doubles);
        assert_eq!(call("dot_", &[three, doubles, doubles]), f64_word(14.0));
        assert_eq!(call("small_", &[i_word(-100), 0, f64_word(-50.0)]), i_word(-150));
        call("bump_", &[doubles, f64_word(10.0), text, 3]);
        assert_eq!(f64::from_bits(process.read_u64(doubles)), 1.0 + 30.0 + 97.0);
        assert_eq!(call("even_", &[three]), 0);
    });
}
