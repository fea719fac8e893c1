//! What `load` does with good and bad libraries. That this program links at all shows that the crate does not need libveo for it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use veo_sys::{AttemptError, LoadError, SYMBOLS, Symbol, load};

/// A library with these functions, none of which may be called.
fn library(name: &str, functions: impl Iterator<Item = &'static Symbol>) -> PathBuf {
    let source: String =
        functions.map(|symbol| format!("void {}(void) {{}}\n", symbol.name.to_string_lossy())).collect();
    let library = file(&format!("{name}.so"), b"");
    let status = Command::new("cc")
        .args(["-shared", "-fPIC", "-o"])
        .arg(&library)
        .arg(file(&format!("{name}.c"), source.as_bytes()))
        .status();
    assert!(status.expect("cannot run cc").success());
    library
}

fn file(name: &str, content: &[u8]) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content).expect("cannot write a test file");
    path
}

#[test]
fn missing_path_is_named_first() {
    let error = load(Some(Path::new("/nowhere/libveo.so.1"))).unwrap_err();
    assert!(matches!(error, LoadError::NoSuchFile { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.starts_with("\"/nowhere/libveo.so.1\" does not exist"), "{text}");
}

#[test]
fn bare_name_is_a_file_in_the_working_directory() {
    // The dynamic loader would find this one.
    let error = load(Some(Path::new("libc.so.6"))).unwrap_err();
    assert!(matches!(error, LoadError::NoSuchFile { .. }), "{error:?}");
    let error = load(Some(Path::new(""))).unwrap_err();
    assert!(matches!(error, LoadError::NoSuchFile { .. }), "{error:?}");
}

#[test]
fn other_file_is_refused_in_the_words_of_the_loader() {
    let path = file("text.so", &[b'x'; 4096]);
    let text = load(Some(&path)).unwrap_err().to_string();
    assert!(text.starts_with("libveo cannot be loaded:\n"), "{text}");
    let line = format!("\n  {}: invalid ELF header\n", path.display());
    assert!(text.contains(&line), "{text}");
    assert!(text.contains("LD_LIBRARY_PATH"), "{text}");
}

#[test]
fn all_missing_functions_are_named() {
    let absent = ["veo_proc_create", "veo_call_async", "veo_get_hook"];
    let present = SYMBOLS.iter().filter(|symbol| !absent.iter().any(|name| symbol.name.to_str() == Ok(name)));
    let path = library("lacking", present);
    let error = load(Some(&path)).unwrap_err();
    assert!(error.to_string().contains("it lacks 2 of"), "{error}");
    let LoadError::Unusable { attempts } = error else {
        panic!("{error:?}");
    };
    let [attempt] = attempts.as_slice() else {
        panic!("{attempts:?}");
    };
    assert_eq!(attempt.path, path);
    let AttemptError::MissingSymbols(missing) = &attempt.error else {
        panic!("{attempt:?}");
    };
    assert_eq!(missing.names, [c"veo_proc_create", c"veo_call_async"]);
}

#[test]
fn old_library_lacks_only_optional_functions() {
    let path = library("old", SYMBOLS.iter().filter(|symbol| symbol.required));
    let api = load(Some(&path)).unwrap();
    assert!(api.veo_alloc_hmem.is_none());
    assert!(api.veo_free_mem_async.is_none());
}

#[test]
fn same_library_is_loaded_once() {
    let path = library("complete", SYMBOLS.iter());
    let api = load(Some(&path)).unwrap();
    assert!(api.veo_get_ve_arch.is_some());
    let link = path.with_file_name("another-name.so");
    let _ = fs::remove_file(&link);
    std::os::unix::fs::symlink(&path, &link).unwrap();
    for again in [&path, &link] {
        assert!(std::ptr::eq(api, load(Some(again)).unwrap()));
    }
    let other = library("other", SYMBOLS.iter());
    assert!(!std::ptr::eq(api, load(Some(&other)).unwrap()));
}

#[test]
#[ignore = "fails where libveo is installed"]
fn search_reports_each_place() {
    let text = load(None).unwrap_err().to_string();
    for place in ["\n  libveo.so.1: ", "\n  libveo.so: ", "\n  /opt/nec/ve/veos/lib64/libveo.so.1: "] {
        assert!(text.contains(place), "{text}");
    }
}
