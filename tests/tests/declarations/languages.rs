//! Libraries of C++ and Fortran.

use crate::support::{assert_has, compile, folder, left_out, of_library};

const CPP: &str = r#"
#include <complex>
#include <string>
namespace linear {
    struct Vector { double x, y; double length() const; };
    double Vector::length() const { return x; }
    enum class Norm : unsigned char { One = 1, Two = 2 };
    enum class Other { One };
    double norm(const Vector &v, Norm kind, Other o) { return v.x; }
    int same(int x) { return x; }
    namespace inner { int same(int x) { return x; } void only(Vector *&&v) {} }
}
template <class T> T sum(const T *x, long n) { return *x + n; }
template double sum<double>(const double *, long);
int over(int x) { return x; }
int over(double x) { return x; }
void text(const std::string &s, std::complex<double> *z) {}
bool yes() { return true; }
linear::Vector by_value(linear::Vector v) { return v; }
extern "C" int plain(char c, wchar_t w, char32_t u) { return c; }
"#;

#[test]
#[ignore = "needs g++"]
fn cpp() {
    let library = compile(&folder("cpp"), "cpp.cpp", CPP, &["-g"]);
    let generated =
        of_library(&library).rename("_Z4overi", "over_int").rename("_Z4overd", "over_double").generate().unwrap();
    let text = generated.text();
    let norm = "#[link_name = \"_ZN6linear4normERKNS_6VectorENS_4NormENS_5OtherE\"]\npub fn norm(v: *const Vector, kind: Norm, o: Other) -> f64;";
    assert_has(text, norm);
    assert_has(text, "#[link_name = \"_Z4overi\"]\npub fn over_int(x: i32) -> i32;");
    assert_has(text, "#[link_name = \"_Z4overd\"]\npub fn over_double(x: f64) -> i32;");
    assert_has(text, "#[link_name = \"_ZN6linear4sameEi\"]\npub fn linear_same(x: i32) -> i32;");
    assert_has(text, "#[link_name = \"_ZN6linear5inner4sameEi\"]\npub fn linear_inner_same(x: i32) -> i32;");
    assert_has(text, "pub fn sum_double(x: *const f64, n: i64) -> f64;");
    assert_has(text, "pub fn plain(c: ::core::ffi::c_char, w: i32, u: u32) -> i32;");
    assert_has(text, "pub type Norm = u8;");
    assert_has(text, "pub const One: Norm = 1;");
    assert_has(text, "pub const Other_One: Other = 0;");
    assert_has(text, "pub struct Vector {\n/// Member `x`.\npub x: f64,");
    let left_out = left_out(&generated);
    let left_out = left_out.join("\n");
    assert!(left_out.contains("`_ZNK6linear6Vector6lengthEv`: it is a member of `Vector`"), "{left_out}");
    assert!(left_out.contains("`yes`: it returns a `bool`"), "{left_out}");
    assert!(left_out.contains("`by_value`: parameter `v` is `Vector` by value"), "{left_out}");

    let generated = of_library(&library).generate().unwrap();
    let reason = "it is one of several functions of this name; `rename(\"_Z4overi\", …)` tells it apart";
    assert!(generated.left_out().iter().any(|left_out| left_out.name() == "over" && left_out.reason() == reason));
}

const FORTRAN: &str = "
subroutine daxpy(n, a, x, y)
    integer, intent(in) :: n
    double precision, intent(in) :: a, x(n)
    double precision, intent(inout) :: y(n)
    y = y + a * x
end subroutine
real(8) function ddot(n, x, y)
    integer(8) :: n
    real(8) :: x(*), y(*)
    ddot = x(1) * y(1) + n
end function
subroutine mixed(z, c, flag, title, k)
    complex(8) :: z
    complex(4) :: c(3)
    logical :: flag
    character(len=*) :: title
    integer(2), value :: k
    z = c(1) + k + len(title)
    flag = .true.
end subroutine
subroutine descriptor(x)
    interface
    end interface
    real, intent(in) :: x(:)
end subroutine
complex(8) function value()
    value = (1d0, 2d0)
end function
module mesh
    type point
        real(8) :: x, y
    end type
contains
    subroutine move(p)
        type(point), intent(inout) :: p
        p%x = 1
    end subroutine
    subroutine bound(n) bind(c, name='mesh_bound')
        use iso_c_binding
        integer(c_int), value :: n
        print *, n
    end subroutine
end module
";

#[test]
#[ignore = "needs gfortran"]
fn fortran() {
    for level in ["-O0", "-O2"] {
        let library = compile(&folder("fortran"), "fortran.f90", FORTRAN, &["-g", level]);
        let generated = of_library(&library).generate().unwrap();
        let text = generated.text();
        assert_has(
            text,
            "#[link_name = \"daxpy_\"]\npub fn daxpy(n: *mut i32, a: *mut f64, x: *mut f64, y: *mut f64);",
        );
        assert_has(text, "#[link_name = \"ddot_\"]\npub fn ddot(n: *mut i64, x: *mut f64, y: *mut f64) -> f64;");
        let mixed = "pub fn mixed(
            z: *mut [f64; 2],
            c: *mut [f32; 2],
            flag: *mut i32,
            title: *mut ::core::ffi::c_char,
            k: i16,
            _title: i64,
        );";
        assert_has(text, mixed);
        assert_has(text, "#[link_name = \"__mesh_MOD_move\"]");
        assert_has(text, "(p: *mut point);");
        assert_has(text, "pub struct point {\n/// Member `x`.\npub x: f64,");
        assert_has(text, "#[link_name = \"mesh_bound\"]\npub fn bound(n: i32);");
        let left_out = left_out(&generated).join("\n");
        assert!(
            left_out.contains("`descriptor`: parameter `x` is an array descriptor of the Fortran compiler"),
            "{left_out}"
        );
        assert!(left_out.contains("`value`: it returns a complex number"), "{left_out}");
    }
}
