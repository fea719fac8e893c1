//! The layout that `cargo fmt` gives to declarations, by the settings of the crate that they are for.

use std::fs;
use std::path::Path;

/// What of `rustfmt.toml` matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Style {
    max_width: usize,
    tab_spaces: usize,
    hard_tabs: bool,
}

impl Default for Style {
    fn default() -> Self {
        Self { max_width: 100, tab_spaces: 4, hard_tabs: false }
    }
}

impl Style {
    /// That of the nearest `rustfmt.toml` above a file, as rustfmt looks for it.
    pub(crate) fn near(file: &Path) -> Style {
        let file = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
        let settings = file.ancestors().skip(1).find_map(|folder| {
            let names = ["rustfmt.toml", ".rustfmt.toml"];
            names.iter().find_map(|name| fs::read_to_string(folder.join(name)).ok())
        });
        settings.map_or_else(Style::default, |settings| Style::of(&settings))
    }

    fn of(settings: &str) -> Style {
        let mut style = Style::default();
        for line in settings.lines() {
            let line = line.split('#').next().unwrap_or_default();
            let Some((key, value)) = line.split_once('=') else { continue };
            match (key.trim(), value.trim()) {
                ("max_width", value) => style.max_width = value.parse().unwrap_or(style.max_width),
                ("tab_spaces", value) => style.tab_spaces = value.parse().unwrap_or(style.tab_spaces),
                ("hard_tabs", value) => style.hard_tabs = value == "true",
                _ => {}
            }
        }
        style
    }

    /// The white space in front of a line.
    pub(crate) fn indent(self, depth: usize) -> String {
        if self.hard_tabs { "\t".repeat(depth) } else { " ".repeat(depth * self.tab_spaces) }
    }

    /// Whether a line of this text is short enough.
    pub(crate) fn fits(self, depth: usize, text: &str) -> bool {
        depth * self.tab_spaces + text.chars().count() <= self.max_width
    }
}

#[cfg(test)]
mod tests {
    use super::Style;

    #[test]
    fn settings_that_matter() {
        assert_eq!(Style::of(""), Style::default());
        let style = Style::of("edition = \"2024\"\nmax_width = 20 # narrow\nhard_tabs = true\ntab_spaces=8\n[x]\n");
        assert_eq!(style, Style { max_width: 20, tab_spaces: 8, hard_tabs: true });
        assert_eq!(style.indent(2), "\t\t");
        assert!(style.fits(2, "1234") && !style.fits(2, "12345"));
    }
}
