//! Timelines: what is in the file, and what becomes of it when things go wrong. Each in a program of its own, since a timeline
//! records the whole program.

use std::collections::HashMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::declarations::built;
use crate::support::{assert_says, child, output_of, program};

fn file(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("timeline-{name}-{}.json", std::process::id()));
    let _ = fs::remove_file(&path);
    path
}

/// The events of a trace, with their rows by name: `process / thread`.
struct Trace {
    events: Vec<Value>,
    rows: HashMap<(u64, u64), String>,
}

fn text<'v>(event: &'v Value, key: &str) -> &'v str {
    event[key].as_str().unwrap_or_default()
}

/// In thousandths of a microsecond, as the file has them.
fn time(event: &Value, key: &str) -> u64 {
    (event[key].as_f64().unwrap() * 1000.0).round() as u64
}

fn end(event: &Value) -> u64 {
    time(event, "ts") + time(event, "dur")
}

impl Trace {
    #[track_caller]
    fn parse(text: &str) -> Self {
        let events: Vec<Value> = serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}:\n{text}"));
        let names = |what: &str| -> HashMap<(u64, u64), String> {
            let of = |event: &&Value| event["ph"] == "M" && event["name"] == what;
            let name = |event: &Value| {
                let key = (event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap());
                (key, event["args"]["name"].as_str().unwrap().to_owned())
            };
            events.iter().filter(of).map(name).collect()
        };
        let processes = names("process_name");
        let rows = names("thread_name");
        let rows = rows.into_iter().map(|(row, name)| (row, format!("{} / {name}", processes[&(row.0, 0)]))).collect();
        Self { events, rows }
    }

    #[track_caller]
    fn read(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap();
        fs::remove_file(path).unwrap();
        Self::parse(&text)
    }

    fn row(&self, event: &Value) -> &str {
        &self.rows[&(event["pid"].as_u64().unwrap(), event["tid"].as_u64().unwrap())]
    }

    /// The slices of a row, by its end, in the order of their begins.
    fn slices(&self, row: &str) -> Vec<&Value> {
        let in_row = |event: &&Value| event["ph"] == "X" && self.row(event).ends_with(row);
        let mut slices: Vec<_> = self.events.iter().filter(in_row).collect();
        slices.sort_by_key(|slice| time(slice, "ts"));
        slices
    }

    fn names(&self, row: &str) -> Vec<&str> {
        self.slices(row).into_iter().map(|slice| text(slice, "name")).collect()
    }

    #[track_caller]
    fn slice(&self, row: &str, name: &str) -> &Value {
        let found: Vec<_> = self.slices(row).into_iter().filter(|slice| slice["name"] == name).collect();
        let [slice] = found[..] else { panic!("{name} is {} times in {row}: {:?}", found.len(), self.names(row)) };
        slice
    }

    /// Rows without overlaps, of which viewers make a mess.
    #[track_caller]
    fn check(&self) {
        for name in self.rows.values().filter(|name| name.contains("context")) {
            for pair in self.slices(name).windows(2) {
                assert!(end(pair[0]) <= time(pair[1], "ts"), "{name}: {} and {}", pair[0], pair[1]);
            }
        }
        let phases = |phase: &str| {
            let mut ids: Vec<_> = self
                .events
                .iter()
                .filter(|event| event["ph"] == phase)
                .map(|event| event["id"].as_u64().unwrap())
                .collect();
            ids.sort_unstable();
            ids
        };
        assert_eq!(phases("s"), phases("f"), "every arrow has two ends");
    }
}

/// The program that records.
fn recorder(arguments: &[&str]) -> Command {
    let mut command = program(env!("CARGO_BIN_EXE_veo-test-timeline"));
    command.args(arguments);
    command
}

fn run(kind: &str) -> (String, PathBuf) {
    let path = file(kind);
    (output_of(recorder(&[kind, path.to_str().unwrap()])), path)
}

#[test]
fn every_request_is_in_its_row() {
    let (output, path) = run("work");
    assert_says(&output, &["finished: ok"]);
    let trace = Trace::read(&path);
    trace.check();
    let execution = "VE process 1 on node 0 / context 1: execution";
    assert_eq!(trace.names(execution), ["nap_us", "sum_bytes", "host function"]);
    let kernel = trace.slice(execution, "sum_bytes");
    assert_eq!(kernel["args"]["library"], "libtestkernels.so");
    assert_eq!((kernel["args"]["arguments"].as_u64(), kernel["args"]["stack_bytes"].as_u64()), (Some(2), Some(16)));
    assert!(kernel["args"]["request"].is_u64(), "{kernel}");
    // It napped 50 ms, and the next one waited for it.
    let nap = trace.slice(execution, "nap_us");
    assert!(time(nap, "dur") >= 50_000_000, "{nap}");
    let waited = trace.slice("context 1: queue", "sum_bytes");
    assert!(time(waited, "dur") >= 40_000_000 && end(waited) == time(kernel, "ts"), "{waited}");
    assert!(trace.events.iter().any(|event| event["ph"] == "C" && event["args"]["waiting"] == 2), "two wait");

    let transfers = "VE process 1 on node 0 / context 0: transfers";
    assert_eq!(trace.names(transfers), ["write 8 KiB", "copy 8 KiB", "read 8 KiB"]);
    let write = trace.slice(transfers, "write 8 KiB");
    assert_eq!(write["args"]["bytes"].as_u64(), Some(8192));
    assert!(text(&write["args"], "address").starts_with("0x"), "{write}");

    let host = trace.rows.values().find(|name| name.ends_with(" / main")).unwrap();
    assert_says(host, &["veo-test-timeline ("]);
    for name in ["submit nap_us", "submit sum_bytes", "submit read 8 KiB", "wait for sum_bytes", "write 8 KiB", "sync"]
    {
        trace.slice(host, name);
    }
}

#[test]
fn an_arrow_leads_from_a_submission_to_its_execution() {
    let (_, path) = run("work");
    let trace = Trace::read(&path);
    let kernel = trace.slice("context 1: execution", "sum_bytes");
    let ends_in_it = |event: &&Value| {
        event["ph"] == "f"
            && event["tid"] == kernel["tid"]
            && event["pid"] == kernel["pid"]
            && event["ts"] == kernel["ts"]
    };
    let head = trace.events.iter().find(ends_in_it).unwrap();
    let tail = trace.events.iter().find(|event| event["ph"] == "s" && event["id"] == head["id"]).unwrap();
    assert_eq!(tail["ts"], trace.slice(" / main", "submit sum_bytes")["ts"]);
    assert_eq!((tail["name"].clone(), tail["cat"].clone()), (head["name"].clone(), head["cat"].clone()));
}

#[test]
fn a_crash_is_marked_and_what_did_not_run_is_not_drawn() {
    let (output, path) = run("crash");
    assert_says(&output, &["finished: ok"]);
    let trace = Trace::read(&path);
    trace.check();
    assert_eq!(trace.names("context 1: execution"), ["nap_us", "read_null"]);
    let marks: Vec<_> = trace.events.iter().filter(|event| event["ph"] == "i").collect();
    assert!(
        marks.iter().any(|mark| text(mark, "name").starts_with("`read_null` of libtestkernels.so crashed")),
        "{marks:?}"
    );
    assert!(marks.iter().any(|mark| text(&mark["args"], "error").contains("SIGSEGV")), "{marks:?}");
    assert!(marks.iter().any(|mark| text(mark, "name").starts_with("`echo_i32`")), "{marks:?}");
}

#[test]
fn what_has_not_ended_is_unfinished() {
    let (output, path) = run("unfinished");
    assert_says(&output, &["finished: ok"]);
    let trace = Trace::read(&path);
    trace.check();
    let running = trace.slice("context 1: execution", "wait_for_flag");
    assert_eq!(running["args"]["state"], "unfinished");
    assert_eq!(trace.names("context 1: execution"), ["wait_for_flag"]);
    assert_eq!(trace.slice(" / main", "submit echo_i32")["args"]["state"], "unfinished");
}

#[test]
fn one_timeline_at_a_time() {
    let (output, path) = run("two");
    let second =
        format!("recording a timeline to {}.2 was refused: one is being recorded to {0} already", path.display());
    assert_says(&output, &["finished: ok", &second.replace("{0}", &path.display().to_string()), "third: ok"]);
    assert!(!path.with_extension("json.2").exists(), "it was not even made");
    Trace::read(&path);
}

#[test]
fn a_file_that_cannot_be_made_or_written() {
    let refused = output_of(recorder(&["work", "/no/such/folder/trace.json"]));
    assert_says(refused, &["error: recording a timeline to /no/such/folder/trace.json was refused", "No such file"]);
    let full = output_of(recorder(&["work", "/dev/full"]));
    assert_says(full, &["finished: recording a timeline to /dev/full was refused", "No space left on device"]);
}

#[test]
fn a_writer_that_fails_or_panics_harms_nobody() {
    let output = output_of(recorder(&["writers", "-"]));
    assert_says(&output, &["fails: recording a timeline to a writer was refused: it is tired"]);
    assert_says(&output, &["panics: recording a timeline to a writer was refused: the writer panicked"]);
    assert_says(&output, &["afterwards: ok"]);
}

#[test]
fn a_forgotten_timeline_is_finished_at_the_end_of_the_program() {
    let (_, path) = run("forgotten");
    assert_eq!(Trace::read(&path).names("context 0: execution"), ["echo_i32"]);
}

#[test]
fn what_a_killed_program_leaves_can_be_read() {
    let path = file("killed");
    let output = recorder(&["killed", path.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{output:?}");
    let text = fs::read_to_string(&path).unwrap();
    fs::remove_file(&path).unwrap();
    assert!(serde_json::from_str::<Value>(&text).is_err(), "the bracket is missing");
    assert_eq!(Trace::parse(&(text + "]")).names("context 0: execution"), ["echo_i32"]);
}

#[test]
fn names_with_every_kind_of_character() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("a \"quoted\" \\folder\\\n\tof ‘Ω’ \u{1}");
    fs::create_dir_all(&folder).unwrap();
    let library = folder.join("libx.so");
    fs::copy(built("libtestkernels.so"), &library).unwrap();
    let path = file("names");
    let output = output_of(recorder(&["names", path.to_str().unwrap(), library.to_str().unwrap()]));
    fs::remove_dir_all(&folder).unwrap();
    assert_says(output, &["finished: ok"]);
    let trace = Trace::read(&path);
    assert_eq!(trace.slice("context 0: execution", "echo_i32")["args"]["library"], library.to_str().unwrap());
    assert!(trace.rows.values().any(|name| name.ends_with("/ the \"first\"\\\n")), "{:?}", trace.rows);
}

#[test]
fn the_environment_starts_one() {
    let path = file("variable");
    let pattern = path.display().to_string().replace(".json", "-%p.json");
    let mut command = child(&["call"]);
    command.env("VEO_TIMELINE", &pattern).stdout(std::process::Stdio::piped());
    let program = command.spawn().unwrap();
    let path = PathBuf::from(pattern.replace("%p", &program.id().to_string()));
    let output = program.wait_with_output().unwrap();
    assert_says(String::from_utf8(output.stdout).unwrap(), &["value 42"]);
    assert!(Trace::read(&path).names("context 0: execution").contains(&"echo_i32"));
}

#[test]
fn the_environment_names_a_file_that_cannot_be_written() {
    let mut command = child(&["call"]);
    command.env("VEO_TIMELINE", "/no/such/folder/trace.json");
    assert_says(
        output_of(command),
        &["error: recording a timeline to /no/such/folder/trace.json, as VEO_TIMELINE says"],
    );
    let mut command = child(&["call"]);
    let output = command.env("VEO_TIMELINE", "/dev/full").output().unwrap();
    assert_says(String::from_utf8(output.stdout).unwrap(), &["value 42"]);
    assert_says(
        String::from_utf8(output.stderr).unwrap(),
        &["veo: recording a timeline to /dev/full", "No space left"],
    );
}
