//! Copies whose addresses come from elsewhere: a bad one is an error and not the end of the process.
//!
//! `memmove` runs as always. If it is hit by SIGSEGV or SIGBUS, the handler of `fault.rs` asks [`rescue`] first, which puts
//! the thread behind the copy, as the C library's `siglongjmp` would: `memmove` holds nothing that it would have to give back.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::ptr;

thread_local! {
    /// The stack pointer of the copy that this thread is inside of; 0 outside.
    static INSIDE: Cell<u64> = const { Cell::new(0) };
}

/// Copies `bytes` bytes, which may overlap. `false` if an address cannot be read or written; some bytes may have been copied.
///
/// # Safety
/// What is written, where it can be written, is nothing that Rust code here relies on.
pub(crate) unsafe fn copy(to: *mut u8, from: *const u8, bytes: usize) -> bool {
    if bytes == 0 {
        return true;
    }
    let is_mapped = |address: usize| address.checked_add(bytes).is_some_and(|end| end <= USER_SPACE);
    if !is_mapped(to.addr()) || !is_mapped(from.addr()) {
        return false;
    }
    // SAFETY: a bad address ends in `rescue`; the caller vouches for what is written.
    unsafe { enter(to, from, bytes, INSIDE.with(Cell::as_ptr), libc::memmove) == 0 }
}

/// Addresses above, up to those of the kernel, belong to nobody; the processor does not even say which one was used.
const USER_SPACE: usize = 1 << 47;

/// Puts the thread that was hit behind its copy, if it is inside of one. For a signal's handler, with the thread's state.
pub(super) fn rescue(signal: c_int, registers: &mut [i64; 23]) -> bool {
    let inside = INSIDE.replace(0);
    if inside == 0 || !matches!(signal, libc::SIGSEGV | libc::SIGBUS) {
        return false;
    }
    registers[libc::REG_RSP as usize] = inside.cast_signed();
    registers[libc::REG_RIP as usize] = leave as *const () as i64;
    true
}

type Move = unsafe extern "C" fn(*mut c_void, *const c_void, usize) -> *mut c_void;

/// Saves what a callee must preserve, notes the stack pointer in `inside`, and calls `copy`. 0, or 1 by way of [`leave`].
///
/// # Safety
/// As for [`copy`]; `inside` is this thread's [`INSIDE`].
#[unsafe(naked)]
unsafe extern "sysv64" fn enter(to: *mut u8, from: *const u8, bytes: usize, inside: *mut u64, copy: Move) -> u64 {
    std::arch::naked_asm!(
        "push rbp",
        "push rbx",
        "push r12",
        "push r13",
        "push r14",
        "push r15",
        // Keeps the stack pointer 16-byte aligned for the call.
        "push rcx",
        "mov rbx, rcx",
        "mov [rbx], rsp",
        "call r8",
        "mov qword ptr [rbx], 0",
        "xor eax, eax",
        "jmp {restore}",
        restore = sym restore,
    )
}

/// Where a copy that was hit goes on, with the stack pointer that [`enter`] noted: returns 1 from there.
#[unsafe(naked)]
unsafe extern "sysv64" fn leave() {
    std::arch::naked_asm!("mov eax, 1", "jmp {restore}", restore = sym restore)
}

/// Restores what [`enter`] saved, and returns to its caller with the result in `eax`.
#[unsafe(naked)]
unsafe extern "sysv64" fn restore() {
    std::arch::naked_asm!("pop rcx", "pop r15", "pop r14", "pop r13", "pop r12", "pop rbx", "pop rbp", "ret",)
}

/// The word at an address, if it can be read.
pub(crate) fn read_word(address: u64) -> Option<u64> {
    let mut word = 0_u64;
    let from = ptr::with_exposed_provenance(address as usize);
    // SAFETY: the word is ours, and 8 bytes long.
    unsafe { copy((&raw mut word).cast(), from, size_of::<u64>()) }.then_some(word)
}
