//! The functions that a VE's runtime offers to kernels: `veo_ve.h`, and the tag functions of `veo_hmem.h`.
//!
//! Kernel libraries leave them undefined, or name NEC's `libveohmem.so` or `libaveoVE.so` as needed. Any program can be a
//! worker, and most export nothing; so when a library cannot be loaded for want of these, the worker writes two small shared
//! objects of these names into memory, whose symbols are the addresses of the functions below, and loads them first.

use std::ffi::{CString, c_int, c_long, c_void};
use std::fs::File;
use std::io::Write;
use std::os::fd::{AsRawFd, FromRawFd};
use std::sync::OnceLock;

use super::history;
use crate::capi;

/// The libraries in which a VE has these functions.
const LIBRARIES: [&str; 2] = ["libveohmem.so", "libaveoVE.so"];

/// The functions.
fn symbols() -> [(&'static str, *const c_void); 6] {
    [
        ("veo_prev_req_result", previous_result as *const c_void),
        ("syscall_wrapper", system_call as *const c_void),
        ("veo_is_ve_addr", capi::veo_is_ve_addr as *const c_void),
        ("veo_get_hmem_addr", capi::veo_get_hmem_addr as *const c_void),
        ("veo_get_max_proc_identifier", capi::veo_get_max_proc_identifier as *const c_void),
        ("veo_get_proc_identifier_from_hmem", capi::veo_get_proc_identifier_from_hmem as *const c_void),
    ]
}

/// `veo_prev_req_result`: what an earlier request of this context returned; `offs` 0 is the one directly before. -1 if there
/// is none, or it returned nothing.
///
/// # Safety
/// `result` is null or valid for a write.
pub unsafe extern "C" fn previous_result(offs: c_int, result: *mut u64) -> c_int {
    match history::previous(offs) {
        Some(value) if !result.is_null() => {
            // SAFETY: not null, and by this function's contract valid.
            unsafe { result.write(value) };
            0
        }
        _ => -1,
    }
}

/// The number of the VE's own system call, which this host has for something else.
const SYS_VE: c_int = 316;

/// `syscall_wrapper`: a system call of this host. The result, or the negative error number. `-ENOTSUP` for the system call
/// that only a VE has.
///
/// # Safety
/// As for the system call.
pub unsafe extern "C" fn system_call(
    number: c_int,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    if number == SYS_VE {
        return -c_long::from(libc::ENOTSUP);
    }
    // SAFETY: by this function's contract.
    let result = unsafe { libc::syscall(c_long::from(number), a, b, c, d, e, f) };
    let error = std::io::Error::last_os_error().raw_os_error().unwrap_or(libc::EINVAL);
    if result == -1 { -c_long::from(error) } else { result }
}

/// Whether these words of the loader mean that a library lacks the helpers; if so, they are there when this returns.
pub(crate) fn supplied_after(loader_error: &str) -> bool {
    static SUPPLIED: OnceLock<bool> = OnceLock::new();
    let mut names = LIBRARIES.into_iter().chain(symbols().map(|(name, _)| name));
    names.any(|name| loader_error.contains(name))
        && *SUPPLIED.get_or_init(|| {
            // The loader knows objects by their path, so the first must not leave its descriptor's number to the second.
            let loaded = LIBRARIES.map(|name| load(&image(name, &symbols())));
            loaded.iter().all(Option::is_some)
        })
}

/// Loads a shared object from memory, for good, with its symbols visible to libraries that are loaded later. The file is
/// needed no longer than until the next one is loaded.
fn load(image: &[u8]) -> Option<File> {
    // SAFETY: the name is NUL-terminated.
    let fd = unsafe { libc::memfd_create(c"veo-helpers".as_ptr(), libc::MFD_CLOEXEC) };
    if fd < 0 {
        return None;
    }
    // SAFETY: the kernel just gave us this descriptor.
    let mut file = unsafe { File::from_raw_fd(fd) };
    file.write_all(image).ok()?;
    let path = CString::new(format!("/proc/{}/fd/{}", std::process::id(), file.as_raw_fd())).ok()?;
    // SAFETY: the object has no initialisers: loading it only makes its symbols known.
    let handle = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW | libc::RTLD_GLOBAL | libc::RTLD_NODELETE) };
    (!handle.is_null()).then_some(file)
}

/// A shared object with this name and these symbols, at absolute addresses. It is as little as the loader wants to see:
///
/// ```text
///   0    ELF header, program headers (load all of it; the dynamic section; no executable stack)
///   232  dynamic section    → name, symbols, their names, hash table
///        symbols            the first is empty
///        hash table         one bucket with a chain through all symbols
///        names
/// ```
fn image(name: &str, symbols: &[(&str, *const c_void)]) -> Vec<u8> {
    const DYNAMIC: usize = size_of::<libc::Elf64_Ehdr>() + 3 * size_of::<libc::Elf64_Phdr>();
    const DYNAMIC_SIZE: usize = 7 * 16;
    const SYMBOLS: usize = DYNAMIC + DYNAMIC_SIZE;
    let count = symbols.len() + 1;
    let hash = SYMBOLS + count * size_of::<libc::Elf64_Sym>();
    let names = hash + 4 * (3 + count);

    let mut text = format!("\0{name}\0").into_bytes();
    let mut table = words(&[0, 0, 0]);
    for (name, address) in symbols {
        let start = text.len() as u64;
        text.extend(name.bytes().chain([0]));
        // Name, kind (a global function) and place (absolute) share the first word.
        let kind = u64::from(STB_GLOBAL << 4 | STT_FUNC) << 32 | SHN_ABS << 48;
        table.extend(words(&[start | kind, address.expose_provenance() as u64, 0]));
    }
    let size = (names + text.len()) as u64;
    let segment = |kind: u32, flags: u32, at: u64, size: u64, align: u64| {
        words(&[u64::from(kind) | u64::from(flags) << 32, at, at, at, size, size, align])
    };
    // Writable: older loaders note absolute addresses in the dynamic section.
    let flags = libc::PF_R | libc::PF_W;

    let mut image = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
    image.extend(halves(&[ET_DYN, EM_X86_64, 1, 0]));
    image.extend(words(&[0, size_of::<libc::Elf64_Ehdr>() as u64, 0]));
    image.extend(halves(&[
        0,
        0,
        size_of::<libc::Elf64_Ehdr>() as u16,
        size_of::<libc::Elf64_Phdr>() as u16,
        3,
        64,
        0,
        0,
    ]));
    image.extend(segment(libc::PT_LOAD, flags, 0, size, 0x1000));
    image.extend(segment(libc::PT_DYNAMIC, flags, DYNAMIC as u64, DYNAMIC_SIZE as u64, 8));
    image.extend(segment(libc::PT_GNU_STACK, flags, 0, 0, 16));
    image.extend(words(&[DT_SONAME, 1, DT_HASH, hash as u64, DT_SYMTAB, SYMBOLS as u64, DT_SYMENT, 24]));
    image.extend(words(&[DT_STRTAB, names as u64, DT_STRSZ, text.len() as u64, DT_NULL, 0]));
    image.extend(table);
    // One bucket, `count` links: the bucket leads to symbol 1, each symbol to the next, the last to 0.
    image.extend([1, count, 1, 0].into_iter().chain(2..count).chain([0]).flat_map(|link| (link as u32).to_le_bytes()));
    image.extend(text);
    image
}

const ET_DYN: u16 = 3;
const EM_X86_64: u16 = 62;
const STB_GLOBAL: u8 = 1;
const STT_FUNC: u8 = 2;
const SHN_ABS: u64 = 0xfff1;
const DT_NULL: u64 = 0;
const DT_HASH: u64 = 4;
const DT_STRTAB: u64 = 5;
const DT_SYMTAB: u64 = 6;
const DT_STRSZ: u64 = 10;
const DT_SYMENT: u64 = 11;
const DT_SONAME: u64 = 14;

fn words(values: &[u64]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn halves(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use std::ffi::c_char;

    use super::*;

    extern "C" fn seven() -> c_int {
        7
    }

    #[test]
    fn the_loader_takes_an_image_and_finds_its_symbols() {
        let symbols = [("veo_test_helper_seven", seven as *const c_void), ("veo_test_helper_1", std::ptr::dangling())];
        load(&image("libveotesthelper.so", &symbols)).unwrap();
        // SAFETY: the name is NUL-terminated.
        let handle = unsafe { libc::dlopen(c"libveotesthelper.so".as_ptr(), libc::RTLD_NOW | libc::RTLD_NOLOAD) };
        assert!(!handle.is_null(), "it is known by its name");
        for (name, address) in symbols {
            let name = CString::new(name).unwrap();
            let name: *const c_char = name.as_ptr();
            for scope in [handle, libc::RTLD_DEFAULT] {
                // SAFETY: a handle of this process and a NUL-terminated name.
                assert_eq!(unsafe { libc::dlsym(scope, name) }.cast_const(), address);
            }
        }
    }

    #[test]
    fn other_complaints_of_the_loader_are_not_about_helpers() {
        assert!(!supplied_after("libx.so: undefined symbol: veo_alloc_mem"));
        assert!(!supplied_after("libx.so: cannot open shared object file: No such file or directory"));
    }
}
