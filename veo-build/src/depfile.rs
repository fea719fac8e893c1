//! The make rule that `cc -MMD` writes: `object: source header header \` and so on.

use std::path::PathBuf;

/// The files to the right of the colon.
pub(crate) fn prerequisites(rule: &str) -> Vec<PathBuf> {
    let Some((_object, files)) = rule.split_once(": ") else {
        return Vec::new();
    };
    let mut paths = Vec::new();
    let mut path = String::new();
    let mut characters = files.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            // A continued line.
            '\\' if characters.peek() == Some(&'\n') => {}
            '\\' if matches!(characters.peek(), Some(' ' | '#' | '\\')) => path.extend(characters.next()),
            '$' if characters.peek() == Some(&'$') => path.extend(characters.next()),
            ' ' | '\n' => paths.extend(finish(&mut path)),
            _ => path.push(character),
        }
    }
    paths.extend(finish(&mut path));
    paths
}

fn finish(path: &mut String) -> Option<PathBuf> {
    (!path.is_empty()).then(|| PathBuf::from(std::mem::take(path)))
}

#[cfg(test)]
mod tests {
    use super::prerequisites;
    use std::path::Path;

    #[test]
    fn continued_lines_and_escapes() {
        let rule = "out\\ dir/a.o: kernels/a.c kernels/with\\ space.h \\\n kernels/$$dollar.h kernels/\\#hash.h\n";
        let expected = ["kernels/a.c", "kernels/with space.h", "kernels/$dollar.h", "kernels/#hash.h"]
            .map(|p| Path::new(p).to_owned());
        assert_eq!(prerequisites(rule), expected);
    }

    #[test]
    fn nothing_from_nothing() {
        assert!(prerequisites("").is_empty());
        assert!(prerequisites("a.o:\n").is_empty());
    }
}
