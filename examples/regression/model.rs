//! The linear model: what goes to the Vector Engine, what comes back, and what it means.

use veo::{Context, Proc, VeBuffer};

use crate::cholesky;
use crate::data::{Column, Problem};
use crate::error::Error;
use crate::kernels::{centre, gemv_t, normalize, nrm2};
use crate::solver::{self, Matrix};

/// A fitted model.
pub(crate) struct Fit {
    pub(crate) intercept: Term,
    pub(crate) terms: Vec<Term>,
    pub(crate) r_squared: f64,
    pub(crate) residual_standard_error: f64,
    pub(crate) degrees_of_freedom: usize,
    pub(crate) iterations: usize,
    pub(crate) relative_residual: f64,
}

/// The part of one column, or of the intercept.
pub(crate) struct Term {
    pub(crate) name: String,
    /// For the column as the model sees it: centred, of length 1.
    pub(crate) coefficient: f64,
    pub(crate) standard_error: f64,
    /// The same coefficient for the column as it was given.
    pub(crate) slope: f64,
}

impl Term {
    pub(crate) fn t_value(&self) -> f64 {
        self.coefficient / self.standard_error
    }
}

/// Fits the model; `progress` gets the iteration and the relative residual.
pub(crate) fn fit(proc: &Proc, problem: &Problem, progress: impl FnMut(usize, f64)) -> Result<Fit, Error> {
    let ctx = proc.open_context()?;
    let fit = fit_in(proc, &ctx, problem, progress);
    // Most calls are queued and never waited for. Had one of them failed, this would tell, whatever came of it.
    ctx.sync()?;
    fit
}

fn fit_in(proc: &Proc, ctx: &Context, problem: &Problem, progress: impl FnMut(usize, f64)) -> Result<Fit, Error> {
    let design = Design::upload(proc, ctx, problem)?;
    let variances = design.inverse_gram_diagonal(proc, ctx, problem)?;
    let y_length = nrm2(ctx, design.x.rows, &design.y).wait()?;
    let solution = solver::solve(proc, ctx, &design.x, &design.y, y_length, progress)?;

    let (rows, columns) = (design.x.rows, design.x.columns);
    let degrees_of_freedom = rows - columns - 1;
    let residual_standard_error = solution.residual_length / (degrees_of_freedom as f64).sqrt();
    let terms: Vec<Term> = problem
        .variables
        .iter()
        .enumerate()
        .map(|(j, column)| Term {
            name: column.name.clone(),
            coefficient: solution.coefficients[j],
            standard_error: residual_standard_error * variances[j].sqrt(),
            slope: solution.coefficients[j] / design.lengths[j],
        })
        .collect();
    let at_means: f64 = terms.iter().zip(&design.means).map(|(term, mean)| term.slope * mean).sum();
    Ok(Fit {
        intercept: Term {
            name: "intercept".to_owned(),
            // The columns are centred, so the model passes through the mean of the target.
            coefficient: design.y_mean,
            standard_error: residual_standard_error / (rows as f64).sqrt(),
            slope: design.y_mean - at_means,
        },
        terms,
        r_squared: 1.0 - (solution.residual_length / y_length).powi(2),
        residual_standard_error,
        degrees_of_freedom,
        iterations: solution.iterations,
        relative_residual: solution.relative_residual,
    })
}

/// The problem in VE memory: columns centred and of length 1, target centred.
struct Design {
    x: Matrix,
    y: VeBuffer<f64>,
    means: Vec<f64>,
    lengths: Vec<f64>,
    y_mean: f64,
}

impl Design {
    fn upload(proc: &Proc, ctx: &Context, problem: &Problem) -> Result<Design, Error> {
        let (rows, columns) = (problem.rows(), problem.variables.len());
        let mut values = proc.alloc::<f64>(rows * columns)?;
        let mut means = proc.alloc::<f64>(columns)?;
        let mut lengths = proc.alloc::<f64>(columns)?;
        // A column at a time, so that the host never holds a second copy of all data.
        for (column, start) in problem.variables.iter().zip((0..).step_by(rows)) {
            values.slice_mut(start..start + rows).write(&column.values)?;
        }
        let mut y = proc.upload(&problem.target.values)?;
        let mut y_mean = proc.alloc::<f64>(1)?;

        // All of this is queued; reading the results waits for it.
        for j in 0..columns {
            let start = j * rows;
            centre(ctx, rows, values.slice_mut(start..start + rows), means.slice_mut(j..j + 1));
            normalize(ctx, rows, values.slice_mut(start..start + rows), lengths.slice_mut(j..j + 1));
        }
        centre(ctx, rows, &mut y, &mut y_mean);

        let (means, lengths) = (means.to_vec()?, lengths.to_vec()?);
        for (column, length) in problem.variables.iter().zip(&lengths) {
            check_length(problem, column, *length)?;
        }
        check_length(problem, &problem.target, nrm2(ctx, rows, &y).wait()?)?;
        Ok(Design { x: Matrix { rows, columns, values }, y, means, lengths, y_mean: y_mean.to_vec()?[0] })
    }

    /// The diagonal of (XᵀX)⁻¹: what the residual variance is multiplied by to get the variance of a coefficient.
    ///
    /// XᵀX has as many rows as X has columns: a few. So it goes to the host, and a Cholesky factorisation there is both
    /// cheaper than one more conjugate gradient solution for each column, and certain to find columns that are linear
    /// combinations of others. The coefficients do not come from it, since forming XᵀX squares the condition of X.
    fn inverse_gram_diagonal(&self, proc: &Proc, ctx: &Context, problem: &Problem) -> Result<Vec<f64>, Error> {
        let Matrix { rows, columns, values } = &self.x;
        let mut gram = proc.alloc::<f64>(columns * columns)?;
        for j in 0..*columns {
            let column = values.slice(j * rows..(j + 1) * rows);
            gemv_t(ctx, *rows, *columns, values, column, gram.slice_mut(j * columns..(j + 1) * columns));
        }
        cholesky::inverse_diagonal(&gram.to_vec()?, *columns).map_err(|dependent| {
            let name = &problem.variables[dependent].name;
            problem.error(format!("column {name:?} is a linear combination of the columns before it"))
        })
    }
}

/// Squares of numbers beyond 1e154 or so do not fit a double, nor do those below 1e-154.
fn check_length(problem: &Problem, column: &Column, length: f64) -> Result<(), Error> {
    match length.is_normal() {
        true => Ok(()),
        false => {
            Err(problem.error(format!("column {:?}: the values are too large or too small to be squared", column.name)))
        }
    }
}
