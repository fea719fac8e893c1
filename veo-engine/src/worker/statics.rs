//! The symbols of `veorun` itself, found with library handle 0.
//!
//! They come from three places: functions of our own, Rust functions that `#[ve_kernel]` registers, and the table
//! `_veo_static_symtable`, in which a worker that is linked from C lists what its objects define.

use std::collections::HashMap;
use std::ffi::{CStr, c_char, c_void};
use std::fmt;
use std::sync::OnceLock;

use super::{executor, report};
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

    /// A function without a declared signature: its types come from debug information, else from how its arguments were set.
    #[must_use]
    pub const fn undeclared(name: &'static str, address: *const ()) -> Self {
        Self { name, address, params: &[], ret: None }
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// Where it is in this program.
    #[must_use]
    pub fn address(&self) -> u64 {
        self.address as u64
    }

    /// How its arguments travel.
    #[must_use]
    pub fn params(&self) -> &'static [Class] {
        self.params
    }

    /// How its result travels; `None` if no signature is declared.
    #[must_use]
    pub fn ret(&self) -> Option<Class> {
        self.ret
    }
}

inventory::collect!(StaticSymbol);

/// The functions that every veorun offers to typed clients.
static OWN: [StaticSymbol; 3] = [
    StaticSymbol::new(
        "veorun_declare",
        veorun_declare as *const (),
        &[Class::U64, Class::U64, Class::U64, Class::U64],
        Class::U64,
    ),
    StaticSymbol::new("veorun_report_to", report::veorun_report_to as *const (), &[Class::U64], Class::U64),
    StaticSymbol::new("veorun_last_error", veorun_last_error as *const (), &[Class::U64, Class::U64], Class::U64),
];

/// An entry of the table that C objects bring.
#[repr(C)]
struct TableEntry {
    name: *const c_char,
    address: *const c_void,
}

// SAFETY: the table is never written after the program was linked.
unsafe impl Sync for TableEntry {}

unsafe extern "C" {
    /// The first entry; the last one has no name.
    static _veo_static_symtable: TableEntry;
}

// An empty table, for programs that bring none. Weak, which Rust has no word for: a table in the program replaces it.
std::arch::global_asm!(
    ".pushsection .rodata._veo_static_symtable,\"a\",@progbits",
    ".weak _veo_static_symtable",
    ".type _veo_static_symtable,@object",
    ".balign 8",
    "_veo_static_symtable: .quad 0, 0",
    ".size _veo_static_symtable, 16",
    ".popsection",
);

/// The table of C objects, by name. Of two entries with one name the first counts.
fn table() -> &'static HashMap<&'static CStr, u64> {
    static TABLE: OnceLock<HashMap<&'static CStr, u64>> = OnceLock::new();
    TABLE.get_or_init(|| {
        let mut table = HashMap::new();
        let mut entry = &raw const _veo_static_symtable;
        loop {
            // SAFETY: the table ends with an entry without a name, where this loop ends, too.
            let TableEntry { name, address } = unsafe { entry.read() };
            if name.is_null() {
                return table;
            }
            // SAFETY: names are NUL-terminated texts of the program.
            table.entry(unsafe { CStr::from_ptr(name) }).or_insert(address.expose_provenance() as u64);
            entry = entry.wrapping_add(1);
        }
    })
}

/// Every static symbol of Rust.
pub(crate) fn all() -> impl Iterator<Item = &'static StaticSymbol> {
    OWN.iter().chain(inventory::iter::<StaticSymbol>)
}

/// The address of the static symbol of this name.
pub(crate) fn find(name: &CStr) -> Option<u64> {
    let rust = all().find(|symbol| symbol.name.as_bytes() == name.to_bytes()).map(StaticSymbol::address);
    rust.or_else(|| table().get(name).copied())
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
