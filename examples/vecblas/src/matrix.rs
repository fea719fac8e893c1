//! Matrices in VE memory: stored in full.

use std::fmt;
use std::ops::Range;

use veo::{Proc, Result, VeBuffer, VeSlice, VeSliceMut};

use crate::options::{Diag, Layout, Uplo};
use crate::scalar::Scalar;
use crate::structure::{Hermitian, Symmetric, Triangular};
use crate::vector::{Vector, VectorMut};

/// A matrix in VE memory, to be read.
///
/// The *leading dimension* is the distance from one row to the next (or from one column to the next, if it is column-major), in
/// elements. Whether a matrix fits in its memory is looked at by the routine that takes it.
///
/// ```
/// use vecblas::Matrix;
///
/// let memory = veo::Proc::create(0)?.upload(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// let a = Matrix::row_major(&memory, 2, 3); // 1 2 3
///                                           // 4 5 6
/// let right = a.part(0..2, 1..3); //           2 3
///                                 //           5 6
/// assert_eq!((right.rows(), right.cols(), right.leading_dimension()), (2, 2, 3));
/// # Ok::<(), veo::Error>(())
/// ```
pub struct Matrix<'a, T> {
    pub(crate) data: VeSlice<'a, T>,
    pub(crate) shape: Shape,
}

/// A matrix in VE memory that is written to. See [`Matrix`].
pub struct MatrixMut<'a, T> {
    pub(crate) data: VeSliceMut<'a, T>,
    pub(crate) shape: Shape,
}

/// A matrix with VE memory of its own.
///
/// ```
/// use vecblas::{Layout, VeMatrix};
///
/// let proc = veo::Proc::create(0)?;
/// let a = VeMatrix::upload(&proc, Layout::RowMajor, 2, 3, &[1.0, 2.0, 3.0, 4.0, 5.0, 6.0])?;
/// assert_eq!((a.view().rows(), a.view().leading_dimension()), (2, 3));
/// # Ok::<(), veo::Error>(())
/// ```
pub struct VeMatrix<T> {
    data: VeBuffer<T>,
    shape: Shape,
}

/// Where the elements of a matrix are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) layout: Layout,
    pub(crate) rows: usize,
    pub(crate) cols: usize,
    pub(crate) ld: usize,
}

impl Shape {
    pub(crate) fn new(layout: Layout, rows: usize, cols: usize) -> Self {
        let shape = Self { layout, rows, cols, ld: 0 };
        Self { ld: shape.lines().1.max(1), ..shape }
    }

    /// How many rows there are, and their length; of a column-major matrix, columns.
    pub(crate) fn lines(self) -> (usize, usize) {
        match self.layout {
            Layout::RowMajor => (self.rows, self.cols),
            Layout::ColMajor => (self.cols, self.rows),
        }
    }

    /// How many elements of memory it takes; `None` if no memory is as large.
    pub(crate) fn extent(self) -> Option<usize> {
        match self.lines() {
            (0, _) | (_, 0) => Some(0),
            (count, len) => (count - 1).checked_mul(self.ld)?.checked_add(len),
        }
    }

    /// How far rows are apart, and columns.
    fn steps(self) -> (usize, usize) {
        match self.layout {
            Layout::RowMajor => (self.ld, 1),
            Layout::ColMajor => (1, self.ld),
        }
    }

    /// Where part of it begins, and its shape.
    #[track_caller]
    fn part(self, rows: Range<usize>, cols: Range<usize>) -> (usize, Self) {
        let (rows_of, cols_of) = (rows.clone(), cols.clone());
        assert!(
            rows.start <= rows.end && rows.end <= self.rows && cols.start <= cols.end && cols.end <= self.cols,
            "rows {rows_of:?}, columns {cols_of:?} are not inside a matrix of {} x {}",
            self.rows,
            self.cols
        );
        let shape = Self { rows: rows.len(), cols: cols.len(), ..self };
        let (by_row, by_col) = self.steps();
        let start = if shape.rows == 0 || shape.cols == 0 { 0 } else { rows.start * by_row + cols.start * by_col };
        (start, shape)
    }

    /// Where a row or column begins, its length and its stride: `index` is checked.
    #[track_caller]
    fn line(self, what: &str, index: usize, count: usize, len: usize, steps: (usize, usize)) -> (usize, usize, isize) {
        assert!(index < count, "there is no {what} {index} in a matrix of {} x {}", self.rows, self.cols);
        (if len == 0 { 0 } else { index * steps.0 }, len, signed(steps.1))
    }

    fn row(self, index: usize) -> (usize, usize, isize) {
        self.line("row", index, self.rows, self.cols, self.steps())
    }

    fn column(self, index: usize) -> (usize, usize, isize) {
        let (by_row, by_col) = self.steps();
        self.line("column", index, self.cols, self.rows, (by_col, by_row))
    }

    fn diagonal(self) -> (usize, usize, isize) {
        (0, self.rows.min(self.cols), signed(self.ld.saturating_add(1)))
    }

    fn transposed(self) -> Self {
        Self { layout: self.layout.flipped(), rows: self.cols, cols: self.rows, ld: self.ld }
    }
}

/// A stride; one that no memory is large enough for, if it is too large.
fn signed(stride: usize) -> isize {
    isize::try_from(stride).unwrap_or(isize::MAX)
}

macro_rules! shape {
    () => {
        /// The number of rows.
        #[must_use]
        pub fn rows(&self) -> usize {
            self.shape.rows
        }

        /// The number of columns.
        #[must_use]
        pub fn cols(&self) -> usize {
            self.shape.cols
        }

        /// How it lies in memory.
        #[must_use]
        pub fn layout(&self) -> Layout {
            self.shape.layout
        }

        /// The distance from one row to the next, or from one column to the next, in elements.
        #[must_use]
        pub fn leading_dimension(&self) -> usize {
            self.shape.ld
        }
    };
}

macro_rules! views {
    ($matrix:ident, $vector:ident, $slice:ident, $cut:ident) => {
        /// A row-major matrix without gaps.
        pub fn row_major(data: impl Into<$slice<'a, T>>, rows: usize, cols: usize) -> Self {
            Self::new(Layout::RowMajor, data, rows, cols)
        }

        /// A column-major matrix without gaps.
        pub fn col_major(data: impl Into<$slice<'a, T>>, rows: usize, cols: usize) -> Self {
            Self::new(Layout::ColMajor, data, rows, cols)
        }

        /// A matrix without gaps.
        pub fn new(layout: Layout, data: impl Into<$slice<'a, T>>, rows: usize, cols: usize) -> Self {
            Self { data: data.into(), shape: Shape::new(layout, rows, cols) }
        }

        /// The same with another leading dimension.
        #[must_use]
        pub fn with_leading_dimension(mut self, ld: usize) -> Self {
            self.shape.ld = ld;
            self
        }

        shape!();

        /// Part of it.
        ///
        /// # Panics
        /// The ranges are not inside the matrix, or the matrix is not inside its memory.
        #[must_use]
        #[track_caller]
        pub fn part(self, rows: Range<usize>, cols: Range<usize>) -> Self {
            let (start, shape) = self.shape.part(rows, cols);
            Self { data: self.data.$cut(start..), shape }
        }

        /// A row as a vector.
        ///
        /// # Panics
        /// There is no such row, or the matrix is not inside its memory.
        #[must_use]
        #[track_caller]
        pub fn row(self, index: usize) -> $vector<'a, T> {
            let (start, len, stride) = self.shape.row(index);
            $vector::new(self.data.$cut(start..), len, stride)
        }

        /// A column as a vector.
        ///
        /// # Panics
        /// There is no such column, or the matrix is not inside its memory.
        #[must_use]
        #[track_caller]
        pub fn column(self, index: usize) -> $vector<'a, T> {
            let (start, len, stride) = self.shape.column(index);
            $vector::new(self.data.$cut(start..), len, stride)
        }

        /// The diagonal as a vector.
        #[must_use]
        pub fn diagonal(self) -> $vector<'a, T> {
            let (start, len, stride) = self.shape.diagonal();
            $vector::new(self.data.$cut(start..), len, stride)
        }

        /// The transpose: the same memory in the other layout.
        #[must_use]
        pub fn transposed(self) -> Self {
            Self { shape: self.shape.transposed(), ..self }
        }

        /// As a symmetric matrix, of which one half is stored here.
        #[must_use]
        pub fn symmetric(self, uplo: Uplo) -> Symmetric<Self> {
            Symmetric { storage: self, uplo }
        }

        /// As a Hermitian matrix, of which one half is stored here.
        #[must_use]
        pub fn hermitian(self, uplo: Uplo) -> Hermitian<Self> {
            Hermitian { storage: self, uplo }
        }
    };
}

impl<'a, T> Matrix<'a, T> {
    views!(Matrix, Vector, VeSlice, slice);

    /// As a triangular matrix: one half of what is stored here.
    #[must_use]
    pub fn triangular(self, uplo: Uplo, diag: Diag) -> Triangular<Self> {
        Triangular { storage: self, uplo, diag }
    }
}

impl<'a, T> MatrixMut<'a, T> {
    views!(MatrixMut, VectorMut, VeSliceMut, slice_mut);

    /// The same matrix, to be read.
    #[must_use]
    pub fn as_matrix(&self) -> Matrix<'_, T> {
        Matrix { data: self.data.as_slice(), shape: self.shape }
    }

    /// The same matrix again, for one more use of it.
    #[must_use]
    pub fn reborrow(&mut self) -> MatrixMut<'_, T> {
        MatrixMut { data: self.data.reborrow(), shape: self.shape }
    }
}

impl<T: Scalar> VeMatrix<T> {
    /// A copy of a matrix of the host, without gaps.
    ///
    /// # Errors
    /// There are not `rows * cols` elements; no VE memory is left, or the process has ended.
    pub fn upload(proc: &Proc, layout: Layout, rows: usize, cols: usize, elements: &[T]) -> Result<Self> {
        let wanted = rows.saturating_mul(cols);
        if elements.len() != wanted {
            let (operation, slice) = ("VeMatrix::upload", elements.len());
            return Err(veo::Error::Length { operation, buffer: wanted, slice });
        }
        Ok(Self::of(proc.upload(elements)?, layout, rows, cols))
    }

    /// A matrix of zeros.
    ///
    /// # Errors
    /// No VE memory is left, or the process has ended.
    pub fn zeroed(proc: &Proc, layout: Layout, rows: usize, cols: usize) -> Result<Self> {
        Ok(Self::of(proc.zeroed(rows.saturating_mul(cols))?, layout, rows, cols))
    }

    /// Its elements in the order of its layout.
    ///
    /// # Errors
    /// The process has ended.
    pub fn to_vec(&self) -> Result<Vec<T>> {
        self.data.to_vec()
    }
}

impl<T> VeMatrix<T> {
    pub(crate) fn of(data: VeBuffer<T>, layout: Layout, rows: usize, cols: usize) -> Self {
        Self { data, shape: Shape::new(layout, rows, cols) }
    }

    shape!();

    /// The matrix, to be read.
    #[must_use]
    pub fn view(&self) -> Matrix<'_, T> {
        Matrix { data: self.data.as_slice(), shape: self.shape }
    }

    /// The matrix, to be written to.
    #[must_use]
    pub fn view_mut(&mut self) -> MatrixMut<'_, T> {
        MatrixMut { data: self.data.as_mut_slice(), shape: self.shape }
    }

    /// Its memory.
    #[must_use]
    pub fn buffer(&self) -> &VeBuffer<T> {
        &self.data
    }

    /// Its memory, to be written to.
    #[must_use]
    pub fn buffer_mut(&mut self) -> &mut VeBuffer<T> {
        &mut self.data
    }
}

impl<T> Clone for Matrix<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Matrix<'_, T> {}

macro_rules! debug {
    ($($matrix:ty, $name:literal;)*) => {$(
        impl<T> fmt::Debug for $matrix {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($name).field("data", &self.data).field("shape", &self.shape).finish()
            }
        }
    )*};
}

debug! {
    Matrix<'_, T>, "Matrix";
    MatrixMut<'_, T>, "MatrixMut";
    VeMatrix<T>, "VeMatrix";
}

macro_rules! conversions {
    ($($from:ty => $to:ty, |$matrix:ident| $value:expr;)*) => {$(
        impl<'a, T> From<$from> for $to {
            #[inline]
            fn from($matrix: $from) -> Self {
                $value
            }
        }
    )*};
}

conversions! {
    &Matrix<'a, T> => Matrix<'a, T>, |matrix| *matrix;
    &'a MatrixMut<'_, T> => Matrix<'a, T>, |matrix| matrix.as_matrix();
    &'a VeMatrix<T> => Matrix<'a, T>, |matrix| matrix.view();
    &'a mut MatrixMut<'_, T> => MatrixMut<'a, T>, |matrix| matrix.reborrow();
    &'a mut VeMatrix<T> => MatrixMut<'a, T>, |matrix| matrix.view_mut();
}
