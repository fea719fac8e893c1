//! How a program becomes a worker: one initialiser that looks for a host before `main`.
//!
//! The host starts this very program again, so that `cargo run` needs nothing installed. The initialiser is an entry of
//! `.init_array`, the mechanism that crate `inventory` rests on, too. It takes over only in the main program, and runs
//! the initialisers that come after it first: they may register static kernels.

use std::env;
use std::ffi::{c_char, c_int};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::sync::OnceLock;

use super::{ring, urpc};
use crate::shared::control::SOCKET_VARIABLE;

type Initialiser = extern "C" fn(c_int, *mut *mut c_char, *mut *mut c_char);

// SAFETY: glibc calls each entry of this section once, with these arguments, when the program starts.
#[used]
#[unsafe(link_section = ".init_array")]
static INITIALISER: Initialiser = take_over;

/// The entries of the main program's `.init_array` after ours. `None` when ours is not among them: then this code is in
/// a shared library.
fn initialisers_after_ours() -> Option<&'static [Initialiser]> {
    static AFTER: OnceLock<Option<&'static [Initialiser]>> = OnceLock::new();
    *AFTER.get_or_init(|| {
        let all = initialisers_of_main_program()?;
        let ours = all.iter().position(|&entry| std::ptr::fn_addr_eq(entry, take_over as Initialiser))?;
        Some(&all[ours + 1..])
    })
}

/// Whether the engine is linked into the main program, which can then be its own worker.
pub(crate) fn is_in_main_program() -> bool {
    // Reading the static keeps it in the program.
    std::ptr::fn_addr_eq(INITIALISER, take_over as Initialiser) && initialisers_after_ours().is_some()
}

/// Whether the program has rights that whoever started it has not: set-uid, set-gid, file capabilities. Its environment is not
/// to be trusted then, so it neither starts workers nor becomes one.
pub(crate) fn is_privileged() -> bool {
    // SAFETY: reading an auxiliary value has no preconditions.
    unsafe { libc::getauxval(libc::AT_SECURE) != 0 }
}

/// Finds `.init_array` of the main program through its program headers.
fn initialisers_of_main_program() -> Option<&'static [Initialiser]> {
    // SAFETY: reading an auxiliary value has no preconditions.
    let headers = unsafe { libc::getauxval(libc::AT_PHDR) } as *const libc::Elf64_Phdr;
    // SAFETY: as above.
    let count = unsafe { libc::getauxval(libc::AT_PHNUM) } as usize;
    if headers.is_null() {
        return None;
    }
    // SAFETY: the kernel describes the main program's headers, which stay mapped and are never written.
    let headers = unsafe { std::slice::from_raw_parts(headers, count) };
    let own = headers.iter().find(|header| header.p_type == libc::PT_PHDR)?;
    let bias = (std::ptr::from_ref(&headers[0]) as usize).wrapping_sub(own.p_vaddr as usize);
    let dynamic = headers.iter().find(|header| header.p_type == libc::PT_DYNAMIC)?;
    let mut entry = std::ptr::with_exposed_provenance::<[u64; 2]>(bias.wrapping_add(dynamic.p_vaddr as usize));
    let (mut array, mut bytes) = (0, 0);
    loop {
        // SAFETY: the dynamic section is a list of pairs that ends with DT_NULL, where this loop ends, too.
        let [tag, value] = unsafe { entry.read() };
        match tag {
            DT_NULL => break,
            DT_INIT_ARRAY => array = bias.wrapping_add(value as usize),
            DT_INIT_ARRAYSZ => bytes = value as usize,
            _ => {}
        }
        entry = entry.wrapping_add(1);
    }
    if array == 0 {
        return None;
    }
    // SAFETY: the linker wrote this many function pointers there; the loader relocated them before any initialiser ran.
    Some(unsafe {
        std::slice::from_raw_parts(std::ptr::with_exposed_provenance(array), bytes / size_of::<Initialiser>())
    })
}

const DT_NULL: u64 = 0;
const DT_INIT_ARRAY: u64 = 25;
const DT_INIT_ARRAYSZ: u64 = 27;

/// Runs before `main`. Returns at once in every process that no host has started as its worker.
extern "C" fn take_over(argc: c_int, argv: *mut *mut c_char, envp: *mut *mut c_char) {
    if is_privileged() {
        return;
    }
    let socket = announced_socket();
    if socket.is_none() && !urpc::is_announced() {
        return;
    }
    let Some(rest) = initialisers_after_ours() else {
        return;
    };
    let initialise = || rest.iter().for_each(|initialiser| initialiser(argc, argv, envp));
    let Some(socket) = socket else {
        return urpc::serve(argv, initialise);
    };
    // SAFETY: a socket of this kind under the announced number is the one that the host made us inherit. Nothing else in
    // this process, which has not reached `main` yet, can have taken it.
    let socket = unsafe { OwnedFd::from_raw_fd(socket) };
    // Children of kernels must not take themselves for workers.
    // SAFETY: initialisers run before there is a second thread.
    unsafe { env::remove_var(SOCKET_VARIABLE) };
    ring::control::serve(socket, initialise);
}

/// The socket of our own host engine, if one started this process.
fn announced_socket() -> Option<RawFd> {
    let text = env::var_os(SOCKET_VARIABLE)?;
    text.to_str()?.parse().ok().filter(|&fd| is_our_socket(fd))
}

/// Whether a descriptor is a Unix socket of our kind; and if so, closes it on exec.
fn is_our_socket(fd: RawFd) -> bool {
    let option = |name| {
        let mut value: c_int = 0;
        let mut length = size_of::<c_int>() as libc::socklen_t;
        // SAFETY: value and length are valid for the call; a bad descriptor is an error.
        let result = unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, name, (&raw mut value).cast(), &raw mut length) };
        (result == 0).then_some(value)
    };
    option(libc::SO_TYPE) == Some(libc::SOCK_SEQPACKET)
        && option(libc::SO_DOMAIN) == Some(libc::AF_UNIX)
        // SAFETY: plain system call on a descriptor.
        && unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) } == 0
}
