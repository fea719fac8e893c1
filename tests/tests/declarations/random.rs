//! Random functions in C, and what they must be in Rust, by both readers.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{assert_has, compile, folder, of_library};

/// Types by value, in C and in Rust.
const VALUES: [(&str, &str); 24] = [
    ("char", "::core::ffi::c_char"),
    ("signed char", "i8"),
    ("unsigned char", "u8"),
    ("short", "i16"),
    ("unsigned short int", "u16"),
    ("int", "i32"),
    ("unsigned", "u32"),
    ("long", "i64"),
    ("unsigned long", "u64"),
    ("long long", "i64"),
    ("float", "f32"),
    ("double", "f64"),
    ("const int", "i32"),
    ("volatile double", "f64"),
    ("size_t", "usize"),
    ("ptrdiff_t", "isize"),
    ("int16_t", "i16"),
    ("uint64_t", "u64"),
    ("blas_t", "blas_t"),
    ("index_t", "index_t"),
    ("colour_t", "colour_t"),
    ("enum shape", "shape"),
    ("f64", "f64"),
    ("function_t", "function_t"),
];

/// Types that are only behind a pointer.
const POINTEES: [(&str, &str); 6] = [
    ("void", "::core::ffi::c_void"),
    ("point_t", "point_t"),
    ("struct padded", "padded"),
    ("struct unknown", "unknown"),
    ("double _Complex", "[f64; 2]"),
    ("float _Complex", "[f32; 2]"),
];

const TYPES: &str = "#include <stddef.h>\n#include <stdint.h>\ntypedef int blas_t;\ntypedef blas_t index_t;\n\
    typedef enum { RED = -1, BLUE } colour_t;\nenum shape { ROUND, SQUARE };\ntypedef double f64;\n\
    typedef float (*function_t)(int, const double *);\ntypedef struct { double x, y; } point_t;\n\
    struct padded { char a; long b; };\nstruct unknown;\n";

/// A type: what stands in C in front of and behind the name, and what is in Rust.
#[derive(Clone, Debug)]
struct Declarator {
    before: String,
    after: String,
    rust: String,
}

impl Declarator {
    fn new((c, rust): (&str, &str)) -> Self {
        Self { before: format!("{c} "), after: String::new(), rust: rust.to_owned() }
    }

    /// A pointer to it.
    fn pointer(self, to_const: bool) -> Self {
        let start = self.before.trim_end();
        let constant = if to_const { " const" } else { "" };
        let pointer = if to_const || is_const(&self.before) { "*const" } else { "*mut" };
        Self { before: format!("{start}{constant} *"), after: self.after, rust: format!("{pointer} {}", self.rust) }
    }
}

fn is_const(before: &str) -> bool {
    before.starts_with("const ") && !before.contains('*')
}

fn declarator() -> impl Strategy<Value = Declarator> {
    let value = select(&VALUES[..]).prop_map(Declarator::new);
    let pointee = select([&VALUES[..23], &POINTEES[..]].concat()).prop_map(Declarator::new);
    let pointer = (pointee, prop::collection::vec(any::<bool>(), 1..4))
        .prop_map(|(pointee, consts)| consts.into_iter().fold(pointee, Declarator::pointer));
    let array = (select(&VALUES[..12]), any::<bool>(), 2..5_u32).prop_map(|((c, rust), is_const, len)| Declarator {
        before: format!("{}{c} ", if is_const { "const " } else { "" }),
        after: format!("[7][{len}]"),
        rust: format!("{} [{rust}; {len}]", if is_const { "*const" } else { "*mut" }),
    });
    prop_oneof![4 => value, 4 => pointer, 1 => array]
}

/// A result: no array, no function.
fn result() -> impl Strategy<Value = Declarator> {
    let void = Declarator { before: "void ".into(), after: String::new(), rust: String::new() };
    let fits = |ty: &Declarator| ty.after.is_empty() && !ty.before.starts_with("function_t ");
    prop_oneof![1 => Just(void), 3 => declarator().prop_filter("returned", fits)]
}

fn functions() -> impl Strategy<Value = Vec<(Vec<Declarator>, Declarator)>> {
    prop::collection::vec((prop::collection::vec(declarator(), 0..12), result()), 1..40)
}

/// The functions in C, which do nothing, with their prototypes, and each one in Rust.
fn texts(functions: &[(Vec<Declarator>, Declarator)]) -> (String, String, Vec<String>) {
    let (mut header, mut source, mut rust) = (TYPES.to_owned(), String::new(), Vec::new());
    for (number, (parameters, result)) in functions.iter().enumerate() {
        let named = parameters.iter().enumerate();
        let in_c: Vec<String> = named.clone().map(|(place, ty)| format!("{}p{place}{}", ty.before, ty.after)).collect();
        let in_c = if in_c.is_empty() { "void".to_owned() } else { in_c.join(", ") };
        let in_rust: Vec<String> = named.map(|(place, ty)| format!("p{place}: {}", ty.rust)).collect();
        let returned = if result.rust.is_empty() { String::new() } else { format!(" -> {}", result.rust) };
        let _ = writeln!(header, "{}fun{number}({in_c});", result.before);
        let body = if result.rust.is_empty() { "" } else { " return 0; " };
        let _ = writeln!(source, "{}fun{number}({in_c}) {{{body}}}", result.before);
        rust.push(format!("pub fn fun{number}({}){returned};", in_rust.join(", ")));
    }
    (header, source, rust)
}

fn compare(declarations: &veo_build::Declarations, rust: &[String]) {
    let generated = declarations.generate().unwrap();
    assert_eq!(generated.left_out(), []);
    rust.iter().for_each(|line| assert_has(generated.text(), line));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn of_libraries(functions in functions()) {
        let (header, source, rust) = texts(&functions);
        let library = compile(&folder("random"), "random.c", &(header + &source), &["-g", "-O1"]);
        compare(&of_library(&library), &rust);
    }

    #[test]
    #[ignore = "needs libclang"]
    fn of_headers(functions in functions()) {
        let (header, _, rust) = texts(&functions);
        let file = folder("random_header").join("random.h");
        std::fs::write(&file, header).unwrap();
        let mut declarations = veo_build::Declarations::from_header(&file);
        declarations.cargo_metadata(false).lib("librandom.so");
        compare(&declarations, &rust);
    }
}
