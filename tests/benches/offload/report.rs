//! The table and the JSON file.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

/// One measurement and its limit, round by round.
pub(crate) struct Row {
    name: String,
    text: String,
    limit_name: &'static str,
    limits: Vec<f64>,
    subjects: Vec<f64>,
    /// For transfers: the size.
    pub(crate) bytes: Option<usize>,
}

impl Row {
    pub(crate) fn new(name: &str, text: &str, limit_name: &'static str) -> Self {
        let (limits, subjects) = (Vec::new(), Vec::new());
        Self { name: name.into(), text: text.into(), limit_name, limits, subjects, bytes: None }
    }

    /// One round: nanoseconds of the limit and of the subject.
    pub(crate) fn add(&mut self, limit: f64, subject: f64) {
        self.limits.push(limit);
        self.subjects.push(subject);
    }

    fn ratio(&self) -> f64 {
        median(self.subjects.iter().zip(&self.limits).map(|(subject, limit)| subject / limit).collect())
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// All rows.
pub(crate) struct Report {
    rounds: usize,
    rows: Vec<Row>,
    /// What the command line selects; empty: everything.
    selected: Vec<String>,
}

impl Report {
    pub(crate) fn new(rounds: usize) -> Self {
        println!("{rounds} rounds of limit and subject, medians; a ratio of 1 is the limit\n");
        println!("{:<26} {:>12} {:>12} {:>7}  {:<7} {:>10}  what", "name", "ns", "limit ns", "ratio", "limit", "GiB/s");
        // Cargo adds `--bench`.
        let selected = env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
        Self { rounds, rows: Vec::new(), selected }
    }

    /// Whether the measurement of this name was selected.
    pub(crate) fn wants(&self, name: &str) -> bool {
        self.selected.is_empty() || self.selected.iter().any(|word| name.contains(word.as_str()))
    }

    pub(crate) fn add(&mut self, row: Row) {
        assert_eq!(row.subjects.len(), self.rounds);
        let (ns, limit) = (median(row.subjects.clone()), median(row.limits.clone()));
        let speed =
            row.bytes.map_or(String::new(), |bytes| format!("{:.2}", bytes as f64 / ns * 1e9 / f64::from(1 << 30)));
        println!(
            "{:<26} {ns:>12.1} {limit:>12.1} {:>7.2}  {:<7} {speed:>10}  {}",
            row.name,
            row.ratio(),
            row.limit_name,
            row.text
        );
        self.rows.push(row);
    }

    /// Writes `target/bench/offload.json`.
    pub(crate) fn finish(self) {
        let mut json = String::from("{\n");
        for (index, row) in self.rows.iter().enumerate() {
            let (ns, limit) = (median(row.subjects.clone()), median(row.limits.clone()));
            let comma = if index + 1 < self.rows.len() { "," } else { "" };
            let name = &row.name;
            writeln!(
                json,
                "  \"{name}\": {{\"ns\": {ns:.1}, \"limit_ns\": {limit:.1}, \"ratio\": {:.3}}}{comma}",
                row.ratio()
            )
            .expect("writing to a string");
        }
        json.push_str("}\n");
        let target = env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target"), Into::into);
        let folder = target.join("bench");
        fs::create_dir_all(&folder).expect("target/bench");
        let path = folder.join("offload.json");
        fs::write(&path, json).expect("target/bench/offload.json");
        println!("\nwritten to {}", path.canonicalize().unwrap_or(path).display());
    }
}
