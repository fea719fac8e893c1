//! Why a library does not have a symbol, and what to write instead.

use veo_engine::debuginfo::Language;

use super::file::{Binary, SymbolKind};
use super::library::Sort;
use super::model::Function;
use super::read::{Found, Named, Reader};
use super::variable;

/// What is to be said of a symbol that is missing.
#[derive(Clone, Debug)]
pub(super) struct Missing {
    pub(super) text: String,
    pub(super) advice: Option<String>,
    /// The function that was probably meant, and where it is.
    pub(super) compiled: Option<String>,
    pub(super) compiled_at: Option<String>,
}

/// How many names are listed where nothing is known.
const SHOWN: usize = 5;

pub(super) fn explain(symbol: &str, sort: Sort, binary: &Binary, mut reader: Option<&mut Reader<'_>>) -> Missing {
    if let Some(other) = of_other_sort(symbol, sort, binary, reader.as_deref_mut()) {
        return other;
    }
    // Only functions are looked for by their names in source.
    let reader = reader.filter(|_| sort == Sort::Function);
    let named = reader.map(|reader| reader.named(|name| name.eq_ignore_ascii_case(symbol))).unwrap_or_default();
    mangled(symbol, sort, binary, &named)
        .or_else(|| fortran(symbol, binary, &named))
        .or_else(|| hidden(symbol, binary, &named))
        .or_else(|| similar(symbol, sort, binary))
        .unwrap_or_else(|| Missing::new(format!("there is no symbol `{symbol}`; {}", exported(sort, binary)), None))
}

impl Missing {
    fn new(text: String, advice: Option<String>) -> Self {
        Self { text, advice, compiled: None, compiled_at: None }
    }

    fn meaning(mut self, meant: Option<&Function>) -> Self {
        if let Some(function) = meant {
            self.compiled = Some(function.prototype());
            self.compiled_at.clone_from(&function.place);
        }
        self
    }
}

fn is_of(sort: Sort, kind: SymbolKind) -> bool {
    match sort {
        Sort::Function => kind.may_be_a_function(),
        Sort::Variable => kind.may_be_a_variable(),
    }
}

/// A function where a variable is declared, or a variable where a function is.
fn of_other_sort(symbol: &str, sort: Sort, binary: &Binary, reader: Option<&mut Reader<'_>>) -> Option<Missing> {
    let found = binary.exported.get(symbol)?;
    if is_of(sort, found.kind) {
        return None;
    }
    let is_thread_local = found.kind == SymbolKind::ThreadLocal;
    let text = match sort {
        Sort::Function if is_thread_local => {
            format!("`{symbol}` is a variable of which each thread has one of its own, not a function")
        }
        Sort::Function => format!("`{symbol}` is a variable, not a function; declare it as `static`"),
        Sort::Variable => format!("`{symbol}` is a function, not a variable; declare it as `fn`"),
    };
    let mut missing = Missing::new(text, is_thread_local.then(|| variable::instead(symbol)));
    let meant = reader.map(|reader| match sort {
        Sort::Function => reader.variable(found.fixed_address(), symbol),
        Sort::Variable => reader.function(found.address, symbol),
    });
    match meant {
        Some(Found::Variable(variable)) => {
            missing.advice = missing.advice.or_else(|| variable::of_function(symbol, &variable));
            missing.compiled = Some(variable.shown());
            missing.compiled_at.clone_from(&variable.place);
        }
        Some(Found::Function(function)) => missing = missing.meaning(Some(&function)),
        Some(Found::NoTypes(_)) | None => {}
    }
    Some(missing)
}

/// C++ puts namespaces, and the types of the parameters, into the name.
fn mangled(symbol: &str, sort: Sort, binary: &Binary, named: &[Named]) -> Option<Missing> {
    let part = format!("{}{symbol}", symbol.len());
    let is_it = |name: &str| {
        let rest = name.strip_prefix("_Z")?;
        let (before, after) = rest.split_once(&part)?;
        // Not in the middle of another name or number.
        let stands_alone = !before.ends_with(|last: char| last.is_ascii_digit()) && !after.is_empty();
        stands_alone.then_some(())
    };
    let mut names: Vec<_> = binary.exported.keys().filter(|name| is_it(name).is_some()).collect();
    names.sort_by_key(|name| (name.len(), *name));
    let function = |name: &str| {
        let meant = named.iter().find(|named| named.linkage_name.as_deref() == Some(name))?;
        meant.function.as_ref()
    };
    if let [name] = names[..] {
        let text = format!("there is no symbol `{symbol}`: C++ has mangled its name to `{name}`");
        // A function inside a class or a namespace cannot, or need not, be made C's.
        let in_cpp = match name.strip_prefix("_ZN") {
            _ if sort == Sort::Variable => "extern \"C\" for it in C++",
            Some(_) => "a function with extern \"C\" in C++ that calls it",
            None => "extern \"C\" in front of it in C++",
        };
        let advice = format!("{in_cpp}, or here #[link_name = \"{name}\"]");
        return Some(Missing::new(text, Some(advice)).meaning(function(name)));
    }
    let shown = names.iter().take(SHOWN).map(|name| match function(name) {
        Some(function) => format!("`{name}`, which is `{}`", function.prototype()),
        None => format!("`{name}`"),
    });
    let shown: Vec<_> = shown.collect();
    let more = match names.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let text =
        format!("there is no symbol `{symbol}`: C++ has several, with mangled names: {}{more}", shown.join("; "));
    let advice = "extern \"C\" in front of one of them in C++, or here #[link_name = \"…\"] with one of these names";
    (!names.is_empty()).then(|| Missing::new(text, Some(advice.into())))
}

/// Fortran's names are in lower case and have a `_` at their end, or are those of modules.
fn fortran(symbol: &str, binary: &Binary, named: &[Named]) -> Option<Missing> {
    let lower = symbol.to_lowercase();
    let in_module = format!("_MOD_{lower}");
    let mut modules: Vec<_> = binary.exported.keys().filter(|name| name.ends_with(&in_module)).collect();
    modules.sort();
    let plain = [format!("{lower}_"), format!("{lower}__"), lower.clone()];
    let plain = plain.iter().find(|name| *name != symbol && binary.exported.contains_key(*name));
    let name = plain.or_else(|| modules.first().copied())?;
    let mut functions = named.iter().filter_map(|named| named.function.as_ref());
    let meant = functions.find(|function| function.language == Language::Fortran);
    if meant.is_none() && *name == lower {
        return None;
    }
    let text = format!("there is no symbol `{symbol}`: Fortran's name for it is `{name}`");
    let advice = format!("#[link_name = \"{name}\"] here, or `bind(c, name=\"{symbol}\")` in Fortran");
    Some(Missing::new(text, Some(advice)).meaning(meant))
}

fn hidden(symbol: &str, binary: &Binary, named: &[Named]) -> Option<Missing> {
    let meant = named.iter().find(|named| named.name == symbol);
    if meant.is_none() && !binary.local.contains_key(symbol) {
        return None;
    }
    let text = format!("`{symbol}` is there, but not exported: it is `static`, or its visibility is hidden");
    Some(Missing::new(text, None).meaning(meant.and_then(|named| named.function.as_ref())))
}

fn similar(symbol: &str, sort: Sort, binary: &Binary) -> Option<Missing> {
    let most = if symbol.len() < 4 { 1 } else { 2 };
    let near = binary.exported.iter().filter(|(_, found)| is_of(sort, found.kind)).filter_map(|(name, _)| {
        let distance = if name.eq_ignore_ascii_case(symbol) { 0 } else { distance(name, symbol, most)? };
        Some((distance, name))
    });
    let (_, name) = near.min()?;
    let text = format!("there is no symbol `{symbol}`; did you mean `{name}`?");
    Some(Missing::new(text, Some(format!("#[link_name = \"{name}\"], or correct the name"))))
}

/// How many characters have to be changed, added or removed; `None` if more than `most`.
fn distance(left: &str, right: &str, most: usize) -> Option<usize> {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len().abs_diff(right.len()) > most || left.len() > 255 {
        return None;
    }
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (index, a) in left.iter().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for (column, b) in right.iter().enumerate() {
            let changed = diagonal + usize::from(a != b);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row.last().copied().filter(|&distance| distance <= most)
}

fn exported(sort: Sort, binary: &Binary) -> String {
    let mut names: Vec<_> = binary
        .exported
        .iter()
        .filter(|(name, found)| is_of(sort, found.kind) && !name.starts_with('_'))
        .map(|(name, _)| name)
        .collect();
    names.sort();
    let shown: Vec<_> = names.iter().take(SHOWN).map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 if sort == Sort::Variable => "it exports no variables".into(),
        0 => "it exports no functions".into(),
        count if count > SHOWN => format!("it exports {count} others, among them {}", shown.join(", ")),
        _ => format!("it exports {}", shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances() {
        assert_eq!(distance("daxpy", "daxpy", 2), Some(0));
        assert_eq!(distance("daxpy", "daxby", 2), Some(1));
        assert_eq!(distance("daxpy", "dxpy", 2), Some(1));
        assert_eq!(distance("daxpy", "adxpy", 2), Some(2));
        assert_eq!(distance("daxpy", "dgemm", 2), None);
        assert_eq!(distance("", "a", 2), Some(1));
    }
}
