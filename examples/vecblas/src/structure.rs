//! Matrices of which not everything is stored: bands, packed halves, and what symmetric, Hermitian and triangular matrices make of
//! their storage.

use std::fmt;

use veo::{VeSlice, VeSliceMut};

use crate::matrix::{Matrix, Shape};
use crate::options::{Diag, Layout, Uplo};

/// A band matrix: a diagonal, with `lower` diagonals below it and `upper` above.
///
/// Memory holds the diagonals as lines of a rectangle whose leading dimension is at least `lower + upper + 1`: element (i, j) is
/// at `j * ld + upper + i - j` in column-major layout, and at `i * ld + lower + j - i` in row-major layout.
///
/// ```
/// use vecblas::{Band, Layout};
///
/// // 1 2 . .
/// // 3 4 5 .
/// // . 6 7 8
/// let memory = veo::Proc::create(0)?.upload(&[
///     0.0, 1.0, 2.0,
///     3.0, 4.0, 5.0,
///     6.0, 7.0, 8.0,
/// ])?;
/// let a = Band::new(Layout::RowMajor, &memory, 3, 4, 1, 1);
/// # let _ = a;
/// # Ok::<(), veo::Error>(())
/// ```
pub struct Band<'a, T> {
    pub(crate) data: VeSlice<'a, T>,
    pub(crate) layout: Layout,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) lower: usize,
    pub(crate) upper: usize,
    pub(crate) ld: usize,
}

impl<'a, T> Band<'a, T> {
    /// A band matrix of `rows` × `cols` whose leading dimension is `lower + upper + 1`.
    pub fn new(
        layout: Layout,
        data: impl Into<VeSlice<'a, T>>,
        rows: usize,
        cols: usize,
        lower: usize,
        upper: usize,
    ) -> Self {
        let ld = lower.saturating_add(upper).saturating_add(1);
        Self { data: data.into(), layout, rows, cols, lower, upper, ld }
    }

    /// The same with another leading dimension.
    #[must_use]
    pub fn with_leading_dimension(self, ld: usize) -> Self {
        Self { ld, ..self }
    }

    /// As a symmetric matrix, of which one half is stored here: for the upper half `lower` is 0, and the other way round.
    #[must_use]
    pub fn symmetric(self, uplo: Uplo) -> Symmetric<Self> {
        Symmetric { storage: self, uplo }
    }

    /// As a Hermitian matrix, of which one half is stored here: for the upper half `lower` is 0, and the other way round.
    #[must_use]
    pub fn hermitian(self, uplo: Uplo) -> Hermitian<Self> {
        Hermitian { storage: self, uplo }
    }

    /// As a triangular matrix: for the upper half `lower` is 0, and the other way round.
    #[must_use]
    pub fn triangular(self, uplo: Uplo, diag: Diag) -> Triangular<Self> {
        Triangular { storage: self, uplo, diag }
    }

    /// The rectangle that holds the diagonals.
    pub(crate) fn shape(&self) -> Shape {
        let width = self.lower.saturating_add(self.upper).saturating_add(1);
        let (rows, cols) = match self.layout {
            Layout::RowMajor => (self.rows, width),
            Layout::ColMajor => (width, self.cols),
        };
        Shape { layout: self.layout, rows, cols, ld: self.ld }
    }
}

/// One half of a square matrix of order `n`, packed: its columns, or its rows, one after the other without gaps.
pub struct Packed<'a, T> {
    pub(crate) data: VeSlice<'a, T>,
    pub(crate) layout: Layout,
    pub(crate) n: usize,
}

/// A packed half that is written to. See [`Packed`].
pub struct PackedMut<'a, T> {
    pub(crate) data: VeSliceMut<'a, T>,
    pub(crate) layout: Layout,
    pub(crate) n: usize,
}

macro_rules! packed {
    ($slice:ident) => {
        /// A half of order `n`: `n * (n + 1) / 2` elements.
        pub fn new(layout: Layout, data: impl Into<$slice<'a, T>>, n: usize) -> Self {
            Self { data: data.into(), layout, n }
        }

        /// As a symmetric matrix.
        #[must_use]
        pub fn symmetric(self, uplo: Uplo) -> Symmetric<Self> {
            Symmetric { storage: self, uplo }
        }

        /// As a Hermitian matrix.
        #[must_use]
        pub fn hermitian(self, uplo: Uplo) -> Hermitian<Self> {
            Hermitian { storage: self, uplo }
        }
    };
}

impl<'a, T> Packed<'a, T> {
    packed!(VeSlice);

    /// As a triangular matrix.
    #[must_use]
    pub fn triangular(self, uplo: Uplo, diag: Diag) -> Triangular<Self> {
        Triangular { storage: self, uplo, diag }
    }
}

impl<'a, T> PackedMut<'a, T> {
    packed!(VeSliceMut);

    /// The same half again, for one more use of it.
    #[must_use]
    pub fn reborrow(&mut self) -> PackedMut<'_, T> {
        PackedMut { data: self.data.reborrow(), layout: self.layout, n: self.n }
    }
}

/// A symmetric matrix, A = Aᵀ: one half of a [`Matrix`], a [`Band`] or a [`Packed`].
#[derive(Clone, Copy, Debug)]
pub struct Symmetric<S> {
    pub(crate) storage: S,
    pub(crate) uplo: Uplo,
}

/// A Hermitian matrix, A = Aᴴ: one half of a [`Matrix`], a [`Band`] or a [`Packed`]. Imaginary parts of the diagonal
/// are taken as zero.
#[derive(Clone, Copy, Debug)]
pub struct Hermitian<S> {
    pub(crate) storage: S,
    pub(crate) uplo: Uplo,
}

/// A triangular matrix: one half of a [`Matrix`], a [`Band`] or a [`Packed`].
#[derive(Clone, Copy, Debug)]
pub struct Triangular<S> {
    pub(crate) storage: S,
    pub(crate) uplo: Uplo,
    pub(crate) diag: Diag,
}

macro_rules! orders {
    ($($structure:ident)*) => {$(
        impl<T> $structure<Matrix<'_, T>> {
            /// The number of rows, which is that of the columns.
            #[must_use]
            pub fn order(&self) -> usize {
                self.storage.rows()
            }
        }
    )*};
}

orders! { Symmetric Hermitian Triangular }

macro_rules! copies {
    ($($storage:ident)*) => {$(
        impl<T> Clone for $storage<'_, T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $storage<'_, T> {}
    )*};
}

copies! { Band Packed }

impl<T> fmt::Debug for Band<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { data, lower, upper, rows, cols, .. } = self;
        f.debug_struct("Band")
            .field("data", data)
            .field("lower", lower)
            .field("upper", upper)
            .field("rows", rows)
            .field("cols", cols)
            .finish_non_exhaustive()
    }
}

macro_rules! debug {
    ($($packed:ident)*) => {$(
        impl<T> fmt::Debug for $packed<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let Self { data, layout, n } = self;
                f.debug_struct(stringify!($packed)).field("data", data).field("layout", layout).field("n", n).finish()
            }
        }
    )*};
}

debug! { Packed PackedMut }
