//! Libraries, symbols, memory on the heap, and commands that do nothing.

use crate::channel::NEVER;
use crate::host::{Host, PROMPTLY, kernels};
use crate::wire::{Payload, command};

const FAILED: u64 = u64::MAX;

#[test]
fn libraries_are_loaded_and_unloaded() {
    let mut host = Host::start();
    let library = host.load("untyped");
    assert_eq!(host.main.load(&kernels("untyped")), library, "the loader counts");
    assert_eq!(host.main.unload(library), 0);
    let answer = host.main.symbol(library, "answer");
    assert_eq!(host.main.call(answer, &[]), 42);
    assert_eq!(host.main.unload(library), 0);
    host.exit();
}

#[test]
fn libraries_that_cannot_be_loaded_have_no_handle() {
    let mut host = Host::start();
    for path in ["/nowhere/libnowhere.so", "libnowhere.so", "/", "/dev/null", &kernels("unresolved"), "\u{fffd}"] {
        assert_eq!(host.main.load(path), 0, "{path}");
    }
    host.main.ping();
    host.exit();
}

#[test]
fn paths_may_be_as_long_as_libveo_allows_and_longer() {
    let mut host = Host::start();
    let path = kernels("untyped");
    let (folder, file) = path.rsplit_once('/').unwrap();
    for length in [254, 255, 256, 1000, 4000] {
        // Slashes count once.
        let long = format!("{folder}{}{file}", "/".repeat(length - folder.len() - file.len()));
        assert_eq!(long.len(), length);
        assert_ne!(host.main.load(&long), 0, "{length}");
    }
    assert_eq!(host.main.load(&"x".repeat(100_000)), 0);
    host.exit();
}

/// `dlclose` and `dlsym` crash on what is no handle.
#[test]
fn handles_that_are_none_are_errors() {
    let mut host = Host::start();
    let library = host.load("untyped");
    let answer = host.main.symbol(library, "answer");
    assert_eq!(host.main.unload(library), 0);
    for handle in [library, 0, 1, 8, answer, host.main.sp, u64::MAX, 1 << 63] {
        assert_eq!(host.main.unload(handle), FAILED, "{handle:#x}");
        assert_eq!(host.main.resolve(handle, "answer"), 0, "{handle:#x}");
    }
    host.exit();
}

#[test]
fn symbols_are_functions_and_data() {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let table = host.main.symbol(library, "exported_table");
    assert_eq!(host.main.read(table, 12), [7, 0, 0, 0, 8, 0, 0, 0, 9, 0, 0, 0]);
    host.main.write(table + 4, &[77]);
    assert_eq!(host.main.read(table, 5), [7, 0, 0, 0, 77]);
    for name in ["no_such_symbol", "", &"x".repeat(255), &"x".repeat(100_000), "Ä"] {
        assert_eq!(host.main.resolve(library, name), 0, "{name}");
    }
    host.exit();
}

#[test]
fn symbols_of_veorun_itself_have_handle_zero() {
    let mut host = Host::start();
    let square = host.main.symbol(0, "square_in_veorun");
    assert_eq!(host.main.call(square, &[12]), 144);
    for name in ["veorun_declare", "veorun_last_error", "veorun_report_to"] {
        host.main.symbol(0, name);
    }
    for name in ["no_such_symbol", "printf", "main", ""] {
        assert_eq!(host.main.resolve(0, name), 0, "{name}");
    }
    let library = host.load("untyped");
    assert_eq!(host.main.resolve(0, "answer"), 0, "libraries have their own handles");
    assert_eq!(host.main.resolve(library, "square_in_veorun"), square, "a static symbol goes before others");
    host.exit();
}

#[test]
fn memory_is_allocated_and_freed() {
    let mut host = Host::start();
    let addresses: Vec<u64> = [1, 8, 100, 4096, 1 << 20, 256 << 20].map(|size| host.main.alloc(size)).into();
    for &address in &addresses {
        assert!(address != 0 && address % 16 == 0 && address < 1 << 59, "{address:#x}");
        host.main.write(address, &[1]);
    }
    for address in addresses {
        host.main.free(address);
    }
    host.main.free(0);
    let nothing = host.main.alloc(0);
    host.main.free(nothing);
    host.exit();
}

#[test]
fn impossible_sizes_have_no_address() {
    let mut host = Host::start();
    for size in [1 << 47, 1 << 60, u64::MAX / 2, u64::MAX - 4096, u64::MAX] {
        assert_eq!(host.main.alloc(size), 0, "{size:#x}");
    }
    host.main.ping();
    host.exit();
}

#[test]
fn memory_is_copied() {
    let mut host = Host::start();
    let pattern: Vec<u8> = (0..100_000_u32).map(|i| (i * 7 % 253) as u8).collect();
    let (from, to) = (host.main.alloc(100_000), host.main.alloc(100_000));
    host.main.write(from, &pattern);
    host.main.copy(to, from, 100_000);
    assert!(host.main.read(to, 100_000) == pattern);
    host.main.copy(to + 1, from + 10, 7);
    assert_eq!(host.main.read(to, 9)[1..8], pattern[10..17]);
    host.main.copy(to, from, 0);
    host.exit();
}

#[test]
fn commands_that_do_nothing_are_acknowledged() {
    let mut host = Host::start();
    for _ in 0..3 {
        host.main.ping();
        host.main.ask(command::SYNC, Payload::new()).acknowledged();
    }
    host.exit();
}

/// No reply at all would hang libveo for ever.
#[test]
fn unknown_commands_are_exceptions() {
    let replies = [command::ACK, command::RESULT, command::RESULT_WITH_IMAGE, command::EXCEPTION];
    for number in replies.into_iter().chain([command::SLEEPING, 22, 100, 255]) {
        let mut host = Host::start();
        host.main.ping();
        let (_, text) = host.main.ask(number, Payload::new().u64(1).u64(2)).exception();
        assert!(text.contains(&number.to_string()), "{number}: {text}");
        // The context is dead to libveo, which never says so.
        host.ends_within(PROMPTLY.max(NEVER));
    }
}
