//! What `/proc` says about this process and others.

use std::fs;

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

/// The number of threads.
#[must_use]
pub fn threads() -> usize {
    entries("/proc/self/task").len()
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
