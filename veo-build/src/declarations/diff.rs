//! What differs between two texts, in a few lines.

use std::fmt::Write;

/// How many lines are shown of each text.
const SHOWN: usize = 8;

/// The first place where the texts differ, as a diff shows it.
pub(crate) fn short(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let start = old.iter().zip(&new).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[start..], &new[start..]);
    let same_end = old.iter().rev().zip(new.iter().rev()).take_while(|(old, new)| old == new).count();
    let (old, new) = (&old[..old.len() - same_end], &new[..new.len() - same_end]);

    let mut text = format!("@@ line {} @@", start + 1);
    for (sign, lines) in [('-', old), ('+', new)] {
        for line in lines.iter().take(SHOWN) {
            let _ = write!(text, "\n{sign}{line}");
        }
        if lines.len() > SHOWN {
            let _ = write!(text, "\n{sign}… {} more lines", lines.len() - SHOWN);
        }
    }
    if old.is_empty() && new.is_empty() {
        text.push_str("\nonly the ends of lines differ");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn the_first_difference_is_shown() {
        assert_eq!(short("a\nb\nc\n", "a\nx\ny\nc\n"), "@@ line 2 @@\n-b\n+x\n+y");
        assert_eq!(short("", "a\n"), "@@ line 1 @@\n+a");
        assert_eq!(short("a\n", "a"), "@@ line 2 @@\nonly the ends of lines differ");
        let long: String = (0..20).map(|line| format!("{line}\n")).collect();
        assert!(short(&long, "").ends_with("\n-7\n-… 12 more lines"));
    }
}
