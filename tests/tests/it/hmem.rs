//! HMEM: VE addresses with the identifier of their process.

use std::env;
use std::io::Write;
use std::process::Command;

use veo::{Context, Error, HmemPtr, MAX_HMEM_PROCS, Proc, VePtr, hmemcpy, is_ve_addr};
use veo_tests::kernels::*;

use crate::support::{NEVER, assert_says, differs, process, within};

/// Runs a test in a program of its own: the other tests leave processes behind, on purpose, and with them the identifiers that HMEM
/// can have.
fn alone(name: &str, test: fn()) {
    const INSIDE: &str = "VEO_TESTS_ALONE";
    if env::var_os(INSIDE).is_some() {
        return test();
    }
    let mut program = Command::new(env::current_exe().unwrap());
    let output = program.args(["--exact", &format!("hmem::{name}")]).env(INSIDE, "").output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{}:\n{said}{complained}", output.status);
    for line in complained.lines().filter(|line| line.starts_with("DIFFERS: ")) {
        std::io::stderr().write_all(format!("{line}\n").as_bytes()).unwrap();
    }
}

macro_rules! alone {
    ($(fn $name:ident() $body:block)*) => {$(
        #[test]
        fn $name() {
            alone(stringify!($name), || $body);
        }
    )*};
}

fn pattern(n: usize) -> Vec<u8> {
    (0..n).map(|i| (i * 7 + i / 256) as u8).collect()
}

fn sum_of(ctx: &Context, x: HmemPtr<u8>) -> veo::Result<i64> {
    total(ctx, 0, x.cast::<i32>()).wait()
}

fn tag(identifier: u32) -> u64 {
    1 << 63 | u64::from(identifier) << 59 | 0x1000
}

alone! {
    fn copies_in_every_direction() {
        let (proc, ctx) = process();
        for n in [0, 1, 4096, (1 << 20) + 3] {
            let (x, y) = (proc.alloc_hmem::<u8>(n).unwrap(), proc.alloc_hmem::<u8>(n).unwrap());
            let mut back = vec![0; n];
            hmemcpy(x, &pattern(n), n).unwrap();
            hmemcpy(y, x, n).unwrap();
            hmemcpy(&mut back, y, n).unwrap();
            assert_eq!(back, pattern(n), "{n} bytes");
            proc.free_hmem(x).unwrap();
            proc.free_hmem(y).unwrap();
        }
        let mut host = [0; 3];
        hmemcpy(&mut host, &[1, 2, 3], 3).unwrap();
        assert_eq!(host, [1, 2, 3]);
        assert_eq!(echo_i32(&ctx, 1).wait().unwrap(), 1);
    }

    fn kernels_take_the_address() {
        let (proc, ctx) = process();
        let x = proc.alloc_hmem::<i32>(4).unwrap();
        fill(&ctx, 4, 3, x);
        push(&ctx, 2, 1, x.add(2));
        assert_eq!(total(&ctx, 4, x).wait().unwrap(), 20);
        assert_eq!(compare(&ctx, x, x.add(2), 8).wait().unwrap().signum(), -1);
        // The tag itself, for whoever wants it.
        assert_eq!(echo_u64(&ctx, x.addr()).wait().unwrap(), x.addr());
        proc.free_hmem(x).unwrap();
    }

    fn the_tag_tells_the_process() {
        let ((proc, ctx), (other, _)) = (process(), process());
        let buffer = proc.upload(&[1, 2, 3]).unwrap();
        let tagged = proc.hmem_ptr(buffer.as_ptr()).unwrap();
        assert!(tagged.is_ve_addr() && is_ve_addr(tagged.addr()) && !is_ve_addr(buffer.as_ptr().addr()));
        assert_eq!((tagged.as_ptr(), tagged.proc_identifier()), (buffer.as_ptr(), Some(proc.identifier().unwrap())));
        assert_eq!(tagged.proc().unwrap().id(), proc.id());
        assert_eq!(tagged.pid().unwrap(), process_id(&ctx).wait().unwrap());
        assert_eq!(tagged.node().unwrap(), 0);
        assert_eq!(
            (tagged.add(2).as_ptr(), tagged.add(2).proc_identifier()),
            (buffer.as_ptr().add(2), tagged.proc_identifier())
        );
        assert_eq!(proc.hmem_ptr(tagged.as_ptr()).unwrap(), tagged);
        assert_ne!(proc.identifier().unwrap(), other.identifier().unwrap());
        let mut back = [0; 3];
        hmemcpy(&mut back, tagged, 3).unwrap();
        assert_eq!(back, [1, 2, 3]);
    }

    fn copies_between_processes() {
        let ((here, _), (there, ctx)) = (process(), process());
        for n in [0, 1, (2 << 20) + 5] {
            let (x, y) = (here.alloc_hmem::<u8>(n).unwrap(), there.alloc_hmem::<u8>(n).unwrap());
            hmemcpy(x, &pattern(n), n).unwrap();
            hmemcpy(y, x, n).unwrap();
            let mut back = vec![0; n];
            hmemcpy(&mut back, y, n).unwrap();
            assert_eq!(back, pattern(n), "{n} bytes");
            let error = sum_of(&ctx, x).unwrap_err();
            assert!(matches!(error, Error::WrongProcess { .. }), "{error}");
            assert!(matches!(there.free_hmem(x).unwrap_err(), Error::WrongProcess { .. }));
            here.free_hmem(x).unwrap();
            there.free_hmem(y).unwrap();
        }
    }

    fn what_is_no_hmem_is_an_error() {
        let (proc, ctx) = process();
        let x = proc.alloc_hmem::<i32>(3).unwrap();
        let mut host = [0; 3];
        assert_says(hmemcpy(x, &[1, 2], 3).unwrap_err(), &["hmemcpy", "3 elements", "2"]);
        assert_says(hmemcpy(&mut host, x, 4).unwrap_err(), &["hmemcpy", "4 elements", "3"]);
        assert_says(hmemcpy(&mut host, &[1; 2], 3).unwrap_err(), &["hmemcpy", "3 elements", "2"]);
        let untagged = HmemPtr::<i32>::from_addr(0x1000);
        assert_says(
            hmemcpy(&mut host, untagged, 3).unwrap_err(),
            &["hmemcpy from", "0x1000", "not tagged", "Proc::hmem_ptr"],
        );
        assert_says(hmemcpy(untagged, &host, 3).unwrap_err(), &["hmemcpy to", "0x1000", "not tagged"]);
        assert_says(proc.free_hmem(untagged).unwrap_err(), &["freeing", "0x1000", "not tagged"]);
        assert_says(total(&ctx, 3, untagged).wait().unwrap_err(), &["passing", "0x1000", "not tagged"]);
        let none = (0..MAX_HMEM_PROCS).rev().find(|id| HmemPtr::<u8>::from_addr(tag(*id)).proc().is_err()).unwrap();
        let nobody = HmemPtr::<i32>::from_addr(tag(none));
        for error in [
            hmemcpy(&mut host, nobody, 3).unwrap_err(),
            hmemcpy(nobody, x, 3).unwrap_err(),
            proc.free_hmem(nobody).unwrap_err(),
            nobody.pid().unwrap_err(),
            nobody.node().unwrap_err(),
            total(&ctx, 3, nobody).wait().unwrap_err(),
        ] {
            assert_says(error, &["no process with the identifier", &none.to_string()]);
        }
        let error = hmemcpy(x.cast::<u64>(), x.cast(), usize::MAX).unwrap_err();
        assert!(matches!(error, Error::OutOfMemory { .. }), "{error}");
        for n in [usize::MAX, usize::MAX / 4, 1 << 45] {
            let error = proc.alloc_hmem::<i32>(n).unwrap_err();
            assert!(matches!(error, Error::OutOfMemory { .. }), "{n}: {error}");
        }
        proc.free_hmem(x).unwrap();
    }

    fn hmem_is_freed_once() {
        if differs("an address that is freed twice may end the VE process") {
            return;
        }
        let (proc, _) = process();
        let x = proc.alloc_hmem::<i32>(3).unwrap();
        proc.free_hmem(x).unwrap();
        assert_says(proc.free_hmem(x).unwrap_err(), &["freeing", "freed before"]);
        assert_says(
            hmemcpy(proc.hmem_ptr(VePtr::<u8>::from_addr(8)).unwrap(), &[1], 1).unwrap_err(),
            &["copy 1 bytes", "0x8"],
        );
    }

    fn of_a_process_that_has_ended() {
        within(NEVER, || {
            let (proc, ctx) = process();
            let x = proc.alloc_hmem::<i32>(3).unwrap();
            let _ = read_null(&ctx).wait().unwrap_err();
            assert_says(hmemcpy(x, &[1, 2, 3], 3).unwrap_err(), &["copy 12 bytes", "SIGSEGV"]);
            assert_says(hmemcpy(&mut [0; 3], x, 3).unwrap_err(), &["copy 12 bytes", "SIGSEGV"]);
            assert_says(hmemcpy(x, x.add(1), 1).unwrap_err(), &["copy 4 bytes", "SIGSEGV"]);
            let error = proc.alloc_hmem::<i32>(3).unwrap_err();
            assert_says(error, &["allocating 12 bytes", "SIGSEGV"]);
            drop((proc, ctx));
            assert_says(hmemcpy(x, &[1, 2, 3], 3).unwrap_err(), &["no process with the identifier"]);
        });
    }

    fn of_a_process_that_was_destroyed() {
        let (proc, ctx) = process();
        let x = proc.alloc_hmem::<i32>(3).unwrap();
        drop(ctx);
        let clone = proc.clone();
        proc.destroy().unwrap();
        let _ = hmemcpy(x, &[1, 2, 3], 3).unwrap_err();
        let _ = clone.alloc_hmem::<i32>(3).unwrap_err();
        // The next one may have its identifier.
        let (next, _) = process();
        let y = next.alloc_hmem::<i32>(3).unwrap();
        hmemcpy(y, &[1, 2, 3], 3).unwrap();
        assert_eq!(y.proc().unwrap().id(), next.id());
    }

    fn the_seventeenth_process_has_none() {
        let procs: Vec<Proc> = (0..=MAX_HMEM_PROCS).map(|_| Proc::create(0).unwrap()).collect();
        let last = procs.iter().find(|proc| proc.identifier().unwrap() >= MAX_HMEM_PROCS).unwrap();
        let words = [&*format!("identifier {}", last.identifier().unwrap()), "HMEM", "below 16", "destroy"];
        assert_says(last.alloc_hmem::<i32>(1).unwrap_err(), &words);
        assert_says(last.hmem_ptr(VePtr::<u8>::null()).unwrap_err(), &words);
    }
}
