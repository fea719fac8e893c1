//! The known answer for the diabetes data, with each column centred and scaled to length 1.

use crate::error::Error;
use crate::model::Fit;

const INTERCEPT: f64 = 152.1335;
const COEFFICIENTS: [f64; 10] =
    [-10.0099, -239.8156, 519.8459, 324.3846, -792.1756, 476.7390, 101.0433, 177.0632, 751.2737, 67.6267];
const R_SQUARED: f64 = 0.5177;
const TOLERANCE: f64 = 5e-4;

/// Compares, and says so, or tells the first value that differs.
pub(crate) fn check(fit: &Fit) -> Result<String, Error> {
    let terms = [&fit.intercept].into_iter().chain(&fit.terms);
    let found = terms.map(|term| (term.name.as_str(), term.coefficient)).chain([("R²", fit.r_squared)]);
    let known = [INTERCEPT].into_iter().chain(COEFFICIENTS).chain([R_SQUARED]);
    let mut largest = 0.0_f64;
    for ((name, found), known) in found.zip(known) {
        let difference = (found - known).abs();
        if difference > TOLERANCE || difference.is_nan() {
            return Err(Error::Wrong(format!("{name} is {found:.4}, but the known answer is {known:.4}")));
        }
        largest = largest.max(difference);
    }
    Ok(format!("Checked against the known answer: no value differs by more than {largest:.1e}.\n"))
}
