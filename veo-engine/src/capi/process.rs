//! Version, processes, libraries and symbols.

use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::sync::{Arc, Mutex};

use veo_sys::{VEO_API_VERSION, VEO_SYMNAME_LEN_MAX, veo_proc_handle};

use super::{ProcessHandle, c_api, fail, handle_of, process_of};
use crate::engine::lock;
use crate::engine::process::Process;
use crate::engine::report::Report;
use crate::engine::table;
use crate::nodes;

c_api! {
    /// The version of the API.
    fn veo_api_version() -> c_int, else 0; { VEO_API_VERSION as c_int }

    /// The version of the libveo whose behaviour this engine follows.
    fn veo_version_string() -> *const c_char, else std::ptr::null(); { c"3.0.2".as_ptr() }

    /// Starts a VE process.
    fn veo_proc_create(node: c_int) -> *mut veo_proc_handle, else std::ptr::null_mut(); { create(node, None) }

    /// Starts a VE process from a command line.
    fn veo_proc_create_static(node: c_int, binary: *mut c_char) -> *mut veo_proc_handle, else std::ptr::null_mut(); {
        if binary.is_null() {
            fail("veo_proc_create_static: no program was given".into());
            return std::ptr::null_mut();
        }
        // SAFETY: not null, and by the header's contract NUL-terminated.
        let line = unsafe { CStr::from_ptr(binary) };
        create(node, Some(OsStr::from_bytes(line.to_bytes())))
    }

    /// Ends a VE process.
    fn veo_proc_destroy(handle: *mut veo_proc_handle) -> c_int, else 0; {
        let Some(handle) = handle_of(handle) else { return -1 };
        // Those who wait for requests may kill it meanwhile, or ask how it ended.
        let process = lock(&handle.process).clone();
        if let Some(process) = process {
            let mut table = lock(table::table());
            if let Some(slot) = table.iter_mut().find(|slot| slot.as_ref().is_some_and(|entry| entry.is(&process))) {
                *slot = None;
            }
            drop(table);
            process.destroy();
            *lock(&handle.end) = process.report();
            *lock(&handle.process) = None;
        }
        0
    }

    /// The index of a live process in this program.
    fn veo_proc_identifier(handle: *mut veo_proc_handle) -> c_int, else -1; {
        let Some(process) = process_of(handle) else { return -1 };
        identifier(&process)
    }

    /// Loads a library.
    fn veo_load_library(handle: *mut veo_proc_handle, name: *const c_char) -> u64, else 0; {
        match (process_of(handle), name_or_errno(name)) {
            (Some(process), Some(path)) => process.load(path),
            _ => 0,
        }
    }

    /// Unloads a library.
    fn veo_unload_library(handle: *mut veo_proc_handle, library: u64) -> c_int, else -1; {
        process_of(handle).map_or(-1, |process| process.unload(library))
    }

    /// Looks up a symbol.
    fn veo_get_sym(handle: *mut veo_proc_handle, library: u64, name: *const c_char) -> u64, else 0; {
        match (process_of(handle), name_or_errno(name)) {
            (Some(process), Some(name)) => process.resolve(library, name),
            _ => 0,
        }
    }
}

fn create(node: c_int, command_line: Option<&OsStr>) -> *mut veo_proc_handle {
    let created = nodes::resolve(node).and_then(|node| Ok((node, Process::create(node, command_line)?)));
    match created {
        Ok((node, process)) => {
            let handle = Box::into_raw(Box::new(ProcessHandle {
                process: Mutex::new(Some(Arc::clone(&process))),
                end: Mutex::default(),
                node,
            }));
            table::insert(process, handle.cast());
            handle.cast()
        }
        Err(error) => {
            fail(error.to_string());
            std::ptr::null_mut()
        }
    }
}

/// The slot of a process in the table, -1 if it is not there.
pub(super) fn identifier(process: &Arc<Process>) -> c_int {
    let table = lock(table::table());
    let slot = table.iter().position(|slot| slot.as_ref().is_some_and(|entry| entry.is(process)));
    slot.and_then(|slot| c_int::try_from(slot).ok()).unwrap_or(-1)
}

/// A name or path of at most 255 bytes; a longer one sets `errno`, as in libveo.
fn name_or_errno<'a>(name: *const c_char) -> Option<&'a [u8]> {
    let short = short_name(name);
    if short.is_none() && !name.is_null() {
        set_errno(libc::ENAMETOOLONG);
    }
    short
}

/// A name or path of at most 255 bytes.
pub(super) fn short_name<'a>(name: *const c_char) -> Option<&'a [u8]> {
    if name.is_null() {
        return None;
    }
    // SAFETY: not null, and by the header's contract NUL-terminated.
    let name = unsafe { CStr::from_ptr(name) }.to_bytes();
    if name.len() > VEO_SYMNAME_LEN_MAX {
        fail(format!("a name of {} bytes; libveo takes at most {VEO_SYMNAME_LEN_MAX}", name.len()));
        return None;
    }
    Some(name)
}

pub(super) fn set_errno(error: c_int) {
    // SAFETY: the location is this thread's own.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    unsafe { *errno = error };
}

/// How the VE process behind a handle ended. `None` while it runs, and for a null handle.
///
/// The C API has nothing like it: it only says that a request failed.
#[must_use]
pub fn report(handle: *mut veo_proc_handle) -> Option<Arc<Report>> {
    match process_of(handle) {
        Some(process) => process.report(),
        None => lock(&handle_of(handle)?.end).clone(),
    }
}

/// Ends the VE process behind a handle at once, whatever runs in it, and waits for its end. Its requests fail; the handle
/// stays valid, and `veo_proc_destroy` returns at once.
pub fn kill(handle: *mut veo_proc_handle) {
    if let Some(process) = process_of(handle) {
        process.kill_by_wish();
    }
}
