//! Comma-separated text: lines, fields, quotes. What the fields mean is not known here.

/// The lines that are not empty, with their numbers. Lines may end as on Windows; a byte order mark is no text.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    text.lines().enumerate().map(|(index, line)| (index + 1, line)).filter(|(_, line)| !line.trim().is_empty())
}

/// The fields of one line, without the space and the quotes around them.
pub(crate) fn fields(line: &str) -> Result<Vec<String>, &'static str> {
    let mut fields = Vec::new();
    let mut rest = line;
    loop {
        let (field, behind) = field(rest.trim_start())?;
        fields.push(field);
        match behind {
            Some(next) => rest = next,
            None => return Ok(fields),
        }
    }
}

/// The first field, and what is behind the comma after it.
fn field(text: &str) -> Result<(String, Option<&str>), &'static str> {
    let (field, behind) = match text.strip_prefix('"') {
        Some(text) => quoted(text)?,
        None => {
            let end = text.find(',').unwrap_or(text.len());
            (text[..end].trim_end().to_owned(), &text[end..])
        }
    };
    match behind.strip_prefix(',') {
        None if !behind.is_empty() => Err("there is text behind a closing quote"),
        next => Ok((field, next)),
    }
}

/// The text up to the closing quote, and what is behind that. Two quotes in a row are one in the text.
fn quoted(text: &str) -> Result<(String, &str), &'static str> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"').ok_or("a quote is not closed")?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(behind) => {
                field.push('"');
                rest = behind;
            }
            None => return Ok((field, rest.trim_start())),
        }
    }
}
