//! The rules of BLAS about arguments: all of them hold before anything is queued.
//!
//! An error names the routine and the argument with its place in C, counted from 1, as `xerbla` does, and both values that
//! do not fit.

use veo::{Error, Result};

use crate::matrix::{Matrix, MatrixMut, Shape};
use crate::options::{Layout, Uplo};
use crate::raw::CBLAS_INT;
use crate::structure::{Band, Packed, PackedMut};
use crate::vector::{Steps, Vector, VectorMut};

/// A routine whose arguments are being looked at: `cblas_`, a prefix, and a name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Routine {
    pub(crate) prefix: &'static str,
    pub(crate) name: &'static str,
}

/// An argument: its place and name in C.
pub(crate) type Arg = (usize, &'static str);

/// Which strides are right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stride {
    Any,
    NotZero,
    Positive,
}

impl Routine {
    #[cold]
    pub(crate) fn error(self, (index, name): Arg, reason: String) -> Error {
        let function = format!("cblas_{}{}", self.prefix, self.name);
        Error::Argument { function, index, declared: name.to_owned(), reason }
    }

    /// A size as an integer of the library.
    #[inline]
    pub(crate) fn int(self, arg: Arg, value: usize) -> Result<CBLAS_INT> {
        CBLAS_INT::try_from(value).map_err(|_| self.too_large(arg, &value.to_string()))
    }

    #[cold]
    fn too_large(self, arg: Arg, value: &str) -> Error {
        let advice =
            if size_of::<CBLAS_INT>() == 4 { "; feature `i64` of vecblas is for libraries with 64 bits" } else { "" };
        let most = CBLAS_INT::MAX;
        self.error(arg, format!("it is {value}, and integers of the library end at {most}{advice}"))
    }

    /// `value`, which is what `arg` has of something, is what another argument has of it.
    #[inline]
    pub(crate) fn equal(self, arg: Arg, what: &str, value: usize, other: &str, expected: usize) -> Result<()> {
        if value == expected {
            return Ok(());
        }
        Err(self.error(arg, format!("it has {value} {what}, and {other} {expected}")))
    }

    /// The matrix lies in memory as another one does, which is called `other`.
    #[inline]
    pub(crate) fn same_layout(self, arg: Arg, layout: Layout, other: &str, expected: Layout) -> Result<()> {
        if layout == expected {
            return Ok(());
        }
        Err(self.error(arg, format!("it is {}, and {other} is {}", words(layout), words(expected))))
    }

    /// The order of a square matrix.
    #[inline]
    pub(crate) fn order(self, arg: Arg, rows: usize, cols: usize) -> Result<usize> {
        if rows == cols {
            return Ok(rows);
        }
        Err(self.error(arg, format!("it has {rows} rows and {cols} columns, and must be square")))
    }

    // ---- vectors ----

    /// The stride of a vector that is argument `arg`; that is the next argument, called `inc`.
    #[inline]
    pub(crate) fn stride<V: AnyVector>(
        self,
        arg: Arg,
        inc: &'static str,
        vector: &V,
        rule: Stride,
    ) -> Result<CBLAS_INT> {
        let (memory, Steps { len, stride }) = vector.parts();
        let inc = (arg.0 + 1, inc);
        match rule {
            Stride::NotZero if stride == 0 => return Err(self.error(inc, "it is 0, and must not be".to_owned())),
            Stride::Positive if stride <= 0 => {
                return Err(self.error(inc, format!("it is {stride}, and must be positive")));
            }
            _ => {}
        }
        let span = len.saturating_sub(1).saturating_mul(stride.unsigned_abs());
        if len > 0 && span >= memory {
            let taken = span.saturating_add(1);
            return Err(self.error(
                arg,
                format!("{len} elements that are {stride} apart take {taken}, and its memory has {memory}"),
            ));
        }
        match (CBLAS_INT::try_from(stride), CBLAS_INT::try_from(span)) {
            (Ok(stride), Ok(_)) => Ok(stride),
            _ => Err(self.too_large(inc, &format!("{stride} for {len} elements"))),
        }
    }

    // ---- matrices ----

    /// The leading dimension of a matrix that is argument `arg`; that is the next argument, called `ld`.
    #[inline]
    pub(crate) fn matrix<M: AnyMatrix>(self, arg: Arg, ld: &'static str, matrix: &M) -> Result<CBLAS_INT> {
        let (memory, shape) = matrix.parts();
        self.shape(arg, ld, memory, shape)
    }

    /// Order and leading dimension of a square matrix: arguments `N`, `A` and `lda`, with the places of the first two.
    #[inline]
    pub(crate) fn square<M: AnyMatrix>(self, n: usize, a: usize, matrix: &M) -> Result<[CBLAS_INT; 2]> {
        let (_, shape) = matrix.parts();
        let order = self.order((a, "A"), shape.rows, shape.cols)?;
        Ok([self.int((n, "N"), order)?, self.matrix((a, "A"), "lda", matrix)?])
    }

    #[inline]
    fn shape(self, arg: Arg, name: &'static str, memory: usize, shape: Shape) -> Result<CBLAS_INT> {
        let at = (arg.0 + 1, name);
        let (_, len) = shape.lines();
        if shape.ld < len.max(1) {
            let line = if shape.layout == Layout::RowMajor { "row" } else { "column" };
            let reason = format!(
                "it is {}, and a {line} of {} in memory has {len} element(s); it must be at least max(1, {len})",
                shape.ld, arg.1
            );
            return Err(self.error(at, reason));
        }
        match shape.extent() {
            Some(extent) if extent <= memory => self.int(at, shape.ld),
            extent => {
                let extent = extent
                    .map_or_else(|| "more memory than there is".to_owned(), |extent| format!("{extent} elements"));
                let ld = shape.ld;
                Err(self
                    .error(arg, format!("with leading dimension {ld} it takes {extent}, and its memory has {memory}")))
            }
        }
    }

    /// The leading dimension of a band matrix that is argument `arg`.
    #[inline]
    pub(crate) fn band<T>(self, arg: Arg, band: &Band<'_, T>) -> Result<CBLAS_INT> {
        self.shape(arg, "lda", band.data.len(), band.shape())
    }

    /// Order and number of diagonals of one half of a band matrix, with its leading dimension: arguments `N`, `K`, `A`, `lda`, of
    /// which `n` is the place of the first.
    #[inline]
    pub(crate) fn half_band<T>(self, n: usize, a: usize, band: &Band<'_, T>, uplo: Uplo) -> Result<[CBLAS_INT; 3]> {
        let order = self.order((a, "A"), band.rows, band.cols)?;
        let (k, other, half) = match uplo {
            Uplo::Upper => (band.upper, band.lower, "lower"),
            Uplo::Lower => (band.lower, band.upper, "upper"),
        };
        if other != 0 {
            let reason = format!(
                "the matrix has {other} diagonal(s) in its {half} half, which is not stored; it must have 0 there"
            );
            return Err(self.error((n + 1, "K"), reason));
        }
        Ok([self.int((n, "N"), order)?, self.int((n + 1, "K"), k)?, self.band((a, "A"), band)?])
    }

    /// The order of a packed half that is argument `arg`; `n` is the place of the order.
    #[inline]
    pub(crate) fn packed<P: AnyPacked>(self, n: usize, arg: Arg, half: &P) -> Result<CBLAS_INT> {
        let (memory, order) = half.parts();
        let wanted = order.checked_add(1).and_then(|next| order.checked_mul(next)).map(|twice| twice / 2);
        match wanted {
            Some(wanted) if wanted <= memory => self.int((n, "N"), order),
            _ => Err(self.error(
                arg,
                format!("a half of order {order} takes N (N + 1) / 2 elements, and its memory has {memory}"),
            )),
        }
    }
}

fn words(layout: Layout) -> &'static str {
    match layout {
        Layout::RowMajor => "row-major",
        Layout::ColMajor => "column-major",
    }
}

/// A vector, whatever may be done with it.
pub(crate) trait AnyVector {
    /// The length of its memory, and its steps.
    fn parts(&self) -> (usize, Steps);
}

/// A matrix, whatever may be done with it.
pub(crate) trait AnyMatrix {
    /// The length of its memory, and its shape.
    fn parts(&self) -> (usize, Shape);
}

/// A packed half, whatever may be done with it.
pub(crate) trait AnyPacked {
    /// The length of its memory, and its order.
    fn parts(&self) -> (usize, usize);
}

macro_rules! parts {
    ($($any:ident for $form:ident: $part:ident as $ty:ty;)*) => {$(
        impl<T> $any for $form<'_, T> {
            #[inline]
            fn parts(&self) -> (usize, $ty) {
                (self.data.len(), self.$part)
            }
        }
    )*};
}

parts! {
    AnyVector for Vector: steps as Steps;
    AnyVector for VectorMut: steps as Steps;
    AnyMatrix for Matrix: shape as Shape;
    AnyMatrix for MatrixMut: shape as Shape;
    AnyPacked for Packed: n as usize;
    AnyPacked for PackedMut: n as usize;
}
