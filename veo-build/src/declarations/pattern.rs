//! `cblas_*`: a name with stars, each of which stands for any text.

/// Whether the whole of `name` fits.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = name.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    // The leftmost place for each part leaves the most for the others.
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name) in [
            ("a", "a"),
            ("*", ""),
            ("*", "abc"),
            ("cblas_*", "cblas_sgemm"),
            ("*gemm*", "sgemm3m"),
            ("a*a", "aa"),
            ("a**b", "axb"),
        ] {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [
            ("a", "ab"),
            ("a", ""),
            ("", "a"),
            ("a*a", "a"),
            ("cblas_*", "dblas_x"),
            ("*gemm", "gemm3m"),
            ("*ab*ab", "xab"),
        ] {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
