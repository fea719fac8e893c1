//! Vectors in VE memory.

use std::fmt;

use veo::{VeBuffer, VeSlice, VeSliceMut};

/// A vector in VE memory: `len` elements, `stride` apart.
///
/// As in BLAS, a negative stride means that the vector begins at the far end: of `n` elements, number `i` is at
/// `(i - (n - 1)) * stride`. A stride of 0 repeats one element, where a routine only reads.
///
/// Routines take `&VeBuffer<T>` and `VeSlice<T>` as vectors, too: all of their elements, one after the other. Whether a vector fits in
/// its memory is looked at by the routine that takes it.
///
/// ```
/// use vecblas::Vector;
///
/// let x = veo::Proc::create(0)?.upload(&[1.0, 2.0, 3.0, 4.0, 5.0])?;
/// let backwards = Vector::new(&x, 5, -1); // 5, 4, 3, 2, 1
/// let every_other = Vector::new(&x, 3, 2); // 1, 3, 5
/// # assert_eq!((backwards.len(), every_other.stride()), (5, 2));
/// # Ok::<(), veo::Error>(())
/// ```
pub struct Vector<'a, T> {
    pub(crate) data: VeSlice<'a, T>,
    pub(crate) steps: Steps,
}

/// A vector in VE memory that is written to. See [`Vector`].
///
/// Routines take `&mut VeBuffer<T>` and `VeSliceMut<T>` as such, too.
pub struct VectorMut<'a, T> {
    pub(crate) data: VeSliceMut<'a, T>,
    pub(crate) steps: Steps,
}

/// How many elements, and how far apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    pub(crate) len: usize,
    pub(crate) stride: isize,
}

impl<'a, T> Vector<'a, T> {
    /// `len` elements of `data` that are `stride` apart; see [`Vector`] for strides that are not positive.
    pub fn new(data: impl Into<VeSlice<'a, T>>, len: usize, stride: isize) -> Self {
        Self { data: data.into(), steps: Steps { len, stride } }
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.len == 0
    }

    /// How far elements are apart.
    #[must_use]
    pub fn stride(&self) -> isize {
        self.steps.stride
    }
}

impl<'a, T> VectorMut<'a, T> {
    /// `len` elements of `data` that are `stride` apart; see [`Vector`] for strides that are negative.
    pub fn new(data: impl Into<VeSliceMut<'a, T>>, len: usize, stride: isize) -> Self {
        Self { data: data.into(), steps: Steps { len, stride } }
    }

    /// The number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len
    }

    /// Whether there are no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.len == 0
    }

    /// How far elements are apart.
    #[must_use]
    pub fn stride(&self) -> isize {
        self.steps.stride
    }

    /// The same vector, to be read.
    #[must_use]
    pub fn as_vector(&self) -> Vector<'_, T> {
        Vector { data: self.data.as_slice(), steps: self.steps }
    }

    /// The same vector again, for one more use of it.
    #[must_use]
    pub fn reborrow(&mut self) -> VectorMut<'_, T> {
        VectorMut { data: self.data.reborrow(), steps: self.steps }
    }
}

impl<T> Clone for Vector<'_, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Vector<'_, T> {}

impl<T> fmt::Debug for Vector<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Vector").field("data", &self.data).field("steps", &self.steps).finish()
    }
}

impl<T> fmt::Debug for VectorMut<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VectorMut").field("data", &self.data).field("steps", &self.steps).finish()
    }
}

/// The forms of VE memory that are vectors without further words.
macro_rules! whole {
    ($($vector:ident from $form:ty, by $slice:ident;)*) => {$(
        impl<'a, T> From<$form> for $vector<'a, T> {
            #[inline]
            fn from(memory: $form) -> Self {
                let data = $slice::from(memory);
                let steps = Steps { len: data.len(), stride: 1 };
                Self { data, steps }
            }
        }
    )*};
}

whole! {
    Vector from &'a VeBuffer<T>, by VeSlice;
    Vector from &'a mut VeBuffer<T>, by VeSlice;
    Vector from VeSlice<'a, T>, by VeSlice;
    Vector from &VeSlice<'a, T>, by VeSlice;
    Vector from VeSliceMut<'a, T>, by VeSlice;
    Vector from &'a VeSliceMut<'_, T>, by VeSlice;
    VectorMut from &'a mut VeBuffer<T>, by VeSliceMut;
    VectorMut from VeSliceMut<'a, T>, by VeSliceMut;
    VectorMut from &'a mut VeSliceMut<'_, T>, by VeSliceMut;
}

impl<'a, T> From<&Vector<'a, T>> for Vector<'a, T> {
    fn from(vector: &Vector<'a, T>) -> Self {
        *vector
    }
}

impl<'a, T> From<&'a VectorMut<'_, T>> for Vector<'a, T> {
    fn from(vector: &'a VectorMut<'_, T>) -> Self {
        vector.as_vector()
    }
}

impl<'a, T> From<&'a mut VectorMut<'_, T>> for VectorMut<'a, T> {
    fn from(vector: &'a mut VectorMut<'_, T>) -> Self {
        vector.reborrow()
    }
}
