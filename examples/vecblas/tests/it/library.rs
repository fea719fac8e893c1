//! Which BLAS, and none.

use std::collections::BTreeSet;

#[cfg(not(feature = "i64"))]
use veo::DeclarationState;
use veo::{Error, Proc};

use crate::support::{LIBRARIES, Library, libraries, no_library};

/// The functions of the seed of this crate, py-vecblas: all but the youngest of level 1, and `xerbla`.
const SINCE_2022: [&str; 7] =
    ["cblas_scabs1", "cblas_dcabs1", "cblas_crotg", "cblas_zrotg", "cblas_csrot", "cblas_zdrot", "cblas_xerbla"];

fn names() -> BTreeSet<&'static str> {
    let declared = no_library().proc.declarations();
    declared.iter().map(|declared| declared.symbol).filter(|symbol| symbol.starts_with("cblas_")).collect()
}

#[test]
fn all_149_functions_are_registered() {
    let names = names();
    assert_eq!(names.len(), 149);
    assert!(SINCE_2022.iter().all(|name| names.contains(name)));
    let of = |level: &[&str], letters: &str| -> usize {
        let all = level.iter().flat_map(|name| letters.chars().map(move |letter| format!("cblas_{letter}{name}")));
        all.filter(|name| names.contains(name.as_str())).count()
    };
    let level2 = ["gemv", "gbmv", "trmv", "tbmv", "tpmv", "trsv", "tbsv", "tpsv"];
    let real = ["symv", "sbmv", "spmv", "ger", "syr", "spr", "syr2", "spr2"];
    let complex = ["hemv", "hbmv", "hpmv", "geru", "gerc", "her", "hpr", "her2", "hpr2"];
    assert_eq!(of(&level2, "sdcz") + of(&real, "sd") + of(&complex, "cz"), 66);
    assert_eq!(
        of(&["gemm", "symm", "syrk", "syr2k", "trmm", "trsm"], "sdcz") + of(&["hemm", "herk", "her2k"], "cz"),
        30
    );
}

/// Each function but `xerbla` has a routine: its stub is called somewhere.
#[test]
fn all_functions_have_routines() {
    let sources = concat!(include_str!("../../src/stubs.rs"), include_str!("../../src/level1.rs"));
    let words: BTreeSet<&str> = sources.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let without: Vec<&str> = names().into_iter().filter(|name| !words.contains(name)).collect();
    assert_eq!(without, ["cblas_xerbla"]);
}

#[test]
fn without_a_blas_a_call_says_what_was_tried_and_what_to_install() {
    let library = no_library();
    let x = library.upload(&[1.0]);
    let error = vecblas::nrm2(&library.ctx, &x).wait().unwrap_err();
    assert!(matches!(error, Error::Library { symbol: Some("cblas_dnrm2"), .. }), "{error:?}");
    let text = error.to_string();
    for part in ["cblas_dnrm2", "/there/is/no/libblas.so: no such file", "apt install libopenblas0", "VECBLAS_LIBRARY"]
    {
        assert!(text.contains(part), "no {part} in: {text}");
    }
    // What is wrong with arguments is told all the same.
    let error = vecblas::dot(&library.ctx, &x, x.slice(..0)).wait().unwrap_err();
    assert!(matches!(error, Error::Argument { .. }), "{error}");
}

/// Says in the output of `cargo test` what the ignored tests need, if it is not there.
#[test]
fn which_libraries_are_here() {
    for &(package, path) in LIBRARIES {
        let library = Library::new((package, path));
        if library.has("cblas_ddot") {
            eprintln!("{package} is here: {path}");
        } else {
            eprintln!("NOT TESTED with {package}, which is not installed: {path} does not load");
        }
    }
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn the_first_library_that_loads_is_used() {
    let proc = Proc::create(0).unwrap();
    let ctx = proc.open_context().unwrap();
    let (x, mut y) = (proc.upload(&[1.0, 2.0, 3.0]).unwrap(), proc.upload(&[1.0; 3]).unwrap());
    vecblas::axpy(&ctx, 2.0, &x, &mut y);
    assert_eq!(y.to_vec().unwrap(), [3.0, 5.0, 7.0]);
}

#[cfg(not(feature = "i64"))]
#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn functions_that_a_library_lacks_are_errors_of_their_calls() {
    let missing = |library: &Library| -> Vec<&'static str> {
        let declared = library.proc.declarations().into_iter();
        let missing = declared.filter(|declared| matches!(declared.state, DeclarationState::Missing(_)));
        missing.map(|declared| declared.symbol).filter(|symbol| symbol.starts_with("cblas_")).collect()
    };
    let [netlib, openblas, gsl] = libraries().try_into().ok().unwrap();
    assert!(missing(&netlib).is_empty());
    assert!(missing(&openblas).iter().all(|name| SINCE_2022.contains(name)));
    assert_eq!(missing(&gsl).len(), 6);
    let error =
        vecblas::rotg(&gsl.ctx, vecblas::Complex::new(1.0_f32, 0.0), vecblas::Complex::default()).wait().unwrap_err();
    assert!(matches!(&error, Error::Symbol { symbol, .. } if symbol == "cblas_crotg"), "{error}");
    assert!(error.to_string().contains("libgslcblas.so.0"), "{error}");
    let x = gsl.upload(&[3.0, 4.0]);
    assert_eq!(vecblas::nrm2(&gsl.ctx, &x).wait().unwrap(), 5.0);
}

/// Routines of several libraries side by side, in processes of their own.
#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn processes_have_their_own_libraries() {
    let libraries = libraries();
    let buffers: Vec<_> = libraries.iter().map(|library| library.upload(&[3.0_f32, 4.0])).collect();
    let norms = libraries.iter().zip(&buffers).map(|(library, x)| vecblas::nrm2(&library.ctx, x));
    let norms: Vec<_> = norms.collect();
    assert!(norms.into_iter().all(|norm| norm.wait().unwrap() == 5.0));
}

#[test]
#[ignore = "needs libblas3, libgslcblas0, libopenblas0"]
fn memory_of_another_process_is_refused() {
    let (library, other) = (Library::new(LIBRARIES[0]), Library::new(LIBRARIES[0]));
    let x = other.upload(&[1.0]);
    let error = vecblas::nrm2(&library.ctx, &x).wait().unwrap_err();
    assert!(matches!(error, Error::WrongProcess { .. }), "{error}");
}
