//! Transfers of arrays of crate `ndarray`, of any shape and strides, to and from VE memory.
//!
//! | | |
//! | --- | --- |
//! | arrays of any dimension, as vectors | [`upload`], [`write`](fn@write), [`read`] |
//! | arrays of two dimensions, as matrices | [`upload_matrix`], [`write_matrix`], [`read_matrix`], [`download_matrix`] |
//!
//! Elements go in the order of the indexes, whatever their order in memory is: the last index runs fastest, or in a column-major
//! matrix the first one.
//!
//! An array without gaps is one transfer. Of others, long rows are a transfer each, and everything else is brought into order on the
//! host first. Gaps of a VE matrix, between its lines, are left as they are ([`Copy2d`]).
//!
//! ```
//! use ndarray::{Array2, array, s};
//!
//! let proc = veo::Proc::create(0)?;
//! let a = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
//! let backwards = a.slice(s![.., ..;-1]);
//! let mut matrix = vecblas::ndarray::upload_matrix(&proc, backwards)?;
//! assert_eq!(matrix.buffer().to_vec()?, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
//!
//! let mut back = Array2::zeros((2, 2));
//! vecblas::ndarray::read_matrix(matrix.view().part(0..2, 1..3), &mut back)?;
//! assert_eq!(back, array![[2.0, 1.0], [5.0, 4.0]]);
//! # Ok::<(), veo::Error>(())
//! ```

use std::borrow::Cow;

use ::ndarray::{Array2, ArrayView, ArrayView2, ArrayViewMut, ArrayViewMut2, Dimension};
use veo::{Copy2d, Error, Proc, Result, VeBuffer, VeSlice, VeSliceMut};

use crate::matrix::{Matrix, MatrixMut, Shape, VeMatrix};
use crate::options::Layout;
use crate::scalar::Scalar;

/// Rows of so many bytes are worth a transfer each.
const LONG_ROW: usize = 1 << 16;

/// Allocates VE memory for a copy of an array, its last index running fastest.
///
/// # Errors
/// No VE memory is left, or the process has ended.
pub fn upload<'a, T: Scalar, D: Dimension>(proc: &Proc, array: impl Into<ArrayView<'a, T, D>>) -> Result<VeBuffer<T>> {
    let array = array.into();
    let mut buffer = proc.alloc(array.len())?;
    write(&mut buffer, array)?;
    Ok(buffer)
}

/// Copies an array to VE memory, its last index running fastest.
///
/// # Errors
/// The lengths differ, or the process has ended.
pub fn write<'a, 'b, T: Scalar, D: Dimension>(
    to: impl Into<VeSliceMut<'b, T>>,
    array: impl Into<ArrayView<'a, T, D>>,
) -> Result<()> {
    let (mut to, array) = (to.into(), array.into());
    same_length("vecblas::ndarray::write", to.len(), array.len())?;
    match long_rows::<T>(array.shape()) {
        Some(len) if array.as_slice().is_none() && array.rows().into_iter().all(|row| row.to_slice().is_some()) => {
            for (index, row) in array.rows().into_iter().enumerate() {
                let part = to.reborrow().slice_mut(index * len..(index + 1) * len);
                write_part(part, row.to_slice().unwrap_or_default())?;
            }
            Ok(())
        }
        _ => to.write(&in_order(&array)),
    }
}

fn write_part<T: Scalar>(mut to: VeSliceMut<'_, T>, row: &[T]) -> Result<()> {
    to.write(row)
}

/// Copies VE memory to an array, its last index running fastest.
///
/// # Errors
/// The lengths differ, or the process has ended.
pub fn read<'a, 'b, T: Scalar, D: Dimension>(
    from: impl Into<VeSlice<'b, T>>,
    array: impl Into<ArrayViewMut<'a, T, D>>,
) -> Result<()> {
    let (from, mut array) = (from.into(), array.into());
    same_length("vecblas::ndarray::read", from.len(), array.len())?;
    if let Some(elements) = array.as_slice_mut() {
        return from.read(elements);
    }
    if let Some(len) = long_rows::<T>(array.shape())
        && array.rows().into_iter().all(|row| row.to_slice().is_some())
    {
        for (index, mut row) in array.rows_mut().into_iter().enumerate() {
            if let Some(row) = row.as_slice_mut() {
                from.slice(index * len..(index + 1) * len).read(row)?;
            }
        }
        return Ok(());
    }
    for (element, value) in array.iter_mut().zip(from.to_vec()?) {
        *element = value;
    }
    Ok(())
}

/// Allocates a VE matrix for a copy of an array. A column-major array, whose columns are without gaps, gives a column-major
/// matrix.
///
/// # Errors
/// As [`upload`].
pub fn upload_matrix<'a, T: Scalar>(proc: &Proc, array: impl Into<ArrayView2<'a, T>>) -> Result<VeMatrix<T>> {
    let array = array.into();
    let (rows, cols) = array.dim();
    let columns = array.as_slice().is_none() && array.t().to_slice().is_some();
    let (layout, array) = if columns { (Layout::ColMajor, array.reversed_axes()) } else { (Layout::RowMajor, array) };
    Ok(VeMatrix::of(upload(proc, array)?, layout, rows, cols))
}

/// Copies an array to a VE matrix.
///
/// # Errors
/// The shapes differ, the matrix is not inside its memory, or the process has ended.
pub fn write_matrix<'a, 'b, T: Scalar>(
    to: impl Into<MatrixMut<'b, T>>,
    array: impl Into<ArrayView2<'a, T>>,
) -> Result<()> {
    let (mut to, array) = (to.into(), array.into());
    same_shape("vecblas::ndarray::write_matrix", to.shape, array.dim())?;
    let lines = if to.shape.layout == Layout::RowMajor { array } else { array.reversed_axes() };
    let (count, len) = lines.dim();
    to.data.write_2d(&in_order(&lines), Copy2d::new(count, len).to_pitch(to.shape.ld))
}

/// Copies a VE matrix to an array.
///
/// # Errors
/// As [`write_matrix`].
pub fn read_matrix<'a, 'b, T: Scalar>(
    from: impl Into<Matrix<'b, T>>,
    array: impl Into<ArrayViewMut2<'a, T>>,
) -> Result<()> {
    let (from, array) = (from.into(), array.into());
    same_shape("vecblas::ndarray::read_matrix", from.shape, array.dim())?;
    let mut lines = if from.shape.layout == Layout::RowMajor { array } else { array.reversed_axes() };
    let (count, len) = lines.dim();
    let copy = Copy2d::new(count, len).from_pitch(from.shape.ld);
    if let Some(elements) = lines.as_slice_mut() {
        return from.data.read_2d(elements, copy);
    }
    let mut elements = vec![T::default(); count * len];
    from.data.read_2d(&mut elements, copy)?;
    for (element, value) in lines.iter_mut().zip(elements) {
        *element = value;
    }
    Ok(())
}

/// A VE matrix as a new array, row-major.
///
/// # Errors
/// The matrix is not inside its memory, or the process has ended.
pub fn download_matrix<'b, T: Scalar>(from: impl Into<Matrix<'b, T>>) -> Result<Array2<T>> {
    let from = from.into();
    if from.shape.rows.checked_mul(from.shape.cols).is_none_or(|len| len > from.data.len()) {
        return Err(refused("vecblas::ndarray::download_matrix", from.shape, "is larger than its memory".into()));
    }
    let mut array = Array2::from_elem((from.shape.rows, from.shape.cols), T::default());
    read_matrix(from, &mut array)?;
    Ok(array)
}

/// The elements in the order of their indexes: as they are in memory, if that is so.
fn in_order<'a, T: Scalar, D: Dimension>(array: &'a ArrayView<'_, T, D>) -> Cow<'a, [T]> {
    match array.as_slice() {
        Some(elements) => Cow::Borrowed(elements),
        None => Cow::Owned(array.iter().copied().collect()),
    }
}

/// The length of rows, if they are long.
fn long_rows<T>(shape: &[usize]) -> Option<usize> {
    shape.last().copied().filter(|len| len.saturating_mul(size_of::<T>()) >= LONG_ROW)
}

fn same_length(operation: &'static str, buffer: usize, slice: usize) -> Result<()> {
    if buffer == slice { Ok(()) } else { Err(Error::Length { operation, buffer, slice }) }
}

fn same_shape(operation: &str, matrix: Shape, (rows, cols): (usize, usize)) -> Result<()> {
    if (matrix.rows, matrix.cols) == (rows, cols) {
        return Ok(());
    }
    Err(refused(operation, matrix, format!("is no array of {rows} x {cols}")))
}

fn refused(operation: &str, Shape { rows, cols, .. }: Shape, what: String) -> Error {
    Error::Refused { operation: operation.to_owned(), reason: format!("the VE matrix of {rows} x {cols} {what}") }
}
