//! The environment of a VE process: what libveo reads there, and what it sets for the worker.

use std::env;
use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt;

use super::fragments::Fragments;
use crate::shared::control::SOCKET_VARIABLE;

/// What the environment says about a process that is being created.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Environment {
    node: i32,
    /// `VE_OMP_NUM_THREADS`
    threads: Option<usize>,
    /// `VE_CORE_NUMBER`, unless it is negative.
    core: Option<u32>,
}

impl Environment {
    /// Reads and checks libveo's variables.
    pub(crate) fn read(node: i32) -> io::Result<Self> {
        let threads = number("VE_OMP_NUM_THREADS", "a number of threads, at least 1", |&threads: &usize| threads > 0)?;
        let core = number("VE_CORE_NUMBER", "the number of a core, or -1", |_: &i64| true)?;
        Ok(Self { node, threads, core: core.and_then(|core| u32::try_from(core).ok()) })
    }

    pub(crate) fn fragments(&self) -> Fragments {
        Fragments::from_environment(self.threads)
    }

    /// The worker's variables: ours, with libveo's set and those of the VE's runtime translated.
    pub(crate) fn of_worker(&self, socket: i32) -> io::Result<Vec<CString>> {
        let mut variables: Vec<(OsString, OsString)> = env::vars_os().collect();
        let mut set = |name: &str, value: Option<OsString>| {
            variables.retain(|(other, _)| other != name);
            variables.extend(value.map(|value| (name.into(), value)));
        };
        set("VE_NODE_NUMBER", Some(self.node.to_string().into()));
        set("URPC_VE_CORE", self.core.map(|core| core.to_string().into()));
        set(SOCKET_VARIABLE, Some(socket.to_string().into()));
        for (ours, theirs) in [("VE_OMP_NUM_THREADS", "OMP_NUM_THREADS"), ("VE_LD_LIBRARY_PATH", "LD_LIBRARY_PATH")] {
            if let Some(value) = env::var_os(ours) {
                set(theirs, Some(value));
            }
        }
        variables
            .into_iter()
            .map(|(mut line, value)| {
                line.push("=");
                line.push(value);
                c_string(&line)
            })
            .collect()
    }
}

pub(super) fn c_string(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes()).map_err(io::Error::other)
}

/// The number in a variable, if it is set.
fn number<T: std::str::FromStr>(name: &str, expected: &str, valid: impl Fn(&T) -> bool) -> io::Result<Option<T>> {
    let Some(text) = env::var_os(name) else { return Ok(None) };
    let value = text.to_str().and_then(|text| text.trim().parse().ok()).filter(valid);
    value.map(Some).ok_or_else(|| io::Error::other(format!("{name}={text:?}: expected {expected}")))
}
