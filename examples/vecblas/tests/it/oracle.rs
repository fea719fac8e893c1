//! What BLAS should give, in double precision, with the size of what was added up: results may be off by so much.
//!
//! Everything is a dense matrix here, vectors are matrices of one column, and op(A) is a matrix that is built.

use std::iter::Sum;
use std::ops::{Add, Mul};

use vecblas::{Complex, Transpose};

pub(crate) type C64 = Complex<f64>;

/// A value, and the sum of the sizes of its terms.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Num {
    pub(crate) value: C64,
    pub(crate) size: f64,
}

impl Num {
    pub(crate) const ZERO: Self = Self { value: C64::new(0.0, 0.0), size: 0.0 };

    pub(crate) fn new(value: C64) -> Self {
        Self { value, size: value.norm() }
    }

    pub(crate) fn conj(self) -> Self {
        Self { value: self.value.conj(), ..self }
    }
}

impl Add for Num {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { value: self.value + other.value, size: self.size + other.size }
    }
}

impl Mul for Num {
    type Output = Self;

    fn mul(self, other: Self) -> Self {
        Self { value: self.value * other.value, size: self.size * other.size }
    }
}

impl Sum for Num {
    fn sum<I: Iterator<Item = Self>>(terms: I) -> Self {
        terms.fold(Self::ZERO, Add::add)
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Dense {
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    elements: Vec<Num>,
}

impl Dense {
    pub(crate) fn new(rows: usize, cols: usize, mut element: impl FnMut(usize, usize) -> Num) -> Self {
        let elements = (0..rows * cols).map(|index| element(index / cols, index % cols)).collect();
        Self { rows, cols, elements }
    }

    pub(crate) fn at(&self, i: usize, j: usize) -> Num {
        assert!(i < self.rows && j < self.cols);
        self.elements[i * self.cols + j]
    }

    pub(crate) fn op(&self, trans: Transpose) -> Self {
        match trans {
            Transpose::None => self.clone(),
            Transpose::Trans => Self::new(self.cols, self.rows, |i, j| self.at(j, i)),
            Transpose::ConjTrans => Self::new(self.cols, self.rows, |i, j| self.at(j, i).conj()),
        }
    }

    pub(crate) fn times(&self, other: &Self) -> Self {
        assert_eq!(self.cols, other.rows);
        Self::new(self.rows, other.cols, |i, j| (0..self.cols).map(|k| self.at(i, k) * other.at(k, j)).sum())
    }

    pub(crate) fn plus(&self, other: &Self) -> Self {
        assert_eq!((self.rows, self.cols), (other.rows, other.cols));
        Self::new(self.rows, self.cols, |i, j| self.at(i, j) + other.at(i, j))
    }

    /// Of 0, too, whatever is in the matrix.
    pub(crate) fn scaled(&self, factor: C64) -> Self {
        let zero = factor == C64::ZERO;
        Self::new(self.rows, self.cols, |i, j| if zero { Num::ZERO } else { Num::new(factor) * self.at(i, j) })
    }
}
