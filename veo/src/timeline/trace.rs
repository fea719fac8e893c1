//! Notes become events: who waited for whom, and when each request began.

use std::collections::{HashMap, HashSet, VecDeque};
use std::time::Instant;

use super::json::Object;
use super::notes::{Note, Place, Request, Thread};
use crate::request::What;

/// This program's number in the trace. VE processes have larger ones.
const PROGRAM: u64 = 1;

/// A row.
#[derive(Clone, Copy, Debug)]
struct Row {
    process: u64,
    thread: u64,
}

/// The rows of a context, from top to bottom.
const ROWS: [&str; 3] = ["queue", "transfers", "execution"];
const QUEUE: usize = 0;
const TRANSFERS: usize = 1;
const EXECUTION: usize = 2;

impl Row {
    fn of_thread(thread: &Thread) -> Self {
        Self { process: PROGRAM, thread: thread.number }
    }

    fn of_context(place: Place, which: usize) -> Self {
        Self { process: PROGRAM + place.process, thread: u64::from(place.context) * 4 + 1 + which as u64 }
    }
}

/// A request that has not ended.
#[derive(Debug)]
struct Pending {
    serial: u64,
    request: Request,
    thread: Thread,
    submitted: Instant,
    /// When, and whether the VE process had ended by then.
    ended: Option<(Instant, bool)>,
}

/// A context's queue.
#[derive(Debug)]
struct Queue {
    pending: VecDeque<Pending>,
    /// When the last request ended, and when it had begun.
    last_end: Instant,
    last_begin: Instant,
    /// The VE process has ended.
    dead: bool,
}

/// A trace in the making.
#[derive(Debug)]
pub(super) struct Trace {
    start: Instant,
    text: String,
    begun: bool,
    threads: HashSet<u64>,
    processes: HashSet<u64>,
    queues: HashMap<Place, Queue>,
}

impl Trace {
    pub(super) fn new(start: Instant) -> Self {
        Self {
            start,
            text: String::new(),
            begun: false,
            threads: HashSet::new(),
            processes: HashSet::new(),
            queues: HashMap::new(),
        }
    }

    /// What is to be written; whoever has written it clears it.
    pub(super) fn text(&mut self) -> &mut String {
        &mut self.text
    }

    /// Adds a note. Says whether it was the last one.
    pub(super) fn add(&mut self, note: Note) -> bool {
        match note {
            Note::Submitted { serial, place, request, thread, at } => {
                self.name_thread(&thread);
                self.submitted(place, Pending { serial, request, thread, submitted: at, ended: None });
            }
            Note::Ended { serial, place, at, dead } => self.ended(place, serial, at, dead),
            Note::Failed { place, id, text, at } => self.failed(place, id, &text, at),
            Note::Busy { thread, name, args, from, to } => {
                self.name_thread(&thread);
                let members = |object: &mut Object<'_>| args.iter().for_each(|&(key, value)| object.number(key, value));
                self.slice(Row::of_thread(&thread), &name, "host", (from, to), members);
            }
            Note::Finish { at } => {
                self.finish(at);
                return true;
            }
        }
        false
    }

    // ---- requests ----

    fn submitted(&mut self, place: Place, pending: Pending) {
        let at = pending.submitted;
        let new = || Queue { pending: VecDeque::new(), last_end: at, last_begin: at, dead: false };
        if !self.queues.contains_key(&place) {
            self.name_context(place);
        }
        let queue = self.queues.entry(place).or_insert_with(new);
        queue.pending.push_back(pending);
        let waiting = queue.pending.len() - 1;
        if waiting > 0 {
            self.count(place, waiting, at);
        }
    }

    fn ended(&mut self, place: Place, serial: u64, at: Instant, dead: bool) {
        // An earlier timeline's requests are not here.
        let Some(queue) = self.queues.get_mut(&place) else { return };
        if let Some(pending) = queue.pending.iter_mut().find(|pending| pending.serial == serial) {
            pending.ended.get_or_insert((at, dead));
        }
        // In order: the end of one that was submitted to a dead process is noted at once.
        while let Some(queue) = self.queues.get_mut(&place)
            && let Some((end, dead)) = queue.pending.front().and_then(|pending| pending.ended)
            && let Some(pending) = queue.pending.pop_front()
        {
            let ran = !std::mem::replace(&mut queue.dead, dead);
            let begin = pending.submitted.max(queue.last_end);
            let ready = pending.submitted.max(queue.last_begin);
            (queue.last_begin, queue.last_end) = (begin, end.max(begin));
            if let Some(waiting) = queue.pending.len().checked_sub(1) {
                self.count(place, waiting, end);
            }
            self.request(place, &pending, (ready, begin), ran.then_some(end), false);
        }
    }

    /// Writes a request down. It was the next one since `ready`, and ran from `begin` to `end`, if it did.
    fn request(
        &mut self,
        place: Place,
        pending: &Pending,
        (ready, begin): (Instant, Instant),
        end: Option<Instant>,
        unfinished: bool,
    ) {
        let Pending { serial, request, thread, submitted, .. } = pending;
        let name = request.what.name();
        let members = |object: &mut Object<'_>| describe(object, request, unfinished);
        let host = Row::of_thread(thread);
        self.slice(host, &format!("submit {name}"), "submit", (*submitted, *submitted), members);
        if begin > ready {
            self.slice(Row::of_context(place, QUEUE), &name, "queue", (ready, begin), members);
        }
        let Some(end) = end else { return };
        let (row, category) = match request.what {
            What::Read { .. } | What::Write { .. } | What::Copy { .. } => (TRANSFERS, "transfer"),
            What::HostFunction => (EXECUTION, "host function"),
            _ => (EXECUTION, "kernel"),
        };
        let row = Row::of_context(place, row);
        self.slice(row, &name, category, (begin, end), members);
        self.arrow("s", host, *serial, *submitted);
        self.arrow("f", row, *serial, begin);
    }

    fn failed(&mut self, place: Place, id: u64, text: &str, at: Instant) {
        if !self.queues.contains_key(&place) {
            return;
        }
        let headline = text.lines().next().unwrap_or_default();
        let ts = self.time(at);
        self.event("i", headline, Row::of_context(place, EXECUTION), |event| {
            event.string("cat", "error");
            event.thousandths("ts", ts);
            event.string("s", "p");
            event.object("args", |args| {
                args.number("request", id);
                args.string("error", text);
            });
        });
    }

    /// What has not ended ends here, and so does the array.
    fn finish(&mut self, at: Instant) {
        for (place, queue) in std::mem::take(&mut self.queues) {
            let Queue { last_end, last_begin, .. } = queue;
            for (index, pending) in queue.pending.iter().enumerate() {
                let begin = pending.submitted.max(last_end);
                match index {
                    0 => self.request(place, pending, (pending.submitted.max(last_begin), begin), Some(at), true),
                    _ => self.request(place, pending, (at, at), None, true),
                }
            }
        }
        self.text.push_str(if self.begun { "\n]\n" } else { "[]\n" });
    }

    // ---- events ----

    /// Nanoseconds since the start.
    fn time(&self, at: Instant) -> u128 {
        at.saturating_duration_since(self.start).as_nanos()
    }

    fn event(&mut self, phase: &str, name: &str, row: Row, members: impl FnOnce(&mut Object<'_>)) {
        self.text.push_str(if std::mem::replace(&mut self.begun, true) { ",\n" } else { "[\n" });
        Object::write(&mut self.text, |event| {
            event.string("ph", phase);
            event.string("name", name);
            event.number("pid", row.process);
            event.number("tid", row.thread);
            members(event);
        });
    }

    fn slice(
        &mut self,
        row: Row,
        name: &str,
        category: &str,
        (from, to): (Instant, Instant),
        args: impl FnOnce(&mut Object<'_>),
    ) {
        let ts = self.time(from);
        let duration = self.time(to).saturating_sub(ts);
        self.event("X", name, row, |event| {
            event.string("cat", category);
            event.thousandths("ts", ts);
            event.thousandths("dur", duration);
            event.object("args", args);
        });
    }

    /// One end of an arrow, from a submission to its execution: `s` where it starts, `f` where it ends.
    fn arrow(&mut self, phase: &str, row: Row, serial: u64, at: Instant) {
        let ts = self.time(at);
        self.event(phase, "submission", row, |event| {
            event.string("cat", "flow");
            event.number("id", serial);
            event.thousandths("ts", ts);
            if phase == "f" {
                event.string("bp", "e");
            }
        });
    }

    /// How many requests of a context wait.
    fn count(&mut self, place: Place, waiting: usize, at: Instant) {
        let ts = self.time(at);
        let name = format!("context {}: waiting requests", place.context);
        self.event("C", &name, Row::of_context(place, QUEUE), |event| {
            event.thousandths("ts", ts);
            event.object("args", |args| args.number("waiting", waiting as u64));
        });
    }

    // ---- names ----

    fn name_thread(&mut self, thread: &Thread) {
        if self.processes.insert(PROGRAM) {
            self.name_process(PROGRAM, &program_name());
        }
        if self.threads.insert(thread.number) {
            self.name_row(Row::of_thread(thread), &thread.name);
        }
    }

    fn name_context(&mut self, place: Place) {
        let process = PROGRAM + place.process;
        if self.processes.insert(process) {
            self.name_process(process, &format!("VE process {} on node {}", place.process, place.node));
        }
        for (which, row) in ROWS.into_iter().enumerate() {
            self.name_row(Row::of_context(place, which), &format!("context {}: {row}", place.context));
        }
    }

    fn name_process(&mut self, process: u64, name: &str) {
        let row = Row { process, thread: 0 };
        self.metadata("process_name", row, |args| args.string("name", name));
        self.metadata("process_sort_index", row, |args| args.number("sort_index", process));
    }

    fn name_row(&mut self, row: Row, name: &str) {
        self.metadata("thread_name", row, |args| args.string("name", name));
        self.metadata("thread_sort_index", row, |args| args.number("sort_index", row.thread));
    }

    fn metadata(&mut self, what: &str, row: Row, args: impl FnOnce(&mut Object<'_>)) {
        self.event("M", what, row, |event| event.object("args", args));
    }
}

fn describe(object: &mut Object<'_>, request: &Request, unfinished: bool) {
    object.number("request", request.id);
    if let Some(library) = request.what.library() {
        object.string("library", &library);
    }
    match request.what {
        What::Read { address, bytes } | What::Write { address, bytes } | What::Copy { to: address, bytes } => {
            object.string("address", &format!("{address:#x}"));
            object.number("bytes", bytes as u64);
        }
        What::Call(_) | What::CallByName(_) => {
            object.number("arguments", request.args as u64);
            object.number("stack_bytes", request.stack as u64);
        }
        _ => {}
    }
    if unfinished {
        object.string("state", "unfinished");
    }
}

fn program_name() -> String {
    let path = std::env::current_exe().unwrap_or_default();
    let name = path.file_name().map_or_else(|| "this program".into(), |name| name.to_string_lossy());
    format!("{name} ({})", std::process::id())
}
