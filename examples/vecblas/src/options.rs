//! What routines are told besides numbers: the enumerations of CBLAS.

use crate::raw;

macro_rules! options {
    ($($(#[$doc:meta])* $name:ident as $raw:ident { $($(#[$value_doc:meta])* $value:ident = $constant:ident,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$value_doc])* $value,)*
        }

        impl $name {
            /// Its number in C.
            #[must_use]
            pub const fn raw(self) -> raw::$raw {
                match self {
                    $(Self::$value => raw::$constant,)*
                }
            }
        }
    )*};
}

options! {
    /// How a matrix lies in memory.
    Layout as CBLAS_LAYOUT {
        /// Row after row: element (i, j) is at `i * ld + j`, with the leading dimension `ld`.
        RowMajor = CblasRowMajor,
        /// Column after column: element (i, j) is at `i + j * ld`.
        ColMajor = CblasColMajor,
    }

    /// What a routine takes of a matrix A: op(A).
    Transpose as CBLAS_TRANSPOSE {
        /// A itself.
        None = CblasNoTrans,
        /// Aᵀ, the transpose.
        Trans = CblasTrans,
        /// Aᴴ, the conjugate transpose; of real matrices, the transpose.
        ConjTrans = CblasConjTrans,
    }

    /// Which half of a matrix is stored. The other half is not looked at.
    Uplo as CBLAS_UPLO {
        /// The diagonal and what is above.
        Upper = CblasUpper,
        /// The diagonal and what is below.
        Lower = CblasLower,
    }

    /// What the diagonal of a triangular matrix is.
    Diag as CBLAS_DIAG {
        /// What is stored.
        NonUnit = CblasNonUnit,
        /// Ones. What is stored is not looked at.
        Unit = CblasUnit,
    }

    /// On which side of a product a matrix A stands.
    Side as CBLAS_SIDE {
        /// A B
        Left = CblasLeft,
        /// B A
        Right = CblasRight,
    }
}

impl Layout {
    /// The other one.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::RowMajor => Self::ColMajor,
            Self::ColMajor => Self::RowMajor,
        }
    }
}

impl Uplo {
    /// The other half.
    #[must_use]
    pub const fn flipped(self) -> Self {
        match self {
            Self::Upper => Self::Lower,
            Self::Lower => Self::Upper,
        }
    }
}

impl Transpose {
    /// Rows and columns of op(A).
    pub(crate) const fn of(self, rows: usize, cols: usize) -> (usize, usize) {
        match self {
            Self::None => (rows, cols),
            Self::Trans | Self::ConjTrans => (cols, rows),
        }
    }
}
