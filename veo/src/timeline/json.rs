//! As much JSON as a trace needs.

use std::fmt::Write;

/// An object that is being written. Its members come in the order of the calls.
pub(super) struct Object<'t> {
    text: &'t mut String,
    /// Whether there is a member already.
    begun: bool,
}

impl<'t> Object<'t> {
    /// Writes an object; `members` writes what is in it.
    pub(super) fn write(text: &'t mut String, members: impl FnOnce(&mut Object<'_>)) {
        text.push('{');
        let mut object = Object { text, begun: false };
        members(&mut object);
        object.text.push('}');
    }

    fn key(&mut self, key: &str) {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push(',');
        }
        string(self.text, key);
        self.text.push(':');
    }

    pub(super) fn string(&mut self, key: &str, value: &str) {
        self.key(key);
        string(self.text, value);
    }

    pub(super) fn number(&mut self, key: &str, value: u64) {
        self.key(key);
        // Writing to a string does not fail.
        let _ = write!(self.text, "{value}");
    }

    /// Thousandths.
    pub(super) fn thousandths(&mut self, key: &str, value: u128) {
        self.key(key);
        let _ = write!(self.text, "{}.{:03}", value / 1000, value % 1000);
    }

    pub(super) fn object(&mut self, key: &str, members: impl FnOnce(&mut Object<'_>)) {
        self.key(key);
        Object::write(self.text, members);
    }
}

fn string(text: &mut String, value: &str) {
    text.push('"');
    for character in value.chars() {
        match character {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\n' => text.push_str("\\n"),
            '\u{0}'..='\u{1f}' | '\u{7f}' => {
                let _ = write!(text, "\\u{:04x}", u32::from(character));
            }
            _ => text.push(character),
        }
    }
    text.push('"');
}
