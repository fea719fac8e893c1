//! `src/raw.rs` of crate vecblas is what is made of its C header. Here and not there, since it must run when that file is wrong.

use veo_build::{Declarations, IntegerWidth, Lib};

const COMMAND: &str = "VECBLAS_WRITE=1 cargo test -p veo-build --features header --test vecblas";

/// A library by the environment, NEC's own, then what a host has.
const LIBRARIES: [&str; 9] = [
    "$VECBLAS_LIBRARY",
    "$NLC_HOME/lib/libcblas.so",
    "libcblas.so",
    "/opt/nec/ve/nlc/*/lib/libcblas.so",
    "/opt/nec/ve3/nlc/*/lib/libcblas.so",
    "libcblas.so.3",
    "libopenblas.so.0",
    "libblas.so.3",
    "libgslcblas.so.0",
];

/// The same, with 64-bit integers.
const LIBRARIES_I64: [&str; 7] = [
    "$VECBLAS_LIBRARY",
    "$NLC_HOME/lib/libcblas_i64.so",
    "libcblas_i64.so",
    "/opt/nec/ve/nlc/*/lib/libcblas_i64.so",
    "/opt/nec/ve3/nlc/*/lib/libcblas_i64.so",
    "libopenblas64.so.0",
    "libblas64.so.3",
];

const HELP: &str = "No BLAS was found. On Debian: `apt install libopenblas0` (or libblas3, libgslcblas0; with feature `i64`, \
     libopenblas64-0). For a VE: NEC's Numeric Library Collection, and `source .../bin/nlcvars.sh`. VECBLAS_LIBRARY=/a/path \
     names a library that is tried first.";

fn declarations() -> Declarations {
    let mut declarations =
        Declarations::from_header(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/vecblas/include/vecblas.h"));
    declarations
        .lib_for_feature("static", Lib::Static)
        .lib_for_feature("i64", LIBRARIES_I64)
        .lib(LIBRARIES)
        .help(HELP)
        .integer_width("CBLAS_INT", IntegerWidth::Feature("i64".into()))
        .complex_type("num_complex::Complex")
        .copied_in("cblas_*", "alpha")
        .copied_in("cblas_*", "beta")
        .copied_in("cblas_*cabs1", "z")
        .regenerate(COMMAND)
        .cargo_metadata(false);
    declarations
}

#[test]
fn what_fits_nothing_is_an_error() {
    for (functions, parameter) in [("cblas_*", "nothing"), ("cblas_saxpy", "alpha")] {
        let mut declarations = declarations();
        let error = declarations.copied_in(functions, parameter).generate().unwrap_err();
        assert!(error.to_string().contains(parameter), "{error}");
    }
    assert!(declarations().complex_type("no path").generate().is_err());
}

#[test]
fn raw_is_what_the_header_gives() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/vecblas/src/raw.rs");
    let declarations = declarations();
    let made =
        if std::env::var_os("VECBLAS_WRITE").is_some() { declarations.write(path) } else { declarations.check(path) };
    let made = made.unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(made.functions().len(), 149);
    assert!(made.left_out().is_empty(), "{:?}", made.left_out());
}
