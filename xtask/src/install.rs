//! `cargo xtask install`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs, io};

use serde_json::Value;

use crate::exports::Exports;

/// The library's file; its SONAME is `libveo.so.1`.
const LIBRARY: &str = "libveo.so.1.0.0";

const HEADERS: [&str; 6] = ["ve_offload.h", "veo_hmem.h", "veo_veshm.h", "veo_vedma.h", "veo_vhveshm.h", "veo_ve.h"];

#[derive(Debug)]
pub(crate) struct Options {
    prefix: PathBuf,
    destdir: Option<PathBuf>,
    debug: bool,
}

/// What cargo built.
struct Built {
    library: PathBuf,
    worker: PathBuf,
    archive: PathBuf,
}

impl Options {
    pub(crate) fn parse(words: &[String]) -> Result<Self, String> {
        let (mut prefix, mut destdir, mut debug) = (None, None, false);
        let mut words = words.iter().map(String::as_str);
        while let Some(word) = words.next() {
            let (name, value) = word.split_once('=').map_or((word, None), |(name, value)| (name, Some(value)));
            match name {
                "--prefix" | "--destdir" => {
                    let value = value.or_else(|| words.next()).filter(|value| !value.is_empty());
                    let value = PathBuf::from(value.ok_or_else(|| format!("{name} needs the path of a folder"))?);
                    *(if name == "--prefix" { &mut prefix } else { &mut destdir }) = Some(value);
                }
                "--debug" => debug = true,
                _ => return Err(format!("install: unknown argument `{word}`; see `cargo xtask --help`")),
            }
        }
        let prefix = prefix.ok_or("install: needs `--prefix P`, the folder to install in")?;
        let prefix = std::path::absolute(&prefix).map_err(|error| format!("--prefix {}: {error}", prefix.display()))?;
        Ok(Self { prefix, destdir, debug })
    }

    pub(crate) fn install(&self) -> Result<(), String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let built = self.build(&root)?;
        check(&built.library)?;
        let to = self.destination();
        let folder = |name: &str| {
            let folder = to.join(name);
            fs::create_dir_all(&folder).map_err(|error| cannot("create the folder", &folder, &error)).map(|()| folder)
        };
        let lib = folder("lib")?;
        place(&built.library, &lib.join(LIBRARY), 0o755)?;
        link(LIBRARY, &lib.join("libveo.so.1"))?;
        link("libveo.so.1", &lib.join("libveo.so"))?;
        place(&built.archive, &lib.join("libveorun.a"), 0o644)?;
        place(&built.worker, &folder("libexec")?.join("veorun"), 0o755)?;
        let include = folder("include")?;
        for header in HEADERS {
            place(&root.join("veo-sys/include").join(header), &include.join(header), 0o644)?;
        }
        place(&root.join("veorun/mk_veorun_static"), &folder("bin")?.join("mk_veorun_static"), 0o755)?;
        link("../bin/mk_veorun_static", &to.join("libexec/mk_veorun_static"))?;
        let pkgconfig = folder("lib/pkgconfig")?;
        for (name, about, libs) in [
            ("veo", "The C API of NEC's libveo, on an ordinary x86-64 Linux host", "-lveo"),
            ("veorun", "The worker of libveo, to be linked with kernels", "-lveorun -lpthread -ldl -lm"),
        ] {
            write(&pkgconfig.join(format!("{name}.pc")), &self.pkg_config(name, about, libs))?;
        }
        check_installed(&to)?;
        println!("installed libveo.so.1 ({} names, all VERSION_1) in {}", veo_sys::SYMBOLS.len(), to.display());
        Ok(())
    }

    /// The prefix, below the root that `--destdir` names.
    fn destination(&self) -> PathBuf {
        match &self.destdir {
            Some(root) => root.join(self.prefix.strip_prefix("/").unwrap_or(&self.prefix)),
            None => self.prefix.clone(),
        }
    }

    /// Has cargo build everything, and say where it is.
    fn build(&self, root: &Path) -> Result<Built, String> {
        let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(&cargo);
        command.current_dir(root).args(["build", "--package", "veo-host", "--package", "libveorun"]);
        command.arg("--message-format=json-render-diagnostics");
        if !self.debug {
            command.arg("--release");
        }
        let output = command.stdin(Stdio::null()).stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| format!("cannot run {}: {error}", cargo.display()))?;
        if !output.status.success() {
            return Err("cargo could not build veo-host and libveorun; its messages are above".into());
        }
        let messages: Vec<Value> =
            output.stdout.split(|&byte| byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()).collect();
        let find = |target: &str, kind: &str, extension: &str| {
            let path = artifact(&messages, target, kind, extension).filter(|path| path.is_file());
            path.ok_or_else(|| format!("cargo built no {kind} of {target}.\n{OTHER_LINKER}"))
        };
        Ok(Built {
            library: find("veo_host", "cdylib", "so")?,
            worker: find("veorun", "bin", "")?,
            archive: find("veorun", "staticlib", "a")?,
        })
    }

    fn pkg_config(&self, name: &str, about: &str, libs: &str) -> String {
        format!(
            "prefix={}\nlibdir=${{prefix}}/lib\nincludedir=${{prefix}}/include\n\n\
             Name: {name}\nDescription: {about}\nVersion: {}\nCflags: -I${{includedir}}\nLibs: -L${{libdir}} {libs}\n",
            self.prefix.display(),
            env!("CARGO_PKG_VERSION"),
        )
    }
}

/// The file of this extension that cargo made for a target of this kind.
fn artifact(messages: &[Value], target: &str, kind: &str, extension: &str) -> Option<PathBuf> {
    let made = messages.iter().find(|message| {
        let is_kind = |kinds: &Vec<Value>| kinds.iter().any(|other| other == kind);
        message["reason"] == "compiler-artifact"
            && message["target"]["name"] == target
            && message["target"]["kind"].as_array().is_some_and(is_kind)
    })?;
    let files = made["filenames"].as_array()?.iter().filter_map(Value::as_str).map(PathBuf::from);
    files.into_iter().find(|path| path.extension().unwrap_or_default() == extension)
}

const OTHER_LINKER: &str = "The linker that is set up here cannot make libveo.so; that of the Rust toolchain can. Look for \
    `linker`, `-fuse-ld`, `linker-features` and `relocation-model` in RUSTFLAGS, in the variables \
    CARGO_TARGET_…_LINKER and …_RUSTFLAGS, and in .cargo/config.toml, and install without them.";

/// Whether the library is a libveo.
fn check(library: &Path) -> Result<(), String> {
    let mut faults = Exports::read(library)?.faults();
    if faults.is_empty() {
        return Ok(());
    }
    let more = faults.len().saturating_sub(5);
    faults.truncate(5);
    if more > 0 {
        faults.push(format!("and {more} more"));
    }
    Err(format!("{} is not a libveo: {}.\n{OTHER_LINKER}", library.display(), faults.join("; ")))
}

/// Whether what is installed is whole: the library by its link name, and a worker that runs.
fn check_installed(to: &Path) -> Result<(), String> {
    check(&to.join("lib/libveo.so"))?;
    let worker = to.join("libexec/veorun");
    let output = Command::new(&worker).stdin(Stdio::null()).output();
    let output = output.map_err(|error| format!("cannot run {}: {error}", worker.display()))?;
    // A person who starts it is told what it is.
    if output.status.code() == Some(2) {
        Ok(())
    } else {
        Err(format!("{} does not run: {}", worker.display(), output.status))
    }
}

/// Copies a file to its place. A program that uses the old one keeps it.
fn place(from: &Path, to: &Path, mode: u32) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt;
    let new = beside(to);
    fs::copy(from, &new)
        .and_then(|_| fs::set_permissions(&new, fs::Permissions::from_mode(mode)))
        .and_then(|()| fs::rename(&new, to))
        .map_err(|error| cannot("install", to, &error))
}

fn write(to: &Path, text: &str) -> Result<(), String> {
    fs::write(to, text).map_err(|error| cannot("write", to, &error))
}

/// Makes a symbolic link, in place of what is there.
fn link(target: &str, to: &Path) -> Result<(), String> {
    let new = beside(to);
    let _ = fs::remove_file(&new);
    std::os::unix::fs::symlink(target, &new)
        .and_then(|()| fs::rename(&new, to))
        .map_err(|error| cannot("install", to, &error))
}

/// A name for what shall become `path`, in the same folder, so that it can be renamed.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    name.into()
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> String {
    let advice = if error.kind() == io::ErrorKind::PermissionDenied {
        "; choose a `--prefix` that you may write to, or install with `--destdir` and copy"
    } else {
        ""
    };
    format!("cannot {what} {}: {error}{advice}", path.display())
}
