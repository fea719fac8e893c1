use crate::data::Problem;
use crate::model::{Fit, Term};

/// The table and what belongs to it.
pub(crate) fn text(problem: &Problem, fit: &Fit) -> String {
    let terms: Vec<&Term> = [&fit.intercept].into_iter().chain(&fit.terms).collect();
    let width = terms.iter().map(|term| term.name.chars().count()).max().unwrap_or(0);
    let mut text = format!(
        "{}: {} rows, {} variables, target {:?}\n\n",
        problem.source,
        problem.rows(),
        problem.variables.len(),
        problem.target.name
    );
    text += &format!("{:width$}  {:>12}  {:>12}  {:>9}  {:>12}\n", "", "coefficient", "std. error", "t value", "slope");
    for term in terms {
        text += &format!(
            "{:width$}  {:>12}  {:>12}  {:>9.3}  {:>12}\n",
            term.name,
            number(term.coefficient),
            number(term.standard_error),
            term.t_value(),
            number(term.slope),
        );
    }
    text += &format!(
        "\nR² {:.4}, residual standard error {} on {} degrees of freedom\n\
         {} iterations, relative residual {:.1e}\n\
         The coefficient is that of the column centred and scaled to length 1, the slope that of the column as it is.\n",
        fit.r_squared,
        number(fit.residual_standard_error),
        fit.degrees_of_freedom,
        fit.iterations,
        fit.relative_residual,
    );
    text
}

/// Four decimals, unless the number is too large or too small for them to tell anything.
fn number(value: f64) -> String {
    match value.abs() {
        0.0 | 0.01..1e7 => format!("{value:.4}"),
        _ => format!("{value:.4e}"),
    }
}
