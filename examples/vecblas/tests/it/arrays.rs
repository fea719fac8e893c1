//! Transfers of arrays: all orders, gaps and strides of a few shapes. No BLAS is needed.

use ndarray::{Array, Array1, Array2, ArrayD, ArrayView2, Axis, IxDyn, Slice, array, s};
use vecblas::{Layout, Matrix, MatrixMut, ndarray as transfer};
use veo::Error;

use crate::support::no_library;

fn counted(shape: &[usize]) -> ArrayD<f64> {
    let len = shape.iter().product();
    Array::from_iter((1..=len).map(|n| n as f64)).into_shape_with_order(IxDyn(shape)).unwrap()
}

/// Steps of -3 … 3 on each axis, and all orders of axes by rotation.
fn views(array: &ArrayD<f64>, mut test: impl FnMut(ndarray::ArrayViewD<'_, f64>)) {
    for steps in [[1, 1, 1], [2, 1, 1], [1, 2, 1], [1, 1, 2], [-1, 1, 1], [1, -2, 1], [1, 1, -1], [-1, -1, -3]] {
        let mut view = array.view();
        for (axis, step) in steps.into_iter().enumerate().take(array.ndim()) {
            view.slice_axis_inplace(Axis(axis), Slice::new(0, None, step));
        }
        test(view.clone());
        test(view.clone().reversed_axes());
        if array.ndim() > 1 {
            view.swap_axes(0, 1);
            test(view);
        }
    }
}

#[test]
fn arrays_of_all_strides_go_and_come_back() {
    let library = no_library();
    for shape in [&[7][..], &[1], &[0], &[3, 4], &[4, 0], &[3, 4, 5]] {
        let array = counted(shape);
        views(&array, |view| {
            let buffer = transfer::upload(&library.proc, view.clone()).unwrap();
            let wanted: Vec<f64> = view.iter().copied().collect();
            assert_eq!(buffer.to_vec().unwrap(), wanted, "{view:?}");
        });
        let full = transfer::upload(&library.proc, array.view()).unwrap();
        let mut target = ArrayD::<f64>::zeros(IxDyn(shape));
        transfer::read(&full, target.view_mut()).unwrap();
        assert_eq!(target, array);
    }
}

#[test]
fn what_lies_between_the_elements_stays() {
    let library = no_library();
    let buffer = library.upload(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    let mut target = Array2::zeros((4, 5));
    transfer::read(&buffer, target.slice_mut(s![..;-2, ..;2])).unwrap();
    assert_eq!(
        target,
        array![
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [4.0, 0.0, 5.0, 0.0, 6.0],
            [0.0, 0.0, 0.0, 0.0, 0.0],
            [1.0, 0.0, 2.0, 0.0, 3.0],
        ]
    );
}

/// Rows that are transfers of their own.
#[test]
fn long_rows() {
    let library = no_library();
    let wide = Array2::from_shape_fn((3, 20_000), |(i, j)| (i * 100_000 + j) as f64);
    for view in [wide.slice(s![.., 1..]), wide.slice(s![..;-1, ..19_000]), wide.slice(s![..;2, 5..])] {
        let buffer = transfer::upload(&library.proc, view).unwrap();
        assert!(buffer.to_vec().unwrap().iter().eq(view.iter()));
        let mut target = Array2::<f64>::zeros((7, 20_001));
        let (rows, cols) = view.dim();
        transfer::read(&buffer, target.slice_mut(s![1..1 + rows, 1..1 + cols])).unwrap();
        assert_eq!(target.slice(s![1..1 + rows, 1..1 + cols]), view);
        assert_eq!(target.sum(), view.sum());
    }
}

#[test]
fn matrices_keep_the_order_of_their_arrays() {
    let library = no_library();
    let a = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
    let layout = |view: ArrayView2<'_, f64>| {
        let matrix = transfer::upload_matrix(&library.proc, view).unwrap();
        assert_eq!(transfer::download_matrix(&matrix).unwrap(), view);
        (matrix.layout(), matrix.rows(), matrix.cols())
    };
    assert_eq!(layout(a.view()), (Layout::RowMajor, 2, 3));
    assert_eq!(layout(a.t()), (Layout::ColMajor, 3, 2));
    assert_eq!(layout(a.slice(s![.., ..2])), (Layout::RowMajor, 2, 2));
    assert_eq!(layout(a.slice(s![..;-1, ..;-1])), (Layout::RowMajor, 2, 3));
    assert_eq!(layout(a.slice(s![..0, ..])), (Layout::RowMajor, 0, 3));
}

#[test]
fn matrices_with_gaps() {
    let library = no_library();
    for layout in [Layout::RowMajor, Layout::ColMajor] {
        let mut memory = library.upload(&[0.0; 20]);
        let a = array![[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]];
        for view in [a.view(), a.slice(s![..;-1, ..;-1])] {
            transfer::write_matrix(MatrixMut::new(layout, &mut memory, 2, 3).with_leading_dimension(5), view).unwrap();
            let matrix = Matrix::new(layout, &memory, 2, 3).with_leading_dimension(5);
            assert_eq!(transfer::download_matrix(matrix).unwrap(), view);
            let mut backwards = Array2::zeros((2, 3));
            transfer::read_matrix(matrix, backwards.slice_mut(s![..;-1, ..;-1])).unwrap();
            assert_eq!(backwards, view.slice(s![..;-1, ..;-1]));
            // Nothing else was touched.
            assert_eq!(memory.to_vec().unwrap().iter().sum::<f64>(), 21.0);
        }
    }
}

#[test]
fn wrong_shapes_are_refused() {
    let library = no_library();
    let mut memory = library.upload(&[0.0; 6]);
    let error = transfer::write(&mut memory, &Array1::<f64>::zeros(5)).unwrap_err();
    assert!(matches!(error, Error::Length { buffer: 6, slice: 5, .. }), "{error}");
    let error =
        transfer::write_matrix(MatrixMut::row_major(&mut memory, 2, 3), &Array2::<f64>::zeros((3, 2))).unwrap_err();
    assert!(error.to_string().contains("2 x 3") && error.to_string().contains("3 x 2"), "{error}");
    let huge = Matrix::row_major(&memory, usize::MAX, 2);
    assert!(matches!(transfer::download_matrix(huge), Err(Error::Refused { .. })));
    let short = Matrix::row_major(&memory, 2, 3).with_leading_dimension(4);
    assert!(matches!(transfer::download_matrix(short), Err(Error::Refused { .. })));
}
