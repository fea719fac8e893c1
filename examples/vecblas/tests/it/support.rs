//! Libraries to test with, and numbers.

use std::time::Duration;

use vecblas::{Complex, Scalar, with_library};
use veo::{Context, Proc, VeBuffer};

use crate::oracle::C64;

/// What the tests need that call a BLAS: Debian's packages.
#[cfg(not(feature = "i64"))]
pub(crate) const LIBRARIES: &[(&str, &str)] = &[
    ("libblas3", "/usr/lib/x86_64-linux-gnu/blas/libblas.so.3"),
    ("libopenblas0", "libopenblas.so.0"),
    ("libgslcblas0", "libgslcblas.so.0"),
];

/// The same with integers of 64 bits.
#[cfg(feature = "i64")]
pub(crate) const LIBRARIES: &[(&str, &str)] = &[("libblas64-3", "/usr/lib/x86_64-linux-gnu/blas64/libblas64.so.3")];

/// A routine that does not return is an error, then.
const LIMIT: Duration = Duration::from_secs(60);

/// A BLAS in a process of its own.
pub(crate) struct Library {
    pub(crate) name: &'static str,
    pub(crate) proc: Proc,
    pub(crate) ctx: Context,
}

impl Library {
    pub(crate) fn new((name, path): (&'static str, &str)) -> Self {
        let proc = with_library(Proc::builder().deadline(LIMIT), path).create().unwrap();
        let ctx = proc.open_context().unwrap();
        Self { name, proc, ctx }
    }

    pub(crate) fn upload<T: Scalar>(&self, elements: &[T]) -> VeBuffer<T> {
        self.proc.upload(elements).unwrap()
    }

    /// Whether it has a function: some lack the youngest of level 1.
    pub(crate) fn has(&self, symbol: &str) -> bool {
        let declared = self.proc.declarations().into_iter().find(|declared| declared.symbol == symbol).unwrap();
        matches!(declared.state, veo::DeclarationState::Resolved(_))
    }
}

pub(crate) fn libraries() -> Vec<Library> {
    LIBRARIES.iter().copied().map(Library::new).collect()
}

/// A process that needs no BLAS.
pub(crate) fn no_library() -> Library {
    Library::new(("no BLAS", "/there/is/no/libblas.so"))
}

/// A number with its exact value.
pub(crate) trait Number: Scalar {
    /// The distance from 1 to the next number.
    const EPSILON: f64;
    fn of(value: C64) -> Self;
    fn value(self) -> C64;
}

macro_rules! numbers {
    ($($real:ident)*) => {$(
        impl Number for $real {
            const EPSILON: f64 = $real::EPSILON as f64;

            fn of(value: C64) -> Self {
                value.re as $real
            }

            fn value(self) -> C64 {
                C64::new(self.into(), 0.0)
            }
        }

        impl Number for Complex<$real> {
            const EPSILON: f64 = $real::EPSILON as f64;

            fn of(value: C64) -> Self {
                Complex::new(value.re as $real, value.im as $real)
            }

            fn value(self) -> C64 {
                C64::new(self.re.into(), self.im.into())
            }
        }
    )*};
}

numbers! { f32 f64 }

/// Numbers that are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// In -1 … 1.
    pub(crate) fn real(&mut self) -> f64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 40) as f64 / f64::from(1 << 23) - 1.0
    }

    pub(crate) fn number<T: Number>(&mut self) -> T {
        T::of(C64::new(self.real(), self.real()))
    }

    pub(crate) fn numbers<T: Number>(&mut self, count: usize) -> Vec<T> {
        (0..count).map(|_| self.number()).collect()
    }
}

/// Runs a test for all types of numbers.
macro_rules! for_all {
    ($test:ident($($arg:expr),*)) => {
        $test::<f32>($($arg),*);
        $test::<f64>($($arg),*);
        $test::<vecblas::Complex<f32>>($($arg),*);
        $test::<vecblas::Complex<f64>>($($arg),*);
    };
}

/// Runs a test for real numbers.
macro_rules! for_real {
    ($test:ident($($arg:expr),*)) => {
        $test::<f32>($($arg),*);
        $test::<f64>($($arg),*);
    };
}

/// Runs a test for complex numbers.
macro_rules! for_complex {
    ($test:ident($($arg:expr),*)) => {
        $test::<vecblas::Complex<f32>>($($arg),*);
        $test::<vecblas::Complex<f64>>($($arg),*);
    };
}

pub(crate) use {for_all, for_complex, for_real};
