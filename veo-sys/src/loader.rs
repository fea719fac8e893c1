//! Engine libveo: finds the library, loads it for good, and fills a table with its functions.

use std::error::Error;
use std::ffi::OsString;
use std::ffi::{CStr, c_void};
use std::fs;
use std::mem;
use std::path::{self, Path, PathBuf};
use std::ptr;
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::{Library, RTLD_LOCAL, RTLD_NOW};

use crate::symbols::{Api, MissingSymbols};

/// Where libveo may be. The dynamic loader searches for names without a directory (`LD_LIBRARY_PATH`, its cache); the
/// others are where NEC's packages install.
const SEARCH: [&str; 4] =
    ["libveo.so.1", "libveo.so", "/opt/nec/ve/veos/lib64/libveo.so.1", "/opt/nec/ve/lib64/libveo.so.1"];

/// One table for each library, so that loading it again, by whatever path, gives the same one.
static LOADED: Mutex<Vec<&'static Api>> = Mutex::new(Vec::new());

/// Loads libveo and gives its functions.
///
/// With a path that file is loaded and nothing else is tried; a relative one counts from the working directory. Without:
///
/// 1. `libveo.so.1`, then `libveo.so`, wherever the dynamic loader finds them (`LD_LIBRARY_PATH`, its cache);
/// 2. `/opt/nec/ve/veos/lib64/libveo.so.1`;
/// 3. `/opt/nec/ve/lib64/libveo.so.1`.
///
/// The first that loads and has all required functions is taken. Loading the same library again gives the same table.
///
/// A library that was loaded stays: libveo has threads and thread-local destructors of its own, whose code must not vanish.
///
/// Loading runs the library's initialisers and believes its symbols, so name only a library that you would link against.
///
/// # Errors
///
/// Every path tried, with what the dynamic loader said or which functions are missing.
pub fn load(path: Option<&Path>) -> Result<&'static Api, LoadError> {
    let Some(path) = path else {
        return first_usable(SEARCH.map(PathBuf::from));
    };
    // Absolute, since the dynamic loader would search for a bare file name elsewhere.
    match path::absolute(path) {
        Ok(path) if !matches!(path.try_exists(), Ok(false)) => first_usable([path]),
        Ok(path) => Err(LoadError::NoSuchFile { path }),
        // Only the empty path.
        Err(_) => Err(LoadError::NoSuchFile { path: path.into() }),
    }
}

/// Whether this computer has a Vector Engine: whether `/sys/class/ve` has a device such as `ve0`.
pub fn card_present() -> bool {
    !cards().is_empty()
}

/// The numbers of the Vector Engines of this computer, by the devices `ve0`, … in `/sys/class/ve`, in their order.
pub fn cards() -> Vec<i32> {
    cards_in(Path::new("/sys"))
}

fn cards_in(sysfs: &Path) -> Vec<i32> {
    let devices = fs::read_dir(sysfs.join("class/ve")).into_iter().flatten().flatten();
    let number = |name: OsString| name.to_str()?.strip_prefix("ve")?.parse::<u16>().ok().map(i32::from);
    let mut cards: Vec<i32> = devices.filter_map(|device| number(device.file_name())).collect();
    cards.sort_unstable();
    cards
}

/// Why libveo is not loaded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The given path leads nowhere.
    #[error(
        "{path:?} does not exist, so libveo cannot be loaded from it; give the path of NEC's libveo.so.1, or no path to have \
         it searched for"
    )]
    NoSuchFile {
        /// The path, made absolute.
        path: PathBuf,
    },
    /// None of the files can be used.
    #[error(
        "libveo cannot be loaded:{}\ninstall NEC's VEOS packages, put the directory of libveo.so.1 into LD_LIBRARY_PATH, or \
         give its path",
        attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>()
    )]
    Unusable {
        /// What was tried, in this order.
        attempts: Vec<Attempt>,
    },
}

/// One path that was tried, and what became of it.
#[derive(Debug, thiserror::Error)]
#[error("{}: {error}", path.display())]
#[non_exhaustive]
pub struct Attempt {
    /// The path, or the name that the dynamic loader searched for.
    pub path: PathBuf,
    /// Why it is not used.
    #[source]
    pub error: AttemptError,
}

/// Why one file is not used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError {
    /// The dynamic loader refuses it, in its own words.
    #[error("{0}")]
    Open(String),
    /// It is no libveo, or too old.
    #[error(transparent)]
    MissingSymbols(#[from] MissingSymbols),
}

fn first_usable(paths: impl IntoIterator<Item = PathBuf>) -> Result<&'static Api, LoadError> {
    let mut attempts = Vec::new();
    for path in paths {
        match open(&path) {
            Ok(api) => return Ok(remember(api)),
            Err(error) => attempts.push(Attempt { path, error }),
        }
    }
    Err(LoadError::Unusable { attempts })
}

fn open(path: &Path) -> Result<Api, AttemptError> {
    // SAFETY: this runs the initialisers of the library; `load` asks its caller for one that may be linked against.
    let library = unsafe { Library::open(Some(path), RTLD_NOW | RTLD_LOCAL) }
        .map_err(|error| AttemptError::Open(dlerror(path, &error)))?;
    let lookup = |name: &CStr| {
        // SAFETY: the address is only carried; a pointer is what every symbol's address fits in.
        let symbol = unsafe { library.get::<*mut c_void>(name) };
        symbol.map_or(ptr::null_mut(), |symbol| symbol.as_raw_ptr())
    };
    // SAFETY: a library with functions of these names is libveo, so they have the signatures of its C API, from which the
    // bindings are made; `forget` below keeps it loaded.
    let api = unsafe { Api::resolve(lookup) };
    // Also one that cannot be used: its initialisers may have started threads.
    mem::forget(library);
    Ok(api?)
}

/// The loader's own words, without the path that `Attempt` shows already.
fn dlerror(path: &Path, error: &libloading::Error) -> String {
    let text = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
    let prefix = format!("{}: ", path.display());
    text.strip_prefix(&prefix).unwrap_or(&text).to_owned()
}

/// The table to hand out: the known one if this library is known.
fn remember(api: Api) -> &'static Api {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = loaded.iter().find(|known| ptr::fn_addr_eq(known.veo_api_version, api.veo_api_version));
    match known {
        Some(known) => known,
        None => {
            let api = Box::leak(Box::new(api));
            loaded.push(api);
            api
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn card_is_a_numbered_device() {
        let sysfs = std::env::temp_dir().join(format!("veo-sys-sysfs-{}", std::process::id()));
        assert!(cards_in(&sysfs).is_empty());
        for other in ["ve", "ve_peermem", "vex", "ve-1", "ve99999"] {
            fs::create_dir_all(sysfs.join("class/ve").join(other)).unwrap();
        }
        assert!(cards_in(&sysfs).is_empty());
        for card in ["ve10", "ve2", "ve0"] {
            fs::create_dir(sysfs.join("class/ve").join(card)).unwrap();
        }
        assert_eq!(cards_in(&sysfs), [0, 2, 10]);
        fs::remove_dir_all(sysfs).unwrap();
    }
}
