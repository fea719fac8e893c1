use std::fmt;

/// A function or variable that has no declaration, and why. It is displayed as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub(crate) name: String,
    pub(crate) reason: String,
}

impl LeftOut {
    /// The name in the header or library.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Why it cannot be declared.
    pub fn reason(&self) -> &str {
        &self.reason
    }
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.name, self.reason)
    }
}
