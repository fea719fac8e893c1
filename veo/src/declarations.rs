//! The declarations of a process, as a list and as a table for people.

use std::fmt;
use std::ops::Deref;

use crate::error::Error;
use crate::registry::{DeclarationInfo, DeclarationState};

/// All declarations of the program, and what became of each in one VE process: what
/// [`Proc::declarations`](crate::Proc::declarations) gives. A list, by library and name, that prints as a table.
///
/// ```
/// # mod kernels { #[veo::ve_kernel] pub extern "C" fn quarter(x: f64) -> f64 { x / 4.0 } }
/// #[veo::ve_offload(lib = static)]
/// extern "C" {
///     fn quarter(x: f64) -> f64;
///     fn quarterr(x: f64) -> f64;
/// }
///
/// let proc = veo::Proc::create(0)?;
/// println!("{}", proc.declarations());
/// // name      signature        library        state                                   declared at
/// // quarter   double (double)  veorun itself  0x55bba3b35f00                          src/main.rs:3
/// // quarterr  double (double)  veorun itself  no static symbol "quarterr" in veorun   src/main.rs:4
/// # let table = proc.declarations().to_string();
/// # let line = table.lines().find(|line| line.starts_with("quarterr ")).unwrap();
/// # assert!(line.contains("  no static symbol \"quarterr\" in veorun  "), "{table}");
/// # Ok::<(), veo::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Declarations(pub(crate) Vec<DeclarationInfo>);

impl Deref for Declarations {
    type Target = [DeclarationInfo];

    fn deref(&self) -> &[DeclarationInfo] {
        &self.0
    }
}

impl IntoIterator for Declarations {
    type Item = DeclarationInfo;
    type IntoIter = std::vec::IntoIter<DeclarationInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'d> IntoIterator for &'d Declarations {
    type Item = &'d DeclarationInfo;
    type IntoIter = std::slice::Iter<'d, DeclarationInfo>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

type Line = [String; 5];

impl fmt::Display for Declarations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("nothing is declared");
        }
        let head = ["name", "signature", "library", "state", "declared at"].map(str::to_owned);
        let lines: Vec<Line> = std::iter::once(head).chain(self.0.iter().map(line)).collect();
        let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3].map(width);
        for (index, [name, signature, library, state, place]) in lines.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let [a, b, c, d] = widths;
            write!(f, "{name:a$}  {signature:b$}  {library:c$}  {state:d$}  {place}")?;
        }
        Ok(())
    }
}

fn line(declaration: &DeclarationInfo) -> Line {
    let DeclarationInfo { rust_name, symbol, library, signature, declared_at, state } = declaration;
    let name = if rust_name == symbol { (*symbol).to_owned() } else { format!("{rust_name} ({symbol})") };
    let state = match state {
        DeclarationState::Resolved(address) => format!("{address:#x}"),
        DeclarationState::Unresolved => "not looked up yet".to_owned(),
        DeclarationState::Missing(error) => reason(error),
    };
    [name, short(signature), library.clone(), state, declared_at.clone()]
}

/// The cause in few words, without what other columns say.
fn reason(error: &Error) -> String {
    let reason = match error {
        Error::Library { attempts, .. } => attempts.most_telling(),
        Error::Symbol { reason, .. } => reason.clone(),
        Error::Conflict { .. } => "declared twice, and differently".to_owned(),
        other => other.to_string(),
    };
    let line = reason.lines().next().unwrap_or_default();
    // The loader's words begin with the path.
    let words = line.split_once(": ").filter(|(path, _)| path.starts_with('/')).map_or(line, |(_, words)| words);
    short(words)
}

/// What fits into a column. All of it is in the declaration itself.
fn short(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return text.to_owned();
    }
    text.chars().take(LONGEST - 1).chain(['…']).collect()
}
