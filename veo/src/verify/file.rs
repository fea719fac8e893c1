//! A library's file: its machine, its symbols, its debug information.
//!
//! The file is read, not mapped: somebody may shorten it meanwhile, which would end a program that has it mapped. Sections
//! are read one by one, so that a large library without debug information costs little. Whatever a damaged file says, no more
//! is read than it has, and no more unpacked than [`MOST_UNPACKED`].

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use gimli::{Dwarf, DwarfSections, EndianSlice, LittleEndian, SectionId};
use object::elf;
use object::read::elf::ElfFile64;
use object::{CompressionFormat, Object, ObjectSection, ObjectSegment, ReadCache, ReadRef};

use super::own::Segment;
use veo_engine::debuginfo::Slice;

type Elf<'a> = ElfFile64<'a, object::LittleEndian, &'a ReadCache<File>>;

/// Where separate debug files are installed.
const DEBUG_DIRECTORY: &str = "/usr/lib/debug";

/// The largest section that is unpacked.
const MOST_UNPACKED: u64 = 1 << 30;

/// The most debug information that is read of this program, which may be much larger than a library.
const MOST_OF_OWN: u64 = 128 << 20;

/// The most symbols that are looked at.
const MOST_SYMBOLS: usize = 4 << 20;

/// What is read of a library.
#[derive(Debug)]
pub(super) struct Binary {
    pub(super) machine: u16,
    /// What other programs can find, by name.
    pub(super) exported: HashMap<String, Symbol>,
    /// All other functions that have a name, or all, if the file is no library.
    pub(super) local: HashMap<String, Symbol>,
    pub(super) debug: Option<Sections>,
    /// Why there is no debug information, or not all.
    pub(super) note: Option<String>,
}

/// A symbol that is defined here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Symbol {
    pub(super) address: u64,
    pub(super) kind: SymbolKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SymbolKind {
    Function,
    /// Chosen when the library is loaded; the address is that of the function that chooses.
    Indirect,
    Variable,
    /// Each thread has one of its own; the address is an offset.
    ThreadLocal,
    /// Assembly often does not say.
    Unknown,
}

impl Symbol {
    /// The address that everybody finds it at.
    pub(super) fn fixed_address(self) -> Option<u64> {
        (self.kind != SymbolKind::ThreadLocal).then_some(self.address)
    }
}

impl SymbolKind {
    pub(super) fn may_be_a_function(self) -> bool {
        !matches!(self, Self::Variable | Self::ThreadLocal)
    }

    pub(super) fn may_be_a_variable(self) -> bool {
        matches!(self, Self::Variable | Self::ThreadLocal | Self::Unknown)
    }
}

/// The sections with debug information.
#[derive(Debug)]
pub(super) struct Sections(DwarfSections<Vec<u8>>);

impl Sections {
    pub(super) fn dwarf(&self) -> Dwarf<Slice<'_>> {
        self.0.borrow(|bytes| EndianSlice::new(bytes, LittleEndian))
    }
}

/// What tells that a file is still the same.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Identity(Vec<i64>);

impl Identity {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        use std::os::unix::fs::MetadataExt;
        let metadata = fs::metadata(path)?;
        let (device, inode, size) = (metadata.dev(), metadata.ino(), metadata.size());
        let numbers = [device.cast_signed(), inode.cast_signed(), size.cast_signed(), metadata.mtime()];
        Ok(Self(numbers.into_iter().chain([metadata.mtime_nsec(), metadata.ctime(), metadata.ctime_nsec()]).collect()))
    }
}

impl Binary {
    /// Reads a file. An error says why it is no library.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let cache = open(path).map_err(|error| error.to_string())?;
        let elf = parse(&cache)?;
        let machine = elf.elf_header().e_machine.get(object::LittleEndian).0;
        let mut exported = HashMap::new();
        symbols(&elf, &cache, ".dynsym", true, &mut exported).ok_or("its table of symbols is damaged")?;
        let mut local = HashMap::new();
        // A damaged table of names that nobody can look up does not matter.
        let _ = symbols(&elf, &cache, ".symtab", false, &mut local);
        local.retain(|name, _| !exported.contains_key(name));
        let (debug, note) = debug_information(&elf, path);
        Ok(Self { machine, exported, local, debug, note })
    }
}

fn open(path: &Path) -> io::Result<ReadCache<File>> {
    // Not of a pipe, which would wait.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    Ok(ReadCache::new(File::open(path)?))
}

fn parse(cache: &ReadCache<File>) -> Result<Elf<'_>, String> {
    Elf::parse(cache).map_err(|error| format!("it is no shared library for a 64-bit machine ({error})"))
}

/// Adds the symbols of a table. `None` if it is damaged; a table that is not there is empty.
fn symbols(
    elf: &Elf<'_>,
    cache: &ReadCache<File>,
    section: &str,
    only_visible: bool,
    found: &mut HashMap<String, Symbol>,
) -> Option<()> {
    let endian = object::LittleEndian;
    let Some(table) = elf.section_by_name(section) else { return Some(()) };
    let header = table.elf_section_header();
    let strings = elf.section_by_index(object::SectionIndex(header.sh_link.get(endian) as usize)).ok()?;
    let bytes = |section: &object::read::elf::ElfSection64<'_, '_, object::LittleEndian, _>| {
        let header = section.elf_section_header();
        cache.read_bytes_at(header.sh_offset.get(endian), header.sh_size.get(endian)).ok()
    };
    let (table, strings) = (bytes(&table)?, bytes(&strings)?);
    let (entries, _) = object::pod::slice_from_bytes::<elf::Sym64<object::LittleEndian>>(
        table,
        table.len() / size_of::<elf::Sym64<object::LittleEndian>>(),
    )
    .ok()?;
    for entry in entries.iter().take(MOST_SYMBOLS) {
        let kind = match entry.st_type() {
            elf::STT_FUNC => SymbolKind::Function,
            elf::STT_GNU_IFUNC => SymbolKind::Indirect,
            elf::STT_OBJECT | elf::STT_COMMON => SymbolKind::Variable,
            elf::STT_TLS => SymbolKind::ThreadLocal,
            elf::STT_NOTYPE if only_visible => SymbolKind::Unknown,
            _ => continue,
        };
        let visible = matches!(entry.st_bind(), elf::STB_GLOBAL | elf::STB_WEAK | elf::STB_GNU_UNIQUE)
            && matches!(entry.st_visibility(), elf::STV_DEFAULT | elf::STV_PROTECTED);
        if entry.st_shndx.get(endian) == elf::SHN_UNDEF || only_visible && !visible {
            continue;
        }
        let Some(name) = strings.get(entry.st_name.get(endian) as usize..) else { continue };
        let name = name.split(|&byte| byte == 0).next().unwrap_or_default();
        if name.is_empty() || name.len() > 4096 {
            continue;
        }
        let symbol = Symbol { address: entry.st_value.get(endian), kind };
        found.entry(String::from_utf8_lossy(name).into_owned()).or_insert(symbol);
    }
    Some(())
}

// ---- debug information -----------------------------------------------------------------------------------------------

fn has_debug_info(elf: &Elf<'_>) -> bool {
    elf.section_by_name(".debug_info").is_some()
}

fn debug_information(elf: &Elf<'_>, path: &Path) -> (Option<Sections>, Option<String>) {
    let load = |elf: &Elf<'_>| match sections(elf) {
        Ok(sections) => (Some(sections), None),
        Err(reason) => (None, Some(reason)),
    };
    if has_debug_info(elf) {
        return load(elf);
    }
    match separate_debug_file(elf, path) {
        Ok(Some(cache)) => match parse(&cache) {
            Ok(elf) => load(&elf),
            Err(reason) => (None, Some(reason)),
        },
        Ok(None) => (None, Some("it has no debug information: compile it with -g, and do not strip it".into())),
        Err(reason) => (None, Some(reason)),
    }
}

fn sections(elf: &Elf<'_>) -> Result<Sections, String> {
    DwarfSections::load(|id| section(elf, id)).map(Sections)
}

fn section(elf: &Elf<'_>, id: SectionId) -> Result<Vec<u8>, String> {
    let Some(section) = elf.section_by_name(id.name()) else { return Ok(Vec::new()) };
    let damaged = |error| format!("its debug information is damaged ({}: {error})", id.name());
    let data = section.compressed_data().map_err(damaged)?;
    if data.format != CompressionFormat::None && data.uncompressed_size > MOST_UNPACKED {
        return Err(format!(
            "its debug information is damaged or too large ({} would have {} bytes)",
            id.name(),
            data.uncompressed_size
        ));
    }
    Ok(data.decompress().map_err(damaged)?.into_owned())
}

/// The debug information of a stripped library, where distributions and `objcopy --add-gnu-debuglink` put it. The build id
/// proves that they belong together. An error names the file that is missing or does not belong to it.
fn separate_debug_file(elf: &Elf<'_>, path: &Path) -> Result<Option<ReadCache<File>>, String> {
    let link = elf.gnu_debuglink().ok().flatten().map(|(name, _)| OsStr::from_bytes(name));
    let id = elf.build_id().ok().flatten();
    let mut candidates = Vec::new();
    if let Some((first, rest)) = id.and_then(<[u8]>::split_first) {
        let rest: String = rest.iter().map(|byte| format!("{byte:02x}")).collect();
        candidates.push(Path::new(DEBUG_DIRECTORY).join(format!(".build-id/{first:02x}/{rest}.debug")));
    }
    if let (Some(name), Some(folder)) = (link, path.parent()) {
        candidates.push(folder.join(name));
        candidates.push(folder.join(".debug").join(name));
        candidates.push(Path::new(DEBUG_DIRECTORY).join(folder.strip_prefix("/").unwrap_or(folder)).join(name));
    }
    let mut other_build: Option<PathBuf> = None;
    for candidate in candidates {
        // A link to itself would be found again.
        let Ok(cache) = open(&candidate) else { continue };
        let belongs = parse(&cache).is_ok_and(|elf| id.is_some() && elf.build_id().ok().flatten() == id);
        if belongs && parse(&cache).is_ok_and(|elf| has_debug_info(&elf)) {
            return Ok(Some(cache));
        }
        other_build.get_or_insert(candidate);
    }
    match (other_build, link) {
        (Some(other), Some(_)) if id.is_none() => Err(format!(
            "its debug information is in {}, but nothing proves that they belong together: link with -Wl,--build-id",
            other.display()
        )),
        (Some(other), Some(_)) => {
            Err(format!("its debug information is in {}, which is of another build", other.display()))
        }
        (_, Some(name)) => {
            Err(format!("its debug information is in {}, which is not beside it", Path::new(name).display()))
        }
        _ => Ok(None),
    }
}

// ---- this program ----------------------------------------------------------------------------------------------------

impl Binary {
    /// The debug information of this program, as far as types need it, and where its parts are loaded.
    pub(super) fn read_own(path: &Path) -> Option<(Sections, Vec<Segment>)> {
        let cache = open(path).ok()?;
        let elf = parse(&cache).ok()?;
        let size = elf.section_by_name(".debug_info")?.size();
        if size > MOST_OF_OWN {
            return None;
        }
        // Where variables are is not asked.
        let is_needed = |id| !matches!(id, SectionId::DebugLoc | SectionId::DebugLocLists);
        let load = |id| if is_needed(id) { section(&elf, id) } else { Ok(Vec::new()) };
        let sections = DwarfSections::load(load).ok()?;
        let segments = elf.segments().map(|segment| {
            let (offset, size) = segment.file_range();
            Segment { offset, size, address: segment.address() }
        });
        Some((Sections(sections), segments.collect()))
    }
}
