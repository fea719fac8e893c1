//! The end of the worker in peace, and that of its host without a word.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use std::{env, fs, io, process, thread};

use veo_tests::system;

use crate::channel::{Channel, NEVER, until};
use crate::host::{Host, PROMPTLY, USUAL_STACK, spawn};
use crate::segment::{Queue, Side};
use crate::wire::{Payload, command, flag};

#[test]
fn the_worker_ends_when_it_is_told() {
    let mut host = Host::start();
    let mut further = host.open(1, USUAL_STACK);
    further.exit();
    host.main.exit();
    let status = host.ends_within(NEVER);
    assert_eq!(status.code(), Some(0));
    assert_eq!(host.main.segment.flags(Queue::Commands, Side::Receiver) & flag::EXITED, flag::EXITED);
    assert_eq!(host.main.segment.flags(Queue::Replies, Side::Sender) & flag::EXITED, flag::EXITED);
    assert_eq!((host.main.segment.attached(), further.segment.attached()), (1, 1));
    assert_eq!(host.output(), (String::new(), String::new()));
}

#[test]
fn libraries_have_their_last_word() {
    let mut host = Host::start();
    let be_polite = host.function("untyped", "be_polite");
    host.main.call(be_polite, &[]);
    host.main.exit();
    assert!(host.ends_within(NEVER).success());
    assert_eq!(host.output().0, "hello, goodbye");
}

/// libveo waits for the end of the process without a limit.
#[test]
fn code_that_hangs_at_the_end_does_not_keep_the_worker() {
    let mut host = Host::start();
    let hang_at_exit = host.function("untyped", "hang_at_exit");
    assert_eq!(host.main.call(hang_at_exit, &[]), 0);
    host.main.exit();
    host.ends_within(NEVER);
}

#[test]
fn other_channels_do_not_keep_the_worker() {
    for kernel in ["never_return", "spin"] {
        let mut host = Host::start();
        let endless = host.function("testkernels", kernel);
        let idle = host.open(1, USUAL_STACK);
        let mut busy = host.open(1, USUAL_STACK);
        busy.send(command::CALL, Payload::new().u64(endless).words(&[]));
        host.main.exit();
        host.ends_within(NEVER);
        assert_eq!((idle.segment.attached(), busy.segment.attached()), (1, 1));
    }
}

/// libveo asks for the worker's death with the thread that started it. A context outlives that thread.
#[test]
fn the_end_of_the_thread_that_started_it_does_not_end_the_worker() {
    let mut host = thread::spawn(Host::start).join().unwrap();
    thread::sleep(Duration::from_millis(200));
    host.main.ping();
    host.open(1, USUAL_STACK).ping();
    host.exit();
}

/// A child that a kernel leaves behind has no part in the segment.
#[test]
fn children_of_kernels_do_not_keep_the_segment() {
    let mut host = Host::start();
    let leave_a_child = host.function("testkernels", "leave_a_child");
    let child = host.main.call(leave_a_child, &[]) as i32;
    let attached = host.main.segment.attached();
    let mut further = host.open(1, USUAL_STACK);
    further.ping();
    host.main.exit();
    host.ends_within(NEVER);
    let left = host.main.segment.attached();
    // SAFETY: sends a signal to a process that sleeps for a minute, and that nobody else collects.
    let killed = unsafe { libc::kill(child, libc::SIGKILL) };
    assert_eq!((attached, left, killed), (2, 1, 0));
}

/// Says what this process is to do, when it is the host that another one of these tests has started.
const ROLE: &str = "VEO_TEST_URPC_HOST";

/// Marks a host and its workers.
const MARK: &str = "VEO_TEST_URPC_MARK";

/// A process of this very program, which runs the same test in a role of its own.
fn host_process(test: &str, role: &str) -> Child {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(ROLE, role);
    command.env(MARK, format!("{}-{role}", process::id()));
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    spawn(&mut command)
}

/// Waits for a line that begins with this word, and gives the rest.
fn read_word(output: &mut impl BufRead, word: &str) -> String {
    loop {
        let mut line = String::new();
        assert_ne!(output.read_line(&mut line).unwrap(), 0, "no line `{word}`");
        if let Some(rest) = line.strip_prefix(word) {
            return rest.trim().to_owned();
        }
    }
}

fn say(word: &str, number: i32) {
    println!("\n{word} {number}");
    io::stdout().flush().unwrap();
}

#[test]
fn the_worker_does_not_outlive_its_host() {
    const TEST: &str = "ends::the_worker_does_not_outlive_its_host";
    if let Ok(role) = env::var(ROLE) {
        return be_busy(&role);
    }
    for role in ["idle", "main spin", "main never_return", "further spin", "further never_return"] {
        let mut host = host_process(TEST, role);
        let mut output = BufReader::new(host.stdout.take().unwrap());
        let worker: i32 = read_word(&mut output, "worker").parse().unwrap();
        let segment = read_word(&mut output, "segment");
        assert!(!system::is_gone(worker), "{role}");
        host.kill().unwrap();
        host.wait().unwrap();
        assert!(until(PROMPTLY, || system::is_gone(worker)), "{role}: the worker still runs");
        assert!(until(NEVER, || !segments().contains(&segment)), "{role}: the segment is still there");
    }
}

/// The role of a host that is killed: with a worker that is busy, or is not.
fn be_busy(role: &str) {
    let mut host = Host::start();
    let library = host.load("testkernels");
    let mut further = host.open(1, USUAL_STACK);
    if let Some((channel, kernel)) = role.split_once(' ') {
        let function = host.main.symbol(library, kernel);
        let channel = if channel == "main" { &mut host.main } else { &mut further };
        channel.send(command::CALL, Payload::new().u64(function).words(&[]));
    }
    say("worker", host.pid());
    say("segment", host.main.segment.id());
    thread::sleep(Duration::from_secs(60));
}

/// The numbers of all segments of the system.
fn segments() -> Vec<String> {
    let table = fs::read_to_string("/proc/sysvipc/shm").unwrap();
    table.lines().skip(1).filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect()
}

/// Processes with this mark in their environment.
fn marked(mark: &str) -> Vec<i32> {
    let entry = format!("{MARK}={mark}");
    let pids = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        environment.split(|&byte| byte == 0).any(|variable| variable == entry.as_bytes())
    })
    .collect()
}

#[test]
fn a_host_killed_at_any_moment_leaves_nothing() {
    const TEST: &str = "ends::a_host_killed_at_any_moment_leaves_nothing";
    if env::var(ROLE).is_ok() {
        return be_killed();
    }
    for round in 0..30_u64 {
        let role = format!("round {round}");
        let mut host = host_process(TEST, &role);
        let mut output = BufReader::new(host.stdout.take().unwrap());
        let segment = read_word(&mut output, "segment");
        thread::sleep(Duration::from_micros(round * round * 40));
        host.kill().unwrap();
        host.wait().unwrap();
        let mark = format!("{}-{role}", process::id());
        assert!(until(NEVER, || marked(&mark).is_empty()), "{role}: {:?}", marked(&mark));
        assert!(until(NEVER, || !segments().contains(&segment)), "{role}: the segment is still there");
    }
}

/// The role of a host that does everything.
fn be_killed() {
    let segment = crate::segment::Segment::new(1);
    say("segment", segment.id());
    let mut host = Host::start_on(segment, |command| {
        // Its own child may not outlive the test either.
        command.process_group(0);
    });
    let library = host.load("untyped");
    let sum = host.main.symbol(library, "sum");
    let mut channels: Vec<Channel> = Vec::new();
    for round in 0_u64.. {
        let memory = host.main.alloc(1 << 20);
        host.main.write(memory, &vec![1; 1 << 20]);
        assert_eq!(host.main.call(sum, &[memory, 1 << 20]), 1 << 20);
        host.main.free(memory);
        if round % 4 == 0 {
            channels.push(host.open(1, USUAL_STACK));
        } else if let Some(mut channel) = channels.pop() {
            channel.exit();
        }
    }
}

/// An idle worker looks for commands again and again, for there is nobody who wakes it; but not too often.
#[test]
fn an_idle_worker_leaves_the_processor_to_others() {
    let mut host = Host::start();
    let mut channels = [host.open(1, USUAL_STACK), host.open(1, USUAL_STACK)];
    for channel in &mut channels {
        channel.ping();
    }
    thread::sleep(Duration::from_millis(300));
    let before = ticks(host.pid());
    thread::sleep(Duration::from_secs(2));
    let used = ticks(host.pid()) - before;
    // SAFETY: asks for a constant of the system.
    let second = unsafe { libc::sysconf(libc::_SC_CLK_TCK) } as u64;
    assert!(used < 2 * second * 3 / 10, "{used} of {} ticks with three idle channels", 2 * second);
    host.main.ping();
    host.exit();
}

/// The processor time that a process has used.
fn ticks(pid: i32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let words = stat.rsplit_once(')').unwrap().1.split_whitespace();
    words.skip(11).take(2).map(|word| word.parse::<u64>().unwrap()).sum()
}
