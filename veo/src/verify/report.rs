//! What was found, as data and in words.

use std::fmt;

/// What came of comparing declarations with libraries. Its text is for people.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
#[must_use = "it says what is wrong"]
pub struct Report {
    /// The declarations that do not match, in a fixed order.
    pub mismatches: Vec<Mismatch>,
    /// What could not be compared, or only in part.
    pub unchecked: Vec<Unchecked>,
    /// How many declarations were looked at.
    pub declarations: usize,
    /// How many of them were compared with debug information.
    pub compared: usize,
}

/// A declaration that does not match its library.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Mismatch {
    /// The stub's name.
    pub rust_name: String,
    /// The C symbol.
    pub symbol: String,
    /// The library's path; `veorun itself` for the static one.
    pub library: String,
    /// Where the declaration stands: `file:line`.
    pub declared_at: String,
    /// The declaration, in Rust.
    pub declared: String,
    /// Where the function stands: `file:line`, if that is known.
    pub compiled_at: Option<String>,
    /// The function, in its own language, if it was found.
    pub compiled: Option<String>,
    /// Each difference.
    pub differences: Vec<Difference>,
    /// What to write.
    pub advice: Option<String>,
}

/// One difference between a declaration and the function.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Difference {
    /// In what they differ.
    pub aspect: Aspect,
    /// The argument by number and name, or the result; and both types.
    pub text: String,
}

/// In what a declaration and a function differ.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Aspect {
    /// The library is for another machine than the engine runs.
    Machine,
    /// There is no such symbol, or it is no function.
    Symbol,
    /// The number of arguments.
    Count,
    /// Integer or floating-point number; or nothing at all; or what no register holds.
    Kind,
    /// The size of a value.
    Width,
    /// The sign of an integer.
    Sign,
    /// One is a pointer, the other is not, at some depth.
    Pointer,
    /// What a pointer points to.
    Pointee,
    /// Memory is written that is declared as only read.
    Constness,
    /// What is in a struct, and where; its size and alignment.
    Layout,
    /// A variable of which each thread has one of its own.
    Thread,
}

/// Declarations that could not be compared with their library, or only by name.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Unchecked {
    /// The library's path, or its name if it was not found.
    pub library: String,
    /// The symbols.
    pub symbols: Vec<String>,
    /// Why not.
    pub reason: String,
    /// Whether at least the symbols are there.
    pub names_are_there: bool,
}

impl Report {
    /// Whether nothing was found that is wrong. What could not be compared counts as right.
    #[must_use]
    pub fn is_match(&self) -> bool {
        self.mismatches.is_empty()
    }

    pub(super) fn add(&mut self, other: Self) {
        self.mismatches.extend(other.mismatches);
        self.unchecked.extend(other.unchecked);
        self.declarations += other.declarations;
        self.compared += other.compared;
    }

    /// Without declarations whose symbols are missing: whoever calls them gets an error that says so.
    pub(super) fn without_missing(mut self) -> Self {
        self.mismatches
            .retain(|mismatch| mismatch.differences.iter().any(|difference| difference.aspect != Aspect::Symbol));
        self
    }

    pub(super) fn note(&mut self, library: &str, symbol: &str, reason: &str, names_are_there: bool) {
        let known = self.unchecked.iter_mut().find(|unchecked| {
            unchecked.library == library && unchecked.reason == reason && unchecked.names_are_there == names_are_there
        });
        match known {
            Some(known) => known.symbols.push(symbol.to_owned()),
            None => self.unchecked.push(Unchecked {
                library: library.to_owned(),
                symbols: vec![symbol.to_owned()],
                reason: reason.to_owned(),
                names_are_there,
            }),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.mismatches.len(), self.declarations) {
            (0, 1) => write!(f, "1 declaration, {} compared, no mismatch", self.compared)?,
            (0, all) => write!(f, "{all} declarations, {} compared, no mismatch", self.compared)?,
            (1, 1) => write!(f, "the declaration does not match its library:")?,
            (wrong, all) => {
                write!(f, "{wrong} of {all} declarations {} not match:", if wrong == 1 { "does" } else { "do" })?;
            }
        }
        for mismatch in &self.mismatches {
            write!(f, "\n\n{mismatch}")?;
        }
        for unchecked in &self.unchecked {
            write!(f, "\n\n{unchecked}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` does not match {}:", self.rust_name, self.library)?;
        write!(f, "\n  declared: {}\n            at {}", self.declared, self.declared_at)?;
        if let Some(compiled) = &self.compiled {
            write!(f, "\n  compiled: {compiled}")?;
            if let Some(place) = &self.compiled_at {
                write!(f, "\n            at {place}")?;
            }
        }
        for difference in &self.differences {
            write!(f, "\n  - {}", difference.text)?;
        }
        match &self.advice {
            Some(advice) => write!(f, "\n  write:    {advice}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Unchecked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 5;
        let names: Vec<_> = self.symbols.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
        let more = match self.symbols.len().saturating_sub(SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let what = match (self.names_are_there, self.symbols.len()) {
            (false, _) => "not compared",
            (true, 1) => "it is there, but its types are not compared",
            (true, _) => "they are there, but their types are not compared",
        };
        write!(f, "{}{more} of {}: {what}: {}", names.join(", "), self.library, self.reason)
    }
}

impl Mismatch {
    pub(super) fn new(rust_name: &str, symbol: &str, library: &str) -> Self {
        Self {
            rust_name: rust_name.to_owned(),
            symbol: symbol.to_owned(),
            library: library.to_owned(),
            declared_at: String::new(),
            declared: String::new(),
            compiled_at: None,
            compiled: None,
            differences: Vec::new(),
            advice: None,
        }
    }
}
