//! Addresses of code as text: function, file and line, as far as symbols and debug information say them.

use std::path::Path;

use super::demangle::demangle;
use super::image::{Image, Module};
use crate::debuginfo::Slice;

/// Characters of a frame: C++ names can be longer than a message.
const MAX_TEXT: usize = 600;

/// Inlined calls that are shown for one address.
const MAX_INLINED: usize = 8;

/// Our part that calls the loader, which calls initialisers. What stands behind it in a backtrace is nothing to the user.
const OURS: &str = "veo_engine::worker::executor::Executor";

/// An address of code, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    address: u64,
    /// Return addresses stand behind the call, which may have been the last instruction of its line or function.
    is_return: bool,
    /// The file of the code.
    pub(crate) library: Option<String>,
    /// The function that contains the address, and how far inside it is.
    symbol: Option<(String, u64)>,
    lines: Vec<Line>,
    /// Not part of the kernel's backtrace.
    is_ours: bool,
}

/// A line of source. There are several for one address where calls were inlined, innermost first.
#[derive(Clone, Debug, Default)]
struct Line {
    function: Option<String>,
    at: Option<String>,
}

impl Place {
    pub(crate) fn new(address: u64, is_return: bool) -> Self {
        Self { address, is_return, library: None, symbol: None, lines: Vec::new(), is_ours: false }
    }

    /// The name of the function that starts at this address.
    pub(crate) fn function(&self) -> Option<String> {
        self.symbol.as_ref().map(|(name, _)| cut(name.clone()))
    }

    /// The frames of a backtrace that this address stands for: `symbol+0x12 at src/kernel.c:41 (libx.so)`.
    pub(crate) fn frames(&self) -> Vec<String> {
        if self.is_ours {
            return Vec::new();
        }
        let library = self.library.as_deref().unwrap_or_default();
        let file = Path::new(library).file_name().map_or(library.into(), |name| name.to_string_lossy());
        let outermost = match (&self.symbol, self.lines.last().and_then(|line| line.function.as_ref())) {
            (Some((name, offset)), _) => format!("{name}+{offset:#x}"),
            (None, Some(name)) => name.clone(),
            (None, None) => format!("{:#x}", self.address),
        };
        let at = |line: &Line| line.at.as_ref().map_or(String::new(), |at| format!(" at {at}"));
        let file = if file.is_empty() { String::new() } else { format!(" ({file})") };
        let (inlined, last) = match self.lines.split_last() {
            Some((last, inlined)) => (inlined, at(last)),
            None => (&[][..], String::new()),
        };
        let inlined = inlined.iter().map(|line| {
            let name = line.function.as_deref().unwrap_or("a function");
            cut(format!("{name} [inlined]{}{file}", at(line)))
        });
        inlined.chain([cut(format!("{outermost}{last}{file}"))]).collect()
    }
}

fn cut(text: String) -> String {
    if text.chars().count() <= MAX_TEXT { text } else { text.chars().take(MAX_TEXT).collect() }
}

/// Finds out what there is to know about the places. Calls `tell` when something was learned, since the next step may take
/// long: the order is libraries, names, and lines, in the order of the places.
pub(crate) fn find(places: &mut [Place], mut tell: impl FnMut(&[Place])) {
    let mut images: Vec<(u64, Option<Image>)> = Vec::new();
    let mut biases = Vec::new();
    for place in &mut *places {
        let module = Module::of(place.address);
        place.library = module.as_ref().map(|module| module.path().to_string_lossy().into_owned());
        biases.push(module.as_ref().map(|module| module.bias));
        if let Some(module) = module
            && !images.iter().any(|(bias, _)| *bias == module.bias)
        {
            images.push((module.bias, module.image()));
        }
    }
    tell(places);
    // Packages of debug files are mostly for system libraries, and packed: whoever looks for a kernel's line can do without.
    images.sort_by_key(|(_, image)| image.as_ref().is_some_and(Image::has_separate_debug_file));
    for step in [name_functions, find_lines] {
        for (bias, image) in &images {
            let Some(image) = image else { continue };
            let mut inside: Vec<_> =
                places.iter_mut().zip(&biases).filter(|(_, of)| **of == Some(*bias)).map(|(place, _)| place).collect();
            inside.retain(|place| !place.is_ours);
            step(image, *bias, &mut inside);
            mark_ours(places);
            tell(places);
        }
    }
}

fn mark_ours(places: &mut [Place]) {
    let is_ours = |place: &Place| place.symbol.as_ref().is_some_and(|(name, _)| name.contains(OURS));
    let start = places.iter().position(is_ours).unwrap_or(places.len());
    places[start..].iter_mut().for_each(|place| place.is_ours = true);
}

fn name_functions(image: &Image, bias: u64, places: &mut [&mut Place]) {
    image.symbols(|name, range| {
        for place in &mut *places {
            let probe = place.address.wrapping_sub(bias).wrapping_sub(u64::from(place.is_return));
            if range.contains(&probe) && place.symbol.is_none() {
                let offset = place.address.wrapping_sub(bias).wrapping_sub(range.start);
                place.symbol = Some((demangle(name), offset));
            }
        }
    });
}

fn find_lines(image: &Image, bias: u64, places: &mut [&mut Place]) {
    let Some(Ok(context)) = image.dwarf().map(addr2line::Context::from_dwarf) else { return };
    for place in places {
        let probe = place.address.wrapping_sub(bias).wrapping_sub(u64::from(place.is_return));
        place.lines = lines(&context, probe).unwrap_or_default();
    }
}

fn lines(context: &addr2line::Context<Slice<'_>>, address: u64) -> Result<Vec<Line>, gimli::Error> {
    let mut found = Vec::new();
    let mut frames = context.find_frames(address).skip_all_loads()?;
    while let Some(frame) = frames.next()? {
        let function = frame.function.and_then(|function| Some(demangle(&function.raw_name().ok()?)));
        let at = frame.location.and_then(|at| Some(format!("{}:{}", at.file?, at.line.unwrap_or(0))));
        found.push(Line { function, at });
    }
    if found.len() > MAX_INLINED {
        found.drain(MAX_INLINED / 2..found.len() - MAX_INLINED / 2);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_of_this_program_has_a_name_and_a_line() {
        let here = a_function_of_this_program_has_a_name_and_a_line as *const () as u64;
        let mut places = [Place::new(here, false), Place::new(8, false)];
        let mut told = 0;
        find(&mut places, |_| told += 1);
        let [frame] = &places[0].frames()[..] else { panic!("{places:?}") };
        let expected = "veo_engine::worker::names::tests::a_function_of_this_program_has_a_name_and_a_line+0x0 at ";
        assert!(frame.starts_with(expected) && frame.contains("worker/names.rs:"), "{frame}");
        assert_eq!(places[1].frames(), ["0x8"]);
        assert_eq!(told, 3);
    }

    #[test]
    fn frames_say_what_is_known() {
        let mut place = Place::new(0x1234, true);
        assert_eq!(place.frames(), ["0x1234"]);
        place.library = Some("/usr/lib/libx.so".into());
        assert_eq!(place.frames(), ["0x1234 (libx.so)"]);
        place.symbol = Some(("f".into(), 4));
        assert_eq!(place.frames(), ["f+0x4 (libx.so)"]);
        place.lines =
            vec![Line { function: Some("g".into()), at: Some("x.c:3".into()) }, Line { function: None, at: None }];
        assert_eq!(place.frames(), ["g [inlined] at x.c:3 (libx.so)", "f+0x4 (libx.so)"]);
        let mut places = [place.clone(), place.clone(), place.clone()];
        places[1].symbol = Some(("veo_engine::worker::executor::Executor::load".into(), 9));
        mark_ours(&mut places);
        assert_eq!(places.map(|place| place.frames().len()), [2, 0, 0]);
        place.symbol = Some(("f".repeat(1000), 4));
        assert_eq!(place.frames()[1].len(), MAX_TEXT);
    }
}
