//! Where libraries are looked for.
//!
//! A path with a `/` in it is taken as it is. A bare name is looked for in the directories of `VEO_LIBRARY_PATH`, next to
//! the executable, in the directory that `veo-build` recorded when the declaring crate was compiled, in the working
//! directory, and then left to the VE process's loader. For a VE card, `libx.vso` goes before `libx.so`: that is the name
//! that `veo-build` gives to a library compiled for the VE.
//!
//! `$NAME` at the beginning of a name stands for what the environment says; without that, the name is passed over. A `*` in place of a
//! folder stands for each one there, the highest version first.

use std::env;
use std::ffi::{CString, OsString};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use crate::api::{Api, Pack, ProcHandle};
use crate::error::Attempts;

/// Every path to try for a declaration with these names, in order.
pub(crate) fn candidates(names: &[&str], dir: Option<&str>, on_host: bool) -> Vec<PathBuf> {
    let names = names.iter().flat_map(|name| expanded(name, |variable| env::var_os(variable)));
    names.flat_map(|name| candidates_of(&name, dir, on_host)).collect()
}

/// Loads the first library that can be loaded, with its path; or tells what was tried.
pub(crate) fn load(api: Api, proc: ProcHandle, paths: Vec<PathBuf>) -> Result<(u64, PathBuf), Attempts> {
    let mut attempts = Attempts::default();
    for path in paths {
        if path.components().count() > 1 && !path.is_file() {
            attempts.0.push((path, "no such file".into()));
            continue;
        }
        match load_one(api, proc, &path) {
            Ok(handle) => return Ok((handle, path)),
            Err(reason) => attempts.0.push((path, reason)),
        }
        if api.report(proc).is_some() {
            // Loading it has ended the process.
            break;
        }
    }
    Err(attempts)
}

/// The file that would be loaded, as far as that can be told without a VE process.
pub(crate) fn find(names: &[&str], dir: Option<&str>, on_host: bool) -> Option<PathBuf> {
    candidates(names, dir, on_host).into_iter().find(|path| path.components().count() > 1 && path.is_file())
}

fn load_one(api: Api, proc: ProcHandle, path: &Path) -> Result<u64, String> {
    let bytes = path.as_os_str().as_bytes();
    let limit = veo_sys::VEO_SYMNAME_LEN_MAX;
    if bytes.len() > limit {
        return Err(format!("a path of {} bytes; libveo takes at most {limit}", bytes.len()));
    }
    let c_path = CString::new(bytes).map_err(|_| "a path with a zero byte".to_owned())?;
    match api.load_library(proc, &c_path) {
        0 => {
            let words = loader_words(api, proc).or_else(|| api.report(proc));
            Err(words.unwrap_or_else(|| "the VE process cannot load it".into()))
        }
        handle => Ok(handle),
    }
}

/// A name with its variable replaced, and with each folder that its star stands for.
fn expanded(name: &str, variable: impl Fn(&str) -> Option<OsString>) -> Vec<PathBuf> {
    let path = match name.strip_prefix('$') {
        None => PathBuf::from(name),
        Some(rest) => {
            let (name, rest) = rest.split_once('/').unwrap_or((rest, ""));
            match variable(name) {
                Some(value) if value.is_empty() => return Vec::new(),
                None => return Vec::new(),
                // `join("")` would append a `/`.
                Some(value) if rest.is_empty() => PathBuf::from(value),
                Some(value) => PathBuf::from(value).join(rest),
            }
        }
    };
    let Some((folder, rest)) = path.to_str().and_then(|path| path.split_once("/*/")) else { return vec![path] };
    let mut found: Vec<PathBuf> = match Path::new(folder).read_dir() {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_dir()).collect(),
        // The error of a library that is not there names where it was looked for.
        Err(_) => return vec![path],
    };
    found.sort_by_key(|path| std::cmp::Reverse(version(path)));
    found.iter().map(|found| found.join(rest)).collect()
}

/// The numbers in the name of a folder: `3.10.0` is higher than `3.9.1`.
fn version(folder: &Path) -> Vec<u64> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.split(|c: char| !c.is_ascii_digit()).filter_map(|number| number.parse().ok()).collect()
}

/// Every path to try for a name, in order.
fn candidates_of(name: &Path, recorded: Option<&str>, on_host: bool) -> Vec<PathBuf> {
    if name.components().count() > 1 {
        return vec![name.to_path_buf()];
    }
    let mut folders: Vec<PathBuf> =
        env::var_os("VEO_LIBRARY_PATH").map(|list| env::split_paths(&list).collect()).unwrap_or_default();
    folders.extend(env::current_exe().ok().and_then(|exe| exe.parent().map(Path::to_path_buf)));
    folders.extend(recorded.map(PathBuf::from));
    folders.extend(env::current_dir().ok());
    folders.retain(|folder| !folder.as_os_str().is_empty());
    let mut seen = Vec::new();
    for folder in folders {
        for file in variants(name, on_host) {
            let path = folder.join(file);
            if !seen.contains(&path) {
                seen.push(path);
            }
        }
    }
    seen.push(name.to_path_buf());
    seen
}

fn variants(name: &Path, on_host: bool) -> Vec<PathBuf> {
    let plain = name.to_path_buf();
    if on_host || name.extension().is_none_or(|extension| extension != "so") {
        return vec![plain];
    }
    vec![name.with_extension("vso"), plain]
}

/// What the worker's loader said last, if this veorun can tell.
pub(crate) fn loader_words(api: Api, proc: ProcHandle) -> Option<String> {
    let function = api.get_sym(proc, 0, "veorun_last_error");
    if function == 0 {
        return None;
    }
    let mut text = vec![0_u8; 4096];
    let mut pack = Pack::new(api).ok()?;
    // SAFETY: the text lives until the call below has ended.
    unsafe { pack.stack_out(text.as_mut_ptr(), text.len(), false) };
    pack.word(text.len() as u64);
    let length = usize::try_from(api.call_sync(proc, function, &pack)?).ok()?;
    text.truncate(length);
    Some(String::from_utf8_lossy(&text).into_owned()).filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_taken_as_it_is_and_a_name_is_searched() {
        assert_eq!(candidates_of(Path::new("/a/libx.so"), Some("/b"), true), [PathBuf::from("/a/libx.so")]);
        let found = candidates_of(Path::new("libx.so"), Some("/b"), true);
        assert!(found.contains(&PathBuf::from("/b/libx.so")));
        assert_eq!(found.last(), Some(&PathBuf::from("libx.so")));
    }

    #[test]
    fn a_card_prefers_libraries_for_the_ve() {
        let found = candidates_of(Path::new("libx.so"), Some("/b"), false);
        let place = |path: &str| found.iter().position(|p| p == Path::new(path)).unwrap();
        assert!(place("/b/libx.vso") < place("/b/libx.so"));
        assert_eq!(variants(Path::new("libx.so.3"), false), [PathBuf::from("libx.so.3")]);
    }

    #[test]
    fn variables_and_stars_stand_for_folders() {
        let variable = |name: &str| match name {
            "HOME_OF_X" => Some(OsString::from("/x")),
            "EMPTY" => Some(OsString::new()),
            _ => None,
        };
        let expanded = |name| expanded(name, variable);
        assert_eq!(expanded("libx.so"), [PathBuf::from("libx.so")]);
        assert_eq!(expanded("$HOME_OF_X"), [PathBuf::from("/x")]);
        assert_eq!(expanded("$HOME_OF_X/lib/libx.so"), [PathBuf::from("/x/lib/libx.so")]);
        assert!(expanded("$EMPTY").is_empty() && expanded("$NOT_SET/libx.so").is_empty());
        assert_eq!(expanded("/no/such/folder/*/libx.so"), [PathBuf::from("/no/such/folder/*/libx.so")]);

        let folder = env::temp_dir().join(format!("veo-search-{}", std::process::id()));
        for version in ["2.9.0", "2.10.1", "3.0.0"] {
            std::fs::create_dir_all(folder.join(version)).unwrap();
        }
        let found = expanded(folder.join("*/lib/libx.so").to_str().unwrap());
        std::fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found, ["3.0.0", "2.10.1", "2.9.0"].map(|version| folder.join(version).join("lib/libx.so")));
    }
}
