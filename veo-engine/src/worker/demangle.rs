//! The names of functions as their authors wrote them.

use std::ffi::{CStr, CString, c_char, c_int};
use std::ptr;
use std::sync::OnceLock;

use super::image::Module;

type Demangler = unsafe extern "C" fn(*const c_char, *mut c_char, *mut usize, *mut c_int) -> *mut c_char;

/// The name as it is in source, as far as it can be told; else the name itself.
pub(crate) fn demangle(name: &str) -> String {
    let rust = addr2line::demangle(name, gimli::DW_LANG_Rust);
    rust.or_else(|| cpp(name)).unwrap_or_else(|| name.to_owned())
}

/// A C++ name, by the C++ library that the kernels brought with them. One of our own would double the size of the worker.
fn cpp(name: &str) -> Option<String> {
    static DEMANGLER: OnceLock<Demangler> = OnceLock::new();
    if !name.starts_with("_Z") {
        return None;
    }
    let demangler = match DEMANGLER.get() {
        Some(demangler) => demangler,
        None => {
            let found = find()?;
            DEMANGLER.get_or_init(|| found)
        }
    };
    let name = CString::new(name).ok()?;
    let mut status = 0;
    // SAFETY: the name is a NUL-terminated string; without a buffer the result is a new one, or null.
    let text = unsafe { demangler(name.as_ptr(), ptr::null_mut(), ptr::null_mut(), &raw mut status) };
    if text.is_null() {
        return None;
    }
    // SAFETY: not null, so a NUL-terminated string.
    let demangled = unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned();
    // SAFETY: the function's contract is that its caller frees the result, which is copied.
    unsafe { libc::free(text.cast()) };
    Some(demangled)
}

/// Not by `dlsym`, which waits for the loader's lock.
fn find() -> Option<Demangler> {
    let is_library = |name: &[u8]| [&b"libstdc++.so"[..], b"libc++abi.so"].iter().any(|of| name.starts_with(of));
    let module = Module::named(is_library)?;
    let image = module.image()?;
    let mut address = None;
    image.symbols(|name, range| {
        if name == "__cxa_demangle" {
            address = Some(range.start);
        }
    });
    let address = module.bias.wrapping_add(address?);
    // SAFETY: the loaded C++ library has the function of this name, and so of this type, there; libraries stay loaded while
    // a crash is reported.
    Some(unsafe { std::mem::transmute::<*const (), Demangler>(ptr::with_exposed_provenance(address as usize)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rust_names_lose_their_hash_and_others_stay() {
        assert_eq!(demangle("_ZN3std2io5Write9write_fmt17h0123456789abcdefE"), "std::io::Write::write_fmt");
        assert_eq!(demangle("main"), "main");
        assert_eq!(demangle("_Z"), "_Z");
    }

    #[test]
    #[ignore = "needs g++"]
    fn cpp_names_are_those_of_the_source() {
        // SAFETY: the C++ library's initialisers may run in any process.
        let library = unsafe { libc::dlopen(c"libstdc++.so.6".as_ptr(), libc::RTLD_NOW) };
        assert!(!library.is_null());
        assert_eq!(demangle("_ZNK5outer7counter3addEid"), "outer::counter::add(int, double) const");
        assert_eq!(demangle("_Znonsense"), "_Znonsense");
    }
}
