//! What the documents promise about themselves. Their examples are documentation tests of this crate.

const FROM_PYVEO: &str = include_str!("../../docs/from-pyveo.md");

/// The cells of every table row of a document, with the row's line number.
fn rows(document: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let lines = document.lines().enumerate();
    lines.filter_map(|(index, line)| {
        let inside = line.strip_prefix('|')?.strip_suffix('|')?;
        // A `|` in code is written `\|` in a table.
        let mut cells = Vec::new();
        let mut start = 0;
        for (at, _) in inside.match_indices('|').filter(|&(at, _)| !inside[..at].ends_with('\\')) {
            cells.push(inside[start..at].trim());
            start = at + 1;
        }
        cells.push(inside[start..].trim());
        Some((index + 1, cells))
    })
}

#[test]
fn from_pyveo_has_no_empty_cell() {
    let mut count = 0;
    for (line, cells) in rows(FROM_PYVEO) {
        assert_eq!(cells.len(), 3, "line {line}: {cells:?}");
        assert!(cells.iter().all(|cell| !cell.is_empty()), "line {line} has an empty cell: {cells:?}");
        count += 1;
    }
    assert!(count > 100, "{count} rows");
}

#[test]
fn from_pyveo_has_every_function_of_the_c_api() {
    let (_, section) = FROM_PYVEO.split_once("\n## libveo's functions\n").expect("there is a section on them");
    let names = veo_sys::SYMBOLS.iter().map(|symbol| symbol.name.to_str().expect("C names are ASCII"));
    let missing: Vec<_> = names.filter(|name| !section.contains(&format!("`{name}`"))).collect();
    assert!(missing.is_empty(), "docs/from-pyveo.md says nothing about {missing:?}");
}
