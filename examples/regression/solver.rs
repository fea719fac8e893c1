//! Conjugate gradients on the normal equations XᵀX·b = Xᵀy, without ever forming XᵀX.

use veo::{Context, Proc, VeBuffer};

use crate::error::Error;
use crate::kernels::{axpy, copy, dot, gemv, gemv_t, nrm2, xpby};

/// When the residual is orthogonal to all columns, the solution is found. This is how nearly: the length of Xᵀr,
/// relative to that of y. (The columns of X have length 1.)
const TOLERANCE: f64 = 1e-12;

/// The matrix X, by columns, in VE memory.
pub(crate) struct Matrix {
    pub(crate) rows: usize,
    pub(crate) columns: usize,
    pub(crate) values: VeBuffer<f64>,
}

/// What [`solve`] found.
pub(crate) struct Solution {
    pub(crate) coefficients: Vec<f64>,
    /// The length of y − X·b.
    pub(crate) residual_length: f64,
    pub(crate) iterations: usize,
    /// The length of Xᵀr, relative to that of y.
    pub(crate) relative_residual: f64,
}

/// Finds the b for which X·b is next to y. `progress` gets the iteration and the relative residual.
pub(crate) fn solve(
    proc: &Proc,
    ctx: &Context,
    x: &Matrix,
    y: &VeBuffer<f64>,
    y_length: f64,
    mut progress: impl FnMut(usize, f64),
) -> Result<Solution, Error> {
    let mut state = State::new(proc, ctx, x)?;
    // In exact arithmetic, one iteration for each column would do.
    let most = 10 * x.columns + 100;
    let mut iterations = 0;
    loop {
        // Each step only updates r. From time to time it is computed as what it is, lest rounding errors pile up: at the
        // start, and whenever the updated one says that the end is reached, until both agree.
        let mut gradient = state.restart(y)?;
        let relative = |gradient: f64| gradient.sqrt() / y_length;
        if relative(gradient) <= TOLERANCE {
            return Ok(Solution {
                coefficients: state.b.to_vec()?,
                residual_length: nrm2(ctx, x.rows, &state.r).wait()?,
                iterations,
                relative_residual: relative(gradient),
            });
        }
        while relative(gradient) > TOLERANCE && iterations < most {
            gradient = state.step(gradient)?;
            iterations += 1;
            progress(iterations, relative(gradient));
        }
        if relative(gradient) > TOLERANCE || gradient.is_nan() {
            return Err(Error::NoConvergence { iterations, residual: relative(gradient) });
        }
    }
}

/// The vectors of the iteration, all in VE memory. Scalars come to the host, because it decides by them.
struct State<'a> {
    ctx: &'a Context,
    x: &'a Matrix,
    /// The coefficients so far.
    b: VeBuffer<f64>,
    /// The residual y − X·b.
    r: VeBuffer<f64>,
    /// The gradient Xᵀr.
    s: VeBuffer<f64>,
    /// The direction to go.
    d: VeBuffer<f64>,
    /// X·d
    q: VeBuffer<f64>,
}

impl<'a> State<'a> {
    fn new(proc: &Proc, ctx: &'a Context, x: &'a Matrix) -> veo::Result<State<'a>> {
        Ok(State {
            ctx,
            x,
            b: proc.zeroed(x.columns)?,
            r: proc.alloc(x.rows)?,
            s: proc.alloc(x.columns)?,
            d: proc.alloc(x.columns)?,
            q: proc.alloc(x.rows)?,
        })
    }

    /// Computes the residual from its definition and sets out along the gradient. Returns the gradient's squared length.
    fn restart(&mut self, y: &VeBuffer<f64>) -> veo::Result<f64> {
        let (ctx, Matrix { rows, columns, values }) = (self.ctx, self.x);
        copy(ctx, *rows, y, &mut self.r);
        gemv(ctx, *rows, *columns, -1.0, values, &self.b, 1.0, &mut self.r);
        gemv_t(ctx, *rows, *columns, values, &self.r, &mut self.s);
        copy(ctx, *columns, &self.s, &mut self.d);
        dot(ctx, *columns, &self.s, &self.s).wait()
    }

    /// One step along d; `gradient` and the result are the squared lengths of s before and after it.
    ///
    /// The host waits twice, for the two scalars that the next calls need. All else is queued: a context runs its queue in
    /// order.
    fn step(&mut self, gradient: f64) -> veo::Result<f64> {
        let (ctx, Matrix { rows, columns, values }) = (self.ctx, self.x);
        gemv(ctx, *rows, *columns, 1.0, values, &self.d, 0.0, &mut self.q);
        let distance = gradient / dot(ctx, *rows, &self.q, &self.q).wait()?;
        axpy(ctx, *columns, distance, &self.d, &mut self.b);
        axpy(ctx, *rows, -distance, &self.q, &mut self.r);
        gemv_t(ctx, *rows, *columns, values, &self.r, &mut self.s);
        let next = dot(ctx, *columns, &self.s, &self.s).wait()?;
        xpby(ctx, *columns, &self.s, next / gradient, &mut self.d);
        Ok(next)
    }
}
