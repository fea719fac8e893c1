//! Running a compiler and telling what happened.

use std::ffi::OsStr;
use std::process::{Command, Output};

use crate::Error;
use crate::compiler::Compiler;

/// Runs `command`, which belongs to `compiler`; returns the warnings it wrote. `action` is for the error message.
pub(crate) fn run(command: &mut Command, compiler: &Compiler, action: &str) -> Result<String, Error> {
    let Output { status, stderr, .. } = command.output().map_err(|cause| compiler.missing(cause))?;
    let stderr = String::from_utf8_lossy(&stderr).into_owned();
    if status.success() {
        return Ok(stderr);
    }
    Err(Error::Compile {
        action: action.to_owned(),
        target: compiler.target.to_string(),
        status,
        command: as_typed(command),
        stderr,
    })
}

/// The command as one would type it into a shell.
fn as_typed(command: &Command) -> String {
    let words: Vec<String> = std::iter::once(command.get_program()).chain(command.get_args()).map(quoted).collect();
    words.join(" ")
}

fn quoted(word: &OsStr) -> String {
    let word = word.to_string_lossy();
    let plain = |c: char| c.is_alphanumeric() || "-_./=+:,@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::as_typed;
    use std::process::Command;

    #[test]
    fn words_with_spaces_are_quoted() {
        let mut command = Command::new("/opt/my tools/cc");
        command.args(["-O2", "-DX=it's", "", "a b.c"]);
        assert_eq!(as_typed(&command), r"'/opt/my tools/cc' -O2 '-DX=it'\''s' '' 'a b.c'");
    }
}
