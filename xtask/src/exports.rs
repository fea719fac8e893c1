//! What a libveo must look like from outside: its name, and its exports.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use object::elf::{DT_SONAME, FileHeader64};
use object::read::elf::{Dyn, ElfFile64, FileHeader, SectionTable, Sym};
use object::{Endianness, SymbolIndex};

/// What a shared library shows to the loader.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Exports {
    soname: Option<String>,
    /// The version of each defined symbol, if it has one.
    versions: BTreeMap<String, Option<String>>,
}

impl Exports {
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let data = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        Self::parse(&data).map_err(|error| format!("{} is not a shared library: {error}", path.display()))
    }

    fn parse(data: &[u8]) -> object::Result<Self> {
        type Header = FileHeader64<Endianness>;
        let file: ElfFile64<'_> = ElfFile64::parse(data)?;
        let endian = file.endian();
        let sections: SectionTable<'_, Header> = file.elf_header().sections(endian, data)?;
        let symbols = sections.symbols(endian, data, object::elf::SHT_DYNSYM)?;
        let versions = sections.versions(endian, data)?;
        let mut exports = Self::default();
        for (index, symbol) in symbols.iter().enumerate() {
            // The version node itself is listed, too: an absolute symbol.
            if symbol.is_undefined(endian) || symbol.is_local() || symbol.is_absolute(endian) {
                continue;
            }
            let name = String::from_utf8_lossy(symbol.name(endian, symbols.strings())?).into_owned();
            let version = match &versions {
                Some(versions) => versions
                    .version(versions.version_index(endian, SymbolIndex(index)).index())?
                    .map(|version| String::from_utf8_lossy(version.name()).into_owned()),
                None => None,
            };
            exports.versions.insert(name, version);
        }
        if let Some((entries, strings)) = sections.dynamic(endian, data)? {
            let strings = sections.strings(endian, data, strings)?;
            let soname = entries.iter().find(|entry| entry.tag(endian) == DT_SONAME);
            if let Some(name) = soname.and_then(|entry| entry.string(endian, strings).ok()) {
                exports.soname = Some(String::from_utf8_lossy(name).into_owned());
            }
        }
        Ok(exports)
    }

    /// Everything in which this is not libveo, one line each.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.soname.as_deref() != Some("libveo.so.1") {
            faults.push(format!("its SONAME is {:?}, not libveo.so.1", self.soname.as_deref().unwrap_or("")));
        }
        let names: Vec<_> = veo_sys::SYMBOLS.iter().map(|symbol| symbol.name.to_string_lossy()).collect();
        for name in &names {
            match self.versions.get(name.as_ref()) {
                None => faults.push(format!("{name} is missing")),
                Some(version) if version.as_deref() != Some("VERSION_1") => {
                    faults
                        .push(format!("{name} has the version {:?}, not VERSION_1", version.as_deref().unwrap_or("")));
                }
                Some(_) => {}
            }
        }
        let foreign = self.versions.keys().filter(|name| !names.iter().any(|known| known == name.as_str()));
        faults.extend(foreign.map(|name| format!("{name} is exported, which is not in the C API")));
        faults
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Compiles a shared library from C, with these arguments for the linker.
    fn library(name: &str, c: &str, linker: &str) -> Exports {
        let folder = std::env::temp_dir().join(format!("veo-xtask-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let (source, script, library) = (folder.join("x.c"), folder.join("x.map"), folder.join("libx.so"));
        fs::write(&source, c).unwrap();
        fs::write(&script, "VERSION_1 { global: veo_*; };\n").unwrap();
        let linker = linker.replace("SCRIPT", script.to_str().unwrap());
        let mut cc = Command::new("cc");
        cc.args(["-shared", "-fPIC", "-o"]).args([&library, &source]).args(linker.split_whitespace());
        assert!(cc.status().unwrap().success());
        let exports = Exports::read(&library);
        fs::remove_dir_all(&folder).unwrap();
        exports.unwrap()
    }

    /// All functions of the C API, and what `more` says.
    fn c(leave_out: &str, more: &str) -> String {
        let names = veo_sys::SYMBOLS.iter().map(|symbol| symbol.name.to_str().unwrap());
        let functions: String =
            names.filter(|name| *name != leave_out).map(|name| format!("void {name}(void) {{}}\n")).collect();
        functions + more
    }

    const GOOD: &str = "-Wl,-soname,libveo.so.1 -Wl,--version-script=SCRIPT";

    #[test]
    fn a_libveo_has_no_faults() {
        let exports = library("good", &c("", ""), GOOD);
        assert_eq!(exports.faults(), Vec::<String>::new());
        assert_eq!(exports.versions.len(), 81);
    }

    #[test]
    fn every_fault_is_named() {
        let missing = library("missing", &c("veo_dma_poll", ""), GOOD).faults();
        assert_eq!(missing, ["veo_dma_poll is missing"]);
        let foreign = library("foreign", &c("", "int veo_other;\nvoid another(void) {}\n"), GOOD).faults();
        let not_ours = |name| format!("{name} is exported, which is not in the C API");
        assert_eq!(foreign, [not_ours("another"), not_ours("veo_other")]);
        let unversioned = library("unversioned", &c("", ""), "").faults();
        assert_eq!(unversioned.len(), 82);
        assert_eq!(unversioned[0], "its SONAME is \"\", not libveo.so.1");
        assert_eq!(unversioned[1], "veo_api_version has the version \"\", not VERSION_1");
    }

    #[test]
    fn what_is_no_shared_library_is_said_to_be_none() {
        let error = Exports::read(Path::new(env!("CARGO_MANIFEST_PATH"))).unwrap_err();
        assert!(error.contains("is not a shared library"), "{error}");
        let error = Exports::read(Path::new("/no/such.so")).unwrap_err();
        assert!(error.contains("cannot read /no/such.so"), "{error}");
    }
}
