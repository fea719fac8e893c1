//! What `/proc` says about this process and others.

use std::time::{Duration, Instant};
use std::{fs, thread};

/// What this process holds that belongs to VE processes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holdings {
    /// Child processes, ended but uncollected ones included.
    pub children: usize,
    /// Open descriptors.
    pub descriptors: usize,
    /// Mappings of VE memory and rings.
    pub mappings: usize,
    /// Threads.
    pub threads: usize,
}

/// By then, what belongs to a VE process is gone with it, however busy the machine is.
const LIMIT: Duration = Duration::from_secs(10);

impl Holdings {
    /// What is held now.
    #[must_use]
    pub fn now() -> Self {
        Self { children: children().len(), descriptors: descriptors(), mappings: mappings(), threads: threads() }
    }

    /// What is held when the last VE process has really ended.
    #[must_use]
    pub fn settled() -> Self {
        let start = Instant::now();
        while (children().len(), mappings(), cleaners()) != (0, 0, 0) && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(5));
        }
        thread::sleep(Duration::from_millis(200));
        Self::now()
    }

    /// Waits until as much is held as here, and gives what is held then.
    #[must_use]
    pub fn await_again(self) -> Self {
        let start = Instant::now();
        while Self::now() != self && start.elapsed() < LIMIT {
            thread::sleep(Duration::from_millis(5));
        }
        Self::now()
    }
}

/// The process ids of this process's children, ended but uncollected ones included.
#[must_use]
pub fn children() -> Vec<i32> {
    let me = i64::from(std::process::id());
    let pids = entries("/proc").into_iter().filter_map(|name| name.parse().ok());
    pids.filter(|&pid| stat(pid).is_some_and(|(_, parent)| parent == me)).collect()
}

/// The number of open descriptors.
#[must_use]
pub fn descriptors() -> usize {
    entries("/proc/self/fd").len()
}

/// The number of mappings of VE memory and rings.
#[must_use]
pub fn mappings() -> usize {
    let maps = fs::read_to_string("/proc/self/maps").unwrap_or_default();
    maps.lines().filter(|line| line.contains("memfd:veo")).count()
}

/// The number of open descriptors of VE memory and rings.
#[must_use]
pub fn memory_files() -> usize {
    let links = fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    links
        .filter(|entry| fs::read_link(entry.path()).is_ok_and(|path| path.to_string_lossy().contains("memfd:veo")))
        .count()
}

/// The memory that this process has resident, in KiB.
#[must_use]
pub fn resident_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

/// The processor time that this process has used, in milliseconds, to a hundredth of a second.
#[must_use]
pub fn processor_ms() -> u64 {
    let text = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // The name, in parentheses, may have any character in it. User and system time are the 14th and 15th field.
    let fields = text.rsplit_once(')').map_or("", |(_, fields)| fields);
    fields.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<u64>().ok()).sum::<u64>() * 10
}

/// The number of threads.
#[must_use]
pub fn threads() -> usize {
    entries("/proc/self/task").len()
}

/// The number of threads that still clean up behind something of `veo`.
fn cleaners() -> usize {
    let name = |task: &String| fs::read_to_string(format!("/proc/self/task/{task}/comm")).unwrap_or_default();
    let is_cleaner =
        |task: &String| matches!(name(task).trim(), "veo-close" | "veo-destroy" | "veo-ended" | "veo-free");
    entries("/proc/self/task").iter().filter(|task| is_cleaner(task)).count()
}

/// Whether a process has ended, collected by its parent or not.
#[must_use]
pub fn is_gone(pid: i32) -> bool {
    stat(pid).is_none_or(|(state, _)| state == 'Z' || state == 'X')
}

/// State and parent of a process.
fn stat(pid: i32) -> Option<(char, i64)> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name, in parentheses, may have any character in it.
    let mut words = text.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

fn entries(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect()
}
