use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{fs, io, process};

use crate::Error;

/// A directory for the files of one build, removed when dropped.
///
/// It lies beside the finished library, so that the library moves there by one `rename`: whoever looks, at whatever
/// moment and from however many builds at once, sees a whole library or none.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn beside(directory: &Path, name: &str) -> Result<Scratch, Error> {
        // Threads of one process are told apart by the count, processes by their id.
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = directory.join(format!(".{name}-{}-{count}", process::id()));
        // What a killed build left under the same process id would get in the way.
        match fs::remove_dir_all(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(Error::io("remove", path)(error));
            }
            _ => {}
        }
        fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
        Ok(Scratch(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // Nothing depends on it: at worst some object files stay in cargo's output directory.
        let _ = fs::remove_dir_all(&self.0);
    }
}
