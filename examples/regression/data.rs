//! From a file to a problem that has a solution, or to one line that says what is wrong with it.

use std::fs;
use std::path::Path;

use crate::csv;
use crate::error::Error;

/// A column to explain, and the columns to explain it by; all of one length, without gaps.
#[derive(Debug)]
pub(crate) struct Problem {
    /// Where the data are from, for messages.
    pub(crate) source: String,
    pub(crate) target: Column,
    pub(crate) variables: Vec<Column>,
}

#[derive(Debug)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) values: Vec<f64>,
}

impl Problem {
    pub(crate) fn read(path: &Path, target: Option<&str>) -> Result<Problem, Error> {
        let source = path.display().to_string();
        let bytes = fs::read(path).map_err(|cause| Error::input(format!("cannot read {source}: {cause}")))?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()].iter().filter(|&&b| b == b'\n').count();
            Error::input(format!("{source}:{line}: the text is not UTF-8"))
        })?;
        Problem::parse(&source, &text, target)
    }

    /// `target` names the column to explain; without it, that is the last one.
    pub(crate) fn parse(source: &str, text: &str, target: Option<&str>) -> Result<Problem, Error> {
        let mut variables = columns(source, text)?;
        let index = match target {
            None => variables.len() - 1,
            Some(name) => variables.iter().position(|column| column.name == name).ok_or_else(|| {
                let names: Vec<&str> = variables.iter().map(|column| column.name.as_str()).collect();
                Error::input(format!("{source}:1: there is no column {name:?} (there are {})", names.join(", ")))
            })?,
        };
        let target = variables.remove(index);
        let problem = Problem { source: source.to_owned(), target, variables };
        problem.check()?;
        Ok(problem)
    }

    pub(crate) fn rows(&self) -> usize {
        self.target.values.len()
    }

    /// What can be known to make the problem unsolvable before anything is computed.
    fn check(&self) -> Result<(), Error> {
        let (rows, variables) = (self.rows(), self.variables.len());
        // One for each coefficient, one for the intercept, and one more, without which there is no error to estimate.
        let wanted = variables + 2;
        if rows < wanted {
            return Err(self.error(format!(
                "too few rows: {wanted} are needed for an intercept and {variables} slopes, there are {rows}"
            )));
        }
        match self.variables.iter().chain([&self.target]).find(|column| column.is_constant()) {
            Some(column) => {
                Err(self.error(format!("column {:?} is constant: every value is {}", column.name, column.values[0])))
            }
            None => Ok(()),
        }
    }

    /// An error in the data as a whole.
    pub(crate) fn error(&self, problem: impl std::fmt::Display) -> Error {
        Error::input(format!("{}: {problem}", self.source))
    }
}

impl Column {
    /// Whether the values are the same, as far as their own precision tells.
    fn is_constant(&self) -> bool {
        let (low, high) = self.values.iter().fold((f64::MAX, f64::MIN), |(low, high), &x| (low.min(x), high.max(x)));
        high - low <= 8.0 * f64::EPSILON * low.abs().max(high.abs())
    }
}

fn columns(source: &str, text: &str) -> Result<Vec<Column>, Error> {
    let at = |line: usize, problem: String| Error::input(format!("{source}:{line}: {problem}"));
    let mut lines = csv::lines(text);
    let (header, names) = lines.next().ok_or_else(|| Error::input(format!("{source}: the file is empty")))?;
    let names = csv::fields(names).map_err(|problem| at(header, problem.to_owned()))?;
    check_names(&names).map_err(|problem| at(header, problem))?;

    let mut columns: Vec<Column> = names.into_iter().map(|name| Column { name, values: Vec::new() }).collect();
    for (line, text) in lines {
        let fields = csv::fields(text).map_err(|problem| at(line, problem.to_owned()))?;
        if fields.len() != columns.len() {
            return Err(at(
                line,
                format!("{} fields, but line {header} names {} columns", fields.len(), columns.len()),
            ));
        }
        for (column, field) in columns.iter_mut().zip(&fields) {
            let value = number(field).map_err(|problem| at(line, format!("column {:?}: {problem}", column.name)))?;
            column.values.push(value);
        }
    }
    Ok(columns)
}

fn check_names(names: &[String]) -> Result<(), String> {
    if names.len() < 2 {
        return Err("at least two columns are needed, separated by commas".to_owned());
    }
    if names.iter().all(|name| name.parse::<f64>().is_ok()) {
        return Err("the first line has numbers where the names of the columns belong".to_owned());
    }
    for (index, name) in names.iter().enumerate() {
        if name.is_empty() {
            return Err(format!("column {} has no name", index + 1));
        }
        if names[..index].contains(name) {
            return Err(format!("two columns are named {name:?}"));
        }
    }
    Ok(())
}

fn number(field: &str) -> Result<f64, String> {
    // A field of a file that is no CSV file at all may be long.
    let shown: String = field.chars().take(40).collect();
    match field.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(format!("{shown:?} is not a finite number")),
        Err(_) if field.is_empty() => Err("the field is empty".to_owned()),
        Err(_) => Err(format!("{shown:?} is not a number")),
    }
}
