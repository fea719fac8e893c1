//! The inverse of a small positive definite matrix, on the host.

/// The diagonal of A⁻¹, or the number of the first column that is (almost) a linear combination of those before it.
///
/// `a` is symmetric, of `n` rows, with ones on its diagonal.
pub(crate) fn inverse_diagonal(a: &[f64], n: usize) -> Result<Vec<f64>, usize> {
    let l = factor(a, n)?;
    // A⁻¹ = L⁻ᵀ·L⁻¹, so its diagonal has the squared lengths of the columns of L⁻¹.
    let mut diagonal = vec![0.0; n];
    let mut column = vec![0.0; n];
    for (j, entry) in diagonal.iter_mut().enumerate() {
        for i in j..n {
            let unit = if i == j { 1.0 } else { 0.0 };
            let sum: f64 = (j..i).map(|k| l[i * n + k] * column[k]).sum();
            column[i] = (unit - sum) / l[i * n + i];
            *entry += column[i] * column[i];
        }
    }
    Ok(diagonal)
}

/// The lower triangle L of A = L·Lᵀ, by rows.
fn factor(a: &[f64], n: usize) -> Result<Vec<f64>, usize> {
    // The squared distance of a column from the space of those before it. Less than this cannot be told from rounding.
    const SMALLEST: f64 = 1e-12;
    let mut l = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = (0..j).map(|k| l[i * n + k] * l[j * n + k]).sum();
            let rest = a[i * n + j] - sum;
            l[i * n + j] = match i == j {
                false => rest / l[j * n + j],
                true if rest > SMALLEST => rest.sqrt(),
                true => return Err(i),
            };
        }
    }
    Ok(l)
}
