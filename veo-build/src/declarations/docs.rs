//! Comments of C as documentation that rustdoc shows as it was meant.
//!
//! A comment is not Markdown: brackets in it are no links, `<n>` is no HTML, and an indented line is no example that
//! `cargo test` should compile. The commands of Doxygen that say something about functions become what one writes in
//! Rust; of the others, the words stay.

/// The lines of the documentation, without `///`.
pub(crate) fn lines(comment: &str) -> Vec<String> {
    let mut text = Text::default();
    for line in comment.lines() {
        text.line(&clean(line));
    }
    while text.lines.last().is_some_and(String::is_empty) {
        text.lines.pop();
    }
    text.lines
}

#[derive(Default)]
struct Text {
    lines: Vec<String>,
    in_list: bool,
}

impl Text {
    fn line(&mut self, line: &str) {
        if line.is_empty() || is_ruler(line) {
            if self.lines.last().is_some_and(|last| !last.is_empty()) {
                self.lines.push(String::new());
            }
            self.in_list = false;
            return;
        }
        let (command, rest) = command(line);
        match command {
            Some("brief" | "short" | "details") => self.paragraph(rest),
            Some("param" | "tparam") => {
                let (name, rest) = word(after_brackets(rest));
                self.item(&format!("`{name}`: {}", escaped(rest)));
            }
            Some("return" | "returns" | "result") => self.start(&format!("Returns {}", escaped(rest))),
            Some("retval") => {
                let (value, rest) = word(rest);
                self.item(&format!("Returns `{value}`: {}", escaped(rest)));
            }
            Some("note" | "remark" | "remarks") => self.start(&format!("Note: {}", escaped(rest))),
            Some("warning" | "attention") => self.start(&format!("Warning: {}", escaped(rest))),
            Some("sa" | "see") => self.start(&format!("See {}", escaped(rest))),
            Some("file" | "ingroup" | "fn" | "code" | "endcode" | "verbatim" | "endverbatim") => {}
            _ => match line.strip_prefix("- ").or(line.strip_prefix("* ")).or(line.strip_prefix("+ ")) {
                Some(item) => self.item(&escaped(item)),
                None => self.paragraph(line),
            },
        }
    }

    /// The next line of what goes on.
    fn paragraph(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        let indent = if self.in_list { "  " } else { "" };
        self.lines.push(format!("{indent}{}", escaped(text)));
    }

    /// A paragraph of its own.
    fn start(&mut self, text: &str) {
        self.in_list = false;
        if self.lines.last().is_some_and(|last| !last.is_empty()) {
            self.lines.push(String::new());
        }
        self.lines.push(text.trim_end().to_owned());
    }

    fn item(&mut self, text: &str) {
        if !self.in_list {
            self.start("");
            self.lines.pop();
        }
        self.in_list = true;
        self.lines.push(format!("- {}", text.trim_end().trim_end_matches(':')));
    }
}

/// Without what marks a comment, and without characters that nobody sees.
fn clean(line: &str) -> String {
    let shown =
        |c: char| !c.is_control() && !matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let line: String = line.chars().map(|c| if c == '\t' { ' ' } else { c }).filter(|&c| shown(c)).collect();
    line.trim().trim_start_matches(['!', '<']).trim().to_owned()
}

/// `-----`, `*****`
fn is_ruler(line: &str) -> bool {
    line.len() > 2 && line.chars().all(|c| "*-=#/+_~ ".contains(c))
}

/// `@param n` is the command `param`.
fn command(line: &str) -> (Option<&str>, &str) {
    let Some(rest) = line.strip_prefix(['@', '\\']) else { return (None, line) };
    let end = rest.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(rest.len());
    if end == 0 { (None, line) } else { (Some(&rest[..end]), rest[end..].trim_start()) }
}

/// What follows `[in,out]`.
fn after_brackets(text: &str) -> &str {
    let end = if text.starts_with('[') { text.find(']').map_or(0, |end| end + 1) } else { 0 };
    text[end..].trim_start()
}

fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word.trim_matches('`'), rest.trim_start())
}

/// The text, so that Markdown shows it as it is. Code between backticks and addresses of pages stay what they are.
fn escaped(text: &str) -> String {
    let code = text.matches('`').count().is_multiple_of(2) && !text.contains("``");
    let mut out = String::new();
    let mut in_code = false;
    for (index, word) in text.split(' ').enumerate() {
        if index > 0 {
            out.push(' ');
        }
        if !in_code && (word.starts_with("http://") || word.starts_with("https://")) {
            let end = word.trim_end_matches(['.', ',', ';', ':', ')', '>']).len();
            out.push_str(&format!("<{}>", &word[..end]));
            escape(&word[end..], false, &mut false, &mut out);
        } else {
            escape(word, code, &mut in_code, &mut out);
        }
    }
    let listed = out.find(|c: char| !c.is_ascii_digit()).filter(|&end| end > 0 && out[end..].starts_with(['.', ')']));
    if let Some(end) = listed {
        out.insert(end, '\\'); // A number, not a list.
    } else if out.starts_with(['#', '-', '+', '=', '|']) {
        out.insert(0, '\\');
    }
    out
}

fn escape(word: &str, code: bool, in_code: &mut bool, out: &mut String) {
    for c in word.chars() {
        if c == '`' && code {
            *in_code = !*in_code;
        } else if !*in_code && r"\`*_[]<>~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn comments_are_shown_as_they_are() {
        for (comment, shown) in [
            (" Adds.", "Adds."),
            ("< after a member", "after a member"),
            ("a[i] * b <n> x_y", r"a\[i\] \* b \<n\> x\_y"),
            ("`a[i]` is code", "`a[i]` is code"),
            ("an odd ` here", r"an odd \` here"),
            ("see https://netlib.org/blas_x.", "see <https://netlib.org/blas_x>."),
            ("1. first\n# no heading", "1\\. first\n\\# no heading"),
            ("===== \n\ntext\n\n\n   indented\n-----", "text\n\nindented"),
            ("\ttabs\u{202e}", "tabs"),
            ("text\n- one\nmore\n- two\n\nrest", "text\n\n- one\n  more\n- two\n\nrest"),
        ] {
            assert_eq!(lines(comment).join("\n"), shown, "{comment}");
        }
    }

    #[test]
    fn doxygen() {
        let comment = "@brief Scales.\n\nLong words.\n@param[in] n  how many\n  of them\n\\param x\n@return 0 or -1\n@retval 3 bad\n@warning slow\n\\f$x\\f$";
        let shown = "Scales.\n\nLong words.\n\n- `n`: how many\n  of them\n- `x`\n\nReturns 0 or -1\n\n- Returns `3`: bad\n\nWarning: slow\n\\\\f$x\\\\f$";
        assert_eq!(lines(comment).join("\n"), shown);
    }
}
