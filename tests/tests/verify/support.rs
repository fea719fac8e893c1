//! Libraries that are compiled for a test, and texts that are compared with files.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use veo::verify::{Prototype, Report};

/// A function as it would be declared, with `In<T>` for `&T` and so on, or a variable.
macro_rules! prototype {
    (static mut $name:ident: $ty:ty) => { veo::verify::Prototype::variable::<$ty>(stringify!($name)) };
    (static $name:ident: $ty:ty) => { veo::verify::Prototype::constant::<$ty>(stringify!($name)) };
    ($name:ident ( $($param:ident : $ty:ty),* $(,)? ) $(-> $ret:ty)?) => {
        veo::verify::Prototype::new(stringify!($name)) $(.param::<$ty>(stringify!($param)))* $(.returns::<$ret>())?
    };
}
pub(crate) use prototype;

/// A directory that goes with its user.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    pub(crate) fn new() -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("veo-verify-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        Self(directory)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Compiles a source of this name to a library of that name.
    #[track_caller]
    pub(crate) fn library(&self, compiler: &str, source: &str, library: &str, flags: &[&str]) -> PathBuf {
        let words = ["-shared", "-fPIC", "-w", "-o", library, source];
        self.run(compiler, &[&words[..], flags].concat());
        self.path(library)
    }

    #[track_caller]
    pub(crate) fn run(&self, program: &str, words: &[&str]) {
        let mut command = Command::new(program);
        command.current_dir(&self.0).args(words);
        assert!(command.status().unwrap().success(), "{command:?}");
    }

    /// A report without the name of this directory, and without the lines of the test's own source.
    pub(crate) fn text(&self, report: impl ToString) -> String {
        let text = report.to_string().replace(&format!("{}/", self.0.display()), "");
        let mut parts = text.split(".rs:");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text += &format!(".rs:…{}", part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
        text
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Compares one prototype.
pub(crate) fn one(library: &Path, prototype: Prototype) -> Report {
    veo::verify::compare(library, &[prototype])
}

/// Compares a text with a file of `golden/`. `VEO_BLESS=1` writes it; read the difference before you commit it.
#[track_caller]
pub(crate) fn assert_golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/verify/golden").join(name);
    if std::env::var_os("VEO_BLESS").is_some() {
        return std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == text, "{name} is now:\n{text}\n(VEO_BLESS=1 takes this as right)");
}
