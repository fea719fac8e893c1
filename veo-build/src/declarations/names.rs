//! Names of C as names of Rust.

/// Words that bindgen does not leave as they are. The reader of debug information does the same, so that both give the
/// same names.
const TAKEN: &[&str] = &[
    "abstract", "alignof", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "offsetof", "override", "priv", "proc", "pub", "pure", "ref", "return", "Self",
    "self", "sizeof", "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized",
    "use", "virtual", "where", "while", "yield", "str", "bool", "f32", "f64", "usize", "isize", "u128", "i128", "u64",
    "i64", "u32", "i32", "u16", "i16", "u8", "i8", "_",
];

/// Names by which the attribute recognises types of the host.
const TYPES: &[&str] = &[
    "char",
    "String",
    "CStr",
    "CString",
    "Vec",
    "Box",
    "Rc",
    "Arc",
    "Option",
    "VeBuffer",
    "VeSlice",
    "VeSliceMut",
    "VeGlobal",
    "VeConst",
    "MaybeUninit",
    "c_void",
    "c_char",
];

/// The name of a function, parameter, member or constant.
pub(crate) fn value(name: &str) -> String {
    let mut rust = identifier(name);
    if TAKEN.contains(&rust.as_str()) {
        rust.push('_');
    }
    rust
}

/// The name of a type.
pub(crate) fn ty(name: &str) -> String {
    let mut rust = value(name);
    if TYPES.contains(&rust.as_str()) {
        rust.push('_');
    }
    rust
}

pub(crate) fn is_identifier(name: &str) -> bool {
    !name.is_empty() && identifier(name) == name
}

/// `sum<double>` has characters that no identifier has.
fn identifier(name: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut rust: String = name.chars().map(|c| if is_part(c) { c } else { '_' }).collect();
    if rust != name {
        rust.truncate(rust.trim_end_matches('_').len());
    }
    if rust.is_empty() || rust.starts_with(|c: char| c.is_ascii_digit()) {
        rust.insert(0, '_');
    }
    rust
}

#[cfg(test)]
mod tests {
    use super::{is_identifier, ty, value};

    #[test]
    fn names_that_rust_cannot_have() {
        assert_eq!(
            ["x", "type", "u8", "sum<double>", "2d", ""].map(value),
            ["x", "type_", "u8_", "sum_double", "_2d", "__"]
        );
        assert_eq!(
            ["Point", "Vec", "char", "str", "VeGlobal", "VeConst", "std::pair<int, int>"].map(ty),
            ["Point", "Vec_", "char_", "str_", "VeGlobal_", "VeConst_", "std__pair_int__int"]
        );
        assert_eq!(["x", "", "1x", "a-b"].map(is_identifier), [true, false, false, false]);
    }
}
