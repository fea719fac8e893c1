//! The files behind what is loaded in this process, and the debug information in them.

use std::ffi::{CStr, OsStr, c_int, c_void};
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::ptr::{self, NonNull};
use std::sync::OnceLock;

use gimli::{Dwarf, DwarfSections, EndianSlice, LittleEndian};
use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::debuginfo::Slice;

type Elf<'a> = ElfFile64<'a, object::LittleEndian>;

/// The main program, which may have been moved or deleted since it was started.
const OWN_PROGRAM: &str = "/proc/self/exe";

/// Where separate debug files are installed.
const DEBUG_DIRECTORY: &str = "/usr/lib/debug";

/// How much of a file is compared with what is loaded: headers and build id are there.
const COMPARED: usize = 4096;

/// A library, or the main program, as the loader has it.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    /// What has to be subtracted from an address to get the one in the file.
    pub(crate) bias: u64,
    name: Vec<u8>,
    /// Where the start of the file is loaded.
    head: Option<Range<u64>>,
}

/// One entry of the loader's list, during a visit of it.
struct Loaded<'a> {
    bias: u64,
    name: &'a [u8],
    headers: &'a [libc::Elf64_Phdr],
}

impl Loaded<'_> {
    fn segments(&self) -> impl Iterator<Item = &libc::Elf64_Phdr> {
        self.headers.iter().filter(|header| header.p_type == libc::PT_LOAD)
    }

    fn contains(&self, address: u64) -> bool {
        let inside = address.wrapping_sub(self.bias);
        self.segments().any(|header| inside.wrapping_sub(header.p_vaddr) < header.p_memsz)
    }

    fn module(&self) -> Module {
        let is_head = |header: &&libc::Elf64_Phdr| {
            header.p_offset == 0 && header.p_flags & (libc::PF_R | libc::PF_W) == libc::PF_R
        };
        let head = self.segments().find(is_head).map(|header| {
            let start = self.bias.wrapping_add(header.p_vaddr);
            start..start.wrapping_add(header.p_filesz.min(COMPARED as u64))
        });
        Module { bias: self.bias, name: self.name.to_vec(), head }
    }
}

impl Module {
    /// The module to which this address belongs.
    pub(crate) fn of(address: u64) -> Option<Self> {
        Self::find(|loaded| loaded.contains(address))
    }

    /// The first module whose file's name satisfies the condition.
    pub(crate) fn named(is_wanted: impl Fn(&[u8]) -> bool) -> Option<Self> {
        Self::find(|loaded| loaded.name.rsplit(|&byte| byte == b'/').next().is_some_and(&is_wanted))
    }

    /// Takes no lock that is held while a library initialises itself, as the lock of `dladdr` is: an initialiser may wait
    /// for a kernel, or crash.
    fn find<F: FnMut(&Loaded<'_>) -> bool>(is_wanted: F) -> Option<Self> {
        struct Search<F> {
            is_wanted: F,
            found: Option<Module>,
        }
        unsafe extern "C" fn visit<F: FnMut(&Loaded<'_>) -> bool>(
            info: *mut libc::dl_phdr_info,
            _size: usize,
            search: *mut c_void,
        ) -> c_int {
            // SAFETY: `dl_iterate_phdr` passes what `find` gave it, which nobody else uses meanwhile.
            let search = unsafe { &mut *search.cast::<Search<F>>() };
            // SAFETY: the loader passes a valid description.
            let info = unsafe { &*info };
            // SAFETY: the loader describes this many headers, which stay as long as it holds its lock around this call.
            let headers = unsafe { std::slice::from_raw_parts(info.dlpi_phdr, usize::from(info.dlpi_phnum)) };
            // SAFETY: the name is a NUL-terminated string.
            let name = unsafe { CStr::from_ptr(info.dlpi_name) }.to_bytes();
            let loaded = Loaded { bias: info.dlpi_addr, name, headers };
            if (search.is_wanted)(&loaded) {
                search.found = Some(loaded.module());
            }
            c_int::from(search.found.is_some())
        }
        let mut search = Search { is_wanted, found: None };
        // SAFETY: the callback has the type that is asked for, and the search outlives the call.
        unsafe { libc::dl_iterate_phdr(Some(visit::<F>), (&raw mut search).cast()) };
        search.found
    }

    /// The path by which it was loaded.
    pub(crate) fn path(&self) -> PathBuf {
        if self.name.is_empty() {
            return std::fs::read_link(OWN_PROGRAM).unwrap_or_else(|_| OWN_PROGRAM.into());
        }
        Path::new(OsStr::from_bytes(&self.name)).to_owned()
    }

    /// The module's file, if it is still the one that was loaded.
    pub(crate) fn image(&self) -> Option<Image> {
        let path = if self.name.is_empty() { Path::new(OWN_PROGRAM) } else { Path::new(OsStr::from_bytes(&self.name)) };
        let file = FileMap::open(path).ok()?;
        let head = self.head.clone()?;
        let length = usize::try_from(head.end.wrapping_sub(head.start)).ok()?;
        // SAFETY: the loader mapped this read-only segment, and whoever asks has an address in it that is in use.
        let loaded = unsafe { std::slice::from_raw_parts(ptr::with_exposed_provenance(head.start as usize), length) };
        if file.bytes().get(..length)? != loaded {
            return None;
        }
        Image::new(file, &self.path())
    }
}

/// A file and its debug information, which may be in a second file.
#[derive(Debug)]
pub(crate) struct Image {
    file: FileMap,
    debug_file: Option<FileMap>,
    /// Loaded when first asked for: sections may have to be unpacked, which takes time.
    sections: OnceLock<Option<DwarfSections<Bytes>>>,
}

/// A section: part of the file that has the debug information, or unpacked.
#[derive(Debug)]
enum Bytes {
    InFile(Range<usize>),
    Unpacked(Vec<u8>),
}

impl Image {
    /// Finds the debug information of a file, which was loaded from `path`.
    pub(crate) fn new(file: FileMap, path: &Path) -> Option<Self> {
        let elf = Elf::parse(file.bytes()).ok()?;
        let debug_file = if has_debug_info(&elf) { None } else { separate_debug_file(&elf, path) };
        Some(Self { file, debug_file, sections: OnceLock::new() })
    }

    pub(crate) fn has_separate_debug_file(&self) -> bool {
        self.debug_file.is_some()
    }

    /// The debug information, empty if the file has none.
    pub(crate) fn dwarf(&self) -> Option<Dwarf<Slice<'_>>> {
        let file = self.debug_file.as_ref().unwrap_or(&self.file).bytes();
        let load = || {
            let elf = Elf::parse(file).ok()?;
            DwarfSections::load(|id| section(&elf, file, id.name())).ok()
        };
        let sections = self.sections.get_or_init(load).as_ref()?;
        Some(sections.borrow(|section| {
            let bytes = match section {
                Bytes::InFile(range) => file.get(range.clone()).unwrap_or_default(),
                Bytes::Unpacked(bytes) => bytes,
            };
            EndianSlice::new(bytes, LittleEndian)
        }))
    }

    /// Shows every function that has a symbol: its name and addresses in the file. Names that other libraries know come
    /// first, of several for one function.
    pub(crate) fn symbols<'a>(&'a self, mut show: impl FnMut(&'a str, Range<u64>)) {
        for file in [&self.file].into_iter().chain(&self.debug_file) {
            let Ok(elf) = Elf::parse(file.bytes()) else { continue };
            for symbol in elf.dynamic_symbols().chain(elf.symbols()) {
                if symbol.kind() == SymbolKind::Text
                    && symbol.is_definition()
                    && let Ok(name) = symbol.name()
                {
                    show(name, symbol.address()..symbol.address().saturating_add(symbol.size()));
                }
            }
        }
    }
}

fn has_debug_info(elf: &Elf<'_>) -> bool {
    elf.section_by_name(".debug_info").is_some()
}

fn section(elf: &Elf<'_>, file: &[u8], name: &str) -> Result<Bytes, object::Error> {
    let Some(section) = elf.section_by_name(name) else { return Ok(Bytes::InFile(0..0)) };
    Ok(match section.uncompressed_data()? {
        std::borrow::Cow::Owned(bytes) => Bytes::Unpacked(bytes),
        std::borrow::Cow::Borrowed(bytes) => {
            let start = (bytes.as_ptr() as usize).wrapping_sub(file.as_ptr() as usize);
            Bytes::InFile(start..start.saturating_add(bytes.len()))
        }
    })
}

/// The debug information of a stripped library, where distributions and `objcopy --add-gnu-debuglink` put it. The build id
/// proves that they belong together.
fn separate_debug_file(elf: &Elf<'_>, path: &Path) -> Option<FileMap> {
    let id = elf.build_id().ok()??;
    let (first, rest) = id.split_first()?;
    let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut candidates = vec![Path::new(DEBUG_DIRECTORY).join(format!(".build-id/{first:02x}/{rest}.debug"))];
    if let (Ok(Some((name, _))), Some(directory)) = (elf.gnu_debuglink(), path.parent()) {
        let name = OsStr::from_bytes(name);
        candidates.push(directory.join(name));
        candidates.push(directory.join(".debug").join(name));
        candidates.push(Path::new(DEBUG_DIRECTORY).join(directory.strip_prefix("/").unwrap_or(directory)).join(name));
    }
    candidates.into_iter().find_map(|candidate| {
        let file = FileMap::open(&candidate).ok()?;
        let elf = Elf::parse(file.bytes()).ok()?;
        (elf.build_id() == Ok(Some(id)) && has_debug_info(&elf)).then_some(())?;
        Some(file)
    })
}

/// A file, mapped. Whoever shortens the file of a library in use ends the process that uses it, with or without this.
#[derive(Debug)]
pub(crate) struct FileMap {
    base: NonNull<u8>,
    length: usize,
}

// SAFETY: a read-only mapping is the same for every thread.
unsafe impl Send for FileMap {}
// SAFETY: as above.
unsafe impl Sync for FileMap {}

impl FileMap {
    pub(crate) fn open(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        let length = usize::try_from(metadata.len()).map_err(|_| io::ErrorKind::FileTooLarge)?;
        if !metadata.is_file() || length == 0 {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // SAFETY: a new mapping at an address of the system's choice touches no other memory.
        let base =
            unsafe { libc::mmap(ptr::null_mut(), length, libc::PROT_READ, libc::MAP_PRIVATE, file.as_raw_fd(), 0) };
        if base == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
        let base = NonNull::new(base.cast()).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Self { base, length })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        // SAFETY: `open` mapped this many bytes, which stay mapped as long as `self` lives.
        unsafe { std::slice::from_raw_parts(self.base.as_ptr(), self.length) }
    }
}

impl Drop for FileMap {
    fn drop(&mut self) {
        // SAFETY: `open` made this mapping, and nothing borrows from it any more.
        unsafe { libc::munmap(self.base.as_ptr().cast(), self.length) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_is_found_by_the_address_of_a_function() {
        let address = this_program_is_found_by_the_address_of_a_function as *const () as u64;
        let module = Module::of(address).unwrap();
        assert_eq!(module.path(), std::env::current_exe().unwrap());
        let image = module.image().unwrap();
        let mut names = Vec::new();
        image.symbols(|name, range| {
            if range.contains(&(address - module.bias)) {
                names.push(name);
            }
        });
        assert!(names.iter().any(|name| name.contains("this_program_is_found")), "{names:?}");
    }

    #[test]
    fn libraries_have_paths_and_nothing_is_no_module() {
        let path = Module::of(libc::malloc as *const () as u64).unwrap().path();
        assert!(path.to_str().unwrap().contains("libc.so"), "{path:?}");
        assert!(Module::of(8).is_none());
        assert!(Module::of(u64::MAX).is_none());
        let local = 0_u8;
        assert!(Module::of(&raw const local as u64).is_none());
    }

    #[test]
    fn what_is_no_file_has_no_image() {
        assert!(FileMap::open(Path::new("/")).is_err());
        assert!(FileMap::open(Path::new("/dev/null")).is_err());
        assert!(FileMap::open(Path::new("/nowhere")).is_err());
        let text = FileMap::open(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml"))).unwrap();
        assert!(Image::new(text, Path::new("/")).is_none());
    }
}
