//! The symbols of `veorun` itself, found with library handle 0.

use std::ffi::c_char;
use std::fmt;

use super::executor;
use crate::signature::Class;

/// A function that is linked into the worker and can be called without loading a library. `#[ve_kernel]` makes them.
pub struct StaticSymbol {
    name: &'static str,
    address: *const (),
    params: &'static [Class],
    /// `None`: no signature is declared.
    ret: Option<Class>,
}

// SAFETY: the address of a function may be known to every thread; nothing here is ever written.
unsafe impl Send for StaticSymbol {}
// SAFETY: as above.
unsafe impl Sync for StaticSymbol {}

impl fmt::Debug for StaticSymbol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StaticSymbol").field("name", &self.name).finish_non_exhaustive()
    }
}

impl StaticSymbol {
    /// A function with its signature.
    #[must_use]
    pub const fn new(name: &'static str, address: *const (), params: &'static [Class], ret: Class) -> Self {
        Self { name, address, params, ret: Some(ret) }
    }

    /// A function whose callers bring the types: its arguments go where their setters say.
    #[must_use]
    pub const fn undeclared(name: &'static str, address: *const ()) -> Self {
        Self { name, address, params: &[], ret: None }
    }

    pub(crate) fn address(&self) -> u64 {
        self.address as u64
    }

    pub(crate) fn params(&self) -> &'static [Class] {
        self.params
    }

    pub(crate) fn ret(&self) -> Option<Class> {
        self.ret
    }
}

inventory::collect!(StaticSymbol);

/// The functions that every veorun offers to typed clients.
static OWN: [StaticSymbol; 2] = [
    StaticSymbol::new(
        "veorun_declare",
        veorun_declare as *const (),
        &[Class::U64, Class::U64, Class::U64, Class::U64],
        Class::U64,
    ),
    StaticSymbol::new("veorun_last_error", veorun_last_error as *const (), &[Class::U64, Class::U64], Class::U64),
];

/// Every static symbol.
pub(crate) fn all() -> impl Iterator<Item = &'static StaticSymbol> {
    OWN.iter().chain(inventory::iter::<StaticSymbol>)
}

/// The static symbol of this name.
pub(crate) fn find(name: &str) -> Option<&'static StaticSymbol> {
    all().find(|symbol| symbol.name == name)
}

/// Resolves and declares a batch of signatures: `batch` holds `batch_len` bytes of records, `addresses` has room for
/// `count` words, which receive each record's address or 0. Returns how many were found.
///
/// # Safety
/// The pointers are valid for these lengths.
unsafe extern "C" fn veorun_declare(batch: *const u8, batch_len: usize, addresses: *mut u64, count: usize) -> u64 {
    if batch.is_null() || addresses.is_null() {
        return 0;
    }
    // SAFETY: by this function's contract.
    let batch = unsafe { std::slice::from_raw_parts(batch, batch_len) };
    // SAFETY: by this function's contract.
    let addresses = unsafe { std::slice::from_raw_parts_mut(addresses, count) };
    executor::get().declare_batch(batch, addresses) as u64
}

/// Copies the loader's words about the last failure into `text`, cut at `capacity` bytes. Returns the number of bytes.
///
/// # Safety
/// `text` is valid for writes of `capacity` bytes.
unsafe extern "C" fn veorun_last_error(text: *mut c_char, capacity: usize) -> u64 {
    let error = executor::get().last_error();
    let length = error.len().min(capacity);
    if text.is_null() || length == 0 {
        return 0;
    }
    // SAFETY: `length` does not exceed either buffer.
    unsafe { text.cast::<u8>().copy_from_nonoverlapping(error.as_ptr(), length) };
    length as u64
}
