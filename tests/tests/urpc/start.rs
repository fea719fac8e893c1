//! How a worker starts, and when it refuses.

use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::Duration;

use crate::host::{Host, kernels, spawn, veorun, worker};
use crate::segment::{Queue, Segment, Side};
use crate::wire::flag;

#[test]
fn the_worker_attaches_and_names_a_stack_pointer() {
    for threads in [1, 2, 4] {
        let host = Host::start_with(threads, |_| {});
        let sp = host.main.sp;
        assert!(sp != 0 && sp.is_multiple_of(64), "{sp:#x}");
        // The largest image that NEC documents lies in the same 64 MiB; libveo refuses the call otherwise.
        let top = sp - (512 << 10) - (63 << 20);
        assert_eq!(sp >> 26, top >> 26, "{sp:#x}");
        assert_eq!(host.main.segment.flags(Queue::Commands, Side::Receiver), flag::READY);
        assert_eq!(host.main.segment.flags(Queue::Replies, Side::Sender), 0);
        host.exit();
    }
}

#[test]
fn the_memory_below_the_stack_pointer_keeps_its_content() {
    let mut host = Host::start();
    let answer = host.function("untyped", "answer");
    let sp = host.main.sp;
    let lowest = sp - (512 << 10) - (63 << 20);
    assert_eq!(host.main.read(lowest, 4096), [0; 4096]);
    let pattern: Vec<u8> = (0..100_000).map(|i| (i % 251) as u8).collect();
    for at in [lowest, sp - (512 << 10) - 100_000] {
        host.main.write(at, &pattern);
    }
    assert_eq!(host.main.call(answer, &[]), 42);
    for at in [lowest, sp - (512 << 10) - 100_000] {
        assert!(host.main.read(at, pattern.len()) == pattern, "{at:#x}");
    }
    host.exit();
}

#[test]
fn the_stack_pointer_stays_the_same() {
    let mut host = Host::start();
    let sp = host.main.sp;
    host.main.greet();
    assert_eq!(host.main.sp, sp);
    host.exit();
}

/// The value of a variable in the worker.
fn variable(host: &mut Host, name: &str) -> Option<String> {
    let getenv = host.function("untyped", "getenv");
    let text = host.main.alloc(256);
    host.main.write(text, format!("{name}\0").as_bytes());
    let value = host.main.call(getenv, &[text]);
    (value != 0).then(|| {
        let bytes = host.main.read(value, 16);
        bytes.iter().take_while(|&&byte| byte != 0).map(|&byte| char::from(byte)).collect()
    })
}

#[test]
fn openmp_gets_the_number_of_threads() {
    let mut host = Host::start_with(1, |command| {
        command.env("VE_OMP_NUM_THREADS", "3");
    });
    assert_eq!(variable(&mut host, "OMP_NUM_THREADS").as_deref(), Some("3"));
    host.exit();
    let mut host = Host::start();
    assert_eq!(variable(&mut host, "OMP_NUM_THREADS"), None);
    assert_eq!(variable(&mut host, "VE_NODE_NUMBER").as_deref(), Some("0"));
    host.exit();
}

#[test]
fn libraries_are_found_on_the_ves_search_path() {
    let mut host = Host::start();
    assert_eq!(host.main.load("libtyped.so"), 0);
    host.exit();
    let path = format!("/nowhere:{}", env!("VEO_KERNEL_DIR"));
    let mut host = Host::start_with(1, |command| {
        command.env("VE_LD_LIBRARY_PATH", path);
    });
    assert_ne!(host.main.load("libtyped.so"), 0);
    assert_eq!(host.main.load("libnowhere.so"), 0);
    host.exit();
}

#[test]
fn relative_paths_start_where_the_host_is() {
    let mut host = Host::start_with(1, |command| {
        command.current_dir(env!("VEO_KERNEL_DIR"));
    });
    assert_ne!(host.main.load("./libtyped.so"), 0);
    host.exit();
}

/// Children of kernels may be programs with the engine, too.
#[test]
fn the_segment_is_announced_to_the_worker_alone() {
    let mut host = Host::start();
    assert_eq!(variable(&mut host, "URPC_SHM_SEGID"), None);
    host.exit();
}

#[test]
fn any_program_with_the_engine_can_be_the_worker() {
    let segment = Segment::new(1);
    let command = worker(env!("CARGO_BIN_EXE_veo-test-child"), &segment);
    let mut host = Host::start_by(command, segment);
    let answer = host.function("untyped", "answer");
    assert_eq!(host.main.call(answer, &[]), 42);
    host.exit();
}

/// libveo asks for ended children of its own group, and takes "there are none" for the worker's end.
#[test]
fn the_worker_stays_in_the_group_of_its_host() {
    let host = Host::start();
    // SAFETY: asks for a number.
    let group = unsafe { libc::getpgid(host.pid()) };
    // SAFETY: as above.
    assert_eq!(group, unsafe { libc::getpgrp() });
    host.exit();
}

/// What is announced besides the segment is not to be trusted: the segment's own size counts.
#[test]
fn the_announced_length_is_not_believed() {
    for announced in ["", "garbage", "0", "99999999999999999999", "8"] {
        let mut host = Host::start_with(1, |command| {
            command.env("URPC_DATA_BUFF_LEN", announced);
        });
        assert_ne!(host.main.load(&kernels("untyped")), 0, "{announced}");
        host.exit();
    }
}

/// Starts a worker that must refuse, and gives what it says.
#[track_caller]
fn refusal(segment: &Segment, mut command: Command) -> String {
    let Output { status, stdout, stderr } = spawn(&mut command).wait_with_output().unwrap();
    let text = String::from_utf8(stderr).unwrap();
    assert!(!status.success(), "{status}: {text}");
    assert!(status.code().is_some(), "{status}: {text}");
    assert!(stdout.is_empty());
    assert!(text.contains("URPC_SHM_SEGID"), "{text}");
    assert_eq!(segment.last_user(), std::process::id() as i32, "nobody else was attached: {text}");
    text
}

#[test]
fn an_id_that_is_none_is_refused() {
    let segment = Segment::new(1);
    for id in ["", "garbage", "-1", "1x", " ", "0x10", "99999999999999999999", "2147483647", "-2147483648"] {
        let mut command = veorun(&segment);
        command.env("URPC_SHM_SEGID", id);
        refusal(&segment, command);
    }
}

#[test]
fn a_segment_that_is_gone_is_refused() {
    let (segment, gone) = (Segment::new(1), Segment::new(1));
    let command = veorun(&gone);
    drop(gone);
    refusal(&segment, command);
}

/// The worker's parent is a shell, which did not make the segment.
#[test]
fn a_segment_of_somebody_else_is_refused() {
    let segment = Segment::new(1);
    let ours = veorun(&segment);
    let mut command = Command::new("sh");
    command.args(["-c", "\"$0\"; exit $?"]).arg(ours.get_program()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for (name, value) in ours.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    refusal(&segment, command);
}

/// A host with several threads may be starting other programs, too: until those are other programs, they are attached.
#[test]
fn a_segment_that_others_use_for_a_moment_is_taken() {
    let segment = Segment::new(1);
    let again = segment.attach_again();
    let release = thread::spawn(move || {
        thread::sleep(Duration::from_millis(100));
        drop(again);
    });
    Host::start_on(segment, |_| {}).exit();
    release.join().unwrap();
}

#[test]
fn a_segment_that_others_use_is_refused() {
    let segment = Segment::new(1);
    let _again = segment.attach_again();
    let text = refusal(&segment, veorun(&segment));
    assert!(text.contains("2 processes"), "{text}");
    assert_eq!(segment.attached(), 2);
}

#[test]
fn a_segment_that_is_too_small_is_refused() {
    for size in [1, 4096, 8192, 12320] {
        let segment = Segment::of_size(size);
        refusal(&segment, veorun(&segment));
    }
}
