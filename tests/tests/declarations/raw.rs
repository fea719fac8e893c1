// Declarations of the functions in `declared.h`, made by veo-build: do not edit.
// To make them anew:
//
//     veo-declarations --header tests/kernels/declared/declared.h --lib libdeclared.so --output tests/tests/declarations/raw.rs

/// Integers of the library: an LP64 and an ILP64 form could exist.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type declared_int = i32;

/// `declared_index` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type declared_index = declared_int;

/// Order of a matrix.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type DECLARED_ORDER = u32;
/// one row after the other
#[allow(dead_code, non_upper_case_globals)]
pub const RowMajor: DECLARED_ORDER = 101;
/// one column after the other
#[allow(dead_code, non_upper_case_globals)]
pub const ColMajor: DECLARED_ORDER = 102;

/// `enum sign` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type sign = i32;
/// A value of `sign`.
#[allow(dead_code, non_upper_case_globals)]
pub const NEGATIVE: sign = -1;
/// A value of `sign`.
#[allow(dead_code, non_upper_case_globals)]
pub const ZERO: sign = 0;
/// A value of `sign`.
#[allow(dead_code, non_upper_case_globals)]
pub const POSITIVE: sign = 1;

/// `sign_t` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type sign_t = sign;

/// `enum switch_t` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type switch_t = u32;
/// A value of `switch_t`.
#[allow(dead_code, non_upper_case_globals)]
pub const ON: switch_t = 1;
/// A value of `switch_t`.
#[allow(dead_code, non_upper_case_globals)]
pub const OFF: switch_t = 2;

/// A point in the plane.
#[allow(dead_code, non_camel_case_types, non_snake_case)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Point {
    /// to the right
    pub x: f64,
    /// Member `y`.
    pub y: f64,
}

/// `struct segment` of the library.
#[allow(dead_code, non_camel_case_types, non_snake_case)]
#[derive(Clone, Copy, Debug, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct segment {
    /// Member `ends`.
    pub ends: [Point; 2],
    /// Member `colour`.
    pub colour: declared_int,
    /// Member `width`.
    pub width: declared_int,
    /// Member `weight`.
    pub weight: [f64; 2],
}

/// `segment_t` of the library.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type segment_t = segment;

/// `padded` of the library.
///
/// It is known by its address only, since there is padding between its members.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct padded {
    _opaque: [u8; 0],
}

/// `packed` of the library.
///
/// It is known by its address only, since its layout is not the usual one.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct packed {
    _opaque: [u8; 0],
}

/// `with_pointer` of the library.
///
/// It is known by its address only, since it has members that are pointers.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct with_pointer {
    _opaque: [u8; 0],
}

/// `with_bits` of the library.
///
/// It is known by its address only, since it has bit-fields.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct with_bits {
    _opaque: [u8; 0],
}

/// `with_tail` of the library.
///
/// It is known by its address only, since it ends with an array of any length.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct with_tail {
    _opaque: [u8; 0],
}

/// `with_nameless` of the library.
///
/// It is known by its address only, since it has members of types without names.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct with_nameless {
    _opaque: [u8; 0],
}

/// `either` of the library.
///
/// It is known by its address only, since it is a union.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct either {
    _opaque: [u8; 0],
}

/// `Vec` of the library.
///
/// It is known by its address only, since its members are not declared.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct Vec_ {
    _opaque: [u8; 0],
}

/// `solver` of the library.
///
/// It is known by its address only, since its members are not declared.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
#[derive(Debug)]
#[repr(C)]
pub struct solver {
    _opaque: [u8; 0],
}

/// Called for each thing.
#[allow(dead_code, non_camel_case_types, clippy::upper_case_acronyms)]
pub type visitor = ::core::option::Option<extern "C" fn(i32, *mut ::core::ffi::c_void) -> i32>;

#[veo::ve_offload(lib = "libdeclared.so")]
#[allow(dead_code)]
extern "C" {
    /// y = a\*x + y, for x\[0\] ... x\[n-1\]; see \<nested.h\> and \[1\].
    pub fn declared_axpy(n: declared_int, a: f64, x: *const f64, y: *mut f64);

    /// Sum of a \* b.
    ///
    /// indented code is no test
    ///
    /// - `n`: number of elements,
    ///   which may be 0
    /// - `a,b`: vectors
    ///
    /// Returns the sum
    pub fn declared_dot(n: usize, a: *const f64, b: *const f64) -> f64;

    pub fn declared_integers(
        a: ::core::ffi::c_char,
        b: i8,
        c: u8,
        d: i16,
        e: u16,
        f: i32,
        g: u32,
        h: i64,
        i: u64,
        j: i64,
        k: u64,
        l: i8,
        m: u16,
        n: i32,
        o: u64,
        p: usize,
        q: isize,
        r: isize,
        s: usize,
        t: u32,
        u: declared_index,
        v: *mut i32,
    ) -> i32;

    pub fn declared_floats(a: f32, b: f64, c: f32) -> f32;

    pub fn declared_enums(order: DECLARED_ORDER, sign: sign, other: *mut sign_t, on: switch_t) -> DECLARED_ORDER;

    pub fn declared_structs(points: *const Point, segment: *mut segment_t, n: i32, into: *mut Point) -> *mut Point;

    pub fn declared_opaque(
        a: *mut padded,
        b: *mut packed,
        c: *mut with_pointer,
        d: *mut with_bits,
        e: *mut with_tail,
        f: *mut with_nameless,
        g: *mut either,
        h: *const Vec_,
    );

    pub fn declared_open(name: *const ::core::ffi::c_char) -> *mut solver;

    pub fn declared_close(solver: *mut solver);

    pub fn declared_pointers(
        a: *mut ::core::ffi::c_void,
        b: *const ::core::ffi::c_void,
        c: *mut *mut ::core::ffi::c_void,
        d: *const *const ::core::ffi::c_char,
        e: *const *mut f64,
        f: *const f64,
    );

    pub fn declared_arrays(
        m: *const [f64; 3],
        into: *mut f64,
        rows: *const [f64; 3],
        out: *mut [f64; 3],
        cube: *mut [[i64; 2]; 2],
    ) -> f64;

    pub fn declared_complex(z: *const [f64; 2], c: *mut [f32; 2]);

    /// Applies a function.
    pub fn declared_map(f: ::core::option::Option<extern "C" fn(f64) -> f64>, x: f64) -> f64;

    pub fn declared_visit(
        f: visitor,
        data: *mut ::core::ffi::c_void,
        long_enough_for_two_lines: ::core::option::Option<
            extern "C" fn(*const f64, *const f64, *mut ::core::ffi::c_void) -> i32,
        >,
    );

    #[link_name = "match"]
    pub fn match_(type_: i32, fn_: i32, self_: i32, str_: i32, u8_: i32) -> i32;

    pub fn declared_unnamed(arg1: i32, arg2: *mut f64, arg3: *const Point);

    pub fn declared_nothing() -> i32;

    #[link_name = "declared_other_symbol"]
    pub fn declared_renamed(arg1: i32) -> i32;
}

// Left out:
//
// - `declared_print`: it takes any number of arguments
// - `declared_vprint`: parameter `list` is a `va_list`, which only its own machine understands
// - `declared_bool`: parameter `a` is a `bool`, which has 1 byte on the host and 4 on a VE
// - `declared_bools`: parameter `a` is a pointer to a `bool`, which has 1 byte on the host and 4 on a VE
// - `declared_returns`: it returns `Point` by value: structs and unions go by pointer
// - `declared_by_value`: parameter `p` is `Point` by value: structs and unions go by pointer
// - `declared_complex_value`: parameter `z` is a complex number, which fits no VE register; libraries take them by pointer
// - `declared_long`: parameter `x` is a pointer to a `long double` or 128-bit integer, which fits no VE register
// - `declared_wide`: parameter `x` is a `long double` or 128-bit integer, which fits no VE register
// - `declared_returns_function`: it returns a function
// - `declared_functions`: parameter `list` is a pointer to a function pointer
// - `declared_variadic_function`: parameter `f` is a function that takes any number of arguments
// - `declared_table`: it is a variable, not a function
