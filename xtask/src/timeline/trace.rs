//! Reading a trace.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde_json::Value;

/// Process and thread.
pub(crate) type Key = (u64, u64);

/// What is drawn of a trace. Times are in microseconds.
#[derive(Debug, Default)]
pub(crate) struct Trace {
    processes: HashMap<u64, String>,
    threads: HashMap<Key, String>,
    pub(crate) rows: BTreeMap<Key, Vec<Slice>>,
    /// By number: where arrows start and end.
    tails: HashMap<u64, (Key, f64)>,
    heads: HashMap<u64, (Key, f64)>,
    pub(crate) marks: Vec<Mark>,
}

#[derive(Debug)]
pub(crate) struct Slice {
    pub(crate) name: String,
    pub(crate) category: String,
    pub(crate) time: Range<f64>,
    /// All that is known, for whoever points at it.
    pub(crate) details: String,
}

/// Something that went wrong.
#[derive(Debug)]
pub(crate) struct Mark {
    pub(crate) row: Key,
    pub(crate) at: f64,
    pub(crate) text: String,
}

impl Trace {
    /// Also what a program has left that was killed.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let whole = serde_json::from_str::<Value>(text).or_else(|error| {
            let rest = text.trim_end().trim_end_matches(',');
            serde_json::from_str::<Value>(&format!("{rest}]")).map_err(|_| format!("it is no JSON: {error}"))
        })?;
        let events = whole.as_array().ok_or("expected an array of events")?;
        let mut trace = Self::default();
        events.iter().for_each(|event| trace.add(event));
        Ok(trace)
    }

    /// Adds an event, unless it is one that is not drawn.
    fn add(&mut self, event: &Value) {
        let text = |key: &str| event[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| event[key].as_u64().unwrap_or_default();
        let key = (number("pid"), number("tid"));
        let name = || event["args"]["name"].as_str().unwrap_or_default().to_owned();
        match (event["ph"].as_str(), event["ts"].as_f64()) {
            (Some("M"), _) if event["name"] == "process_name" => drop(self.processes.insert(key.0, name())),
            (Some("M"), _) if event["name"] == "thread_name" => drop(self.threads.insert(key, name())),
            (Some("X"), Some(start)) => {
                let time = start..start + event["dur"].as_f64().unwrap_or_default();
                let details = details(event, &time);
                let slice = Slice { name: text("name"), category: text("cat"), time, details };
                self.rows.entry(key).or_default().push(slice);
            }
            (Some("s"), Some(at)) => drop(self.tails.insert(number("id"), (key, at))),
            (Some("f"), Some(at)) => drop(self.heads.insert(number("id"), (key, at))),
            (Some("i"), Some(at)) => {
                let text = event["args"]["error"].as_str().map_or_else(|| text("name"), str::to_owned);
                self.marks.push(Mark { row: key, at, text });
            }
            _ => {}
        }
    }

    /// The first and the last time that anything has.
    pub(crate) fn span(&self) -> Option<(f64, f64)> {
        let times = self.rows.values().flatten().flat_map(|slice| [slice.time.start, slice.time.end]);
        times.map(|time| (time, time)).reduce(|a, b| (a.0.min(b.0), a.1.max(b.1)))
    }

    pub(crate) fn process(&self, process: u64) -> String {
        self.processes.get(&process).cloned().unwrap_or_else(|| format!("process {process}"))
    }

    pub(crate) fn thread(&self, row: Key) -> String {
        self.threads.get(&row).cloned().unwrap_or_else(|| format!("thread {}", row.1))
    }

    /// From where to where.
    pub(crate) fn arrows(&self) -> impl Iterator<Item = ((Key, f64), (Key, f64))> {
        self.tails.iter().filter_map(|(id, tail)| Some((*tail, *self.heads.get(id)?)))
    }
}

fn details(event: &Value, time: &Range<f64>) -> String {
    let mut text = format!("{}\n{}", event["name"].as_str().unwrap_or_default(), duration(time.end - time.start));
    for (key, value) in event["args"].as_object().into_iter().flatten() {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        text += &format!("\n{}: {value}", key.replace('_', " "));
    }
    text
}

/// Microseconds, for people.
pub(crate) fn duration(time: f64) -> String {
    let (value, unit) = match time {
        time if time >= 1e6 => (time / 1e6, "s"),
        time if time >= 1e3 => (time / 1e3, "ms"),
        time => (time, "µs"),
    };
    // Three digits, without zeros at the end.
    let digits = if value >= 100.0 { 0 } else { usize::from(value >= 10.0) + 2 * usize::from(value < 10.0) };
    let text = format!("{value:.digits$}");
    let text = if digits > 0 { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}
