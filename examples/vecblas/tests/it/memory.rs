//! Where elements are in memory, and what a routine must leave as it is.

use vecblas::{Diag, Layout, Uplo};

use crate::oracle::{C64, Dense, Num};
use crate::support::{Number, Random};

/// What no routine may change, and none may read.
pub(crate) const HOLE: f64 = 12345.0;

/// Where the elements of a matrix are; a vector is a matrix of one column.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Place {
    Steps { len: usize, stride: isize },
    Full { layout: Layout, rows: usize, cols: usize, ld: usize },
    Band { layout: Layout, rows: usize, cols: usize, lower: usize, upper: usize, ld: usize },
    Packed { layout: Layout, n: usize, uplo: Uplo },
}

impl Place {
    /// Room for all elements, and a little more.
    fn room(self) -> usize {
        2 + match self {
            Self::Steps { len, stride } => len * stride.unsigned_abs().max(1),
            Self::Full { layout: Layout::RowMajor, rows, ld, .. } => rows * ld,
            Self::Full { layout: Layout::ColMajor, cols, ld, .. } => cols * ld,
            Self::Band { layout: Layout::RowMajor, rows, ld, .. } => rows * ld,
            Self::Band { layout: Layout::ColMajor, cols, ld, .. } => cols * ld,
            Self::Packed { n, .. } => n * (n + 1) / 2,
        }
    }

    fn of(self, i: usize, j: usize) -> usize {
        match self {
            Self::Steps { len, stride } if stride < 0 => (len - 1 - i) * stride.unsigned_abs(),
            Self::Steps { stride, .. } => i * stride.unsigned_abs(),
            Self::Full { layout: Layout::RowMajor, ld, .. } => i * ld + j,
            Self::Full { layout: Layout::ColMajor, ld, .. } => i + j * ld,
            Self::Band { layout: Layout::RowMajor, lower, ld, .. } => i * ld + lower + j - i,
            Self::Band { layout: Layout::ColMajor, upper, ld, .. } => j * ld + upper + i - j,
            // Columns above, or rows below: lines grow by one. Rows above, or columns below: they shrink.
            Self::Packed { layout: Layout::ColMajor, uplo: Uplo::Upper, .. } => i + j * (j + 1) / 2,
            Self::Packed { layout: Layout::RowMajor, uplo: Uplo::Lower, .. } => j + i * (i + 1) / 2,
            Self::Packed { layout: Layout::RowMajor, uplo: Uplo::Upper, n } => j + (2 * n - i - 1) * i / 2,
            Self::Packed { layout: Layout::ColMajor, uplo: Uplo::Lower, n } => i + (2 * n - j - 1) * j / 2,
        }
    }
}

/// Which elements of a matrix are in memory.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stored {
    All,
    Half(Uplo),
    /// A half without the diagonal, which is ones.
    Inside(Uplo),
    Band {
        lower: usize,
        upper: usize,
    },
    HalfBand {
        uplo: Uplo,
        k: usize,
    },
    InsideBand {
        uplo: Uplo,
        k: usize,
    },
}

impl Stored {
    pub(crate) fn triangle(uplo: Uplo, diag: Diag) -> Self {
        if diag == Diag::Unit { Self::Inside(uplo) } else { Self::Half(uplo) }
    }

    pub(crate) fn triangle_band(uplo: Uplo, diag: Diag, k: usize) -> Self {
        if diag == Diag::Unit { Self::InsideBand { uplo, k } } else { Self::HalfBand { uplo, k } }
    }

    pub(crate) fn has(self, i: usize, j: usize) -> bool {
        let half = |uplo| if uplo == Uplo::Upper { i <= j } else { i >= j };
        match self {
            Self::All => true,
            Self::Half(uplo) => half(uplo),
            Self::Inside(uplo) => half(uplo) && i != j,
            Self::Band { lower, upper } => i <= j + lower && j <= i + upper,
            Self::HalfBand { uplo, k } => half(uplo) && i.abs_diff(j) <= k,
            Self::InsideBand { uplo, k } => half(uplo) && i != j && i.abs_diff(j) <= k,
        }
    }
}

/// A matrix in memory, as the host has it.
pub(crate) struct Memory<T> {
    pub(crate) elements: Vec<T>,
    place: Place,
    stored: Stored,
    rows: usize,
    cols: usize,
}

impl<T: Number> Memory<T> {
    /// Everything but the elements of the matrix is a hole.
    pub(crate) fn new(dense: &Dense, place: Place, stored: Stored) -> Self {
        let mut elements = vec![T::of(C64::new(HOLE, -HOLE)); place.room()];
        let (rows, cols) = (dense.rows, dense.cols);
        for (i, j) in pairs(rows, cols).filter(|&(i, j)| stored.has(i, j)) {
            elements[place.of(i, j)] = T::of(dense.at(i, j).value);
        }
        Self { elements, place, stored, rows, cols }
    }

    /// The elements that are stored, of what a routine has left.
    pub(crate) fn read(&self, after: &[T]) -> Dense {
        Dense::new(self.rows, self.cols, |i, j| {
            if self.stored.has(i, j) { Num::new(after[self.place.of(i, j)].value()) } else { Num::ZERO }
        })
    }

    /// What a routine has left in this memory is the expected matrix, up to what rounding `terms` additions explains, and nothing else
    /// has changed.
    pub(crate) fn check(&self, after: &[T], expected: &Dense, terms: usize, what: impl Fn() -> String) {
        let mut touched = vec![false; after.len()];
        for (i, j) in pairs(self.rows, self.cols).filter(|&(i, j)| self.stored.has(i, j)) {
            let at = self.place.of(i, j);
            touched[at] = true;
            assert_close(after[at], expected.at(i, j), terms, || format!("{}, element ({i}, {j})", what()));
        }
        for (at, touched) in touched.into_iter().enumerate() {
            assert!(
                touched || after[at] == self.elements[at],
                "{}: memory {at} is no element, and has changed",
                what()
            );
        }
    }
}

fn pairs(rows: usize, cols: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..rows).flat_map(move |i| (0..cols).map(move |j| (i, j)))
}

/// `actual` is the sum `expected`, of so many terms.
pub(crate) fn assert_close<T: Number>(actual: T, expected: Num, terms: usize, what: impl Fn() -> String) {
    let bound = 4.0 * (terms + 4) as f64 * T::EPSILON * expected.size;
    let error = (actual.value() - expected.value).norm();
    assert!(error <= bound, "{}: {actual:?} is not {}, and off by more than {bound:e}", what(), expected.value);
}

/// A vector of random numbers, in memory and exactly.
pub(crate) fn vector<T: Number>(random: &mut Random, len: usize, stride: isize) -> (Memory<T>, Dense) {
    let mut values: Vec<T> = random.numbers(len);
    if stride == 0 {
        let first = values.first().copied();
        values.iter_mut().for_each(|value| *value = first.unwrap());
    }
    let dense = Dense::new(len, 1, |i, _| Num::new(values[i].value()));
    (Memory::new(&dense, Place::Steps { len, stride }, Stored::All), dense)
}

/// A matrix of random numbers of which these elements are not zero.
pub(crate) fn random<T: Number>(random: &mut Random, rows: usize, cols: usize, stored: Stored) -> Dense {
    Dense::new(rows, cols, |i, j| {
        let value = Num::new(random.number::<T>().value());
        if stored.has(i, j) { value } else { Num::ZERO }
    })
}

/// The whole of a matrix of which a half is given.
pub(crate) fn mirrored(half: &Dense, uplo: Uplo, hermitian: bool) -> Dense {
    Dense::new(half.rows, half.cols, |i, j| {
        let element = if Stored::Half(uplo).has(i, j) { half.at(i, j) } else { half.at(j, i) };
        match (hermitian, i == j) {
            (true, true) => Num::new(C64::new(element.value.re, 0.0)),
            (true, false) if !Stored::Half(uplo).has(i, j) => element.conj(),
            _ => element,
        }
    })
}

/// A triangular matrix that is easily inverted, with a diagonal of ones if so wanted.
pub(crate) fn triangular<T: Number>(rng: &mut Random, n: usize, uplo: Uplo, diag: Diag, k: usize) -> Dense {
    let half = random::<T>(rng, n, n, Stored::HalfBand { uplo, k });
    let small = 1.0 / (n + 1) as f64;
    Dense::new(n, n, |i, j| {
        let element = half.at(i, j).value;
        Num::new(match (i == j, diag) {
            (true, Diag::Unit) => C64::ONE,
            (true, Diag::NonUnit) => T::of(element + C64::new(2.0, 0.0)).value(),
            (false, _) => T::of(element * small).value(),
        })
    })
}
